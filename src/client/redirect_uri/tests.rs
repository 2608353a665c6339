//! What may be registered, what leads to an app on the machine, and what holds for any text.

mod matches;

use proptest::prelude::*;

use super::*;

const CONFIDENTIAL: Registrant = Registrant {
    public: false,
    allow_insecure: false,
};
const PUBLIC: Registrant = Registrant {
    public: true,
    allow_insecure: false,
};
const INSECURE: Registrant = Registrant {
    public: false,
    allow_insecure: true,
};

#[test]
fn what_may_be_registered() {
    for text in [
        "https://app.example.com/cb",
        "https://app.example.com",
        "https://app.example.com/cb2?tenant=7",
        "https://app.example.com:8443/cb",
        "https://xn--bcher-kva.example/cb",
        "https://192.0.2.7/cb",
        "https://[2001:db8::7]/cb",
        "http://127.0.0.1/cb",
        "http://127.0.0.1:8000/cb",
        "http://[::1]/cb",
        "http://localhost:3000/cb?x=1",
        "https://app.example.com/a%20b/@/cb",
    ] {
        for registrant in [CONFIDENTIAL, PUBLIC, INSECURE] {
            assert!(RedirectUri::register(text, registrant).is_ok(), "{text}");
        }
    }
    for text in [
        "com.example.app:/cb",
        "com.example.app://cb/x?y=1",
        "com.example.app:cb",
    ] {
        assert!(RedirectUri::register(text, PUBLIC).is_ok(), "{text}");
        assert_eq!(
            RedirectUri::register(text, CONFIDENTIAL),
            Err(RedirectUriError::Scheme),
            "{text}"
        );
    }
    // Guide 003 prints this one.
    let printed = "http://www.oauth.net/2/";
    assert!(RedirectUri::register(printed, INSECURE).is_ok());
    for registrant in [
        CONFIDENTIAL,
        PUBLIC,
        Registrant {
            public: true,
            allow_insecure: true,
        },
    ] {
        let refused = RedirectUri::register(printed, registrant);
        assert_eq!(refused, Err(RedirectUriError::Insecure));
    }
}

#[test]
fn what_may_not_be_registered_and_why() {
    use RedirectUriError::{Fragment, Host, Insecure, NotAUri, Scheme, UserInfo, Wildcard};
    for (text, why) in [
        ("", NotAUri),
        ("/cb", NotAUri),
        ("app.example.com/cb", NotAUri),
        ("https://app.example.com/c b", NotAUri),
        ("https://app.example.com\\@evil.example/", NotAUri),
        ("https://app.example.com/\u{fc}", NotAUri),
        ("https://app.example.com/\n", NotAUri),
        ("https://app.example.com/%zz", NotAUri),
        ("https://app.example.com/%4", NotAUri),
        ("https://app.example.com/cb#", Fragment),
        ("https://app.example.com/cb#x", Fragment),
        ("https://*.example.com/cb", Wildcard),
        ("https://app.example.com/*", Wildcard),
        ("https://a@@app.example.com/cb", UserInfo),
        ("https://@app.example.com/cb", UserInfo),
        ("https://user:pass@app.example.com/cb", UserInfo),
        ("https:///cb", Host),
        ("https:app.example.com/cb", Host),
        ("https:/app.example.com/cb", Host),
        ("https://", Host),
        ("https://?x", Host),
        ("https://%65xample.com/cb", Host),
        ("https://127.1/cb", Host),
        ("https://0x7f.0.0.1/cb", Host),
        ("https://app.example.com:0/cb", Host),
        ("https://app.example.com:/cb", Host),
        ("https://app.example.com:99999/cb", Host),
        ("https://app.example.com:080/cb", Host),
        ("https://[::1/cb", Host),
        ("http://app.example.com/cb", Insecure),
        ("http://127.0.0.2/cb", Insecure),
        ("http://localhost.example.com/cb", Insecure),
        ("http://127.0.0.1.example.com/cb", Insecure),
        ("ftp://app.example.com/", Scheme),
        ("javascript:alert(1)", Scheme),
        ("data:text/html,x", Scheme),
        ("app:/cb", Scheme),
        ("app.:/cb", Scheme),
        ("com..app:/cb", Scheme),
        ("1com.app:/cb", Scheme),
        ("com.example.app:", Scheme),
    ] {
        assert_eq!(RedirectUri::register(text, PUBLIC), Err(why), "{text}");
    }
    let long = format!("https://app.example.com/{}", "x".repeat(LONGEST));
    assert_eq!(RedirectUri::register(&long, PUBLIC), Err(NotAUri));
}

#[test]
fn where_consent_is_asked_every_time() {
    for uri in [
        "http://127.0.0.1:51004/cb",
        "http://[::1]/",
        "http://localhost/cb",
        "com.example.app:/cb",
    ] {
        assert!(leads_to_a_local_app(uri), "{uri}");
    }
    for uri in [
        "https://app.example.com/cb",
        "http://www.oauth.net/2/",
        "https://localhost/cb",
    ] {
        assert!(!leads_to_a_local_app(uri), "{uri}");
    }
}

/// Texts that are nearly URIs.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "https://",
        "http://",
        "https:",
        "//",
        "/",
        "\\",
        "@",
        ":",
        "#",
        "?",
        ".",
        "..",
        "%2e",
        "%2f",
        "%40",
        "app",
        "example",
        ".com",
        "app.example.com",
        "evil.example",
        "127.0.0.1",
        "[::1]",
        "localhost",
        "51004",
        "443",
        "cb",
        " ",
        "\t",
        "\0",
        "\u{3002}",
        "xn--",
        "*",
        "com.example.app",
        "user",
    ]);
    prop::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_registered_is_read_alike_by_a_browser(text in nearly(), public: bool, allow_insecure: bool) {
        let registrant = Registrant { public, allow_insecure };
        if let Ok(uri) = RedirectUri::register(&text, registrant) {
            prop_assert_eq!(uri.as_str(), &text);
            prop_assert!(uri.admits(&text, RedirectMatch::Exact, public));
            if let Ok(url) = Url::parse(&text) {
                prop_assert_eq!((url.username(), url.password(), url.fragment()), ("", None, None));
            }
        }
    }

    #[test]
    fn what_matches_leads_to_the_registered_site(asked in nearly(), public: bool, index in 0usize..5) {
        let registered = [
            "https://app.example.com/cb",
            "http://127.0.0.1/cb",
            "http://localhost:8000/cb?x=1",
            "http://www.example.com/",
            "https://[2001:db8::7]/cb",
        ][index];
        let home = Url::parse(registered).unwrap();
        let registered = RedirectUri::from_registered(registered.to_owned());
        for rule in [RedirectMatch::Exact, RedirectMatch::SameSite] {
            if !registered.admits(&asked, rule, public) {
                continue;
            }
            let url = Url::parse(&asked).unwrap();
            prop_assert_eq!((url.username(), url.password(), url.fragment()), ("", None, None));
            prop_assert!(url.scheme() == home.scheme() || url.scheme() == "https");
            let (host, home_host) = (url.host_str().unwrap(), home.host_str().unwrap());
            let apart = rule == RedirectMatch::Exact || public;
            prop_assert!(host == home_host || !apart && host.ends_with("example.com"));
            prop_assert!(url.path() == home.path() || !apart);
        }
    }
}
