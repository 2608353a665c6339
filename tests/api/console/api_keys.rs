//! API keys: make, change, rotate, revoke.

use super::*;
use crate::support::on_both;

on_both!(a_key_is_made_shown_once_rotated_and_revoked);
fn a_key_is_made_shown_once_rotated_and_revoked(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let page = browser.open(server, "/console/api-keys/new");
    check_page(&page);
    // The form proposes an end; the API sets none unless it is given.
    let proposed = page.html().split(" value=\"90\"").nth(1).unwrap();
    let proposed = proposed.split('>').next().unwrap();
    assert!(proposed.contains("selected") || proposed.contains("checked"));
    let form = page.form("api-key");
    let fields = [
        ("name", "CI"),
        ("environment", "live"),
        ("scope", "read"),
        ("scope", "write"),
        ("expires", "90"),
        ("allowed_ips", "127.0.0.1\r\n10.0.0.0/8\r\n"),
        ("do", "create"),
    ];
    let answer = browser.send(server, &form, &fields);
    answer.with_status(200);
    let page = Page { answer };
    check_page(&page);
    let text = page.text_of("secret");
    assert!(text.starts_with("ak_live_"), "{text}");
    assert_eq!(audit(&acme, 1)[0].0, "api_key.created");
    let used = server.get("/v1/profile").header("x-api-key", &text).send();
    used.with_status(200);
    // The same form again: no second key, and no secret.
    let again = browser.send(server, &form, &fields);
    let record = browser.follow(server, &again);
    check_page(&record);
    assert_eq!(record.name(), "api-key");
    assert!(!record.html().contains(&text));
    assert!(record.text_of("done").contains("was shown then"));
    let keys = acme.get("/api/v1/api-keys").send().items();
    assert_eq!(keys.len(), 1);
    let path = again.header("location").unwrap().to_owned();
    let list = browser.open(server, "/console/api-keys");
    check_page(&list);
    assert!(!list.html().contains(&text));

    let rotate = format!("{path}/rotate");
    let page = browser.open(server, &rotate);
    check_page(&page);
    let answer = browser.send(
        server,
        &page.form("rotate"),
        &[("overlap", "0"), ("do", "rotate")],
    );
    let new = Page { answer }.text_of("secret");
    let works = |text: &str| {
        let answer = server.get("/v1/profile").header("x-api-key", text).send();
        answer.status == 200
    };
    assert!(works(&new) && !works(&text));

    let answer = browser.submit(
        server,
        &path,
        "save",
        &[("name", "CI 2"), ("scope", "read"), ("do", "save")],
    );
    let saved = browser.follow(server, &answer);
    assert!(saved.text_of("done").contains("CI 2"));
    let page = browser.open(server, &format!("{path}/revoke"));
    check_page(&page);
    let answer = browser.send(server, &page.form("confirm"), &[("do", "revoke")]);
    let done = browser.follow(server, &answer);
    assert!(done.tag("receipt").is_some());
    assert!(!works(&new));
    assert!(
        !browser
            .open(server, &format!("{path}/revoke"))
            .has_form("confirm")
    );
    browser.get(server, &rotate).with_status(409);
}

on_both!(what_is_wrong_with_a_key_is_said_at_its_field);
fn what_is_wrong_with_a_key_is_said_at_its_field(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let refused = |fields: &[(&str, &str)]| {
        let mut all = fields.to_vec();
        all.push(("do", "create"));
        let answer = browser.submit(server, "/console/api-keys/new", "api-key", &all);
        answer.with_status(422);
        let page = Page { answer };
        check_page(&page);
        let html = page.html().to_owned();
        let wrong = ["name", "scope", "expires", "allowed_ips"];
        let wrong = wrong
            .into_iter()
            .filter(|field| html.contains(&format!("id=\"{field}-error\"")));
        wrong.collect::<Vec<_>>()
    };
    assert_eq!(refused(&[]), ["name", "scope", "expires"]);
    let good = [("name", "x"), ("scope", "read")];
    let with = |more: &[(&'static str, &'static str)]| [&good[..], more].concat();
    assert_eq!(
        refused(&with(&[("expires", "date"), ("expires_on", "2001-01-01")])),
        ["expires"]
    );
    assert_eq!(refused(&with(&[("expires", "date")])), ["expires"]);
    for days in ["7", "18446744073709551615"] {
        let fields = [good[0], good[1], ("expires", days)];
        assert_eq!(refused(&fields), ["expires"], "{days}");
    }
    assert_eq!(
        refused(&with(&[("expires", "never"), ("allowed_ips", "x")])),
        ["allowed_ips"]
    );
    let unknown = [
        ("name", "x"),
        ("scope", "no-such-scope"),
        ("expires", "never"),
    ];
    assert_eq!(refused(&unknown), ["scope"]);
    assert_eq!(acme.get("/api/v1/api-keys").send().items().len(), 0);
}

on_both!(a_key_expires_in_a_year_that_rfc_3339_can_name);
fn a_key_expires_in_a_year_that_rfc_3339_can_name(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let create = |day: &str| {
        let fields = [
            ("name", "x"),
            ("scope", "read"),
            ("expires", "date"),
            ("expires_on", day),
            ("do", "create"),
        ];
        browser.submit(server, "/console/api-keys/new", "api-key", &fields)
    };
    for day in ["+12000-01-01", "+10000-01-01", "10000-01-01"] {
        let answer = create(day);
        answer.with_status(422);
        assert!(answer.text().contains("id=\"expires-error\""), "{day}");
    }
    assert_eq!(acme.get("/api/v1/api-keys").send().items().len(), 0);
    create("9999-12-31").with_status(200);
    let keys = acme.get("/api/v1/api-keys").send().items();
    assert_eq!(keys.len(), 1);
}
