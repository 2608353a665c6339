//! What tokens say, member by member, and which keys sign them.

use serde_json::{Value, json};

use super::world::{Client, ISSUER, client, decoded, organization, text, tokens};
use crate::support::{Organization, Server, on_both};

/// Adds an operator that has all that tokens may say of one.
fn operator(acme: &Organization<'_>) -> i64 {
    let lan = acme.operator("Lan");
    let more = json!({"email": "lan@example.com", "role": "tenant", "tier": "gold"});
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&more)
        .send()
        .with_status(200);
    lan
}

/// Returns claims without those that differ from one token to the next.
fn without_ids(mut claims: Value) -> Value {
    let members = claims.as_object_mut().unwrap();
    assert!(members.remove("jti").unwrap().is_string());
    assert!(members.remove("rev").unwrap().is_u64());
    members.remove("grant_id");
    claims
}

fn names(object: &Value) -> Vec<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

on_both!(an_access_token_has_these_members);
fn an_access_token_has_these_members(server: &Server) {
    let acme = organization(server, "acme");
    let lan = operator(&acme);
    let members = json!({"grants": ["authorization_code", "refresh_token", "client_credentials"]});
    let shop = client(server, &acme, &members);
    let now = server.app.clock.now().as_seconds();
    let of_operator = json!({
        "iss": ISSUER, "sub": lan.to_string(), "aud": ISSUER, "client_id": shop.id,
        "iat": now, "nbf": now, "exp": now + 3_600, "scope": "read write", "scopes": ["read", "write"],
        "organization_id": acme.id, "token_use": "access", "operator_id": lan, "auth_time": now,
    });
    let (access, refresh) = tokens(&shop.redeem(&shop.code(lan, "read write")));
    let (header, claims) = decoded(&access);
    let mut in_header = names(&header);
    in_header.sort_unstable();
    assert_eq!(in_header, ["alg", "kid", "typ"]);
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&json!("ES256"), &json!("at+jwt"))
    );
    assert_eq!(without_ids(claims), of_operator);
    let (again, _) = tokens(&shop.refresh(&refresh));
    assert_eq!(without_ids(decoded(&again).1), of_operator);

    // Two scopes add members of the operator.
    for (scope, more) in [
        ("email", json!({"email": "lan@example.com"})),
        ("profile", json!({"role": "tenant", "tier": "gold"})),
    ] {
        let (access, _) = tokens(&shop.redeem(&shop.code(lan, scope)));
        let mut expected = of_operator.clone();
        expected["scope"] = json!(scope);
        expected["scopes"] = json!([scope]);
        for (name, value) in more.as_object().unwrap() {
            expected[name] = value.clone();
        }
        assert_eq!(without_ids(decoded(&access).1), expected, "{scope}");
    }

    // A client that acts for itself.
    let own = shop.token(&[("grant_type", "client_credentials"), ("scope", "read")]);
    let expected = json!({
        "iss": ISSUER, "sub": shop.id, "aud": ISSUER, "client_id": shop.id, "iat": now, "nbf": now,
        "exp": now + 3_600, "scope": "read", "scopes": ["read"], "organization_id": acme.id,
        "token_use": "access",
    });
    assert_eq!(
        without_ids(decoded(&text(&own, "access_token")).1),
        expected
    );
}

on_both!(one_resource_is_a_text_and_two_are_a_list);
fn one_resource_is_a_text_and_two_are_a_list(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let (one, two) = ("https://one.example.com", "urn:example:two");
    for uri in [one, two] {
        let resource = json!({"uri": uri, "name": "API"});
        let added = acme.post("/api/company/resources").json(&resource).send();
        added.with_status(201);
    }
    let members =
        json!({"audience": ["*"], "grants": ["authorization_code", "client_credentials"]});
    let shop = client(server, &acme, &members);
    let grant = ("grant_type", "client_credentials");
    for (asked, aud) in [
        (&[one][..], json!(one)),
        (&[one, two][..], json!([one, two])),
    ] {
        let mut sent = vec![grant];
        sent.extend(asked.iter().map(|uri| ("resource", *uri)));
        let (_, claims) = decoded(&text(&shop.token(&sent), "access_token"));
        assert_eq!(claims["aud"], aud);
        let code = shop.code_with(lan, "read", |new| {
            new.resources = asked.iter().map(|uri| (*uri).to_owned()).collect();
        });
        let (_, claims) = decoded(&text(&shop.redeem(&code), "access_token"));
        assert_eq!(claims["aud"], aud);
    }
}

