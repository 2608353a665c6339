//! The list of operators: its columns, its filters, its order, and its export.

use diesel::prelude::*;
use lanyard::base::Timestamp;
use lanyard::db::schema::operators;
use lanyard::db::{Conn, Result};
use lanyard::jobs::{LOCAL, Runner, SERVICE};
use std::sync::Arc;

use super::lists::ids;
use super::*;
use crate::support::on_both;

const DAY: i64 = 24 * 3_600;

fn names(server: &Server, browser: &Browser, query: &str) -> Vec<String> {
    let page = browser.open(server, &format!("/console/operators?{query}"));
    check_page(&page);
    let rows = page.html().split("<tr data-id").skip(1);
    rows.map(|row| {
        let name = row.split("<bdi>").nth(1).unwrap();
        name.split("</bdi>").next().unwrap().to_owned()
    })
    .collect()
}

/// Returns the cell of an operator below a head.
fn cell(page: &Page, operator: i64, head: &str) -> String {
    let row = page
        .html()
        .split(&format!("<tr data-id=\"{operator}\">"))
        .nth(1)
        .unwrap();
    let row = row.split("</tr>").next().unwrap();
    let cell = row
        .split(&format!("data-label=\"{head}\">"))
        .nth(1)
        .unwrap();
    cell.split("</td>").next().unwrap().to_owned()
}

/// What the database has of an operator's last token.
fn stored(server: &Server, operator: i64) -> Option<Timestamp> {
    let read = |conn: &mut Conn| -> Result<Option<Timestamp>> {
        let row = operators::table.filter(operators::id.eq(operator));
        Ok(row.select(operators::last_token_at).first(conn)?)
    };
    server.app.db.read_blocking(read).unwrap()
}

fn write(server: &Server) {
    Runner::local(Arc::clone(&server.app), LOCAL).step();
}

on_both!(live_and_last_tokens_are_shown_for_each);
fn live_and_last_tokens_are_shown_for_each(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let (lan, mai) = (acme.operator("Lan"), acme.operator("Mai"));
    let tokens = [
        acme.token_for(lan),
        acme.token_for(lan),
        acme.token_for(lan),
    ];
    let issued = server.app.clock.now().whole_second();
    acme.post("/api/operator/revoke-token")
        .json(&json!({"token": tokens[0]}))
        .send();
    server.wait(180);
    let page = browser.open(server, "/console/operators");
    check_page(&page);
    assert_eq!(cell(&page, lan, "Live tokens"), "2");
    assert!(cell(&page, lan, "Last token").contains(">3 minutes ago<"));
    assert_eq!(cell(&page, mai, "Live tokens"), "0");
    assert!(cell(&page, mai, "Last token").contains("None yet"));
    // It is written by a job, at most once an hour.
    write(server);
    assert_eq!(
        (stored(server, lan), stored(server, mai)),
        (Some(issued), None)
    );
    server.wait(1_800);
    acme.token_for(lan);
    write(server);
    assert_eq!(stored(server, lan), Some(issued));
    server.wait(1_800);
    acme.token_for(lan);
    write(server);
    let last = server.app.clock.now().whole_second();
    assert_eq!(stored(server, lan), Some(last));
    // Long after its tokens have expired, it is known when there was one.
    server.wait(u64::try_from(3 * DAY).unwrap());
    let browser = Browser::signed_in(server, "acme/olga", PASSWORD);
    let page = browser.open(server, "/console/operators");
    assert_eq!(cell(&page, lan, "Live tokens"), "0");
    assert!(cell(&page, lan, "Last token").contains(">3 days ago<"));
}

on_both!(with_the_ledger_off_last_tokens_are_known, "ledger.mode=off");
fn with_the_ledger_off_last_tokens_are_known(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let lan = acme.operator("Lan");
    acme.token_for(lan);
    let page = browser.open(server, "/console/operators");
    assert!(cell(&page, lan, "Live tokens").contains("ledger off"));
    assert!(cell(&page, lan, "Last token").contains("just now"));
}

