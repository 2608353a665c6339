//! Finding operators by starts of words, and the pages that say what ending one does.

use diesel::RunQueryDsl;
use lanyard::db::{Conn, Result};
use lanyard::jobs::{Runner, SERVICE};
use std::sync::Arc;

use super::lists::link;
use super::*;
use crate::support::on_both;

/// The names that the list of operators shows for a text.
fn found(server: &Server, browser: &Browser, query: &str) -> Vec<String> {
    let html = browser.open(server, &format!("/console/operators?{query}"));
    let rows = html.html().split("<tr data-id").skip(1);
    rows.map(|row| {
        let name = row.split("<bdi>").nth(1).unwrap();
        name.split("</bdi>").next().unwrap().to_owned()
    })
    .collect()
}

on_both!(starts_of_words_find_an_operator);
fn starts_of_words_find_an_operator(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let other = server.organization("other");
    other.operator("Nguyễn Khác");
    for (name, email) in [
        ("Nguyễn Văn An", "an@example.com"),
        ("Nguyễn Thị Bình", "binh@example.com"),
        ("王小明", "wang@example.com"),
    ] {
        let members = json!({"name": name, "email": email, "externalId": format!("u-{email}")});
        acme.post("/api/company/operators")
            .json(&members)
            .send()
            .with_status(201);
    }
    let an = acme
        .get("/api/company/operators?externalId=u-an@example.com")
        .send();
    let an = an.items()[0]["id"].as_i64().unwrap();
    for (query, names) in [
        ("q=nguyen+van", vec!["Nguyễn Văn An"]),
        ("q=NGUY%E1%BB%84N", vec!["Nguyễn Văn An", "Nguyễn Thị Bình"]),
        ("q=%E5%B0%8F", vec!["王小明"]),
        ("q=wang", vec!["王小明"]),
        ("q=guyen", vec![]),
        ("q=nguyen&status=inactive", vec![]),
        (&format!("q={an}"), vec!["Nguyễn Văn An"]),
        ("q=olga", vec!["olga"]),
    ] {
        assert_eq!(found(server, &browser, query), names, "{query}");
    }
    // A new name is found, the old one is not; who is deleted is found among the deleted only.
    let path = format!("/api/company/operators/{an}");
    acme.patch(&path)
        .json(&json!({"name": "Trần Văn An"}))
        .send()
        .with_status(200);
    assert_eq!(found(server, &browser, "q=tran"), ["Trần Văn An"]);
    assert_eq!(found(server, &browser, "q=nguyen"), ["Nguyễn Thị Bình"]);
    acme.delete(&path).send();
    assert!(found(server, &browser, "q=tran&status=all").is_empty());
}

on_both!(a_start_of_very_many_words_misses_nobody);
fn a_start_of_very_many_words_misses_nobody(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    acme.operator("Maz");
    for part in 0..2 {
        let rows: Vec<_> = (0..600)
            .map(|number| json!({"externalId": format!("{part}-{number}"), "name": "Maa Mab"}))
            .collect();
        acme.post("/api/operator/synchronize")
            .json(&json!(rows))
            .send()
            .with_status(200);
    }
    // 2,401 words begin with `ma`, two of each of 1,200 operators.
    let names = found(server, &browser, "q=ma");
    assert_eq!(names.first().map(String::as_str), Some("Maz"));
}

on_both!(a_username_is_found_among_many_with_the_same_word);
fn a_username_is_found_among_many_with_the_same_word(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    for _ in 0..26 {
        acme.operator("Mai");
    }
    acme.post("/api/company/operators")
        .json(&json!({"name": "Somebody", "username": "mai"}))
        .send()
        .with_status(201);
    let mut names = found(server, &browser, "q=mai&limit=25");
    let first = browser.open(server, "/console/operators?q=mai&limit=25");
    let next = link(&first, "next").unwrap();
    let (_, query) = next.split_once('?').unwrap();
    names.extend(found(server, &browser, query));
    assert_eq!(names.len(), 27, "{names:?}");
    assert_eq!(names.iter().filter(|name| *name == "Somebody").count(), 1);
}

