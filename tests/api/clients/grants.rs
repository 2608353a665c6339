//! `GET /api/company/grants` and `DELETE …/{id}`.

use diesel::prelude::*;
use lanyard::access::ScopeSet;
use lanyard::audit::Origin;
use lanyard::base::{OperatorId, OrganizationId};
use lanyard::db::schema::grants as rows;
use lanyard::db::{self, Conn};
use lanyard::grant::store::{consent, remember_consent};
use lanyard::organization;
use serde_json::{Value, json};

use super::{able, ask, is_active, refreshes, sign_in};
use crate::oauth::at_once;
use crate::support::{Organization, Server, on_both};

fn grants(acme: &Organization<'_>, query: &str) -> Vec<Value> {
    let answer = acme.get(&format!("/api/company/grants{query}")).send();
    answer.with_status(200).items()
}

on_both!(
    each_sign_in_is_a_grant_that_ends_alone,
    "oauth.issuer=http://localhost:8080"
);
fn each_sign_in_is_a_grant_that_ends_alone(server: &Server) {
    let acme = server.organization("acme");
    let (lan, minh) = (acme.operator("Lan"), acme.operator("Minh"));
    let client = acme.client(&able());
    let phone = sign_in(&acme, server, &client, lan);
    server.wait(1);
    let laptop = sign_in(&acme, server, &client, lan);
    server.wait(1);
    let other = sign_in(&acme, server, &client, minh);
    let all = grants(&acme, "");
    assert_eq!(all.len(), 3);
    let log = acme.get("/api/company/audit?action=grant.created").send();
    let created: Vec<_> = log
        .items()
        .iter()
        .map(|line| line["target"].clone())
        .collect();
    for grant in &all {
        let target = format!("grant:{}", grant["id"].as_str().unwrap());
        assert!(created.contains(&json!(target)), "{created:?}");
    }
    let mut first = all[0].clone();
    first.as_object_mut().unwrap().remove("id").unwrap();
    assert_eq!(
        first,
        json!({
            "clientId": client["id"], "operatorId": lan, "scopes": ["read", "write"],
            "createdAt": "2030-01-01T00:00:00Z", "lastUsedAt": "2030-01-01T00:00:00Z",
        })
    );
    assert_eq!(grants(&acme, &format!("?operatorId={lan}")).len(), 2);
    let id = client["id"].as_str().unwrap();
    assert_eq!(grants(&acme, &format!("?clientId={id}")).len(), 3);
    assert!(grants(&acme, "?clientId=other").is_empty());
    let page = acme.get("/api/company/grants?limit=2").send().json();
    let next = format!("?limit=2&cursor={}", page["nextCursor"].as_str().unwrap());
    assert_eq!(grants(&acme, &next), all[2..]);

    let path = format!("/api/company/grants/{}", all[0]["id"].as_str().unwrap());
    for _ in 0..2 {
        let revoked = acme.delete(&path).send();
        assert!(revoked.header("revocation-sequence").is_some());
        revoked.with_status(204);
    }
    assert!(!is_active(server, &client, &phone) && !refreshes(server, &client, &phone));
    assert!(is_active(server, &client, &laptop) && refreshes(server, &client, &laptop));
    assert!(is_active(server, &client, &other));
    let left = grants(&acme, "");
    assert_eq!((left.len(), &left[0]["id"]), (2, &all[1]["id"]));
    assert_eq!(left[0]["lastUsedAt"], "2030-01-01T00:00:02Z");
    let log = acme.get("/api/company/audit?action=grant.revoked").send();
    assert_eq!(log.items().len(), 1);
}

on_both!(
    whatever_revokes_the_tokens_of_a_grant_ends_it,
    "oauth.issuer=http://localhost:8080"
);
fn whatever_revokes_the_tokens_of_a_grant_ends_it(server: &Server) {
    let acme = server.organization("acme");
    let client = acme.client(&able());
    let id = client["id"].as_str().unwrap();
    let lan = acme.operator("Lan");
    let ways = [
        format!("/api/company/clients/{id}/revoke-tokens"),
        format!("/api/company/operators/{lan}/revoke-tokens"),
    ];
    for way in ways {
        let tokens = sign_in(&acme, server, &client, lan);
        assert_eq!(grants(&acme, "").len(), 1, "{way}");
        acme.post(&way).send().with_status(204);
        assert!(grants(&acme, "").is_empty(), "{way}");
        assert!(!is_active(server, &client, &tokens), "{way}");
        assert!(!refreshes(server, &client, &tokens), "{way}");
    }
    let tokens = sign_in(&acme, server, &client, lan);
    acme.delete(&format!("/api/company/operators/{lan}"))
        .send()
        .with_status(204);
    assert!(grants(&acme, "").is_empty());
    assert!(!is_active(server, &client, &tokens));
}

