//! What is exchanged ends with the token it comes from, on every node, when the call returns.

use lanyard::audit::Origin;
use lanyard::base::KeyId;
use lanyard::{revocation, signing_keys};
use serde_json::json;

use super::super::together::at_once;
use super::super::world::{Client, client, decoded, error, organization, text, tokens};
use super::{ACCESS_TOKEN, GRANT, exchange, exchanged, exchanger};
use crate::support::{Organization, Server, on_both};

const SECOND_NODE: &[&str] = &["oauth.issuer=http://localhost:8080"];

/// A token of an operator's grant, and a chain of three that were exchanged one after the other: by
/// a client whose tokens are JWTs, by one whose tokens are opaque, and by the first again.
struct Chain<'a> {
    nodes: [&'a Server; 2],
    acme: &'a Organization<'a>,
    shop: &'a Client<'a>,
    api: &'a Client<'a>,
    refresh: String,
    tokens: [String; 4],
}

impl Chain<'_> {
    /// Returns which of the tokens are active, which both nodes say.
    fn active(&self) -> [bool; 4] {
        let [one, other] = self.nodes.map(|node| {
            self.tokens.each_ref().map(|token| {
                let answer = self
                    .api
                    .post_to(node, "/oauth/introspect", &[("token", token)]);
                answer.with_status(200).json()["active"] == true
            })
        });
        assert_eq!(one, other);
        one
    }
}

/// Makes a chain, lets `end` end something, and checks which of the tokens are still active.
fn ends(
    server: &Server,
    what: &str,
    end: impl Fn(&Chain<'_>, &Client<'_>, &Client<'_>, i64),
    expected: [bool; 4],
) {
    let other = &server.another(SECOND_NODE);
    let acme = &organization(server, &format!("acme-{what}"));
    let lan = acme.operator("Lan");
    let shop = &client(server, acme, &json!({}));
    let gateway = &exchanger(server, acme, &json!({"algorithm": "EdDSA"}));
    let opaque = &exchanger(server, acme, &json!({"tokenFormat": "opaque"}));
    let api = &client(server, acme, &json!({"introspect": "organization"}));
    other.follow();
    let (subject, refresh) = tokens(&shop.redeem(&shop.code(lan, "read")));
    let second = exchanged(gateway, &subject);
    let third = exchanged(opaque, &second);
    let fourth = exchanged(gateway, &third);
    let chain = Chain {
        nodes: [server, other],
        acme,
        shop,
        api,
        refresh,
        tokens: [subject, second, third, fourth],
    };
    assert_eq!(chain.active(), [true; 4], "{what}");
    end(&chain, gateway, opaque, lan);
    assert_eq!(chain.active(), expected, "{what}");
    // The list of valid tokens says the same.
    let path = "/api/company/tokens?kind=access";
    let listed = acme.get(path).send();
    if listed.status == 200 {
        let count = listed.json()["items"].as_array().unwrap().len();
        let active = expected.iter().filter(|active| **active).count();
        assert_eq!(count, active, "{what}");
    }
}

on_both!(a_chain_ends_from_the_token_that_is_revoked);
fn a_chain_ends_from_the_token_that_is_revoked(server: &Server) {
    let revoke = |by: &Client<'_>, token: &str| {
        let answer = by.post("/oauth/revoke", &[("token", token)]);
        assert!(
            answer
                .with_status(200)
                .header("revocation-sequence")
                .is_some()
        );
    };
    ends(
        server,
        "subject",
        |chain, _, _, _| {
            revoke(chain.shop, &chain.tokens[0]);
            let (_, first) = decoded(&chain.tokens[0]);
            let (_, last) = decoded(&chain.tokens[3]);
            let jti = last["jti"].as_str().unwrap();
            let why = chain.acme.get(&format!("/api/company/tokens/{jti}")).send();
            let why = why.with_status(200).json();
            assert_eq!(why["status"], "revoked");
            assert_ne!(why["parent"], first["jti"]);
        },
        [false; 4],
    );
    ends(
        server,
        "second",
        |chain, gateway, _, _| revoke(gateway, &chain.tokens[1]),
        [true, false, false, false],
    );
    ends(
        server,
        "opaque",
        |chain, _, opaque, _| revoke(opaque, &chain.tokens[2]),
        [true, true, false, false],
    );
    ends(
        server,
        "last",
        |chain, gateway, _, _| revoke(gateway, &chain.tokens[3]),
        [true, true, true, false],
    );
    ends(
        server,
        "family",
        |chain, _, _, _| revoke(chain.shop, &chain.refresh),
        [false; 4],
    );
}

