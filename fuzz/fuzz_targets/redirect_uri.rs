//! Redirect URIs as clients register them and requests name them: according to a browser's parser,
//! a URI that matches leads to the registered host and port, or, if the client requested it, to a
//! host of the same registrable domain.

#![no_main]

use arbitrary::Arbitrary;
use lanyard::client::redirect_uri::Registrant;
use lanyard::client::{RedirectMatch, RedirectUri};
use libfuzzer_sys::fuzz_target;
use url::Url;

#[derive(Debug, Arbitrary)]
struct Attempt<'a> {
    registered: &'a str,
    asked: &'a str,
    /// A prefix of the requested URI, with which random bytes would seldom begin.
    prefix: u8,
    public: bool,
    allow_insecure: bool,
    same_site: bool,
}

const PREFIXES: [&str; 6] = [
    "",
    "https://",
    "http://127.0.0.1:",
    "https://app.example.com",
    "https://app.example.com/",
    "com.example.app:/",
];

const REGISTERED: [&str; 5] = [
    "https://app.example.com/cb",
    "https://app.example.com/cb?tenant=7",
    "http://127.0.0.1/cb",
    "http://localhost:8000/cb",
    "com.example.app:/cb",
];

fuzz_target!(|attempt: Attempt<'_>| {
    let registrant = Registrant {
        public: attempt.public,
        allow_insecure: attempt.allow_insecure,
    };
    let prefix = PREFIXES[usize::from(attempt.prefix) % PREFIXES.len()];
    let asked = format!("{prefix}{}", attempt.asked);
    if let Ok(own) = RedirectUri::register(&asked, registrant) {
        check_registered(&own, registrant);
        assert!(own.admits(&asked, RedirectMatch::Exact, attempt.public), "{asked}");
    }
    let rule = if attempt.same_site {
        RedirectMatch::SameSite
    } else {
        RedirectMatch::Exact
    };
    for text in REGISTERED.into_iter().chain([attempt.registered]) {
        let Ok(registered) = RedirectUri::register(text, registrant) else {
            continue;
        };
        if registered.admits(&asked, rule, attempt.public) && asked != text {
            check_match(text, &asked, rule, attempt.public);
        }
    }
});

fn check_registered(uri: &RedirectUri, registrant: Registrant) {
    let text = uri.as_str();
    assert!(text.is_ascii() && !text.contains(['#', '*', '\\', ' ']), "{text}");
    let Ok(url) = Url::parse(text) else {
        // A private scheme may be followed by a host that the parser considers invalid.
        assert!(registrant.public && !text.to_ascii_lowercase().starts_with("http"), "{text}");
        return;
    };
    assert_eq!((url.username(), url.password()), ("", None), "{text}");
    match url.scheme() {
        "https" => assert!(url.has_host(), "{text}"),
        "http" => {
            let loopback = ["127.0.0.1", "[::1]", "localhost"].contains(&url.host_str().unwrap());
            assert!(loopback || registrant.allow_insecure && !registrant.public, "{text}");
        }
        scheme => assert!(registrant.public && scheme.contains('.'), "{text}"),
    }
}

fn check_match(registered: &str, asked: &str, rule: RedirectMatch, public: bool) {
    let (home, url) = (Url::parse(registered).unwrap(), Url::parse(asked).unwrap());
    assert_eq!((url.username(), url.password(), url.fragment()), ("", None, None), "{asked}");
    assert!(url.scheme() == home.scheme() || (home.scheme(), url.scheme()) == ("http", "https"), "{asked}");
    match rule {
        RedirectMatch::Exact => {
            assert!(public && url.scheme() == "http", "{asked}");
            assert_eq!((url.host(), url.path(), url.query()), (home.host(), home.path(), home.query()), "{asked}");
        }
        RedirectMatch::SameSite => {
            assert!(!public && url.port() == home.port(), "{asked}");
            let same_tail = |host: &str, other: &str| {
                let tail: Vec<_> = other.rsplit('.').take(2).collect();
                host.rsplit('.').take(2).eq(tail)
            };
            let (host, home) = (url.host_str().unwrap(), home.host_str().unwrap());
            assert!(host == home || same_tail(host, home), "{asked}");
        }
    }
}
