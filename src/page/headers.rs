//! The headers that every page is sent with.

use super::assets::stylesheet;

/// The header of every redirect of the pages. Its target is for one browser, once.
pub const OF_REDIRECTS: (&str, &str) = ("Cache-Control", "no-store");

/// Returns the headers of every page, as names and values. `origin` is that of the service
/// (`https://id.example.com`, no `/` at its end): the policy then lets the browser load the one
/// stylesheet from there, and nothing else from anywhere. `None` if the service does not know its
/// origin: then stylesheets of the page's own origin are allowed.
#[must_use]
pub fn of_pages(origin: Option<&str>) -> [(&'static str, String); 6] {
    [
        ("Content-Type", "text/html; charset=utf-8".to_owned()),
        ("Content-Security-Policy", policy(origin)),
        ("X-Frame-Options", "DENY".to_owned()),
        ("X-Content-Type-Options", "nosniff".to_owned()),
        // With `no-referrer` browsers send `Origin: null` with the forms of these pages too.
        ("Referrer-Policy", "same-origin".to_owned()),
        ("Cache-Control", "no-store".to_owned()),
    ]
}

/// There is no `form-action`: Chromium applies it to every redirect that follows a form, so it
/// would stop the way back to the client.
fn policy(origin: Option<&str>) -> String {
    let styles = origin.map_or_else(
        || "'self'".to_owned(),
        |origin| format!("{origin}{}", stylesheet().path),
    );
    format!("default-src 'none'; style-src {styles}; base-uri 'none'; frame-ancestors 'none'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(origin: Option<&str>, name: &str) -> String {
        let found = of_pages(origin)
            .into_iter()
            .find(|(known, _)| *known == name);
        found.unwrap().1
    }

    #[test]
    fn the_policy_allows_the_stylesheet_and_nothing_else() {
        let path = &stylesheet().path;
        assert_eq!(
            header(Some("https://id.example.com"), "Content-Security-Policy"),
            format!(
                "default-src 'none'; style-src https://id.example.com{path}; base-uri 'none'; frame-ancestors 'none'"
            )
        );
        assert_eq!(
            header(None, "Content-Security-Policy"),
            "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
    }

    #[test]
    fn the_policy_stops_no_redirect_to_the_client() {
        for origin in [None, Some("https://id.example.com")] {
            let policy = header(origin, "Content-Security-Policy");
            assert!(!policy.contains("form-action"));
            assert!(!policy.contains("unsafe"));
        }
    }

    #[test]
    fn pages_are_neither_framed_nor_kept_nor_guessed_at() {
        assert_eq!(header(None, "X-Frame-Options"), "DENY");
        assert_eq!(header(None, "X-Content-Type-Options"), "nosniff");
        assert_eq!(header(None, "Referrer-Policy"), "same-origin");
        assert_eq!(header(None, "Cache-Control"), "no-store");
        assert_eq!(header(None, "Content-Type"), "text/html; charset=utf-8");
        assert_eq!(OF_REDIRECTS, ("Cache-Control", "no-store"));
    }
}
