//! The overview: plots, figures, and what needs attention.

use std::time::Duration;

use lanyard::base::OrganizationId;
use lanyard::usage::Count;

use super::*;
use crate::support::on_both;

const PLOTS: [&str; 4] = [
    "plot-validations",
    "plot-issued",
    "plot-sign-ins",
    "plot-live",
];

fn write(server: &Server) {
    server.app.usage.gather(server.app.clock.now());
    server.app.usage.write(&server.app.db).unwrap();
}

/// Returns what stands between the tags of an element with this `data-testid`.
fn piece<'a>(page: &'a Page, id: &str, end: &str) -> &'a str {
    let (_, rest) = page
        .html()
        .split_once(&format!("data-testid=\"{id}\""))
        .unwrap();
    rest.split(end).next().unwrap()
}

on_both!(a_plot_shows_the_same_numbers_as_its_table_and_the_api);
fn a_plot_shows_the_same_numbers_as_its_table_and_the_api(server: &Server) {
    let acme = server.organization("acme");
    let id = OrganizationId(acme.id);
    let note = |count, times| (0..times).for_each(|_| server.app.usage.note(id, count));
    note(Count::Valid, 1_234);
    note(Count::Revoked, 2);
    write(server);
    server.wait(3_600);
    note(Count::Valid, 6);
    note(Count::Invalid, 1);
    write(server);
    let browser = admin(server, &acme);
    let page = browser.open(server, "/console");
    check_page(&page);
    for id in PLOTS {
        let plot = piece(&page, id, "</figure>");
        for part in [
            "<svg role=\"img\"",
            "<title id=",
            "<desc id=",
            "<details>",
            "<table",
        ] {
            assert!(plot.contains(part), "{id}: {part}");
        }
        assert_eq!(plot.matches("<tr data-id").count(), 96, "{id}");
        assert!(
            plot.contains("class=\"gap\""),
            "{id}: the day before is not known"
        );
    }
    let plot = piece(&page, "plot-validations", "</figure>");
    assert!(
        plot.contains(
            "Valid: 1,240 in total, at most 1,234 at a time, 6 last. Expired: 0 in total"
        ),
        "{plot}"
    );
    assert!(plot.contains("1,234") && plot.contains("not known"));
    assert!(plot.contains("href=\"/console/tokens/explain\""));
    assert!(plot.contains("href=\"/console/audit?action=token.revoked\""));
    let value = |id: &str| {
        piece(&page, id, "</li>")
            .split("class=\"value\">")
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap()
    };
    assert_eq!(value("figure-refused"), "3");
    // The organization's own login.
    assert_eq!(value("figure-issued"), "1");

    for (range, points) in [("hour", 60), ("day", 96), ("month", 30)] {
        let page = browser.open(server, &format!("/console?range={range}&lang=vi"));
        check_page(&page);
        let plot = piece(&page, "plot-validations", "</figure>");
        assert_eq!(plot.matches("<tr data-id").count(), points, "{range}");
        let current = format!("href=\"/console?range={range}\" aria-current=\"page\"");
        assert!(page.html().contains(&current), "{range}");
    }
    let month = browser.open(server, "/console?range=month");
    assert!(
        piece(&month, "plot-validations", "</figure>").contains("1.240"),
        "{}",
        month.html()
    );
    let odd = browser.open(server, "/console?range=year&lang=en");
    assert!(piece(&odd, "ignored", "</p>").contains("range"));
}