on_both!(a_chain_ends_with_its_clients_its_operator_and_its_organization);
fn a_chain_ends_with_its_clients_its_operator_and_its_organization(server: &Server) {
    let of_client = |chain: &Chain<'_>, client: &Client<'_>| {
        let path = format!("/api/company/clients/{}/revoke-tokens", client.id);
        chain.acme.post(&path).send().with_status(204);
    };
    ends(
        server,
        "client",
        |chain, _, _, _| of_client(chain, chain.shop),
        [false; 4],
    );
    ends(
        server,
        "exchanger",
        |chain, gateway, _, _| of_client(chain, gateway),
        [true, false, false, false],
    );
    ends(
        server,
        "deleted",
        |chain, _, opaque, _| {
            let path = format!("/api/company/clients/{}", opaque.id);
            chain.acme.delete(&path).send().with_status(204);
        },
        [true, true, false, false],
    );
    ends(
        server,
        "operator",
        |chain, _, _, lan| {
            let path = format!("/api/company/operators/{lan}/revoke-tokens");
            chain.acme.post(&path).send().with_status(204);
        },
        [false; 4],
    );
}

on_both!(a_chain_ends_with_the_key_of_its_first_token);
fn a_chain_ends_with_the_key_of_its_first_token(server: &Server) {
    ends(
        server,
        "key",
        |chain, _, _, _| {
            let kid = decoded(&chain.tokens[0]).0["kid"]
                .as_str()
                .unwrap()
                .to_owned();
            let kid: KeyId = kid.parse().unwrap();
            let app = &chain.nodes[0].app;
            let replacement = signing_keys::replacement(&app.db, kid).unwrap();
            revocation::commit_from_cli(&app.db, |conn| {
                let (origin, now) = (Origin::command_line(), app.clock.now());
                signing_keys::revoke(conn, &app.tokens.keys, kid, replacement, &origin, now)
            })
            .unwrap();
        },
        [false; 4],
    );
}

on_both!(what_is_exchanged_while_its_subject_is_revoked_is_revoked_too);
fn what_is_exchanged_while_its_subject_is_revoked_is_revoked_too(server: &Server) {
    let other = &server.another(SECOND_NODE);
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    let gateways = [
        exchanger(server, &acme, &json!({})),
        exchanger(server, &acme, &json!({"tokenFormat": "opaque"})),
    ];
    let api = client(server, &acme, &json!({"introspect": "organization"}));
    other.follow();
    for round in 0..6 {
        let (subject, _) = tokens(&shop.redeem(&shop.code(lan, "read")));
        let answers = at_once(9, |number| {
            let node = if number % 2 == 0 { server } else { other };
            match (number, round % 3) {
                (0, 0) => shop.post("/oauth/revoke", &[("token", &subject)]),
                (0, 1) => {
                    let path = format!("/api/company/clients/{}/revoke-tokens", shop.id);
                    acme.post(&path).send()
                }
                (0, _) => {
                    let path = format!("/api/company/operators/{lan}/revoke-tokens");
                    acme.post(&path).send()
                }
                _ => gateways[number % 2].post_to(
                    node,
                    "/oauth/token",
                    &[
                        ("grant_type", GRANT),
                        ("subject_token", &subject),
                        ("subject_token_type", ACCESS_TOKEN),
                    ],
                ),
            }
        });
        assert!([200, 204].contains(&answers[0].status), "{}", answers[0]);
        for answer in answers.iter().skip(1) {
            match answer.status {
                200 => {
                    let token = text(answer, "access_token");
                    for node in [server, other] {
                        let about = api.post_to(node, "/oauth/introspect", &[("token", &token)]);
                        assert_eq!(about.json()["active"], false);
                    }
                }
                400 => assert_eq!(error(answer), (400, "invalid_request".to_owned())),
                503 => {}
                status => panic!("{status}"),
            }
        }
        let late = exchange(&gateways[0], &subject, &[]);
        assert_eq!(error(&late), (400, "invalid_request".to_owned()));
    }
}
