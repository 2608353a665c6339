//! Operators who sign in, and every flag of a client, as the command line sets them.

use serde_json::{Value, json};

use crate::harness::{Folder, Service};
use crate::http::post;

/// Returns the status of a log-in, and the session.
fn log_in(service: &Service, username: &str, password: &str) -> (u16, Option<String>) {
    let body = json!({"username": username, "password": password});
    let answer = service.ask(&post("/auth/login", &[], &body));
    let session = (answer.status == 200).then(|| answer.json()["token"].clone());
    (
        answer.status,
        session.map(|token| token.as_str().unwrap().to_owned()),
    )
}

#[test]
fn an_operator_who_signs_in_is_added_and_gets_another_password() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    let company = folder.populate(&service);
    folder.write("first", "correct horse\n");
    folder.write("second", "battery staple\n");
    let add = [
        "--name",
        "Mai",
        "--username",
        "mai",
        "--password-file",
        "first",
    ];
    let more = ["--tier", "gold", "--role", "tenant", "--json"];
    let added = folder.run_of_organization(&["operator", "add"], &[&add[..], &more].concat());
    let id = added.json()["id"].as_i64().unwrap();
    let record = || {
        let path = format!("/api/company/operators/{id}");
        service.get_as(&company, &path).json()
    };
    let (stored, expected) = (
        record(),
        json!({"name": "Mai", "username": "mai", "tier": "gold", "role": "tenant", "secondFactor": false}),
    );
    for (member, value) in expected.as_object().unwrap() {
        assert_eq!(stored[member], *value, "{member}");
    }
    let (status, session) = log_in(&service, "a/mai", "correct horse");
    assert_eq!(status, 200);
    let token = json!({"id": id});
    let token = service.post_as(&company, "/api/operator/get-token", &token);
    let token = token.string();

    let id = id.to_string();
    let set = [
        &*id,
        "--username",
        "mai.anh",
        "--password-file",
        "second",
        "--json",
    ];
    let set = folder
        .run_of_organization(&["operator", "set-password"], &set)
        .json();
    assert_eq!(set["revocation"]["confirmed"], 1);
    assert_eq!(record()["username"], "mai.anh");
    // Its sessions end, and its tokens stay.
    let profile = |credential: &str| service.get_as(credential, "/v1/profile").status;
    assert_eq!((profile(&session.unwrap()), profile(&token)), (401, 200));
    assert_eq!(log_in(&service, "a/mai", "correct horse").0, 401);
    assert_eq!(log_in(&service, "a/mai.anh", "correct horse").0, 401);
    assert_eq!(log_in(&service, "a/mai.anh", "battery staple").0, 200);
    // Without a name the operator keeps the one it has.
    let set = [&*id, "--password-file", "first"];
    let printed = folder
        .run_of_organization(&["operator", "set-password"], &set)
        .ok();
    assert!(printed.contains("its sessions have ended"), "{printed}");
    assert_eq!(log_in(&service, "a/mai.anh", "correct horse").0, 200);
    // Passwords are as for organizations.
    folder.write("long", &"x".repeat(73));
    let set = [&*id, "--password-file", "long"];
    let why = folder
        .run_of_organization(&["operator", "set-password"], &set)
        .refused();
    assert!(why.contains("72"), "{why}");
}

/// Adds a client with these flags, and returns its record.
fn added(folder: &Folder, service: &Service, company: &str, flags: &[&str]) -> Value {
    let json = [flags, &["--json"]].concat();
    let added = folder.run_of_organization(&["client", "add"], &json).json();
    let path = format!("/api/company/clients/{}", added["id"].as_str().unwrap());
    let mut record = service.get_as(company, &path).json();
    for own in ["id", "createdAt", "secrets"] {
        record.as_object_mut().unwrap().remove(own).unwrap();
    }
    record
}

#[test]
fn every_flag_of_a_client_is_the_member_of_its_name() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    let company = folder.populate(&service);
    let resource = json!({"uri": "https://api.example.com", "name": "API"});
    let made = service.post_as(&company, "/api/company/resources", &resource);
    assert_eq!(made.status, 201);
    let callbacks = ["https://a.example.com/cb", "http://a.example.com/cb"];
    let byes = ["https://a.example.com/bye", "https://b.example.com/bye"];
    let record = added(
        &folder,
        &service,
        &company,
        &[
            "--name",
            "Shop",
            "--redirect-uri",
            callbacks[0],
            "--redirect-uri",
            callbacks[1],
            "--post-logout-redirect-uri",
            byes[0],
            "--post-logout-redirect-uri",
            byes[1],
            "--redirect-match",
            "same-site",
            "--allow-insecure-redirect",
            "--grant",
            "client_credentials",
            "--grant",
            "password",
            "--scope",
            "openid read",
            "--scope",
            "write",
            "--audience",
            "https://api.example.com",
            "--token-format",
            "opaque",
            "--algorithm",
            "EdDSA",
            "--access-lifetime",
            "60",
            "--refresh-lifetime",
            "600",
            "--require-pkce",
            "--require-par",
            "--dpop-bound",
            "--no-consent",
            "--operator",
            "1",
            "--refresh-retry",
            "until-used",
            "--refresh-grace",
            "5",
            "--introspect",
            "organization",
        ],
    );
    assert_eq!(
        record,
        json!({
            "name": "Shop", "status": "active", "authMethod": "client_secret", "jwks": null,
            "redirectUris": callbacks, "postLogoutRedirectUris": byes, "redirectMatch": "same-site",
            "allowInsecureRedirect": true, "grants": ["client_credentials", "password"],
            "scopes": ["openid", "read", "write"], "audience": ["https://api.example.com"],
            "profile": "standard", "tokenFormat": "opaque", "algorithm": "EdDSA",
            "accessTokenSeconds": 60, "refreshTokenSeconds": 600, "requirePkce": true,
            "requirePar": true, "dpopBound": true, "consent": "skip", "operatorId": 1,
            "refreshRetry": "until-used", "refreshGraceSeconds": 5, "introspect": "organization",
        })
    );

    let jwks = json!({"keys": [{
        "kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }]});
    folder.write("keys.json", &jwks.to_string());
    let flags = [
        "--name",
        "Machine",
        "--auth-method",
        "private_key_jwt",
        "--jwks-file",
        "keys.json",
    ];
    let machine = added(&folder, &service, &company, &flags);
    assert_eq!(
        (&machine["authMethod"], &machine["jwks"]),
        (&json!("private_key_jwt"), &jwks)
    );
    let flags = ["--name", "PSDM", "--profile", "psdm"];
    let psdm = added(&folder, &service, &company, &flags);
    for (member, value) in [
        ("profile", json!("psdm")),
        ("tokenFormat", json!("opaque")),
        ("accessTokenSeconds", json!(31_536_000)),
        ("refreshTokenSeconds", json!(31_536_000)),
    ] {
        assert_eq!(psdm[member], value, "{member}");
    }
    let app = added(&folder, &service, &company, &["--name", "App", "--public"]);
    assert_eq!(app["authMethod"], "none");
}