on_both!(what_needs_attention_is_listed_with_a_link);
fn what_needs_attention_is_listed_with_a_link(server: &Server) {
    let acme = server.organization("acme");
    let browser = Browser::signed_in(server, "acme", &acme.password);
    let page = browser.open(server, "/console");
    assert!(page.tag("attention").is_none());
    assert!(page.html().contains("Nothing needs attention."));

    let olga = operator(&acme, "olga", "admin");
    operator(&acme, "lan", "agent");
    let now = server.app.clock.now();
    let ends = |days: u64| now.plus(Duration::from_hours(24 * days)).to_string();
    for days in [20, 45] {
        let key = json!({"name": "Reports", "scopes": ["read"], "expires_at": ends(days)});
        acme.post("/api/v1/api-keys")
            .json(&key)
            .send()
            .with_status(201);
    }
    let client =
        acme.client(&json!({"name": "Shop", "grants": ["client_credentials"], "scopes": ["read"]}));
    let path = format!(
        "/api/company/clients/{}/rotate-secret",
        client["id"].as_str().unwrap()
    );
    acme.post(&path).send().with_status(200);
    for _ in 0..2 {
        let wrong = json!({"login": "acme", "password": "wrong"});
        server
            .post("/api/company/get-token")
            .json(&wrong)
            .send()
            .with_status(401);
    }
    write(server);
    let page = browser.open(server, "/console");
    check_page(&page);
    let count = |page: &Page, id: &str| page.data(id, "data-count");
    let found = |page: &Page| {
        [
            "due", "unused", "keys", "secrets", "webhooks", "factors", "sign-ins",
        ]
        .map(|what| count(page, &format!("attention-{what}")).unwrap_or_default())
    };
    assert_eq!(found(&page), ["", "", "1", "1", "", "1", "2"]);
    totp(&acme, olga);
    let page = browser.open(server, "/console");
    assert_eq!(found(&page), ["", "", "1", "1", "", "", "2"]);
    for link in piece(&page, "attention", "</ul>").split("href=\"").skip(1) {
        let path = link.split('"').next().unwrap().replace("&#38;", "&");
        let list = browser.open(server, &path);
        assert!(list.tag("ignored").is_none(), "{path}");
    }
    // A month later the company token was used by nobody, and the key has expired.
    server.run(31 * 86_400);
    let browser = Browser::signed_in(server, "acme", &acme.password);
    let page = browser.open(server, "/console");
    assert_eq!(found(&page), ["", "1", "1", "", "", "", ""]);
    acme.judge("x");
    let page = browser.open(server, "/console");
    assert_eq!(found(&page)[1], "");
}

/// Returns the number of a figure.
fn figure<'a>(page: &'a Page, id: &str) -> &'a str {
    let piece = piece(page, id, "</li>");
    let value = piece.split("class=\"value\">").nth(1).unwrap();
    value.split('<').next().unwrap()
}

on_both!(before_the_first_minute_is_written_nothing_is_known);
fn before_the_first_minute_is_written_nothing_is_known(server: &Server) {
    let acme = server.organization("acme");
    let browser = Browser::signed_in(server, "acme", &acme.password);
    let page = browser.open(server, "/console");
    assert_eq!(figure(&page, "figure-issued"), "not known");
    assert_eq!(figure(&page, "figure-refused"), "not known");
    let plot = piece(&page, "plot-validations", "</figure>");
    assert_eq!(plot.matches("<strong>not known</strong>").count(), 4);
    assert!(!piece(&page, "plot-live", "</figure>").contains("Last counted"));

    write(server);
    let (id, now) = (OrganizationId(acme.id), server.app.clock.now());
    let count = |conn: &mut _| lanyard::usage::set_live(conn, &[(id, 3)], now);
    server.app.db.write_blocking(count).unwrap();
    let page = browser.open(server, "/console");
    assert_eq!(figure(&page, "figure-refused"), "0");
    let plot = piece(&page, "plot-validations", "</figure>");
    assert_eq!(plot.matches("<strong>0</strong>").count(), 4);
    let plot = piece(&page, "plot-live", "</figure>");
    assert!(plot.contains("Last counted: ") && plot.contains("<strong>3</strong>"));
}

on_both!(a_first_step_stays_done_when_its_token_has_expired);
fn a_first_step_stays_done_when_its_token_has_expired(server: &Server) {
    let acme = server.organization("acme");
    let done = || {
        let browser = Browser::signed_in(server, "acme", &acme.password);
        let page = browser.open(server, "/console");
        page.html().matches("class=\"is-done\"").count()
    };
    let token = acme.token_for(acme.operator("Lan"));
    assert_eq!(done(), 2, "an operator and its token");
    assert_eq!(acme.judge(&token), "valid");
    write(server);
    assert_eq!(done(), 3, "the token was validated");
    server.wait(2 * 86_400);
    assert_eq!(acme.judge(&token), "Token expired");
    assert_eq!(done(), 3);
}
