//! Lists: their pages forwards and backwards, and parameters that are not known.

use super::*;
use crate::support::on_both;

/// Returns where a link of the pages of a list leads.
pub(super) fn link(page: &Page, rel: &str) -> Option<String> {
    let after = page
        .html()
        .split(&format!("rel=\"{rel}\" href=\""))
        .nth(1)?;
    Some(after.split('"').next().unwrap().replace("&#38;", "&"))
}

/// Returns the ids of the rows of a page's first table.
pub(super) fn ids(page: &Page) -> Vec<String> {
    let Some(table) = page.html().split("<table").nth(1) else {
        return Vec::new();
    };
    let table = table.split("</table>").next().unwrap();
    let rows = table.split("<tr data-id=\"").skip(1);
    rows.map(|row| row.split('"').next().unwrap().to_owned())
        .collect()
}

/// Goes through a list to its end and back. Returns the ids of all rows.
pub(super) fn walk(server: &Server, browser: &Browser, path: &str) -> Vec<String> {
    let mut forward = vec![browser.open(server, path)];
    check_page(&forward[0]);
    assert_eq!(link(&forward[0], "prev"), None, "{path}");
    while let Some(next) = link(forward.last().unwrap(), "next") {
        assert_eq!(ids(forward.last().unwrap()).len(), 25, "{next}");
        forward.push(browser.open(server, &next));
    }
    let all: Vec<String> = forward.iter().flat_map(ids).collect();
    let mut here = forward.pop().unwrap();
    while let Some(before) = forward.pop() {
        here = browser.open(server, &link(&here, "prev").unwrap());
        assert_eq!(ids(&here), ids(&before), "{path}");
        let next = browser.open(server, &link(&here, "next").unwrap());
        assert!(ids(&next).iter().all(|id| !ids(&here).contains(id)));
    }
    assert_eq!(link(&here, "prev"), None, "{path}");
    all
}

pub(super) fn distinct(ids: &[String]) -> usize {
    ids.iter().collect::<std::collections::BTreeSet<_>>().len()
}

on_both!(every_list_is_walked_to_its_end_and_back);
fn every_list_is_walked_to_its_end_and_back(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let operators: Vec<i64> = (0..60)
        .map(|number| acme.operator(&format!("Operator {}", number * 7 % 60)))
        .collect();
    for operator in &operators {
        // Logins are limited by the second.
        server.wait(2);
        acme.token_for(*operator);
        acme.another_token();
        let key = json!({"name": format!("Key {operator}"), "scopes": ["read"]});
        acme.post("/api/v1/api-keys")
            .json(&key)
            .send()
            .with_status(201);
        let client = json!({"name": format!("Client {operator}"), "grants": ["authorization_code"],
            "redirectUris": ["https://app.example/back"]});
        acme.post("/api/company/clients")
            .json(&client)
            .send()
            .with_status(201);
    }
    for (path, rows) in [
        ("/console/operators?limit=25", 61),
        ("/console/operators?limit=25&sort=name", 61),
        ("/console/operators?limit=25&q=operator", 60),
        ("/console/operators?limit=25&q=operator&sort=name", 60),
        ("/console/tokens?limit=25", 121),
        ("/console/tokens?limit=25&kind=operator", 60),
        ("/console/rotation?limit=25", 61),
        ("/console/api-keys?limit=25", 60),
        ("/console/oauth-clients?limit=25", 60),
        ("/console/audit?limit=25&action=api_key.created", 60),
        (
            "/console/audit?limit=25&action=client.created&action=api_key.created",
            120,
        ),
    ] {
        let all = walk(server, &browser, path);
        assert_eq!((all.len(), distinct(&all)), (rows, rows), "{path}");
    }
    // Names come in the order of people, whatever the order in which they were added.
    let page = browser.open(server, "/console/operators?limit=25&sort=name");
    let names: Vec<_> = page.html().split("<bdi>Operator ").skip(1).collect();
    let first = names.iter().map(|rest| rest.split('<').next().unwrap());
    let first: Vec<_> = first.take(3).collect();
    assert_eq!(first, ["0", "1", "10"]);
}

on_both!(what_comes_and_goes_meanwhile_is_not_shown_twice);
fn what_comes_and_goes_meanwhile_is_not_shown_twice(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let operators: Vec<i64> = (0..60).map(|_| acme.operator("Lan")).collect();
    let first = browser.open(server, "/console/operators?limit=25&sort=name&q=lan");
    for operator in &operators[20..30] {
        acme.delete(&format!("/api/company/operators/{operator}"))
            .send();
    }
    acme.operator("Lam");
    let second = browser.open(server, &link(&first, "next").unwrap());
    let mut seen = ids(&first);
    seen.extend(ids(&second));
    assert_eq!((seen.len(), distinct(&seen)), (50, 50));
    // Back there are the 20 that are left of the first page.
    let back = browser.open(server, &link(&second, "prev").unwrap());
    assert_eq!(ids(&back), ids(&first)[..20]);
    // Everything of the last page has gone: it says so, and the way back is there.
    let last = link(&second, "next").unwrap();
    for operator in &operators[30..] {
        acme.delete(&format!("/api/company/operators/{operator}"))
            .send();
    }
    let empty = browser.open(server, &last);
    assert!(empty.tag("nothing").is_some());
    let back = browser.open(server, &link(&empty, "prev").unwrap());
    assert_eq!(ids(&back), ids(&first)[..20]);
}

on_both!(an_unknown_cursor_is_the_first_page_and_a_bad_parameter_is_named);
fn an_unknown_cursor_is_the_first_page_and_a_bad_parameter_is_named(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    acme.operator("Lan");
    for path in [
        "/console/operators",
        "/console/tokens",
        "/console/rotation",
        "/console/audit",
    ] {
        let first = ids(&browser.open(server, path));
        for cursor in ["x", "7", "PmFi", "%00", "Pjk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"] {
            let page = browser.open(server, &format!("{path}?cursor={cursor}&limit=50"));
            assert_eq!(link(&page, "prev"), None, "{path} {cursor}");
            let shown = ids(&page);
            assert!(first.iter().all(|id| shown.contains(id)), "{path} {cursor}");
        }
    }
    let query = "limit=7&status=odd&role=nobody&unused=x&sort=odd&cursor=x";
    let page = browser.open(server, &format!("/console/operators?{query}"));
    let names = "limit, status, role, unused, sort";
    assert!(page.text_of("ignored").contains(names), "{}", page.html());
}
