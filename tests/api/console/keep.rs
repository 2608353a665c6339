//! The question before a session ends.

use super::*;
use crate::support::on_both;

on_both!(a_session_is_kept_by_its_person_whatever_it_may_do);
fn a_session_is_kept_by_its_person_whatever_it_may_do(server: &Server) {
    let acme = server.organization("acme");
    operator(&acme, "otto", "auditor");
    let browser = Browser::signed_in(server, "acme/otto", PASSWORD);
    let page = browser.open(server, "/console/operators");
    let seconds = |page: &Page| page.data("session-question", "data-seconds").unwrap();
    assert_eq!(seconds(&page), "1800");
    assert_eq!(
        page.data("session-question", "role").as_deref(),
        Some("alertdialog")
    );
    assert!(page.html().contains(">Stay signed in</button>"));
    let csrf = page.html().split("action=\"/console/session/keep\"").nth(1);
    let csrf = csrf.unwrap().split("value=\"").nth(1).unwrap();
    let csrf = csrf.split('"').next().unwrap();
    let keep = |csrf: &str| {
        let fields = [("csrf", csrf), ("do", "keep")];
        browser.post(server, "/console/session/keep", &fields)
    };
    // Without being asked, the session would be over by now.
    for _ in 0..3 {
        server.wait(29 * 60);
        let kept = keep(csrf);
        kept.with_status(200);
        assert_eq!(kept.header("cache-control"), Some("no-store"));
        let kept = kept.json();
        assert_eq!(kept["seconds"], 1_800);
        let page = browser.open(server, "/console/operators");
        let text = kept["text"].as_str().unwrap();
        let footer = format!("data-testid=\"session-ends\">{text}</p>");
        assert!(page.html().contains(&footer), "{footer}");
    }
    assert_eq!(keep("wrong").status, 403);
    // A page that follows the log says when the session really ends.
    server.wait(20 * 60);
    let page = browser.open(server, "/console/audit?follow=1");
    assert_eq!(seconds(&page), "600");
    server.wait(10 * 60);
    assert_eq!(keep(csrf).status, 401);
}

on_both!(a_session_is_not_kept_beyond_its_life);
fn a_session_is_not_kept_beyond_its_life(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let page = browser.open(server, "/console");
    let csrf = page.html().split("name=\"csrf\" value=\"").nth(1).unwrap();
    let csrf = csrf.split('"').next().unwrap().to_owned();
    let mut last = 1_800;
    for _ in 0..28 {
        server.wait(25 * 60);
        let kept = browser.post(server, "/console/session/keep", &[("csrf", &csrf)]);
        last = kept.with_status(200).json()["seconds"].as_i64().unwrap();
    }
    assert!(last < 1_800, "{last}");
    server.wait(u64::try_from(last).unwrap());
    browser.get(server, "/console").with_status(303);
}

#[test]
fn the_script_is_small() {
    let script = include_str!("../../../templates/console/console.js");
    assert!(script.len() <= 8_000, "{}", script.len());
}
