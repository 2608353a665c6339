//! What ends a session of the console, on every node.

use super::*;
use crate::support::on_both;

fn is_in(server: &Server, browser: &Browser) -> bool {
    browser.get(server, "/console").status == 200
}

on_both!(a_session_ends_with_what_its_operator_may_do);
fn a_session_ends_with_what_its_operator_may_do(server: &Server) {
    let acme = server.organization("acme");
    let other = server.another(&[]);
    let change = |id: i64, members: serde_json::Value| {
        let path = format!("/api/company/operators/{id}");
        acme.patch(&path).json(&members).send().with_status(200);
    };
    for (number, act) in [
        "deactivate",
        "role",
        "password",
        "username",
        "revoke",
        "totp",
        "delete",
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("op{number}");
        let id = operator(&acme, &name, "admin");
        let browser = Browser::signed_in(server, &format!("acme/{name}"), PASSWORD);
        assert!(is_in(server, &browser) && is_in(&other, &browser), "{act}");
        let path = format!("/api/company/operators/{id}");
        match act {
            "deactivate" => change(id, json!({"status": "inactive"})),
            "role" => change(id, json!({"role": "sales"})),
            "password" => change(id, json!({"password": "another one"})),
            "username" => change(id, json!({"username": format!("new{number}")})),
            "revoke" => {
                let path = format!("{path}/revoke-tokens");
                acme.post(&path).send().with_status(204);
            }
            "totp" => {
                totp(&acme, id);
            }
            _ => {
                acme.delete(&path).send().with_status(204);
            }
        }
        assert!(!is_in(server, &browser), "{act}");
        other.follow();
        assert!(!is_in(&other, &browser), "{act} on the other node");
    }
}

on_both!(a_session_of_the_organization_ends_with_its_password);
fn a_session_of_the_organization_ends_with_its_password(server: &Server) {
    use lanyard::audit::Origin;
    use lanyard::base::OrganizationId;
    use lanyard::password::Password;
    let acme = server.organization("acme");
    let browser = Browser::signed_in(server, "acme", &acme.password);
    assert!(is_in(server, &browser));
    let password = Password::new("another one".into()).unwrap();
    let (db, now) = (&server.app.db, server.app.clock.now());
    let id = OrganizationId(acme.id);
    lanyard::organization::set_password(db, id, &password, 4, &Origin::command_line(), now)
        .unwrap();
    assert!(!is_in(server, &browser));
    let browser = Browser::signed_in(server, "acme", "another one");
    assert!(is_in(server, &browser));
    lanyard::organization::suspend(db, id, &Origin::command_line(), now).unwrap();
    server.follow();
    assert!(!is_in(server, &browser));
}

on_both!(a_session_ends_when_it_is_idle_and_when_it_is_old);
fn a_session_ends_when_it_is_idle_and_when_it_is_old(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    for _ in 0..25 {
        server.wait(29 * 60);
        if !is_in(server, &browser) {
            break;
        }
    }
    // 24 times 29 minutes are within 12 hours.
    assert_eq!(
        server.app.clock.now().as_seconds() - crate::support::server::START.as_seconds(),
        25 * 29 * 60
    );
    let browser = Browser::signed_in(server, "acme/olga", PASSWORD);
    server.wait(29 * 60);
    assert!(is_in(server, &browser));
    server.wait(30 * 60);
    assert!(!is_in(server, &browser));
}

on_both!(a_page_says_when_the_question_before_the_end_comes);
fn a_page_says_when_the_question_before_the_end_comes(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let has = |text: &str| {
        let page = browser.open(server, "/console");
        assert!(page.html().contains(text), "{text}: {}", page.html());
    };
    has("data-seconds=\"1800\" data-at-most=\"43200\"");
    for _ in 0..28 {
        server.wait(25 * 60);
        assert!(is_in(server, &browser));
    }
    // The last twenty minutes cannot be put off.
    has("data-seconds=\"1200\" data-at-most=\"1200\"");
}

on_both!(signing_out_leaves_the_tokens_of_the_session_alone);
fn signing_out_leaves_the_tokens_of_the_session_alone(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let browser = admin(server, &acme);
    let path = format!("/console/operators/{lan}/issue");
    let fields = [("minutes", "60"), ("do", "issue")];
    let answer = browser.submit(server, &path, "issue", &fields);
    let token = Page { answer }.text_of("secret");
    let page = browser.open(server, "/console/sessions");
    let csrf = page.form("others").hidden("csrf").to_owned();
    let fields = [("csrf", csrf.as_str()), ("do", "sign-out")];
    browser
        .post(server, "/console/sign-out", &fields)
        .with_status(303);
    assert_eq!(acme.judge(&token), "valid");
}

on_both!(
    how_long_a_session_lasts_is_a_setting,
    "console.session_idle=1m",
    "console.session_lifetime=2m",
    "console.reauthenticate_after=30s"
);
fn how_long_a_session_lasts_is_a_setting(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let page = browser.open(server, "/console/api-keys/new");
    let form = page.form("api-key");
    assert!(
        page.text_of("session-ends").contains("00:01:00"),
        "{}",
        page.html()
    );
    server.wait(31);
    let answer = browser.send(server, &form, &[("do", "create")]);
    answer.with_status(403);
    assert_eq!(Page { answer }.name(), "re-authenticate");
    for _ in 0..2 {
        server.wait(29);
        assert!(is_in(server, &browser));
    }
    server.wait(31);
    assert!(!is_in(server, &browser), "two minutes are over");
    let browser = Browser::signed_in(server, "acme/olga", PASSWORD);
    server.wait(61);
    assert!(!is_in(server, &browser), "it was idle for a minute");
}

