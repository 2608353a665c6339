//! `lanyard client …` and `lanyard role …`.

use serde_json::{Value, json};

use crate::harness::{Ended, Folder, Service, until};

/// Runs `lanyard client COMMAND --organization 1 ARGUMENTS`.
fn client(folder: &Folder, command: &str, arguments: &[&str]) -> Ended {
    let first = ["client", command, "--organization", "1"];
    folder.run(&[&first[..], arguments].concat())
}

fn role(folder: &Folder, command: &str, arguments: &[&str]) -> Ended {
    let first = ["role", command, "--organization", "1"];
    folder.run(&[&first[..], arguments].concat())
}

fn add_organization(folder: &Folder, more: &[&str]) -> Ended {
    let add = [
        "organization",
        "add",
        "--login",
        "a",
        "--name",
        "A",
        "--password-file",
        "-",
    ];
    folder.run_piped(&[&add[..], more].concat(), "secret")
}

fn record(service: &Service, token: &str, id: &str) -> Value {
    let path = format!("/api/company/clients/{id}");
    service.get_as(token, &path).json()
}

#[test]
fn a_client_is_added_before_the_service_ever_started() {
    let folder = Folder::new();
    add_organization(&folder, &[]).ok();
    let added = client(
        &folder,
        "add",
        &[
            "--name",
            "Shop",
            "--redirect-uri",
            "https://shop.example.com/cb",
            "--scope",
            "openid read",
            "--scope",
            "write",
            "--grant",
            "client_credentials",
            "--no-consent",
            "--access-lifetime",
            "60",
            "--json",
        ],
    )
    .json();
    let id = added["id"].as_str().unwrap();
    assert!(added["secret"].as_str().unwrap().len() >= 40);
    let service = folder.serve(&[]);
    let token = service.log_in("a", "secret").string();
    let record = record(&service, &token, id);
    for (member, value) in [
        ("name", json!("Shop")),
        ("redirectUris", json!(["https://shop.example.com/cb"])),
        ("scopes", json!(["openid", "read", "write"])),
        ("grants", json!(["client_credentials"])),
        ("consent", json!("skip")),
        ("accessTokenSeconds", json!(60)),
    ] {
        assert_eq!(record[member], value, "{member}");
    }
}

#[test]
fn a_running_service_follows_what_becomes_of_a_client() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    let token = folder.populate(&service);
    let printed = client(&folder, "add", &["--name", "Shop"]).ok();
    let lines: Vec<_> = printed.lines().collect();
    let (id, secret) = (lines[0], lines[1]);
    assert!(id.len() == 36 && secret.len() >= 40 && lines.len() == 2);
    let public = client(&folder, "add", &["--name", "App", "--public", "--json"]).json();
    assert_eq!(public["secret"], Value::Null);

    let rotated = client(&folder, "rotate-secret", &[id, "--grace", "0", "--json"]).json();
    assert_ne!(rotated["secret"], secret);
    assert_eq!(rotated["previousSecretExpiresAt"], Value::Null);
    let status = || record(&service, &token, id)["status"].clone();
    let disabled = client(&folder, "disable", &[id, "--json"]).json();
    assert_eq!(disabled["status"], "disabled");
    assert_eq!(disabled["revocation"]["confirmed"], 1);
    assert_eq!(status(), "disabled");
    let enabled = client(&folder, "enable", &[id]).ok();
    assert!(enabled.contains("is enabled"), "{enabled}");
    assert_eq!(status(), "active");
    let revoked = client(&folder, "revoke-tokens", &[id]).ok();
    assert!(revoked.ends_with("1 of 1 nodes confirmed\n"), "{revoked}");
    client(&folder, "remove", &[id]).ok();
    assert_eq!(status(), "deleted");
    let again = client(&folder, "remove", &[id]).ok();
    assert!(again.contains("is deleted"), "{again}");

    let listed = client(&folder, "list", &["--json"]).json();
    assert_eq!(
        (&listed["name"], &listed["authMethod"]),
        (&json!("App"), &json!("none"))
    );
    let table = client(&folder, "list", &[]).ok();
    assert!(
        table.starts_with("ID ") && table.ends_with("App\n"),
        "{table}"
    );
}

