//! The service itself: its nodes, jobs and signing keys, and the first page.

use std::sync::Arc;
use std::time::Duration;

use lanyard::base::Timestamp;
use lanyard::db::schema::nodes;
use lanyard::feed;
use lanyard::jobs::{Runner, SERVICE};
use lanyard::schedule::{self, Listed};
use lanyard::signing_keys::KeyState;

use super::*;

const KEYS: &str = "/console/platform/keys";

on_both!(the_nodes_say_how_far_they_are_and_which_one_is_on_duty);
fn the_nodes_say_how_far_they_are_and_which_one_is_on_duty(server: &Server) {
    server.organization("acme");
    server.follow();
    let browser = root(server, "root").signed_in(server);
    let path = "/console/platform/nodes";
    let page = browser.open(server, path);
    check_page(&page);
    assert_eq!(page.html().matches("<tr data-id=").count(), 1);
    assert!(!page.html().contains("on duty"));
    assert!(page.html().contains(env!("CARGO_PKG_VERSION")));
    Runner::service(Arc::clone(&server.app), SERVICE).step();
    assert!(browser.open(server, path).html().contains("on duty"));
    server.follow();
    let members = server.app.db.read_blocking(feed::members).unwrap();
    assert_eq!(members.nodes[0].behind(members.head), 0);
    let home = browser.open(server, "/console/platform");
    check_page(&home);
    assert!(home.tag("platform-attention-nodes").is_none());
    // A node that has not been seen for long is marked.
    let seen = server.app.clock.now().minus(Duration::from_mins(10));
    let gone = (
        nodes::id.eq(7),
        nodes::name.eq("gone"),
        nodes::lease.eq(60_000_000),
        nodes::applied_seq.eq(members.head),
        nodes::beats.eq(1),
        nodes::started_at.eq(seen),
        nodes::seen_at.eq(seen),
    );
    let insert = |conn: &mut Conn| -> Result<usize> {
        Ok(diesel::insert_into(nodes::table)
            .values(gone)
            .execute(conn)?)
    };
    server.app.db.write_blocking(insert).unwrap();
    assert!(browser.open(server, path).html().contains("not seen"));
    server.follow();
    let home = browser.open(server, "/console/platform");
    let count = home.data("platform-attention-nodes", "data-count");
    assert_eq!(count.as_deref(), Some("1"));
    assert!(home.text_of("figure-organizations").starts_with('1'));
    assert!(home.text_of("figure-keys").starts_with('1'));
}

fn job(server: &Server, name: &str) -> Listed {
    let listed = server.app.db.read_blocking(schedule::list).unwrap();
    listed.into_iter().find(|job| job.name == name).unwrap()
}

on_both!(a_job_that_is_asked_for_runs_once_on_the_node_on_duty);
fn a_job_that_is_asked_for_runs_once_on_the_node_on_duty(server: &Server) {
    let mut runner = Runner::service(Arc::clone(&server.app), SERVICE);
    runner.step();
    let (name, path) = ("purge_audit", "/console/platform/jobs");
    let first: Option<Timestamp> = job(server, name).ran_at;
    assert!(first.is_some());
    server.wait(60);
    runner.step();
    assert_eq!(job(server, name).ran_at, first, "it runs every hour");
    let root = root(server, "root");
    let browser = root.signed_in(server);
    let page = browser.open(server, path);
    check_page(&page);
    let csrf = page.html().split("name=\"csrf\" value=\"").nth(1).unwrap();
    let csrf = csrf.split('"').next().unwrap();
    let ask = |job: &str| {
        let fields = [("csrf", csrf), ("job", job), ("do", "run")];
        browser.post(server, path, &fields)
    };
    let done = browser.follow(server, &ask(name));
    assert!(done.text_of("done").contains(name));
    assert!(done.html().contains("begins in a moment"));
    ask("no_such_job").with_status(404);
    let expected = ("job.requested", format!("platform-admin:{}", root.id));
    let line = &audit_of_service(server, 1)[0];
    assert_eq!((line.0.as_str(), &line.1), (expected.0, &expected.1));
    assert_eq!(line.2, "job:purge_audit");

    server.wait(5);
    runner.step();
    let second = job(server, name);
    assert!(second.ran_at > first && second.wanted_at.is_none());
    server.wait(5);
    runner.step();
    assert_eq!(job(server, name).ran_at, second.ran_at, "once");
    // One that runs all the time can be asked for, too.
    browser.follow(server, &ask("deliver_webhooks"));
    server.wait(5);
    runner.step();
    assert_eq!(job(server, "deliver_webhooks").wanted_at, None);
}

