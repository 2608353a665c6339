//! The pages are in the language that the operator has stored in the console.

use lanyard::base::{OperatorId, OrganizationId};
use lanyard::db::Conn;
use lanyard::operator as verb;
use lanyard::page::Language;

use super::*;
use crate::support::on_both;

fn store(scene: &Scene<'_>, language: Language) {
    let (organization, operator) = (OrganizationId(scene.acme.id), OperatorId(scene.operator));
    let write = move |conn: &mut Conn| {
        verb::set_language(conn, organization, Some(operator), Some(language))
    };
    assert!(scene.server.app.db.write_blocking(write).unwrap());
}

fn check(answer: &Answer, language: &str) {
    let text = answer.text();
    assert!(
        text.contains(&format!("<html lang=\"{language}\"")),
        "{text}"
    );
}

on_both!(
    the_language_of_the_operator_goes_through_all_pages,
    "oauth.issuer=http://localhost:8080"
);
fn the_language_of_the_operator_goes_through_all_pages(server: &Server) {
    let scene = Scene::new(server);
    store(&scene, Language::Vietnamese);
    let browser = Browser::new();
    // Nobody is known yet, so the client decides.
    let path = scene.authorize(&[("ui_locales", "zh")]);
    let page = browser.open(server, &path);
    assert_eq!(page.name(), "sign-in");
    check(&page.answer, "zh-CN");
    let answer = browser.sign_in(server, &page, PASSWORD);
    let consent = browser.follow(server, &answer);
    assert_eq!(consent.name(), "consent");
    // The account comes before `ui_locales`.
    check(&consent.answer, "vi");
    let answer = browser.submit(server, &consent, &[("do", "allow")]);
    value(&returned(&answer, CALLBACK), "code");
    for (path, name) in [
        (
            scene.authorize(&[("ui_locales", "zh"), ("prompt", "login")]),
            "sign-in",
        ),
        ("/oauth/password".to_owned(), "new-password"),
        ("/oauth/device".to_owned(), "device-code"),
        ("/oauth/logout".to_owned(), "sign-out"),
        ("/oauth/end-session?ui_locales=zh".to_owned(), "sign-out"),
    ] {
        let page = browser.open(server, &path);
        check(&page.answer, "vi");
        assert_eq!(page.name(), name, "{path}");
    }
    // So are errors of the endpoint, of its pages and of forms.
    let unknown = scene.authorize(&[("client_id", "nobody"), ("ui_locales", "zh")]);
    check(browser.get(server, &unknown).with_status(400), "vi");
    let forged = browser.post(server, "/oauth/logout", &[("do", "sign-out")]);
    check(forged.with_status(403), "vi");
    let unknown = browser.get(server, "/oauth/consent?request=unknown");
    check(unknown.with_status(403), "vi");
    // What the person has just switched to comes first, and the next pages repeat it.
    let page = browser.open(server, "/oauth/logout?lang=zh");
    check(&page.answer, "zh-CN");

    // A switch that is no language is none.
    check(&browser.open(server, "/oauth/logout?lang=xx").answer, "vi");
    let page = browser.open(server, "/oauth/logout");
    let answer = browser.submit(server, &page, &[("do", "sign-out")]);
    // Nobody is signed in any more.
    let location = answer.with_status(303).header("location").unwrap();
    check(browser.get(server, location).with_status(200), "en");
}

on_both!(
    a_session_that_has_ended_says_nothing_about_its_operator,
    "oauth.issuer=http://localhost:8080"
);
fn a_session_that_has_ended_says_nothing_about_its_operator(server: &Server) {
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    store(&scene, Language::Vietnamese);
    let path = "/oauth/device";
    check(&browser.open(server, path).answer, "vi");
    scene
        .acme
        .patch(&format!("/api/company/operators/{}", scene.operator))
        .json(&json!({"status": "inactive"}))
        .send()
        .with_status(200);
    check(&browser.open(server, path).answer, "en");
}

on_both!(
    the_page_of_the_second_factor_is_in_the_operators_language,
    "oauth.issuer=http://localhost:8080"
);
fn the_page_of_the_second_factor_is_in_the_operators_language(server: &Server) {
    let scene = Scene::new(server);
    store(&scene, Language::Vietnamese);
    let path = format!("/api/company/operators/{}/totp", scene.operator);
    scene.acme.post(&path).send().with_status(200);
    let browser = Browser::new();
    let page = browser.open(server, &scene.authorize(&[]));
    check(&page.answer, "en");
    let answer = browser.sign_in(server, &page, PASSWORD);
    let page = browser.follow(server, &answer);
    assert_eq!(page.name(), "second-factor");
    check(&page.answer, "vi");
}