#[test]
fn refusals_name_the_member() {
    let folder = Folder::new();
    add_organization(&folder, &["--preset", "none"]).ok();
    for (arguments, expected) in [
        (
            &["--name", "A", "--scope", "read"][..],
            "scopes[0] must be a scope that the organization has defined",
        ),
        (
            &["--name", "A", "--redirect-uri", "http://a.example/"],
            "redirectUris[0] must be https",
        ),
        (&["--name", ""], "name must have 1 to 200 characters"),
        (
            &["--name", "A", "--jwks-file", "nowhere"],
            "cannot read nowhere",
        ),
        (&["--name", "A", "--operator", "9"], "operatorId must be"),
    ] {
        let why = client(&folder, "add", arguments).refused();
        assert!(why.contains(expected), "{why}");
    }
    let none = client(&folder, "list", &[]).ok();
    assert!(none.contains("has no clients"), "{none}");
    let why = client(&folder, "disable", &["x"]).refused();
    assert!(why.contains("there is no client with this id"), "{why}");
    let both = ["--name", "A", "--public", "--auth-method", "none"];
    assert_eq!(client(&folder, "add", &both).code, 2);
    let why = folder
        .run(&["client", "list", "--organization", "9"])
        .refused();
    assert_eq!(why, "lanyard: there is no organization with this id\n");
    let preset = add_organization(&folder, &["--preset", "some"]);
    assert!(
        preset.code == 2 && preset.err.contains("all, sbm, procure, none"),
        "{preset:?}"
    );
}

#[test]
fn roles_are_set_listed_and_removed() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    let token = folder.populate(&service);
    let set = role(&folder, "set", &["sales", "--scope", "read write"]).ok();
    assert_eq!(set, "role sales of organization 1 is added\n");
    let arguments = [
        "sales",
        "--scope",
        "read",
        "--description",
        "Sells",
        "--json",
    ];
    let set = role(&folder, "set", &arguments).json();
    assert_eq!(
        (&set["status"], &set["revocation"]["confirmed"]),
        (&json!("changed"), &json!(1))
    );
    let read = service.get_as(&token, "/api/v1/roles/sales").json();
    assert_eq!(
        read,
        json!({"name": "sales", "scopes": ["read"], "description": "Sells"})
    );
    let table = role(&folder, "list", &[]).ok();
    assert!(table.starts_with("NAME ") && table.contains("Sells"));
    let lines = role(&folder, "list", &["--json"]).ok();
    assert_eq!(lines.lines().count(), 6);
    role(&folder, "remove", &["sales"]).ok();
    until("it is gone", || {
        service.get_as(&token, "/api/v1/roles/sales").status == 404
    });
    let why = role(&folder, "set", &["admin"]).refused();
    assert!(why.contains("always exists"), "{why}");
    let why = role(&folder, "set", &["sales", "--scope", "none"]).refused();
    assert!(why.contains("is not a scope"), "{why}");
}

#[test]
fn a_client_registers_itself_with_a_token_of_the_command_line() {
    let folder = Folder::new();
    let service = folder.serve(&[
        ("LANYARD_OAUTH_ISSUER", "http://localhost:8080"),
        ("LANYARD_OAUTH_REGISTRATION", "true"),
    ]);
    folder.populate(&service);
    let printed = client(&folder, "registration-token", &[]).ok();
    assert_eq!(printed.trim_end().len(), 43);
    let made = client(&folder, "registration-token", &["--uses", "2", "--json"]).json();
    let token = made["token"].as_str().unwrap();
    assert_eq!(made.as_object().unwrap().len(), 1);
    let register = || {
        let body = json!({"redirect_uris": ["https://shop.example.com/cb"]});
        service.post_as(token, "/oauth/register", &body).status
    };
    assert_eq!([register(), register(), register()], [201, 201, 401]);

    for uses in ["0", "10001", "x"] {
        let refused = client(&folder, "registration-token", &["--uses", uses]);
        assert_eq!(refused.code, 2, "{uses}");
    }
    let unknown = ["client", "registration-token", "--organization", "9"];
    let why = folder.run(&unknown).refused();
    assert!(
        why.contains("there is no organization with this id"),
        "{why}"
    );
}

