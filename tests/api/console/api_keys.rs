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
    // All faults at once, also those that the database knows.
    let all = [
        ("scope", "no-such-scope"),
        ("expires", "x"),
        ("allowed_ips", "x"),
    ];
    assert_eq!(refused(&all), ["name", "scope", "expires", "allowed_ips"]);
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

/// Makes a key over the API. Returns its id and its text.
pub(super) fn made(acme: &Organization<'_>, members: &serde_json::Value) -> (String, String) {
    let made = acme.post("/api/v1/api-keys").json(members).send();
    let made = made.with_status(201).json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("key"))
}

on_both!(a_key_is_made_like_another_and_must_sign);
fn a_key_is_made_like_another_and_must_sign(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let fields = [
        ("name", "Till & co"),
        ("environment", "test"),
        ("scope", "read"),
        ("expires", "never"),
        ("allowed_ips", "10.0.0.0/8"),
        ("require_signature", "1"),
        ("do", "create"),
    ];
    let answer = browser.submit(server, "/console/api-keys/new", "api-key", &fields);
    answer.with_status(200);
    let page = Page { answer };
    check_page(&page);
    assert!(page.tag("second-secret").is_some(), "the signing secret");
    let text = page.text_of("secret");
    let key = acme.get("/api/v1/api-keys").send().items()[0].clone();
    assert_eq!(key["require_signature"], true);
    // The command signs: the text alone, as in a plain call, is refused.
    let id = key["id"].as_str().unwrap();
    let command = page.text_of("curl");
    let sign = format!("lanyard sign --key-id {id} --secret-file secret.txt ");
    assert!(
        command.contains(&sign) && command.contains("/v1/profile"),
        "{command}"
    );
    assert!(
        !command.contains("curl") && !command.contains(&text),
        "{command}"
    );
    assert!(page.html().contains("Store the signing secret too"));
    let alone = server.get("/v1/profile").header("x-api-key", &text).send();
    assert_ne!(alone.status, 200, "its text alone is refused");
    let path = format!("/console/api-keys/{id}");
    let record = browser.open(server, &path);
    assert!(record.html().contains(">required<"));
    assert!(
        record
            .html()
            .contains(&format!("/console/api-keys/new?like={id}"))
    );
    let page = browser.open(server, &format!("/console/api-keys/new?like={id}"));
    check_page(&page);
    assert_eq!(page.value("name"), "Till & co");
    for chosen in [
        "value=\"test\" checked",
        "value=\"read\" checked",
        "name=\"require_signature\" value=\"1\" checked",
        ">10.0.0.0/8</textarea>",
        "value=\"90\" checked",
    ] {
        assert!(page.html().contains(chosen), "{chosen}");
    }
    let theirs = server.organization("other");
    let (foreign, _) = made(&theirs, &json!({"name": "Theirs", "scopes": ["read"]}));
    let like = format!("/console/api-keys/new?like={foreign}");
    browser.get(server, &like).with_status(404);
    // Not to require a signature any more widens what the key's text is good for.
    server.wait(16 * 60);
    let fields = [
        ("name", "Till"),
        ("scope", "read"),
        ("allowed_ips", "10.0.0.0/8"),
        ("do", "save"),
    ];
    let answer = browser.submit(server, &path, "save", &fields);
    answer.with_status(403);
    let kept = [&fields[..], &[("require_signature", "1")]].concat();
    browser
        .submit(server, &path, "save", &kept)
        .with_status(303);
}
