//! Which redirect URI of a request is a registered one.

use super::*;

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
