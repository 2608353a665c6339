//! The language of pages that a person stores with its own account.

use lanyard::base::{OperatorId, OrganizationId};
use lanyard::db::Conn;
use lanyard::operator as verb;
use lanyard::page::Language;

use super::*;
use crate::support::{Answer, on_both};

const ACCOUNT: &str = "/console/account";

/// Chooses a language on the page of the account.
fn store(server: &Server, browser: &Browser, language: &str) -> Answer {
    let fields = [("language", language), ("do", "save-language")];
    browser.submit(server, ACCOUNT, "account-language", &fields)
}

/// The language of a page.
fn language(page: &Page) -> String {
    let html = page.html().split("<html lang=\"").nth(1).unwrap();
    html.split('"').next().unwrap().to_owned()
}

/// What is stored with an account.
fn stored(server: &Server, acme: &Organization<'_>, operator: Option<i64>) -> Option<Language> {
    let (organization, operator) = (OrganizationId(acme.id), operator.map(OperatorId));
    let read = move |conn: &mut Conn| verb::language(conn, organization, operator);
    server.app.db.read_blocking(read).unwrap()
}

on_both!(the_language_of_an_account_is_there_in_every_browser);
fn the_language_of_an_account_is_there_in_every_browser(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let auditor = operator(&acme, "mia", "auditor");
    let lines = audit(&acme, 1);
    let page = browser.open(server, ACCOUNT);
    check_page(&page);
    assert_eq!(language(&page), "en");
    assert!(page.html().contains("<option value=\"browser\" selected>"));
    let answer = store(server, &browser, "vi");
    let page = browser.follow(server, &answer);
    check_page(&page);
    assert_eq!(page.name(), "account");
    assert_eq!(language(&page), "vi");
    assert!(
        page.text_of("done")
            .contains("Ngôn ngữ của bạn đã được lưu.")
    );
    assert!(page.html().contains("<option value=\"vi\" selected>"));
    // A preference is no act of the audit log.
    assert_eq!(audit(&acme, 1), lines);

    // Before the sign-in nobody is known.
    let other = Browser::default();
    assert_eq!(language(&other.open(server, "/console/sign-in")), "en");
    let other = Browser::signed_in(server, "acme/olga", PASSWORD);
    assert_eq!(language(&other.open(server, "/console")), "vi");
    let missing = other.get(server, "/console/operators/999");
    missing.with_status(404);
    assert_eq!(language(&Page { answer: missing }), "vi");

    // An auditor has its own.
    let mia = Browser::signed_in(server, "acme/mia", PASSWORD);
    assert_eq!(language(&mia.open(server, "/console")), "en");
    store(server, &mia, "zh-CN").with_status(303);
    let mia = Browser::signed_in(server, "acme/mia", PASSWORD);
    assert_eq!(language(&mia.open(server, "/console")), "zh-CN");
    assert_eq!(
        stored(server, &acme, Some(auditor)),
        Some(Language::Chinese)
    );

    // So has the organization.
    let own = Browser::signed_in(server, "acme", &acme.password);
    assert_eq!(language(&own.open(server, "/console")), "en");
    store(server, &own, "vi").with_status(303);
    let own = Browser::signed_in(server, "acme", &acme.password);
    assert_eq!(language(&own.open(server, "/console")), "vi");
    let globex = server.organization("globex");
    let others = Browser::signed_in(server, "globex", &globex.password);
    assert_eq!(language(&others.open(server, "/console")), "en");
}

on_both!(what_a_browser_says_comes_before_the_account);
fn what_a_browser_says_comes_before_the_account(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    store(server, &browser, "vi").with_status(303);
    let other = Browser::signed_in(server, "acme/olga", PASSWORD);
    // A parameter that names no language chooses nothing, and is not kept.
    let page = other.open(server, "/console?lang=xx");
    assert_eq!(language(&page), "vi");
    assert_eq!(other.cookie("lanyard_lang"), None);
    let page = other.open(server, "/console?lang=zh");
    assert_eq!(language(&page), "zh-CN");
    assert_eq!(language(&other.open(server, "/console")), "zh-CN");
    // A link stores nothing with the account.
    let third = Browser::signed_in(server, "acme/olga", PASSWORD);
    assert_eq!(language(&third.open(server, "/console")), "vi");
    // What is stored later holds in that browser at once, and replaces what it said.
    store(server, &other, "en").with_status(303);
    assert_eq!(language(&other.open(server, "/console")), "en");
    assert_eq!(language(&third.open(server, "/console")), "en");
    // Without a language the browser decides again.
    let answer = store(server, &other, "browser");
    assert_eq!(language(&other.follow(server, &answer)), "en");
    assert_eq!(other.cookie("lanyard_lang"), None);
    let olga = acme.get("/api/company/operators").send().items();
    let olga = olga.iter().find(|one| one["name"] == "olga").unwrap();
    assert_eq!(stored(server, &acme, olga["id"].as_i64()), None);
    let answer = server
        .get("/console/account")
        .header(
            "cookie",
            &format!(
                "lanyard_console={}",
                third.cookie("lanyard_console").unwrap()
            ),
        )
        .header("accept-language", "zh-TW")
        .send();
    assert!(answer.text().contains("<html lang=\"zh-CN\""));
}

