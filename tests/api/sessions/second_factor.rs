//! `POST, DELETE …/{id}/totp`, and what needs a second factor.

use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use insta::assert_snapshot;
use lanyard::audit::Origin;
use lanyard::base::{OperatorId, OrganizationId, Timestamp};
use lanyard::db::Conn;
use lanyard::operator::sign_in::{self, SignIn, verify_second_factor};
use serde_json::json;

use crate::support::server::secret;
use crate::support::{Server, on_both};

/// Returns the code that an authenticator app shows (RFC 6238).
pub(crate) fn code(secret: &str, at: Timestamp) -> String {
    let secret = BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let tag = hmac::sign(&key, &(at.as_seconds() / 30).to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[19] & 15);
    let bytes: [u8; 4] = tag[offset..offset + 4].try_into().unwrap();
    format!(
        "{:06}",
        (u32::from_be_bytes(bytes) & 0x7fff_ffff) % 1_000_000
    )
}

on_both!(a_code_and_a_recovery_code_are_good_once);
fn a_code_and_a_recovery_code_are_good_once(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open");
    let path = format!("/api/company/operators/{lan}");
    let made = acme.post(&format!("{path}/totp")).send();
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let made = made.with_status(200).json();
    let secret = made["secret"].as_str().unwrap();
    let uri = made["uri"].as_str().unwrap();
    let expected = format!("otpauth://totp/acme%20Ltd:lan?secret={secret}&issuer=acme%20Ltd&");
    assert!(uri.starts_with(&expected), "{uri}");
    let codes = made["recoveryCodes"].as_array().unwrap();
    assert_eq!(codes.len(), 10);
    let record = acme.get(&path).send().json();
    assert_eq!(record["secondFactor"], true);

    let app = &server.app;
    let (organization, operator) = (OrganizationId(acme.id), OperatorId(lan));
    let verify = |code: &str| {
        let (masters, now) = (app.tokens.keys.masters(), app.clock.now());
        app.db
            .write_blocking(|conn| {
                verify_second_factor(conn, masters, organization, operator, code, now)
            })
            .unwrap()
    };
    let now = code(secret, app.clock.now());
    assert_eq!((verify(&now), verify(&now)), (true, false));
    assert!(!verify("123"));
    let recovery = codes[3].as_str().unwrap();
    assert_eq!((verify(recovery), verify(recovery)), (true, false));
    server.wait(30);
    assert!(verify(&code(secret, app.clock.now())));

    // A new one replaces all of it.
    let again = acme.post(&format!("{path}/totp")).send().json();
    server.wait(30);
    assert!(!verify(&code(secret, app.clock.now())));
    assert!(!verify(codes[4].as_str().unwrap()));
    let secret = again["secret"].as_str().unwrap();
    assert!(verify(&code(secret, app.clock.now())));
    acme.delete(&format!("{path}/totp")).send().with_status(204);
    acme.delete(&format!("{path}/totp")).send().with_status(204);
    let recovery = again["recoveryCodes"][0].as_str().unwrap();
    assert!(!verify(recovery));
    assert_eq!(acme.get(&path).send().json()["secondFactor"], false);
    let audit = acme
        .get("/api/company/audit?action=operator.totp_set")
        .send();
    assert_eq!(audit.items().len(), 3);
}

on_both!(many_use_one_code_at_once);
fn many_use_one_code_at_once(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open");
    let made = acme
        .post(&format!("/api/company/operators/{lan}/totp"))
        .send()
        .json();
    let (app, now) = (&server.app, server.app.clock.now());
    let texts = [
        code(made["secret"].as_str().unwrap(), now),
        made["recoveryCodes"][0].as_str().unwrap().to_owned(),
    ];
    for text in &texts {
        let used = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let masters = app.tokens.keys.masters();
                        let (organization, operator) = (OrganizationId(acme.id), OperatorId(lan));
                        app.db.write_blocking(|conn| {
                            verify_second_factor(conn, masters, organization, operator, text, now)
                        })
                    })
                })
                .collect();
            let mut used = 0;
            for one in tries {
                used += usize::from(one.join().unwrap().unwrap());
            }
            used
        });
        assert_eq!(used, 1);
    }
}

on_both!(who_has_one_cannot_log_in_without_it);
fn who_has_one_cannot_log_in_without_it(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open");
    acme.post(&format!("/api/company/operators/{lan}/totp"))
        .send()
        .with_status(200);
    let log_in = |password: &str| {
        server
            .post("/auth/login")
            .json(&json!({"username": "acme/lan", "password": password}))
            .send()
    };
    assert_snapshot!(log_in("open"), @r#"
    403
    access-control-allow-origin: *
    access-control-expose-headers: DPoP-Nonce, WWW-Authenticate, Retry-After
    {
      "error": {
        "code": "forbidden",
        "message": "this operator signs in with a second factor, which only the sign-in page asks for",
      },
    }
    "#);
    // Only who knows the password learns of it.
    log_in("wrong").with_status(401);
    let unknown = format!("/api/company/operators/{}/totp", lan + 1);
    acme.post(&unknown).send().with_status(404);
    acme.delete(&unknown).send().with_status(404);
}

on_both!(a_sign_in_that_began_before_the_second_factor_needs_it);
fn a_sign_in_that_began_before_the_second_factor_needs_it(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open");
    let (app, organization) = (&server.app, OrganizationId(acme.id));
    let origin = Origin::command_line();
    let begin = || {
        let checked = sign_in::check(app, organization, "lan", secret("open"), &origin);
        actix_web::rt::System::new().block_on(checked).unwrap()
    };
    let (early, late) = (begin(), begin());
    let needs_it = |begun: &SignIn| {
        let record = |conn: &mut Conn| begun.record(conn, app.clock.now());
        app.db.write_blocking(record).unwrap()
    };
    assert!(!needs_it(&early));
    let path = format!("/api/company/operators/{lan}/totp");
    acme.post(&path).send().with_status(200);
    assert!(!late.second_factor && needs_it(&late));
    acme.delete(&path).send().with_status(204);
    assert!(!needs_it(&late));
}
