//! Names and passwords that are equal without regard to case and to the composition of letters; and
//! names that an older release distinguished.

mod older;

use lanyard::access::Preset;
use lanyard::audit::Origin;
use lanyard::base::OrganizationId;
use lanyard::organization::{self, ManageError, NewOrganization};
use lanyard::password::Password;
use serde_json::json;

use crate::support::server::secret;
use crate::support::{Answer, Organization, Server, on_both};

const COMPOSED: &str = "công-ty";
const DECOMPOSED: &str = "co\u{302}ng-ty";

fn log_in(server: &Server, login: &str, password: &str) -> Answer {
    server
        .post("/api/company/get-token")
        .json(&json!({"login": login, "password": password}))
        .send()
}

fn add(server: &Server, login: &str, name: &str) -> Result<OrganizationId, ManageError> {
    let new = NewOrganization {
        login: login.to_owned(),
        name: name.to_owned(),
        password: Password::new(secret("open")).unwrap(),
        preset: Preset::All,
    };
    let app = &server.app;
    organization::add(&app.db, &new, 4, &Origin::command_line(), app.clock.now())
}

on_both!(a_login_and_a_password_are_one_however_they_are_typed);
fn a_login_and_a_password_are_one_however_they_are_typed(server: &Server) {
    Organization::add(server, COMPOSED, "mật khẩu");
    Organization::add(server, "ΟΔΟΣ", "mâ\u{323}t khâ\u{309}u");
    for login in [COMPOSED, DECOMPOSED, "CÔNG-TY", "CO\u{302}NG-TY"] {
        log_in(server, login, "mật khẩu").with_status(200);
        log_in(server, login, "mâ\u{323}t khâ\u{309}u").with_status(200);
        log_in(server, login, "Mật khẩu").with_status(401);
    }
    for login in ["ΟΔΟΣ", "οδοσ", "οδος"] {
        log_in(server, login, "mật khẩu").with_status(200);
    }
    for taken in [DECOMPOSED, "οδοσ", "οδος"] {
        let outcome = add(server, taken, "Another");
        assert!(matches!(outcome, Err(ManageError::Taken)), "{outcome:?}");
    }
}

on_both!(
    however_a_login_is_typed_it_has_one_allowance,
    "login.lockout_after=3"
);
fn however_a_login_is_typed_it_has_one_allowance(server: &Server) {
    Organization::add(server, "οδοσ-công", "open");
    for login in ["ΟΔΟΣ-CÔNG", "οδος-co\u{302}ng", "οδοσ-công"] {
        log_in(server, login, "wrong").with_status(401);
    }
    log_in(server, "Οδος-Công", "open").with_status(429);
}

on_both!(what_nobody_sees_is_no_name);
fn what_nobody_sees_is_no_name(server: &Server) {
    for login in [
        "\u{200b}",
        "acme\u{200b}",
        "acme\u{202e}",
        "a/b",
        "\u{feff}acme",
    ] {
        let outcome = add(server, login, "Acme");
        assert!(matches!(outcome, Err(ManageError::Login)), "{login:?}");
    }
    let outcome = add(server, "acme", "\u{200b}");
    assert!(matches!(outcome, Err(ManageError::Name)), "{outcome:?}");

    let acme = server.organization("acme");
    for (unseen, member) in [
        (json!({"name": "\u{200b}"}), "name"),
        (json!({"name": "\u{3164}\u{2800}"}), "name"),
        (
            json!({"name": "Lan", "externalId": "\u{2060}"}),
            "externalId",
        ),
        (
            json!({"name": "Lan", "email": "lan\u{200b}@example.com"}),
            "email",
        ),
    ] {
        let answer = acme.post("/api/company/operators").json(&unseen).send();
        let described = answer.with_status(400).json();
        let described = described["error_description"].as_str().unwrap();
        assert!(
            described.starts_with(member) && described.contains("visible"),
            "{described}"
        );
    }
    acme.patch("/api/company/organization")
        .json(&json!({"name": "\u{200b}"}))
        .send()
        .with_status(400);
    acme.post("/api/company/operators")
        .json(&json!({"name": "Lan\u{200d}"}))
        .send()
        .with_status(201);
}

on_both!(an_email_is_one_however_it_is_typed);
fn an_email_is_one_however_it_is_typed(server: &Server) {
    let acme = server.organization("acme");
    let added = |email: &str| {
        acme.post("/api/company/operators")
            .json(&json!({"name": "Lan", "email": email}))
            .send()
    };
    added("ΟΔΟΣ@example.com").with_status(201);
    added("công@example.com").with_status(201);
    for taken in [
        "οδοσ@example.com",
        "οδος@EXAMPLE.com",
        "CO\u{302}NG@example.com",
    ] {
        added(taken).with_status(409);
    }
    let minh = acme.operator("Minh");
    acme.patch(&format!("/api/company/operators/{minh}"))
        .json(&json!({"email": "οδοσ@example.com"}))
        .send()
        .with_status(409);
    server
        .organization("other")
        .post("/api/company/operators")
        .json(&json!({"name": "Lan", "email": "οδοσ@example.com"}))
        .send()
        .with_status(201);
}