on_both!(the_page_of_the_second_factor_is_in_the_language_of_the_account);
fn the_page_of_the_second_factor_is_in_the_language_of_the_account(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    store(server, &browser, "vi").with_status(303);
    let olga = acme.get("/api/company/operators").send().items();
    let olga = olga.iter().find(|one| one["name"] == "olga").unwrap();
    totp(&acme, olga["id"].as_i64().unwrap());
    let other = Browser::default();
    let answer = other.sign_in(server, "acme/olga", PASSWORD);
    let page = other.follow(server, &answer);
    assert_eq!(page.name(), "second-factor");
    assert_eq!(language(&page), "vi");
    let form = page.form("second-factor");
    let answer = other.send(server, &form, &[("code", "000000"), ("do", "verify")]);
    answer.with_status(422);
    assert_eq!(language(&Page { answer }), "vi");
}

on_both!(a_language_that_does_not_exist_is_refused_at_its_field);
fn a_language_that_does_not_exist_is_refused_at_its_field(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    for wrong in ["", "xx", "VI", "zh", "en-XA"] {
        let answer = store(server, &browser, wrong);
        answer.with_status(422);
        let page = Page { answer };
        check_page(&page);
        assert!(page.html().contains("id=\"language-error\""), "{wrong}");
        assert!(page.html().contains("Choose one of these languages."));
    }
    let fields = [("language", "vi"), ("do", "save-language")];
    browser.post(server, ACCOUNT, &fields).with_status(403);
    let answer = browser.submit(
        server,
        ACCOUNT,
        "account-language",
        &[("language", "vi"), ("do", "save")],
    );
    answer.with_status(400);
    assert_eq!(language(&browser.open(server, "/console")), "en");
}

on_both!(a_language_makes_nobodys_edit_a_conflict);
fn a_language_makes_nobodys_edit_a_conflict(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let mia = operator(&acme, "mia", "auditor");
    let path = format!("/console/operators/{mia}");
    let record = browser.open(server, &path).form("operator");
    let page = "/console/organization";
    let organization = browser.open(server, page).form("organization-form");
    server.wait(1);
    let other = Browser::signed_in(server, "acme/mia", PASSWORD);
    store(server, &other, "vi").with_status(303);
    let own = Browser::signed_in(server, "acme", &acme.password);
    store(server, &own, "vi").with_status(303);
    let fields = [
        ("name", "Mia"),
        ("username", "mia"),
        ("role", "auditor"),
        ("do", "save"),
    ];
    browser.send(server, &record, &fields).with_status(303);
    let fields = [("name", "Acme"), ("do", "save")];
    browser
        .send(server, &organization, &fields)
        .with_status(303);
    // Nor does the edit of a record forget the language.
    assert_eq!(stored(server, &acme, Some(mia)), Some(Language::Vietnamese));
    assert_eq!(stored(server, &acme, None), Some(Language::Vietnamese));
}

on_both!(a_choice_comes_back_after_the_end_of_the_session);
fn a_choice_comes_back_after_the_end_of_the_session(server: &Server) {
    let acme = server.organization("acme");
    operator(&acme, "mia", "auditor");
    for choice in ["vi", "browser"] {
        let browser = Browser::signed_in(server, "acme/mia", PASSWORD);
        store(server, &browser, "zh-CN").with_status(303);
        let form = browser.open(server, ACCOUNT).form("account-language");
        server.wait(31 * 60);
        let fields = [("language", choice), ("do", "save-language")];
        let answer = browser.send(server, &form, &fields);
        answer.with_status(401);
        let sign_in = Page { answer }.form("sign-in");
        let fields = [
            ("login", "acme/mia"),
            ("password", PASSWORD),
            ("do", "sign-in"),
        ];
        let answer = browser.send(server, &sign_in, &fields);
        answer.with_status(200);
        let page = Page { answer };
        assert_eq!(page.name(), "account");
        let chosen = format!("<option value=\"{choice}\" selected>");
        assert!(page.html().contains(&chosen), "{}", page.html());
    }
}

on_both!(an_erased_person_has_no_language);
fn an_erased_person_has_no_language(server: &Server) {
    let acme = server.organization("acme");
    let mia = operator(&acme, "mia", "auditor");
    let browser = Browser::signed_in(server, "acme/mia", PASSWORD);
    store(server, &browser, "vi").with_status(303);
    let erase = |server: &Server, by: &Browser| {
        let fields = [("do", "erase")];
        let path = format!("/console/operators/{mia}/erase");
        by.submit(server, &path, "confirm", &fields)
            .with_status(303);
    };
    erase(server, &admin(server, &acme));
    assert_eq!(stored(server, &acme, Some(mia)), None);
    // A form that is under way meanwhile stores nothing.
    let (organization, operator) = (OrganizationId(acme.id), Some(OperatorId(mia)));
    let write = move |conn: &mut Conn| {
        verb::set_language(conn, organization, operator, Some(Language::Vietnamese))
    };
    assert!(!server.app.db.write_blocking(write).unwrap());
    assert_eq!(stored(server, &acme, Some(mia)), None);
}
