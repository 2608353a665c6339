//! A session of an organization opens nothing of the platform, and the other way round.

use super::super::admin;
use super::*;

const PATHS: [&str; 6] = [
    "/console/platform",
    "/console/platform/admins",
    "/console/platform/admins/new",
    "/console/platform/account",
    "/console/platform/re-authenticate",
    "/console/platform/nowhere",
];

on_both!(a_session_of_an_organization_opens_no_page_of_the_platform);
fn a_session_of_an_organization_opens_no_page_of_the_platform(server: &Server) {
    let root = root(server, "root");
    let acme = server.organization("acme");
    let olga = admin(server, &acme);
    // Also under the name of the other cookie.
    olga.set_cookie(COOKIE, &olga.cookie("lanyard_console").unwrap());
    for path in PATHS {
        let answer = olga.get(server, path);
        answer.with_status(303);
        let location = answer.header("location").unwrap();
        assert!(
            location.starts_with("/console/platform/sign-in?next="),
            "{path}"
        );
    }
    let csrf = olga.open(server, "/console/sessions").form("others");
    let csrf = csrf.hidden("csrf").to_owned();
    let path = format!("/console/platform/admins/{}/remove", root.id);
    let fields = [("csrf", csrf.as_str()), ("do", "remove")];
    olga.post(server, &path, &fields).with_status(401);
    root.signed_in(server);
}

on_both!(a_session_of_the_platform_opens_no_page_of_an_organization);
fn a_session_of_the_platform_opens_no_page_of_an_organization(server: &Server) {
    let root = root(server, "root");
    server.organization("acme");
    let browser = root.signed_in(server);
    browser.set_cookie("lanyard_console", &browser.cookie(COOKIE).unwrap());
    for path in [
        "/console",
        "/console/operators",
        "/console/tokens",
        "/console/nowhere",
    ] {
        let answer = browser.get(server, path);
        answer.with_status(303);
        let location = answer.header("location").unwrap();
        assert!(location.starts_with("/console/sign-in?next="), "{path}");
    }
    let page = browser.open(server, "/console/platform/account");
    let csrf = page.form("others").hidden("csrf").to_owned();
    let fields = [("csrf", csrf.as_str()), ("do", "end-others")];
    browser
        .post(server, "/console/sessions", &fields)
        .with_status(401);
    // It is no credential of the API either.
    let cookie = browser.cookie(COOKIE).unwrap();
    server
        .get("/api/company/organization")
        .bearer(&cookie)
        .send()
        .with_status(401);
}

on_both!(what_is_not_there_is_a_page_of_the_platform);
fn what_is_not_there_is_a_page_of_the_platform(server: &Server) {
    let browser = root(server, "root").signed_in(server);
    for path in [
        "/console/platform/nowhere",
        "/console/platform/admins/4711/remove",
        "/console/platform/admins/x/remove",
    ] {
        let answer = browser.get(server, path);
        answer.with_status(404);
        let page = Page { answer };
        check_page(&page);
        assert!(
            page.html()
                .contains("Nothing of the platform has this address.")
        );
    }
}
