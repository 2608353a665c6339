//! `refresh_token`: one successor, a grace, a family that a reuse revokes.

use diesel::prelude::*;
use lanyard::base::Timestamp;
use lanyard::db::schema::grants;
use lanyard::db::{self, Conn};
use lanyard::feed;
use serde_json::json;

use super::world::{client, decoded, error, organization, text, tokens};
use crate::support::{Server, on_both};

fn refused() -> (u16, String) {
    (400, "invalid_grant".to_owned())
}

on_both!(a_token_has_one_successor);
fn a_token_has_one_successor(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    let first = shop.redeem(&shop.code(lan, "openid read write"));
    let (access, refresh) = tokens(&first);
    let (_, before) = decoded(&text(&first, "id_token"));
    server.wait(100);
    let answer = shop.refresh(&refresh);
    let (second_access, second) = tokens(&answer);
    assert_ne!((&access, &refresh), (&second_access, &second));
    let (_, after) = decoded(&text(&answer, "id_token"));
    assert_eq!(before["auth_time"], after["auth_time"]);
    assert_eq!(before["sid"], after["sid"]);
    assert!(after.get("nonce").is_none());
    server.wait(29);
    // Within the grace: the same successor.
    let (third_access, again) = tokens(&shop.refresh(&refresh));
    assert_eq!(again, second);
    assert_ne!(third_access, second_access);
    assert!(!shop.is_active(&refresh), "it is used");
    for token in [&access, &second_access, &third_access, &second] {
        assert!(shop.is_active(token));
    }
    server.wait(1);
    // After it, the family is revoked.
    assert_eq!(error(&shop.refresh(&refresh)), refused());
    for token in [&access, &second_access, &third_access, &second] {
        assert!(!shop.is_active(token));
    }
    assert_eq!(error(&shop.refresh(&second)), refused());
    let audit = acme.get("/api/company/audit?action=refresh.reused").send();
    assert_eq!(audit.items().len(), 1);
}

on_both!(an_old_token_of_a_revoked_family_writes_nothing);
fn an_old_token_of_a_revoked_family_writes_nothing(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    let (_, refresh) = tokens(&shop.redeem(&shop.code(lan, "read")));
    let (_, second) = tokens(&shop.refresh(&refresh));
    acme.post(&format!("/api/company/operators/{lan}/revoke-tokens"))
        .send()
        .with_status(204);
    // As if it had been made while the tokens were revoked.
    let open = |conn: &mut Conn| -> db::Result<()> {
        let none: Option<Timestamp> = None;
        diesel::update(grants::table)
            .set(grants::ended_at.eq(none))
            .execute(conn)?;
        Ok(())
    };
    server.app.db.write_blocking(open).unwrap();
    server.wait(60);
    let head = || server.app.db.read_blocking(feed::head).unwrap();
    let before = head();
    for _ in 0..3 {
        assert_eq!(error(&shop.refresh(&refresh)), refused());
    }
    assert_eq!(head(), before);
    assert_eq!(error(&shop.refresh(&second)), refused());
}

on_both!(scope_narrows_the_access_token_only);
fn scope_narrows_the_access_token_only(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    let (_, refresh) = tokens(&shop.redeem(&shop.code(lan, "read write")));
    let with = |token: &str, scope: &str| {
        shop.token(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("scope", scope),
        ])
    };
    for wider in ["read analytics", "admin", "openid", "Read"] {
        let answer = with(&refresh, wider);
        assert_eq!(error(&answer), (400, "invalid_scope".to_owned()), "{wider}");
    }
    let narrow = with(&refresh, "read");
    assert_eq!(narrow.json()["scope"], "read");
    let (_, second) = tokens(&narrow);
    let whole = shop.refresh(&second);
    assert_eq!(whole.json()["scope"], "read write");
    // What the client may no longer hold is left out.
    acme.patch(&format!("/api/company/clients/{}", shop.id))
        .json(&json!({"scopes": ["read"]}))
        .send()
        .with_status(200);
    let (_, third) = tokens(&whole);
    let left = shop.refresh(&third);
    assert_eq!(left.with_status(200).json()["scope"], "read");
    // The grant keeps it: a client that may hold it again gets it again.
    acme.patch(&format!("/api/company/clients/{}", shop.id))
        .json(&json!({"scopes": ["read", "write"]}))
        .send()
        .with_status(200);
    let (_, fourth) = tokens(&left);
    assert_eq!(shop.refresh(&fourth).json()["scope"], "read write");
}