on_both!(the_dialect_of_guide_001_has_its_id_in_the_header);
fn the_dialect_of_guide_001_has_its_id_in_the_header(server: &Server) {
    let acme = organization(server, "acme");
    let members = json!({"profile": "suitecrm", "grants": ["client_credentials"], "scopes": ["read"],
        "redirectUris": []});
    let crm = client(server, &acme, &members);
    let answer = crm.token(&[("grant_type", "client_credentials")]);
    let (header, claims) = decoded(&text(&answer, "access_token"));
    assert_eq!(
        (&header["typ"], &header["alg"], &header["jti"]),
        (&json!("JWT"), &json!("RS256"), &claims["jti"])
    );
    assert_eq!(claims["aud"], crm.id.as_str());
    assert_eq!(claims["iss"], ISSUER);
}

/// Returns the name of the key that signed a token, and the token's algorithm.
fn signed_by(token: &str) -> (String, String) {
    let (header, _) = decoded(token);
    let text = |name: &str| header[name].as_str().unwrap().to_owned();
    (text("kid"), text("alg"))
}

on_both!(a_key_signs_tokens_of_one_kind);
fn a_key_signs_tokens_of_one_kind(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    for algorithm in ["ES256", "RS256", "EdDSA"] {
        let shop = client(server, &acme, &json!({"algorithm": algorithm}));
        let answer = shop.redeem(&shop.code(lan, "openid read"));
        let (access, of_access) = signed_by(&text(&answer, "access_token"));
        let (id_token, of_id_token) = signed_by(&text(&answer, "id_token"));
        assert_eq!((&*of_access, &*of_id_token), (algorithm, "RS256"));
        assert_ne!(access, id_token);
    }
}

on_both!(an_id_token_has_these_members_and_opens_nothing);
fn an_id_token_has_these_members_and_opens_nothing(server: &Server) {
    let acme = organization(server, "acme");
    let lan = operator(&acme);
    let shop = client(server, &acme, &json!({}));
    let answer = shop.redeem(&shop.code(lan, "openid profile email"));
    let id_token = text(&answer, "id_token");
    let (_, claims) = decoded(&id_token);
    let mut members = names(&claims);
    members.sort_unstable();
    assert_eq!(
        members,
        [
            "amr",
            "at_hash",
            "aud",
            "auth_time",
            "azp",
            "exp",
            "iat",
            "iss",
            "nonce",
            "sid",
            "sub"
        ]
    );
    assert_eq!(claims["iat"], server.app.clock.now().as_seconds());
    opens_nothing(server, &shop, &id_token);
    opens_nothing(server, &shop, &text(&answer, "refresh_token"));
}

/// Asserts that a text is no credential anywhere.
fn opens_nothing(server: &Server, shop: &Client<'_>, text: &str) {
    for path in [
        "/oauth/userinfo",
        "/v1/profile",
        "/api/operator",
        "/api/company/organization",
    ] {
        let answer = server.get(path).bearer(text).send();
        assert_eq!(answer.status, 401, "{path}");
    }
    let about = super::world::form(&[("token", text)]);
    let by_itself = server
        .post("/oauth/introspect")
        .bearer(text)
        .body(super::world::FORM, about)
        .send();
    assert_eq!(by_itself.status, 401);
    // It is no code either.
    assert_eq!(shop.redeem(text).status, 400);
}