/// The ids of the keys in a state.
fn keys(server: &Server, state: KeyState) -> Vec<String> {
    let keys = server.keys().into_iter();
    keys.filter(|(_, word)| *word == state.as_str())
        .map(|(kid, _)| kid)
        .collect()
}

on_both!(a_signing_key_is_rotated_by_hand);
fn a_signing_key_is_rotated_by_hand(server: &Server) {
    let acme = server.organization("acme");
    let root = root(server, "root");
    let browser = root.signed_in(server);
    let page = browser.open(server, KEYS);
    check_page(&page);
    let before = keys(server, KeyState::Active);
    let form = page.form("rotate");
    let answer = browser.send(server, &form, &[("do", "rotate")]);
    let done = browser.follow(server, &answer);
    let pending = keys(server, KeyState::Pending);
    assert_eq!(pending.len(), 1);
    assert!(done.text_of("done").contains(&pending[0]));
    assert_eq!(keys(server, KeyState::Active), before);
    let actor = format!("platform-admin:{}", root.id);
    let made = (
        "key.created".to_owned(),
        actor.clone(),
        format!("key:{}", pending[0]),
    );
    assert_eq!(audit_of_service(server, 1), [made]);
    // The same form makes no second one.
    let again = browser.send(server, &form, &[("force", "1"), ("do", "rotate")]);
    browser.follow(server, &again);
    assert_eq!(keys(server, KeyState::Active), before);
    let fields = [("force", "1"), ("do", "rotate")];
    let answer = browser.submit(server, KEYS, "rotate", &fields);
    browser.follow(server, &answer);
    assert_eq!(keys(server, KeyState::Active), pending);
    acme.get("/api/company/organization")
        .send()
        .with_status(200);
    let activated = audit_of_service(server, 1).remove(0);
    assert_eq!(
        (activated.0.as_str(), activated.1),
        ("key.activated", actor)
    );
}

on_both!(a_signing_key_is_revoked_with_what_it_has_signed);
fn a_signing_key_is_revoked_with_what_it_has_signed(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let token = acme.token_for(lan);
    acme.token_for(lan);
    let revoked = serde_json::json!({"token": token});
    let call = acme.post("/api/operator/revoke-token").json(&revoked);
    assert!(call.send().status < 300);
    let root = root(server, "root");
    let browser = root.signed_in(server);
    let kid = keys(server, KeyState::Active).remove(0);
    let path = format!("{KEYS}/{kid}/revoke");
    assert!(browser.open(server, KEYS).html().contains(&path));
    let page = browser.open(server, &path);
    check_page(&page);
    // A company token, and one of the two operator tokens.
    assert_eq!(page.data("effect", "data-tokens").as_deref(), Some("2"));
    let form = page.form("confirm");
    let answer = browser.send(server, &form, &[("do", "revoke")]);
    let done = browser.follow(server, &answer);
    assert!(done.text_of("done").contains(&kid));
    assert!(done.data("receipt", "data-sequence").is_some());
    acme.get("/api/company/organization")
        .send()
        .with_status(403);
    assert_ne!(keys(server, KeyState::Active), std::slice::from_ref(&kid));
    // There is nothing left to revoke.
    let page = browser.open(server, &path);
    check_page(&page);
    assert!(!page.has_form("confirm"));
    let answer = browser.send(server, &form, &[("do", "revoke")]);
    answer.with_status(200);
    for unknown in ["x", "b23456789012"] {
        let path = format!("{KEYS}/{unknown}/revoke");
        browser.get(server, &path).with_status(404);
    }
}
