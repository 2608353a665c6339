//! Sign-in as guide 000 prints it, and what its session may do.

use insta::assert_snapshot;
use serde_json::json;

use super::{APP, SECRET, StandIn, add, audit, log_in, log_in_with, node, number, session, user};
use crate::support::{Server, on_both, table};
use crate::tokens::claims;

on_both!(a_person_signs_in_as_in_the_guide);
fn a_person_signs_in_as_in_the_guide(server: &Server) {
    let wechat = StandIn::start();
    let node = node(server, &wechat);
    let acme = server.organization("acme");
    add(&acme, &json!({})).with_status(201);
    let body = json!({"code": "ok-o1-u1", "app_id": APP, "nickname": "小兰", "avatar": "https://example.com/lan.png"});
    let answer = log_in_with(&node, &body);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let mut answer = answer.with_status(200).json();
    let session = answer["access_token"].take();
    let session = session.as_str().unwrap();
    let id = answer["user"]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        answer,
        json!({
            "access_token": null, "token_type": "Bearer", "expires_in": 3_600,
            "user": {
                "id": id, "openid": "o1", "unionid": "u1", "nickname": "小兰", "avatar": "https://example.com/lan.png",
            },
        })
    );
    let asked = format!(
        "GET /sns/jscode2session?appid={APP}&secret={SECRET}&js_code=ok-o1-u1&grant_type=authorization_code HTTP/1.1"
    );
    assert_eq!(wechat.questions(), [asked]);
    let mut claims = claims(session);
    claims["jti"].take();
    claims["rev"].take();
    assert_eq!(
        claims,
        json!({
            "iss": "lanyard", "sub": id, "email": null, "role": "customer", "tier": null,
            "organization_id": acme.id, "operator_id": number(&id), "jti": null, "rev": null,
            "iat": 1_893_456_000, "exp": 1_893_459_600, "via": "wechat", "token_use": "session",
        })
    );
    let profile = server.get("/v1/profile").bearer(session).send();
    let profile = profile.with_status(200).json();
    assert_eq!(
        [&profile["kind"], &profile["id"], &profile["role"]],
        [&json!("session"), &json!(id), &json!("customer")]
    );
    assert_eq!(profile["scopes"], json!(["read"]));
    let path = format!("/api/company/operators/{}", number(&id));
    assert_eq!(acme.get(&path).send().json()["name"], "小兰");
    let line = &audit(&node, &acme, "operator.signed_in")[0];
    assert_eq!(line["actor"], format!("operator:{}", number(&id)));
    assert_eq!(line["detail"], "with WeChat");

    let out = node.post("/auth/logout").bearer(session).send();
    out.with_status(204);
    let again = server.get("/v1/profile").bearer(session).send();
    again.with_status(401);
}

on_both!(name_and_picture_are_set_once);
fn name_and_picture_are_set_once(server: &Server) {
    let wechat = StandIn::start();
    let node = node(server, &wechat);
    let acme = server.organization("acme");
    add(&acme, &json!({"role": "guest"})).with_status(201);
    let log_in = |members: serde_json::Value| {
        let mut body = json!({"code": "again-o1", "app_id": APP});
        let given = members.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(given);
        let answer = log_in_with(&node, &body).with_status(200).json();
        answer["user"].clone()
    };
    let first = log_in(json!({"nickname": "", "avatar": null}));
    assert_eq!(
        (&first["nickname"], &first["avatar"], &first["unionid"]),
        (&json!("WeChat user"), &json!(null), &json!(null))
    );
    let later = log_in(json!({"nickname": "Lan", "avatar": "https://example.com/lan.png"}));
    assert_eq!(later, first);
}

