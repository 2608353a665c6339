//! The audit log: filtered, followed, exported, and the state of its chain.

use lanyard::audit::{Action, Event, Origin, job};
use lanyard::base::OrganizationId;
use lanyard::db::Conn;

use super::*;
use crate::support::on_both;

on_both!(several_acts_are_chosen_and_links_keep_them);
fn several_acts_are_chosen_and_links_keep_them(server: &Server) {
    let acme = server.organization("acme");
    acme.operator("Lan");
    let browser = admin(server, &acme);
    let page = browser.open(
        server,
        "/console/audit?action=operator.created&action=login.succeeded&actor=&from=",
    );
    check_page(&page);
    let html = page.html();
    assert_eq!(html.matches("<tr data-id").count(), 3);
    assert!(html.contains("<select id=\"filter-action\" name=\"action\" multiple"));
    assert!(
        html.contains("selected value=\"operator.created\"")
            || html.contains("value=\"operator.created\" selected")
    );
    assert!(html.contains("format=csv&#38;action=operator.created&#38;action=login.succeeded"));
    let odd = browser.open(server, "/console/audit?action=odd&address=here&from=later");
    assert!(
        odd.html().contains("action, address, from"),
        "{}",
        odd.html()
    );
}

on_both!(the_state_of_the_chain_is_shown);
fn the_state_of_the_chain_is_shown(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let open = || browser.open(server, "/console/audit");
    let text = open().text_of("chain");
    assert!(text.contains("Nothing is sealed yet."), "{text}");
    let app = &server.app;
    app.nodes.duty.attend(&app.db).unwrap().unwrap();
    job::seal(&app.db, &app.nodes.duty, app.clock.now()).unwrap();
    let sealed = open();
    let text = sealed.text_of("chain");
    assert!(text.contains("whole up to 2030-01-01"), "{text}");
    let html = sealed.html();
    assert!(html.contains("<dt>Hash of batch 1</dt>"), "{html}");
    assert!(html.contains("<dt>Lines not sealed yet</dt><dd>0</dd>"));
    acme.operator("Lan");
    let html = open().html().to_owned();
    assert!(html.contains("<dt>Lines not sealed yet</dt><dd>1</dd>"));
}

on_both!(following_shows_new_lines_and_is_no_use_of_the_session);
fn following_shows_new_lines_and_is_no_use_of_the_session(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let page = browser.open(server, "/console/audit?action=operator.created");
    assert!(!page.html().contains("http-equiv"));
    assert!(page.html().contains("name=\"follow\" value=\"1\""));
    let path = "/console/audit?action=operator.created&follow=1";
    let page = browser.open(server, path);
    check_page(&page);
    assert!(
        page.html()
            .contains("<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>")
    );
    assert!(page.html().contains("data-follow=\"5\""));
    assert!(page.html().contains(">Pause</button>"));
    let rows = |page: &Page| page.html().matches("<tr data-id").count();
    let before = rows(&page);
    acme.operator("Lan");
    assert_eq!(rows(&browser.open(server, path)), before + 1);
    for _ in 0..2 {
        server.wait(14 * 60);
        browser.get(server, path).with_status(200);
    }
    server.wait(3 * 60);
    browser.get(server, path).with_status(303);
}

on_both!(what_is_exported_is_what_the_filters_find_and_exporting_is_recorded);
fn what_is_exported_is_what_the_filters_find_and_exporting_is_recorded(server: &Server) {
    let acme = server.organization("acme");
    let other = server.organization("other");
    other.operator("not ours");
    for number in 0..600 {
        acme.operator(&format!("Operator {number}"));
    }
    let browser = admin(server, &acme);
    let csv = browser.get(
        server,
        "/console/audit/export?format=csv&action=operator.created",
    );
    csv.with_status(200);
    assert_eq!(
        csv.header("content-disposition"),
        Some("attachment; filename=\"audit-acme-20300101T000000Z.csv\"")
    );
    assert!(csv.header("content-type").unwrap().starts_with("text/csv"));
    let text = csv.text();
    let head = "\u{feff}id,at,actor,action,target,count,address,requestId,detail,sequence\r\n";
    assert!(text.starts_with(head), "{}", &text[..100]);
    assert_eq!(text.matches("\r\n").count(), 1 + 601);
    assert_eq!(text.matches(",operator.created,").count(), 601);
    assert_eq!(audit(&acme, 1)[0].0, "audit.exported");

    let lines = browser.get(server, "/console/audit/export?format=jsonl");
    let text = lines.with_status(200).text().to_owned();
    let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(first["action"], "audit.exported");
    let begins = |line: &serde_json::Value, with: &str| {
        let detail = line["detail"].as_str().unwrap().to_owned();
        assert!(
            detail.starts_with(&format!("{with}; by session:")),
            "{detail}"
        );
    };
    begins(&first, "jsonl; all lines");
    let second: serde_json::Value = serde_json::from_str(text.lines().nth(1).unwrap()).unwrap();
    begins(&second, "csv; filtered by action");
    let nothing = browser.get(server, "/console/audit/export?format=jsonl&actor=nobody");
    assert_eq!(nothing.with_status(200).text(), "");
    for bad in ["", "?format=xml"] {
        let answer = browser.get(server, &format!("/console/audit/export{bad}"));
        answer.with_status(404);
    }
    let odd = browser.get(server, "/console/audit/export?format=csv&from=later");
    odd.with_status(400);
}

