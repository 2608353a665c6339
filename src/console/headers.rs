//! The headers of the console's pages.

/// What a page may load and do. Unlike the pages of OAuth, no redirect to a client follows a form, so
/// `form-action` can be limited.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// The headers of every page.
pub(crate) const OF_PAGES: [(&str, &str); 11] = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", POLICY),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    // With `no-referrer` browsers send `Origin: null` with the forms of these pages too.
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    (
        "Permissions-Policy",
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), \
         midi=(), payment=(), usb=(), clipboard-read=(), clipboard-write=(self)",
    ),
    ("Cache-Control", "no-store"),
    ("X-Robots-Tag", "noindex"),
    ("Vary", "Cookie, Accept-Language"),
];

/// Says that the service is reached by https only (RFC 6797). Sent where this server speaks TLS.
pub(super) const STRICT_TRANSPORT: (&str, &str) = ("strict-transport-security", "max-age=31536000");
