//! The list of organizations: finding one, and walking through it.

use super::organizations::{LIST, NEW, act};
use super::*;
use crate::support::Organization;

/// The ids of the rows of a table.
fn rows(page: &Page) -> Vec<String> {
    let rows = page.html().split("<tr data-id=\"").skip(1);
    rows.map(|row| row.split('"').next().unwrap().to_owned())
        .collect()
}

on_both!(organizations_are_found_and_listed_page_by_page);
fn organizations_are_found_and_listed_page_by_page(server: &Server) {
    let root = root(server, "root");
    for number in 0..27 {
        server.organization(&format!("firm-{number}"));
    }
    let acme = server.organization("acme");
    let browser = root.signed_in(server);
    let form = browser.open(server, NEW).form("organization");
    let fields = [
        ("login", "nguyen"),
        ("name", "Công ty Nguyễn Văn"),
        ("preset", "none"),
        ("do", "create"),
    ];
    browser.send(server, &form, &fields).with_status(200);
    act(server, &browser, &acme, "suspend");

    let first = browser.open(server, &format!("{LIST}?limit=25"));
    check_page(&first);
    let mut all = rows(&first);
    assert_eq!(all.len(), 25);
    let next = first.html().split("rel=\"next\" href=\"").nth(1).unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&");
    let second = browser.open(server, &next.replace("&amp;", "&"));
    all.extend(rows(&second));
    assert_eq!(all.len(), 29);
    all.dedup();
    assert_eq!(all.len(), 29);
    let found = |query: &str| rows(&browser.open(server, &format!("{LIST}?{query}"))).len();
    assert_eq!(found("status=suspended"), 1);
    assert_eq!(found("status=active"), 28);
    assert_eq!(found("q=FIRM-2"), 8, "firm-2 and firm-20 to firm-26");
    assert_eq!(found("q=van+nguyen"), 1);
    assert_eq!(found("q=van+acme"), 0);
    assert_eq!(found("q=cong+ty"), 1);
    assert_eq!(found(&format!("q={}", acme.id)), 1);
    let nothing = browser.open(server, &format!("{LIST}?q=nobody"));
    assert!(nothing.tag("nothing").is_some());
    let ignored = browser.open(server, &format!("{LIST}?status=x&limit=7"));
    assert!(ignored.tag("ignored").is_some());
}

on_both!(the_list_is_walked_to_its_end_and_back);
fn the_list_is_walked_to_its_end_and_back(server: &Server) {
    for number in 0..60 {
        Organization::add(server, &format!("firm-{number}"), "open");
    }
    let browser = root(server, "root").signed_in(server);
    for query in ["limit=25", "limit=25&q=firm", "limit=25&status=active"] {
        let path = format!("{LIST}?{query}");
        let all = super::super::lists::walk(server, &browser, &path);
        let different = super::super::lists::distinct(&all);
        assert_eq!((all.len(), different), (60, 60), "{query}");
    }
}

on_both!(the_list_has_the_number_of_operators_of_each_organization);
fn the_list_has_the_number_of_operators_of_each_organization(server: &Server) {
    let [acme, globex, empty] = ["acme", "globex", "empty"].map(|login| server.organization(login));
    let operators = |organization: &Organization<'_>, count: usize| -> Vec<i64> {
        let names = (0..count).map(|number| format!("Operator {number}"));
        names.map(|name| organization.operator(&name)).collect()
    };
    let some = operators(&acme, 3);
    let path = |id: i64| format!("/api/company/operators/{id}");
    acme.delete(&path(some[0])).send().with_status(204);
    let inactive = serde_json::json!({"status": "inactive"});
    acme.patch(&path(some[1]))
        .json(&inactive)
        .send()
        .with_status(200);
    operators(&globex, 101);
    let browser = root(server, "root").signed_in(server);
    let page = browser.open(server, LIST);
    for (organization, count) in [(&acme, "2"), (&globex, "100+"), (&empty, "0")] {
        let row = format!("<tr data-id=\"{}\">", organization.id);
        let row = page.html().split(&row).nth(1).unwrap();
        let cell = row.split("data-label=\"Operators\">").nth(1).unwrap();
        assert_eq!(
            cell.split('<').next().unwrap(),
            count,
            "{}",
            organization.login
        );
    }
}