on_both!(a_line_says_who_acted_by_name_and_in_which_session);
fn a_line_says_who_acted_by_name_and_in_which_session(server: &Server) {
    let acme = server.organization("acme");
    let olga = operator(&acme, "olga", "admin");
    let browser = Browser::signed_in(server, "acme/olga", PASSWORD);
    let fields = [("name", "Lan"), ("do", "create")];
    let path = "/console/operators/new";
    browser
        .submit(server, path, "operator", &fields)
        .with_status(303);
    let created = "/api/company/audit?action=operator.created&limit=1";
    let line = acme.get(created).send().items()[0].clone();
    assert_eq!(line["actor"], format!("operator:{olga}"));
    let detail = line["detail"].as_str().unwrap();
    let session = detail.rsplit_once("by session:").unwrap().1.to_owned();
    let listed = browser.open(server, "/console/sessions");
    let row = format!("data-id=\"{session}\"");
    assert!(listed.html().contains(&row), "{session}");
    let page = |browser: &Browser| {
        let path = format!("/console/audit?action=operator.created&actor=operator:{olga}");
        browser.open(server, &path).html().to_owned()
    };
    let html = page(&browser);
    let name = format!("<a href=\"/console/operators/{olga}\"><bdi>olga</bdi></a>");
    assert!(html.contains(&name), "{html}");
    let href = format!("href=\"/console/tokens/{session}\"");
    assert!(html.contains(&href), "{html}");
    assert!(
        !html.contains("by session:"),
        "it is not said twice: {html}"
    );
    // A person that was erased has no name.
    let other = Browser::signed_in(server, "acme", &acme.password);
    let path = format!("/console/operators/{olga}/erase");
    let erased = other.submit(server, &path, "confirm", &[("do", "erase")]);
    other.follow(server, &erased);
    let html = page(&other);
    assert!(html.contains(&format!("operator:{olga}")) && !html.contains("olga"));
    // The organization's own account is named by its session.
    let erased = acme.get("/api/company/audit?action=operator.erased").send();
    let actor = erased.items()[0]["actor"].as_str().unwrap().to_owned();
    assert!(actor.starts_with("session:"), "{actor}");
    assert!(
        erased.items()[0]["detail"]
            .as_str()
            .is_some_and(|detail| !detail.contains("by session"))
    );
}

on_both!(lines_about_keys_of_earlier_versions_are_found_as_well);
fn lines_about_keys_of_earlier_versions_are_found_as_well(server: &Server) {
    let acme = server.organization("acme");
    let organization = OrganizationId(acme.id);
    let made = acme.post("/api/v1/api-keys").json(&json!({"name": "till"}));
    let id = made.send().with_status(201).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let line = Event::of(
        &Origin::command_line(),
        Action::ApiKeyUpdated,
        server.app.clock.now(),
        organization,
    )
    .target(format!("api-key:{id}"));
    let write = |conn: &mut Conn| lanyard::audit::record(conn, &line);
    server.app.db.write_blocking(write).unwrap();
    for target in [format!("api_key:{id}"), format!("api-key:{id}")] {
        let found = acme
            .get(&format!("/api/company/audit?target={target}"))
            .send();
        let targets: Vec<_> = found
            .items()
            .iter()
            .map(|line| line["target"].clone())
            .collect();
        assert_eq!(
            targets,
            [
                json!(format!("api-key:{id}")),
                json!(format!("api_key:{id}"))
            ]
        );
    }
}