on_both!(
    consent_is_forgotten_with_the_last_grant_and_with_what_revokes_tokens,
    "oauth.issuer=http://localhost:8080"
);
fn consent_is_forgotten_with_the_last_grant_and_with_what_revokes_tokens(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let (client, other) = (acme.client(&able()), acme.client(&able()));
    let (app, organization) = (&server.app, OrganizationId(acme.id));
    let id = |client: &Value| client["id"].as_str().unwrap().to_owned();
    let has_consent = |client: &Value| {
        let client = id(client).parse().unwrap();
        let read = |conn: &mut Conn| consent(conn, organization, &client, OperatorId(lan));
        app.db.read_blocking(read).unwrap().is_some()
    };
    let allow = |client: &Value| {
        let scopes = ScopeSet::parse("read").unwrap();
        let (client, now) = (id(client).parse().unwrap(), app.clock.now());
        let write = |conn: &mut Conn| {
            remember_consent(conn, organization, &client, OperatorId(lan), &scopes, now)
        };
        app.db.write_blocking(write).unwrap();
    };
    // One grant of two ends, then the last one: by the panel, and by the client.
    allow(&client);
    allow(&other);
    let phone = sign_in(&acme, server, &client, lan);
    sign_in(&acme, server, &client, lan);
    sign_in(&acme, server, &other, lan);
    let revoked = format!("token={}", phone["refresh_token"].as_str().unwrap());
    ask(server, &client, "/oauth/revoke", &revoked).with_status(200);
    assert!(has_consent(&client) && has_consent(&other));
    let left = grants(&acme, &format!("?clientId={}", id(&client)));
    let grant = left[0]["id"].as_str().unwrap();
    let ended = acme.delete(&format!("/api/company/grants/{grant}")).send();
    ended.with_status(204);
    assert_eq!((left.len(), has_consent(&client)), (1, false));
    assert!(has_consent(&other));
    // By whatever revokes the tokens of the client or of the operator.
    for (way, kept) in [
        (
            format!("/api/company/clients/{}/revoke-tokens", id(&client)),
            true,
        ),
        (format!("/api/company/operators/{lan}/revoke-tokens"), false),
    ] {
        allow(&client);
        allow(&other);
        acme.post(&way).send().with_status(204);
        assert_eq!((has_consent(&client), has_consent(&other)), (false, kept));
    }
}

on_both!(
    consent_is_forgotten_when_the_last_two_grants_end_at_once,
    "oauth.issuer=http://localhost:8080"
);
fn consent_is_forgotten_when_the_last_two_grants_end_at_once(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let client = acme.client(&able());
    let id = client["id"].as_str().unwrap().parse().unwrap();
    let (app, organization, operator) = (&server.app, OrganizationId(acme.id), OperatorId(lan));
    let scopes = ScopeSet::parse("read").unwrap();
    for round in 0..5 {
        let now = app.clock.now();
        app.db
            .write_blocking(|conn| {
                remember_consent(conn, organization, &id, operator, &scopes, now)
            })
            .unwrap();
        for _ in 0..2 {
            sign_in(&acme, server, &client, lan);
        }
        let both = grants(&acme, "");
        assert_eq!(both.len(), 2);
        let ended = at_once(2, |number| {
            let grant = both[number]["id"].as_str().unwrap();
            acme.delete(&format!("/api/company/grants/{grant}")).send()
        });
        assert!(ended.iter().all(|answer| answer.status == 204));
        let left = app
            .db
            .read_blocking(|conn| consent(conn, organization, &id, operator));
        assert_eq!(left.unwrap(), None, "{round}");
    }
}

on_both!(what_revokes_everything_of_an_organization_ends_its_grants);
fn what_revokes_everything_of_an_organization_ends_its_grants(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let of_other = other.client(&able());
    let kept = sign_in(&other, server, &of_other, other.operator("Hoa"));
    let client = acme.client(&able());
    let tokens = sign_in(&acme, server, &client, acme.operator("Lan"));
    let organization = OrganizationId(acme.id);
    let app = &server.app;
    let origin = Origin::command_line();
    organization::revoke_all(&app.db, organization, &origin, app.clock.now()).unwrap();
    server.follow();
    let open = |conn: &mut Conn| -> db::Result<i64> {
        let open = rows::table
            .filter(rows::organization_id.eq(organization))
            .filter(rows::ended_at.is_null());
        Ok(open.count().get_result(conn)?)
    };
    assert_eq!(app.db.read_blocking(open).unwrap(), 0);
    let acme = acme.log_in();
    assert!(grants(&acme, "").is_empty());
    assert!(!is_active(server, &client, &tokens) && !refreshes(server, &client, &tokens));
    assert!(is_active(server, &of_other, &kept) && refreshes(server, &of_other, &kept));
}

on_both!(
    what_is_anothers_grant_answers_as_what_does_not_exist,
    "oauth.issuer=http://localhost:8080"
);
fn what_is_anothers_grant_answers_as_what_does_not_exist(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let client = other.client(&able());
    let tokens = sign_in(&other, server, &client, other.operator("Lan"));
    let theirs = grants(&other, "");
    let delete = |id: &str| acme.delete(&format!("/api/company/grants/{id}")).send();
    let unknown = delete("5f0c7dd0-7a43-4a2e-9d4e-000000000000");
    assert_eq!(unknown.status, 404);
    assert_eq!(delete("x").bytes(), unknown.bytes());
    let id = theirs[0]["id"].as_str().unwrap();
    assert_eq!(delete(id).bytes(), unknown.bytes());
    assert!(grants(&acme, "").is_empty());
    assert!(is_active(server, &client, &tokens));
}
