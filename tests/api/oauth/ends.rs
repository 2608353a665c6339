//! What ends the tokens of clients: their operator's, their client's and their organization's end, on
//! every node, when the call returns.

use lanyard::audit::Origin;
use lanyard::base::OrganizationId;
use lanyard::organization;
use serde_json::json;

use super::world::{Client, client, error, organization, tokens};
use crate::support::{Answer, Organization, Server, on_both};

/// An operator that has signed in at two clients, whose access tokens are JWTs and opaque.
struct Family<'a> {
    operator: i64,
    apps: [Client<'a>; 2],
    /// Access token and refresh token of each.
    tokens: [(String, String); 2],
}

impl<'a> Family<'a> {
    fn begin(server: &'a Server, acme: &Organization<'_>, name: &str) -> Self {
        let operator = acme.operator(name);
        let apps =
            ["jwt", "opaque"].map(|format| client(server, acme, &json!({"tokenFormat": format})));
        let tokens = apps
            .each_ref()
            .map(|app| tokens(&app.redeem(&app.code(operator, "openid read"))));
        Self {
            operator,
            apps,
            tokens,
        }
    }

    fn all(&self) -> impl Iterator<Item = &String> {
        self.tokens.iter().flat_map(|(one, other)| [one, other])
    }
}

on_both!(whatever_ends_tokens_ends_those_of_clients_on_every_node);
fn whatever_ends_tokens_ends_those_of_clients_on_every_node(server: &Server) {
    let other = &server.another(&[]);
    let acme = organization(server, "acme");
    let api = client(server, &acme, &json!({"introspect": "organization"}));
    let count = |family: &Family<'_>| {
        let [one, two] = [server, other].map(|node| {
            let active = family.all().filter(|token| {
                let answer = api.post_to(node, "/oauth/introspect", &[("token", token)]);
                answer.with_status(200).json()["active"] == true
            });
            active.count()
        });
        assert_eq!(one, two);
        one
    };
    let acts = [
        "the operator's revoke-tokens",
        "an inactive operator",
        "a deleted operator",
        "the client's revoke-tokens",
        "a disabled client",
        "a deleted client",
        "the organization's revoke-all",
    ];
    for act in acts {
        let family = Family::begin(server, &acme, act);
        // Of another operator, at other clients: they stay.
        let stays = Family::begin(server, &acme, &format!("not {act}"));
        other.follow();
        assert_eq!((count(&family), count(&stays)), (4, 4), "{act}");
        let operator = format!("/api/company/operators/{}", family.operator);
        let of_clients = |end: &dyn Fn(&str) -> Answer| {
            for app in &family.apps {
                end(&format!("/api/company/clients/{}", app.id)).with_revocation();
            }
        };
        match act {
            "the operator's revoke-tokens" => {
                acme.post(&format!("{operator}/revoke-tokens"))
                    .send()
                    .with_revocation();
            }
            "an inactive operator" => {
                let change = json!({"status": "inactive"});
                acme.patch(&operator).json(&change).send().with_revocation();
            }
            "a deleted operator" => acme.delete(&operator).send().with_revocation(),
            "the client's revoke-tokens" => {
                of_clients(&|path| acme.post(&format!("{path}/revoke-tokens")).send());
            }
            "a disabled client" => {
                let change = json!({"status": "disabled"});
                of_clients(&|path| acme.patch(path).json(&change).send());
            }
            "a deleted client" => of_clients(&|path| acme.delete(path).send()),
            _ => {
                let (db, now) = (&server.app.db, server.app.clock.now());
                let id = OrganizationId(acme.id);
                organization::revoke_all(db, id, &Origin::command_line(), now).unwrap();
                server.follow();
                other.follow();
            }
        }
        assert_eq!(count(&family), 0, "{act}");
        let left = if act == acts[6] { 0 } else { 4 };
        assert_eq!(count(&stays), left, "{act}");
        for (app, (_, refresh)) in family.apps.iter().zip(&family.tokens) {
            let refused = app.refresh(refresh);
            assert!([400, 401].contains(&refused.status), "{act}: {refused}");
        }
    }
}

on_both!(a_suspended_organization_has_no_clients_and_no_tokens);
fn a_suspended_organization_has_no_clients_and_no_tokens(server: &Server) {
    let other = &server.another(&[]);
    let acme = organization(server, "acme");
    let family = Family::begin(server, &acme, "Lan");
    other.follow();
    let status =
        |node: &Server, token: &str| node.get("/oauth/userinfo").bearer(token).send().status;
    for (access, _) in &family.tokens {
        assert_eq!([server, other].map(|node| status(node, access)), [200; 2]);
    }
    let (db, now) = (&server.app.db, server.app.clock.now());
    let (id, origin) = (OrganizationId(acme.id), Origin::command_line());
    organization::suspend(db, id, &origin, now).unwrap();
    for node in [server, other] {
        node.follow();
        for (app, (access, refresh)) in family.apps.iter().zip(&family.tokens) {
            let (access, refresh) = (access.as_str(), refresh.as_str());
            assert_eq!(status(node, access), 401);
            // Everywhere the client answers as one that does not exist.
            for (path, sent) in [
                (
                    "/oauth/token",
                    [("grant_type", "refresh_token"), ("refresh_token", refresh)],
                ),
                ("/oauth/introspect", [("token", access), ("a", "b")]),
                ("/oauth/revoke", [("token", access), ("a", "b")]),
                ("/oauth/par", [("response_type", "code"), ("a", "b")]),
                (
                    "/oauth/device_authorization",
                    [("scope", "read"), ("a", "b")],
                ),
            ] {
                let refused = app.post_to(node, path, &sent);
                assert_eq!(
                    error(&refused),
                    (401, "invalid_client".to_owned()),
                    "{path}"
                );
            }
        }
    }
    // What was issued before stays revoked.
    organization::resume(db, id, &origin, now).unwrap();
    for node in [server, other] {
        node.follow();
        for (app, (access, refresh)) in family.apps.iter().zip(&family.tokens) {
            assert_eq!(status(node, access), 401);
            let sent = [
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh.as_str()),
            ];
            let refused = app.post_to(node, "/oauth/token", &sent);
            assert_eq!(error(&refused), (400, "invalid_grant".to_owned()));
        }
    }
}