on_both!(any_text_can_be_searched_for);
fn any_text_can_be_searched_for(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    acme.operator("100% sure_thing");
    let long = "a".repeat(200);
    acme.operator(&long);
    for (query, names) in [
        ("q=%25", vec![]),
        ("q=100%25", vec!["100% sure_thing"]),
        ("q=sure_", vec!["100% sure_thing"]),
        ("q=sureXthing", vec![]),
        ("q=_", vec![]),
        ("q=100%00", vec![]),
        ("q=%F4%8F%BF%BF", vec![]),
        (&format!("q={long}"), vec![&long[..]]),
        (&format!("q={long}{long}"), vec![&long[..]]),
    ] {
        assert_eq!(found(server, &browser, query), names, "{query}");
    }
}

on_both!(operators_of_an_older_release_are_filled_in);
fn operators_of_an_older_release_are_filled_in(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    acme.operator("Đặng Thị Cúc");
    let forget = |conn: &mut Conn| -> Result<()> {
        diesel::delete(lanyard::db::schema::operator_words::table).execute(conn)?;
        Ok(())
    };
    server.app.db.write_blocking(forget).unwrap();
    assert!(found(server, &browser, "q=dang+thi").is_empty());
    Runner::service(Arc::clone(&server.app), SERVICE).step();
    assert_eq!(found(server, &browser, "q=dang+thi"), ["Đặng Thị Cúc"]);
}

on_both!(keys_that_an_operator_made_are_named_before_it_ends);
fn keys_that_an_operator_made_are_named_before_it_ends(server: &Server) {
    let acme = server.organization("acme");
    let olga = operator(&acme, "olga", "admin");
    let own = Browser::signed_in(server, "acme", &acme.password);
    let browser = Browser::signed_in(server, "acme/olga", PASSWORD);
    let make = |name: &str| {
        let fields = [
            ("name", name),
            ("scope", "read"),
            ("expires", "90"),
            ("do", "create"),
        ];
        let made = browser.submit(server, "/console/api-keys/new", "api-key", &fields);
        made.with_status(200);
    };
    make("Nightly export");
    let path = format!("/console/operators/{olga}/deactivate");
    let page = own.open(server, &path);
    assert!(page.html().contains("Nightly export"));
    let statuses = || -> Vec<String> {
        let keys = acme.get("/api/v1/api-keys").send();
        let keys = keys.items();
        keys.iter()
            .map(|key| key["status"].as_str().unwrap().to_owned())
            .collect()
    };
    own.submit(server, &path, "confirm", &[("do", "deactivate")])
        .with_status(303);
    assert_eq!(statuses(), ["active"]);
    let path = format!("/console/operators/{olga}/delete");
    let fields = [("with_keys", "1"), ("do", "delete")];
    own.submit(server, &path, "confirm", &fields)
        .with_status(303);
    assert!(statuses().is_empty(), "a revoked key is not listed");
}

on_both!(several_operators_end_on_one_page);
fn several_operators_end_on_one_page(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let [an, binh] = ["An", "Binh"].map(|name| acme.operator(name));
    let tokens = [an, binh].map(|id| acme.token_for(id));
    let path =
        |verb: &str| format!("/console/operators/selected?do={verb}&operator={an}&operator={binh}");
    let page = browser.open(server, &path("revoke"));
    check_page(&page);
    assert_eq!(page.data("effect", "data-tokens").as_deref(), Some("2"));
    let done = browser.send(server, &page.form("confirm"), &[("do", "revoke")]);
    let page = browser.follow(server, &done);
    assert!(
        page.text_of("done")
            .contains("Every token of 2 operators is revoked.")
    );
    for token in &tokens {
        assert_eq!(acme.verdict(token)["error"], "Token revoked");
    }
    let done = browser.submit(
        server,
        &path("deactivate"),
        "confirm",
        &[("do", "deactivate")],
    );
    let page = browser.follow(server, &done);
    assert_eq!(page.data("receipt", "data-confirmed").as_deref(), Some("1"));
    for id in [an, binh] {
        let found = acme
            .get(&format!("/api/company/operators/{id}"))
            .send()
            .json();
        assert_eq!(found["status"], "inactive");
    }
    // Nothing is left to do, another's operator is unknown, and a foreign button does nothing.
    assert_eq!(browser.get(server, &path("deactivate")).status, 404);
    let theirs = server.organization("other").operator("Theirs");
    let foreign = format!("/console/operators/selected?do=revoke&operator={theirs}");
    assert_eq!(browser.get(server, &foreign).status, 404);
    assert_eq!(browser.get(server, &path("delete")).status, 400);
}