on_both!(
    a_grace_is_the_settings_or_the_clients,
    "oauth.refresh_grace=5s"
);
fn a_grace_is_the_settings_or_the_clients(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    for (members, grace) in [
        (json!({}), 5),
        (json!({"refreshGraceSeconds": 60}), 60),
        (json!({"refreshGraceSeconds": 0}), 0),
    ] {
        let shop = client(server, &acme, &members);
        let again = |late: u64| {
            let (_, refresh) = tokens(&shop.redeem(&shop.code(lan, "read")));
            let (_, successor) = tokens(&shop.refresh(&refresh));
            server.wait(late);
            let answer = shop.refresh(&refresh);
            let same = answer.status == 200 && tokens(&answer).1 == successor;
            assert!(same || error(&answer) == refused(), "{answer}");
            same
        };
        assert!(!again(grace), "{members}");
        assert!(grace == 0 || again(grace - 1), "{members}");
    }
}

on_both!(another_clients_token_does_nothing);
fn another_clients_token_does_nothing(server: &Server) {
    let acme = organization(server, "acme");
    let beta = organization(server, "beta");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    let others = [
        client(server, &acme, &json!({})),
        client(server, &beta, &json!({})),
    ];
    let (access, refresh) = tokens(&shop.redeem(&shop.code(lan, "read")));
    for other in &others {
        assert_eq!(error(&other.refresh(&refresh)), refused());
    }
    assert!(shop.is_active(&access) && shop.is_active(&refresh));
    let (_, second) = tokens(&shop.refresh(&refresh));
    server.wait(60);
    for other in &others {
        assert_eq!(error(&other.refresh(&refresh)), refused());
    }
    assert!(shop.is_active(&second), "another client is no reuse");
}

on_both!(until_the_successor_was_used);
fn until_the_successor_was_used(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({"refreshRetry": "until-used"}));
    let (_, refresh) = tokens(&shop.redeem(&shop.code(lan, "read")));
    let (_, second) = tokens(&shop.refresh(&refresh));
    for _ in 0..3 {
        server.wait(86_400);
        assert_eq!(tokens(&shop.refresh(&refresh)).1, second);
    }
    let (_, third) = tokens(&shop.refresh(&second));
    // A process that has read the old token a moment ago still gets the same successor.
    server.wait(29);
    assert_eq!(tokens(&shop.refresh(&refresh)).1, second);
    server.wait(86_400);
    assert_eq!(tokens(&shop.refresh(&second)).1, third);
    assert_eq!(error(&shop.refresh(&refresh)), refused());
    assert_eq!(
        error(&shop.refresh(&third)),
        refused(),
        "the family is revoked"
    );
}

on_both!(the_same_successor_after_the_format_of_tokens_changed);
fn the_same_successor_after_the_format_of_tokens_changed(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    let (_, refresh) = tokens(&shop.redeem(&shop.code(lan, "read")));
    let (_, second) = tokens(&shop.refresh(&refresh));
    acme.patch(&format!("/api/company/clients/{}", shop.id))
        .json(&json!({"tokenFormat": "opaque"}))
        .send()
        .with_status(200);
    let (_, again) = tokens(&shop.refresh(&refresh));
    assert_eq!(again, second);
    let (_, third) = tokens(&shop.refresh(&second));
    assert_eq!((second.len(), third.len()), (43, 32));
}

on_both!(what_ends_a_family);
fn what_ends_a_family(server: &Server) {
    let acme = organization(server, "acme");
    let shop = client(server, &acme, &json!({}));
    for end in ["operator", "client", "inactive"] {
        let lan = acme.operator(&format!("Lan {end}"));
        let (access, refresh) = tokens(&shop.redeem(&shop.code(lan, "read")));
        let (_, second) = tokens(&shop.refresh(&refresh));
        let call = match end {
            "operator" => acme.post(&format!("/api/company/operators/{lan}/revoke-tokens")),
            "client" => acme.post(&format!("/api/company/clients/{}/revoke-tokens", shop.id)),
            _ => acme
                .patch(&format!("/api/company/operators/{lan}"))
                .json(&json!({"status": "inactive"})),
        };
        assert!(call.send().status < 300);
        for token in [&access, &second] {
            assert!(!shop.is_active(token), "{end}");
        }
        for token in [&refresh, &second] {
            assert_eq!(error(&shop.refresh(token)), refused(), "{end}");
        }
    }
}

on_both!(each_token_has_the_whole_lifetime);
fn each_token_has_the_whole_lifetime(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({"refreshTokenSeconds": 1000}));
    let (access, mut refresh) = tokens(&shop.redeem(&shop.code(lan, "read")));
    for _ in 0..5 {
        server.wait(999);
        let shown = shop.introspect(&refresh);
        assert_eq!(shown["exp"], server.app.clock.now().as_seconds() + 1);
        refresh = tokens(&shop.refresh(&refresh)).1;
    }
    assert!(!shop.is_active(&access));
    server.wait(1000);
    assert!(!shop.is_active(&refresh));
    assert_eq!(error(&shop.refresh(&refresh)), refused());
}
