use super::*;
use proptest::prelude::*;

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

fn exact(registered: &str, asked: &str, public: bool) -> bool {
    RedirectUri::from_registered(registered.to_owned()).admits(asked, RedirectMatch::Exact, public)
}

fn same_site(registered: &str, asked: &str) -> bool {
    RedirectUri::from_registered(registered.to_owned()).admits(
        asked,
        RedirectMatch::SameSite,
        false,
    )
}

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
fn an_exact_match_compares_characters() {
    let registered = "https://app.example.com/cb";
    for public in [true, false] {
        assert!(exact(registered, registered, public));
        for asked in [
            "",
            "https://app.example.com/cb/",
            "https://app.example.com/cb?",
            "https://app.example.com/cb?x=1",
            "https://app.example.com/cb#",
            "https://app.example.com/CB",
            "https://APP.example.com/cb",
            "HTTPS://app.example.com/cb",
            "http://app.example.com/cb",
            "https://app.example.com:443/cb",
            "https://app.example.com:8443/cb",
            "https://app.example.com./cb",
            "https://app.example.com/./cb",
            "https://app.example.com/x/../cb",
            "https://app.example.com/%63b",
            "https://app.example.com/cb/..;/evil",
            "https://app.example.com//cb",
            "https://app.example.com\\cb",
            "https://a@@app.example.com/cb",
            "https://app.example.com@evil.example/cb",
            "https://app.example.com.evil.example/",
            "https://app.example.com/cb.evil.example",
            "https://evilapp.example.com/cb",
            "https://example.com/cb",
            " https://app.example.com/cb",
            "https://app.example.com/cb ",
            "https://app.example.com/cb\0",
            "//app.example.com/cb",
        ] {
            assert!(!exact(registered, asked, public), "{asked}");
        }
    }
}

#[test]
fn the_port_of_a_public_clients_loopback_uri_is_free() {
    for host in ["127.0.0.1", "[::1]", "localhost"] {
        let registered = format!("http://{host}/cb?x=1");
        for port in ["", ":1", ":51004", ":65535"] {
            let asked = format!("http://{host}{port}/cb?x=1");
            assert!(exact(&registered, &asked, true), "{asked}");
            assert!(!exact(&registered, &asked, false) || port.is_empty());
            assert!(exact(&asked, &registered, true));
        }
    }
    assert!(exact(
        "http://127.0.0.1:8000",
        "http://127.0.0.1:8001",
        true
    ));
    for asked in [
        "http://localhost:51004/cb",
        "http://[::1]:51004/cb",
        "http://127.0.0.2:51004/cb",
        "http://127.0.0.1.:51004/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:080/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:x/cb",
        "http://127.0.0.1:+1/cb",
        "http://127.0.0.1:1@evil.example/cb",
        "http://127.0.0.1@evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.1:51004\\@evil.example/cb",
        "http://127.0.0.1:51004/cb/",
        "http://127.0.0.1:51004/cb#",
        "http://127.0.0.1:51004/cb?y=1",
        "http://127.0.0.1:51004/../cb",
        "https://127.0.0.1:51004/cb",
        "http://127.1:51004/cb",
    ] {
        assert!(!exact("http://127.0.0.1/cb", asked, true), "{asked}");
    }
    assert!(!exact(
        "https://localhost/cb",
        "https://localhost:8443/cb",
        true
    ));
}

#[test]
fn a_same_site_match_goes_by_the_registrable_domain() {
    let registered = "https://app.example.com/cb";
    for asked in [
        registered,
        "https://app.example.com/other?x=1",
        "https://www.example.com/",
        "https://a.b.example.com/",
        "https://example.com",
        "https://APP.EXAMPLE.COM/cb",
        "HTTPS://app.example.com/cb",
        "https://app.example.com:443/cb",
        "https://app.example.com/%2e%2e/x",
        "https://app%2eexample.com/cb",
        "https://app.example.com/a@b",
    ] {
        assert!(same_site(registered, asked), "{asked}");
    }
    for asked in [
        "http://app.example.com/cb",
        "https://app.example.com:8443/cb",
        "https://app.example.com./cb",
        "https://app.example.com%2e/cb",
        "https://app.example.org/cb",
        "https://com/cb",
        "https://evilexample.com/cb",
        "https://app.example.com.evil.example/",
        "https://app.example.com@evil.example/",
        "https://a@@app.example.com/cb",
        "https://@app.example.com/cb",
        "https://app.example.com\\@evil.example/",
        "https://evil.example\\@app.example.com/",
        "https:/app.example.com/cb",
        "https:app.example.com/cb",
        "https:///app.example.com/cb",
        "https:\\\\app.example.com/cb",
        "//app.example.com/cb",
        "https://app.example.com/cb#x",
        "https://app.example.com/c b",
        "https://app.example.com/\tcb",
        "ht\ntps://app.example.com/cb",
        "https://app.ex\u{e4}mple.com/cb",
        "https://app\u{3002}example.com/cb",
        "com.example:/cb",
        "",
    ] {
        assert!(!same_site(registered, asked), "{asked}");
    }
    // Guide 003 prints `http`; `https` is better, and the same site.
    assert!(same_site("http://www.oauth.net/2/", "https://oauth.net/x"));
    assert!(same_site(
        "http://h.example.com:8080/",
        "https://h.example.com:8080/"
    ));
    assert!(!same_site(
        "http://h.example.com:443/",
        "https://h.example.com/"
    ));
}

#[test]
fn suffixes_and_addresses_are_sites_of_their_own() {
    for (registered, asked) in [
        ("https://one.github.io/cb", "https://two.github.io/cb"),
        ("https://one.co.uk/cb", "https://two.co.uk/cb"),
        ("https://github.io/cb", "https://one.github.io/cb"),
        ("https://co.uk/cb", "https://one.co.uk/cb"),
        ("https://localhost/cb", "https://127.0.0.1/cb"),
        ("https://192.0.2.7/cb", "https://192.0.2.8/cb"),
        ("https://192.0.2.7/cb", "https://8.192.0.2.7/cb"),
        ("https://[2001:db8::7]/cb", "https://[2001:db8::8]/cb"),
        (
            "https://xn--bcher-kva.example/cb",
            "https://bcher.example/cb",
        ),
    ] {
        assert!(!same_site(registered, asked), "{registered} {asked}");
        assert!(!same_site(asked, registered), "{asked} {registered}");
    }
    for (registered, asked) in [
        ("https://one.github.io/cb", "https://www.one.github.io/"),
        ("https://github.io/cb", "https://github.io/other"),
        ("https://192.0.2.7/cb", "https://192.0.2.7/other"),
        ("https://[2001:db8::7]/cb", "https://[2001:db8:0::7]/other"),
        ("https://a.b\u{63}.example/cb", "https://bc.example/cb"),
    ] {
        assert!(same_site(registered, asked), "{registered} {asked}");
    }
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