on_both!(staying_signed_in_is_a_use_and_progress_is_none);
fn staying_signed_in_is_a_use_and_progress_is_none(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let import = super::import_job::begun(server, &browser);
    let job = format!("/console/jobs/{import}");
    let page = browser.open(server, "/console");
    let question = page
        .html()
        .split("<dialog role=\"alertdialog\"")
        .nth(1)
        .unwrap();
    let question = question.split("</dialog>").next().unwrap();
    for part in [
        "action=\"/console/session/keep\"",
        "name=\"do\" value=\"keep\"",
        "Stay signed in",
    ] {
        assert!(question.contains(part), "{part}");
    }
    let csrf = question.split("name=\"csrf\" value=\"").nth(1).unwrap();
    let csrf = csrf.split('"').next().unwrap();
    server.wait(28 * 60);
    let keep = [("csrf", csrf), ("do", "keep")];
    browser
        .post(server, "/console/session/keep", &keep)
        .with_status(303);
    server.wait(28 * 60);
    assert!(is_in(server, &browser));
    // The page of a job reloads itself.
    browser.open(server, &job);
    for _ in 0..2 {
        server.wait(14 * 60);
        browser.get(server, &job).with_status(200);
    }
    server.wait(3 * 60);
    assert!(!is_in(server, &browser));
}

on_both!(each_proof_gives_a_new_id_and_the_old_one_opens_nothing);
fn each_proof_gives_a_new_id_and_the_old_one_opens_nothing(server: &Server) {
    let acme = server.organization("acme");
    let olga = operator(&acme, "olga", "admin");
    let (secret, _) = totp(&acme, olga);
    let code = || {
        server.wait(30);
        crate::sessions::code(&secret, server.app.clock.now())
    };
    let browser = Browser::default();
    let answer = browser.sign_in(server, "acme/olga", PASSWORD);
    let page = browser.follow(server, &answer);
    let html = page.html();
    let field = html.split("<input id=\"code\"").nth(1).unwrap();
    let field = field.split('>').next().unwrap();
    assert!(
        field.contains("inputmode=\"numeric\"") && field.contains("autocomplete=\"one-time-code\"")
    );
    let half = browser.copy();
    let typed = code();
    let spaced = format!("{} {}", &typed[..3], &typed[3..]);
    let fields = [("code", spaced.as_str()), ("do", "verify")];
    browser
        .send(server, &page.form("second-factor"), &fields)
        .with_status(303);
    assert!(is_in(server, &browser) && !is_in(server, &half));
    // Who has a second factor gives a code, and no password.
    let page = browser.open(server, "/console/re-authenticate?next=/console/tokens");
    assert!(!page.html().contains("name=\"password\""));
    let form = page.form("re-authenticate");
    let old = browser.copy();
    let used = [("code", typed.as_str()), ("do", "confirm")];
    browser.send(server, &form, &used).with_status(422);
    let typed = code();
    let fields = [("code", typed.as_str()), ("do", "confirm")];
    let answer = browser.send(server, &form, &fields);
    answer.with_status(303);
    assert_eq!(answer.header("location"), Some("/console/tokens"));
    assert!(is_in(server, &browser) && !is_in(server, &old));
}

on_both!(an_admin_ends_sessions_of_others_and_an_auditor_its_own);
fn an_admin_ends_sessions_of_others_and_an_auditor_its_own(server: &Server) {
    let acme = server.organization("acme");
    operator(&acme, "otto", "auditor");
    let otto = Browser::signed_in(server, "acme/otto", PASSWORD);
    let also_otto = Browser::signed_in(server, "acme/otto", PASSWORD);
    let olga = admin(server, &acme);
    let rows = |browser: &Browser| {
        let page = browser.open(server, "/console/sessions");
        check_page(&page);
        let rows = page.html().split("<tr data-id=\"").skip(1);
        let ids: Vec<_> = rows
            .map(|row| row.split('"').next().unwrap().to_owned())
            .collect();
        (ids, page.form("others"))
    };
    let (all, _) = rows(&olga);
    assert_eq!(all.len(), 3);
    let (own, form) = rows(&otto);
    assert_eq!(own.len(), 2);
    let foreign = all.iter().find(|id| !own.contains(id)).unwrap();
    let end = otto.send(server, &form, &[("session", foreign), ("do", "end")]);
    end.with_status(404);
    assert!(is_in(server, &olga));
    let answer = otto.send(server, &form, &[("do", "end-others")]);
    let page = otto.follow(server, &answer);
    assert!(page.text_of("done").contains("1 other session has ended."));
    assert!(is_in(server, &otto) && !is_in(server, &also_otto));
    let (_, form) = rows(&olga);
    let (own, _) = rows(&otto);
    let answer = olga.send(server, &form, &[("session", &own[0]), ("do", "end")]);
    olga.follow(server, &answer);
    assert!(!is_in(server, &otto));
}