#[test]
fn the_settings_of_a_client_are_changed_and_what_is_not_given_stays() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    let token = folder.populate(&service);
    let add = [
        "--name",
        "Shop",
        "--redirect-uri",
        "https://shop.example.com/cb",
        "--scope",
        "openid read write",
        "--json",
    ];
    let added = client(&folder, "add", &add).json();
    let id = added["id"].as_str().unwrap();
    let before = record(&service, &token, id);
    let set = [
        id,
        "--name",
        "Shop 2",
        "--scope",
        "openid",
        "--require-pkce",
        "true",
    ];
    let set = [
        &set[..],
        &["--consent", "skip", "--access-lifetime", "60", "--json"],
    ]
    .concat();
    let set = client(&folder, "set", &set).json();
    assert_eq!(set["revocation"]["confirmed"], 1, "a scope was taken away");
    assert_eq!(set["secret"], Value::Null);
    let after = record(&service, &token, id);
    for (member, value) in [
        ("name", json!("Shop 2")),
        ("scopes", json!(["openid"])),
        ("requirePkce", json!(true)),
        ("consent", json!("skip")),
        ("accessTokenSeconds", json!(60)),
        ("redirectUris", before["redirectUris"].clone()),
        ("grants", before["grants"].clone()),
        ("refreshTokenSeconds", before["refreshTokenSeconds"].clone()),
    ] {
        assert_eq!(after[member], value, "{member}");
    }
    let printed = client(
        &folder,
        "set",
        &[id, "--scope", "", "--require-pkce", "false"],
    )
    .ok();
    assert!(printed.contains("1 of 1 nodes confirmed"), "{printed}");
    let after = record(&service, &token, id);
    assert_eq!(
        (&after["scopes"], &after["requirePkce"]),
        (&json!([]), &json!(false))
    );
    // A client that gets a secret: it is printed once.
    client(&folder, "set", &[id, "--auth-method", "none"]).ok();
    let secret = client(
        &folder,
        "set",
        &[id, "--auth-method", "client_secret", "--json"],
    )
    .json();
    assert!(secret["secret"].as_str().unwrap().len() >= 40, "{secret}");
    let why = client(&folder, "set", &[id, "--redirect-uri", "http://a.example/"]).refused();
    assert!(why.contains("redirectUris[0] must be https"), "{why}");
    let why = client(&folder, "set", &["x", "--name", "A"]).refused();
    assert!(why.contains("there is no client with this id"), "{why}");
}

#[test]
fn scopes_are_defined_listed_and_removed() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    let token = folder.populate(&service);
    let set = ["orders.read", "--description", "Reads orders"];
    let set = role(&folder, "set-scope", &set).ok();
    assert_eq!(set, "scope orders.read of organization 1 is added\n");
    let read = || {
        let scopes = service.get_as(&token, "/api/v1/scopes").json();
        let items = scopes["items"].as_array().unwrap().clone();
        items
            .into_iter()
            .find(|scope| scope["name"] == "orders.read")
    };
    until("the service knows it", || read().is_some());
    assert_eq!(read().unwrap()["description"], "Reads orders");
    let table = role(&folder, "list-scopes", &[]).ok();
    assert!(table.starts_with("NAME ") && table.contains("Reads orders"));
    role(&folder, "set", &["sales", "--scope", "orders.read"]).ok();
    let why = role(&folder, "remove-scope", &["orders.read"]).refused();
    assert!(why.contains("sales"), "{why}");
    role(&folder, "remove", &["sales"]).ok();
    role(&folder, "remove-scope", &["orders.read"]).ok();
    until("it is gone", || read().is_none());
    let why = role(&folder, "set-scope", &["admin"]).refused();
    assert!(why.contains("always exists"), "{why}");
}