on_both!(operators_are_filtered_by_role_and_by_days_without_a_token);
fn operators_are_filtered_by_role_and_by_days_without_a_token(server: &Server) {
    let acme = server.organization("acme");
    operator(&acme, "olga", "admin");
    operator(&acme, "otto", "auditor");
    let (lan, _mai) = (acme.operator("Lan"), acme.operator("Mai"));
    acme.token_for(lan);
    write(server);
    server.wait(u64::try_from(31 * DAY).unwrap());
    let late = acme.another_token();
    let acme = acme.with_token(&late);
    let new = acme.operator("Nam");
    acme.token_for(new);
    acme.operator("Oanh");
    let browser = Browser::signed_in(server, "acme/olga", PASSWORD);
    for (query, found) in [
        ("role=admin", vec!["olga"]),
        ("role=admin&status=all", vec!["olga"]),
        ("role=auditor&sort=name", vec!["otto"]),
        ("role=auditor&status=inactive", vec![]),
        ("unused=30", vec!["olga", "otto", "Lan", "Mai"]),
        ("unused=30&sort=name", vec!["Lan", "Mai", "olga", "otto"]),
        ("unused=30&q=lan", vec!["Lan"]),
        ("unused=30&role=auditor", vec!["otto"]),
        ("unused=32", vec![]),
        (
            "sort=name",
            vec!["Lan", "Mai", "Nam", "Oanh", "olga", "otto"],
        ),
    ] {
        assert_eq!(names(server, &browser, query), found, "{query}");
    }
    acme.token_for(lan);
    write(server);
    let unused = names(server, &browser, "unused=30");
    assert_eq!(unused, ["olga", "otto", "Mai"]);
    // A view is a link to share: the form has what it shows.
    let page = browser.open(
        server,
        "/console/operators?unused=45&role=auditor&sort=name",
    );
    for chosen in [
        "<option value=\"45\" selected>45 days</option>",
        "<option value=\"auditor\" selected>auditor</option>",
        "<option value=\"name\" selected>by name</option>",
    ] {
        assert!(page.html().contains(chosen), "{chosen}: {}", page.html());
    }
}

on_both!(names_are_ordered_without_case_and_diacritics);
fn names_are_ordered_without_case_and_diacritics(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let added = ["Zoe", "Đặng Bình", "an", "Ánh", "Dung", "đạt"].map(|name| acme.operator(name));
    let sorted = ["an", "Ánh", "Đặng Bình", "đạt", "Dung", "olga", "Zoe"];
    assert_eq!(names(server, &browser, "sort=name"), sorted);
    let path = format!("/api/company/operators/{}", added[0]);
    acme.patch(&path)
        .json(&json!({"name": "Ba"}))
        .send()
        .with_status(200);
    let sorted = ["an", "Ánh", "Ba", "Đặng Bình", "đạt", "Dung", "olga"];
    assert_eq!(names(server, &browser, "sort=name"), sorted);
    // The job fills in what an older release has not written.
    let forget = |conn: &mut Conn| -> Result<()> {
        diesel::update(operators::table)
            .set(operators::name_fold.eq(""))
            .execute(conn)?;
        Ok(())
    };
    server.app.db.write_blocking(forget).unwrap();
    assert_ne!(names(server, &browser, "sort=name"), sorted);
    Runner::service(Arc::clone(&server.app), SERVICE).step();
    assert_eq!(names(server, &browser, "sort=name"), sorted);
}

on_both!(the_export_has_the_operators_of_the_list);
fn the_export_has_the_operators_of_the_list(server: &Server) {
    let acme = server.organization("acme");
    operator(&acme, "olga", "admin");
    operator(&acme, "otto", "auditor");
    let lan = acme.operator("Lan Anh");
    acme.operator("Lan Chi");
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"status": "inactive"}))
        .send()
        .with_status(200);
    let browser = Browser::signed_in(server, "acme/olga", PASSWORD);
    for query in [
        "",
        "q=lan",
        "q=lan&status=all",
        "role=auditor",
        "status=inactive&q=anh",
        "unused=30",
    ] {
        let page = browser.open(server, &format!("/console/operators?{query}&limit=100"));
        let listed = ids(&page);
        let Some(link) = page.html().split("/console/operators/export.csv").nth(1) else {
            assert!(listed.is_empty(), "{query}");
            continue;
        };
        let link = link.split('"').next().unwrap().replace("&#38;", "&");
        let file = browser.get(server, &format!("/console/operators/export.csv{link}"));
        file.with_status(200);
        let lines = file.text().trim_end().split("\r\n").skip(1);
        let exported: Vec<_> = lines
            .map(|line| line.split(',').next().unwrap().to_owned())
            .collect();
        assert_eq!(exported, listed, "{query}");
    }
    let line = acme.get("/api/company/audit?limit=1").send().items()[0].clone();
    let detail = line["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("filtered by q, status; by session:"),
        "{detail}"
    );
    // A file cannot say that a filter was ignored.
    for query in ["status=odd", "role=nobody", "unused=x"] {
        let path = format!("/console/operators/export.csv?{query}");
        assert_eq!(browser.get(server, &path).status, 400, "{query}");
    }
}