on_both!(what_is_no_login_is_refused_and_wechat_is_not_asked);
fn what_is_no_login_is_refused_and_wechat_is_not_asked(server: &Server) {
    let wechat = StandIn::start();
    let node = node(server, &wechat);
    let acme = server.organization("acme");
    add(&acme, &json!({})).with_status(201);
    let cases = [
        json!({"app_id": APP}),
        json!({"code": "ok-o1"}),
        json!({"code": "", "app_id": APP}),
        json!({"code": "x".repeat(257), "app_id": APP}),
        json!({"code": 7, "app_id": APP}),
        json!({"code": "ok-é", "app_id": APP}),
        json!({"code": "ok-o1", "app_id": "wx1"}),
        json!({"code": "ok-o1", "app_id": "\u{0}"}),
        json!({"code": "ok-o1", "app_id": APP, "nickname": "\u{200b}"}),
        json!({"code": "ok-o1", "app_id": APP, "nickname": 7}),
        json!({"code": "ok-o1", "app_id": APP, "avatar": "a b\n"}),
    ];
    let answers = table(cases, |body| log_in_with(&node, body));
    let short: Vec<_> = answers
        .lines()
        .map(|line| line.rsplit('→').next().unwrap().trim())
        .collect();
    assert_snapshot!(short.join("\n"), @r#"
    400 invalid_request: the body is invalid: missing member `code` at line 1 column 31
    400 invalid_request: the body is invalid: missing member `app_id` at line 1 column 16
    400 invalid_request: code must have 1 to 256 visible ASCII characters
    400 invalid_request: code must have 1 to 256 visible ASCII characters
    400 invalid_request: code: must be a text at line 1 column 40
    400 invalid_request: code must have 1 to 256 visible ASCII characters
    400 invalid_request: app_id: there is no app with this id
    400 invalid_request: app_id: there is no app with this id
    400 invalid_request: nickname must have 1 to 200 characters, at least one of them visible, and no control characters, or be absent
    400 invalid_request: nickname: invalid type: number `7`, expected a string at line 1 column 58
    400 invalid_request: avatar must have 1 to 2048 characters, all of them visible, or be absent
    "#);
    assert_eq!(wechat.asked(), 0);
    let longest = format!("again-o1-u1-{}", "x".repeat(244));
    log_in(&node, &longest).with_status(200);
    // What a code may have is sent so that WeChat reads the same.
    let odd = "no-&secret=x#+%20/?";
    assert!(log_in(&node, odd).in_short().starts_with("401"));
    let asked = wechat.questions().pop().unwrap();
    assert!(
        asked.contains("&js_code=no-%26secret%3Dx%23%2B%2520%2F%3F&grant_type"),
        "{asked}"
    );
}

on_both!(a_session_from_wechat_manages_nothing);
fn a_session_from_wechat_manages_nothing(server: &Server) {
    let wechat = StandIn::start();
    let node = node(server, &wechat);
    let acme = server.organization("acme");
    add(&acme, &json!({})).with_status(201);
    let lan = number(&user(&node, "again-o1"));
    let path = format!("/api/company/operators/{lan}");
    let promoted = acme
        .patch(&path)
        .json(&json!({"role": "admin", "username": "lan", "password": "open sesame"}));
    promoted.send().with_status(200);
    let from_wechat = session(&node, "again-o1");
    for path in ["/api/v1/api-keys", "/api/v1/wechat-apps", "/api/v1/roles"] {
        let call = |session: &str| node.get(path).bearer(session).send();
        assert_snapshot!(call(&from_wechat).in_short(), @"403 forbidden: this needs a company token, or a session of /auth/login whose operator has the role admin");
        call(&acme.session("lan", "open sesame")).with_status(200);
    }
}

on_both!(who_has_no_password_cannot_change_it);
fn who_has_no_password_cannot_change_it(server: &Server) {
    let wechat = StandIn::start();
    let node = node(server, &wechat);
    let acme = server.organization("acme");
    add(&acme, &json!({})).with_status(201);
    let change = |session: &str, current: &str| {
        let body = json!({"current": current, "new": "open sesame"});
        let call = node.post("/auth/password").bearer(session);
        call.json(&body).send()
    };
    // Both sign in with WeChat; only one has a password, which it gets wrong.
    let (without, with) = (session(&node, "again-o1"), user(&node, "again-o2"));
    let path = format!("/api/company/operators/{}", number(&with));
    let credentials = json!({"username": "lan", "password": "open sesame"});
    let set = acme.patch(&path).json(&credentials).send();
    set.with_status(200);
    let wrong = change(&session(&node, "again-o2"), "wrong");
    wrong.with_status(401);
    for current in ["wrong", "", "open sesame"] {
        assert_eq!(
            change(&without, current).bytes(),
            wrong.bytes(),
            "{current}"
        );
    }
}

on_both!(sessions_end_with_the_operator);
fn sessions_end_with_the_operator(server: &Server) {
    let wechat = StandIn::start();
    let node = node(server, &wechat);
    let acme = server.organization("acme");
    add(&acme, &json!({})).with_status(201);
    let session = session(&node, "again-o1");
    let profile = || server.get("/v1/profile").bearer(&session).send();
    let lan = number(profile().with_status(200).json()["id"].as_str().unwrap());
    let path = format!("/api/company/operators/{lan}");
    let status = |status: &str| {
        let change = acme.patch(&path).json(&json!({"status": status}));
        change.send().with_status(200);
    };
    status("inactive");
    profile().with_status(401);
    assert_snapshot!(log_in(&node, "again-o1").in_short(), @"403 forbidden: the operator may not sign in");
    status("active");
    profile().with_status(401);
    assert_eq!(number(&user(&node, "again-o1")), lan);
    acme.delete(&path).send().with_status(204);
    log_in(&node, "again-o1").with_status(403);
}

on_both!(a_second_factor_is_not_left_out);
fn a_second_factor_is_not_left_out(server: &Server) {
    let wechat = StandIn::start();
    let node = node(server, &wechat);
    let acme = server.organization("acme");
    add(&acme, &json!({})).with_status(201);
    let lan = number(&user(&node, "again-o1"));
    let path = format!("/api/company/operators/{lan}/totp");
    acme.post(&path).send().with_status(200);
    assert_snapshot!(log_in(&node, "again-o1").in_short(), @"403 forbidden: this operator signs in with a second factor, which only the sign-in page asks for");
}

on_both!(a_suspended_organization_signs_nobody_in);
fn a_suspended_organization_signs_nobody_in(server: &Server) {
    let wechat = StandIn::start();
    let node = node(server, &wechat);
    let acme = server.organization("acme");
    add(&acme, &json!({})).with_status(201);
    let session = session(&node, "again-o1");
    let app = &server.app;
    let origin = lanyard::audit::Origin::command_line();
    let id = lanyard::base::OrganizationId(acme.id);
    lanyard::organization::suspend(&app.db, id, &origin, app.clock.now()).unwrap();
    server.follow();
    node.follow();
    assert_snapshot!(log_in(&node, "again-o1").in_short(), @"400 invalid_request: app_id: there is no app with this id");
    assert_eq!(wechat.asked(), 1);
    let profile = node.get("/v1/profile").bearer(&session).send();
    profile.with_status(401);
}
