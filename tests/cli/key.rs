//! `lanyard key …`, while the service runs.

use serde_json::{Value, json};

use crate::harness::{Folder, Service};
use crate::http::get;

/// Adds an organization with an operator. Returns a company token and an operator token.
fn scene(folder: &Folder, service: &Service) -> (String, String) {
    let company = folder.populate(service);
    let issued = service.post_as(&company, "/api/operator/get-token", &json!({"id": 1}));
    (company, issued.string())
}

/// Returns the keys as `key list --json` prints them.
fn keys(folder: &Folder) -> Vec<Value> {
    let lines = folder.run(&["key", "list", "--json"]).ok();
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

fn states(folder: &Folder) -> Vec<String> {
    let keys = keys(folder);
    keys.iter()
        .map(|key| key["state"].as_str().unwrap().to_owned())
        .collect()
}

fn kid(folder: &Folder, number: usize) -> String {
    keys(folder)[number]["kid"].as_str().unwrap().to_owned()
}

#[test]
fn a_key_is_rotated_and_revoked_while_the_service_runs() {
    let folder = Folder::new();
    let settings = [("LANYARD_TOKENS_ALGORITHM", "EdDSA")];
    let service = folder.serve(&settings);
    let (company, operator) = scene(&folder, &service);
    let valid = |token: &str| {
        let body = json!({"token": token});
        let answer = service.post_as(&company, "/api/operator/validate-token", &body);
        answer.json()["isValid"] == true
    };
    assert_eq!(states(&folder), ["active"]);

    // The command has only the algorithm of the key that signs.
    let printed = folder.run(&["key", "rotate"]).ok();
    assert!(
        printed.contains(" (EdDSA) is published and signs from ")
            && printed.ends_with("1 of 1 nodes confirmed\n"),
        "{printed}"
    );
    assert_eq!(states(&folder), ["active", "pending"]);
    let published = service.ask(&get("/.well-known/jwks.json", &[])).json();
    assert_eq!(published["keys"].as_array().unwrap().len(), 2);
    let exported: Value =
        serde_json::from_str(&folder.run(&["key", "export-public"]).ok()).unwrap();
    assert_eq!(exported, published);
    let printed = folder.run(&["key", "rotate"]).ok();
    assert!(printed.contains("was made before"), "{printed}");

    let printed = folder.run(&["key", "rotate", "--force", "--json"]).json();
    assert_eq!(
        (&printed["state"], &printed["spread"]["confirmed"]),
        (&json!("active"), &json!(1))
    );
    assert_eq!(states(&folder), ["retiring", "active"]);
    let issued = service.post_as(&company, "/api/operator/get-token", &json!({"id": 1}));
    let later = issued.string();
    assert!(valid(&operator) && valid(&later));

    let printed = folder.run(&["key", "revoke", &kid(&folder, 1)]).ok();
    assert!(
        printed.contains("is revoked, with everything it signed; "),
        "{printed}"
    );
    assert_eq!(states(&folder), ["retiring", "revoked", "active"]);
    assert!(valid(&operator) && !valid(&later));
    let printed = folder.run(&["token", "inspect", &later]);
    assert!(
        printed.code == 1 && printed.out.contains("the key that signed it was revoked"),
        "{printed:?}"
    );
    folder.run(&["key", "revoke", &kid(&folder, 0)]).ok();
    let refused = service.get_as(&company, "/api/company/organization");
    assert_eq!(
        (refused.status, &refused.json()["error"]),
        (403, &json!("token_revoked"))
    );
    assert_eq!(service.log_in("a", "secret").status, 200);

    let table = folder.run(&["key", "list"]).ok();
    assert!(
        table.starts_with("KID           ALGORITHM  STATE "),
        "{table}"
    );
    let printed = folder.run(&["key", "revoke", &kid(&folder, 0)]).ok();
    assert!(printed.contains("was revoked before"), "{printed}");
    let why = folder.run(&["key", "revoke", "AAAAAAAAAAAA"]).refused();
    assert!(why.contains("lanyard key list"), "{why}");
    let why = folder.run(&["key", "revoke", "short"]);
    assert!(
        why.code == 2 && why.err.contains("twelve characters"),
        "{why:?}"
    );
}

#[test]
fn only_public_halves_are_exported_in_a_form_that_others_read() {
    let folder = Folder::new();
    for algorithm in ["RS256", "ES256", "EdDSA", "HS256"] {
        let settings = [("LANYARD_TOKENS_ALGORITHM", algorithm)];
        folder.serve(&settings).stop();
    }
    let all = folder.run(&["key", "export-public", "--pem"]).ok();
    assert_eq!(
        all.matches("-----BEGIN PUBLIC KEY-----").count(),
        3,
        "{all}"
    );
    assert!(all.lines().all(|line| line.len() <= 64), "{all}");
    for key in keys(&folder) {
        let name = format!("--kid={}", key["kid"].as_str().unwrap());
        let pem = folder.run(&["key", "export-public", &name, "--pem"]);
        if key["algorithm"] == "HS256" {
            assert!(pem.refused().contains("no public half"));
            continue;
        }
        let pem = pem.ok();
        assert!(all.contains(&pem));
        let jwk = folder.run(&["key", "export-public", &name]).json();
        assert_eq!(jwk["alg"], key["algorithm"]);
        if crate::harness::have("openssl") {
            let read = std::process::Command::new("openssl")
                .args(["pkey", "-pubin", "-noout", "-in"])
                .arg(folder.write("key.pem", &pem))
                .status();
            assert!(read.unwrap().success(), "{pem}");
        }
    }
}

#[test]
fn the_master_key_is_changed_while_the_service_runs() {
    let folder = Folder::new();
    let old = folder.serve(&[]);
    let (company, operator) = scene(&folder, &old);
    folder.write("new.key", &"42".repeat(32));
    let both = [
        ("LANYARD_MASTER_KEY_FILE", "new.key"),
        (
            "LANYARD_PREVIOUS_MASTER_KEY_FILES",
            "lanyard-data/master.key",
        ),
    ];
    let new = folder.serve(&both);
    let printed = folder.run_with(&["key", "reseal"], &both).ok();
    assert!(printed.starts_with("keys sealed anew: 1, "), "{printed}");
    let printed = folder.run_with(&["key", "reseal", "--json"], &both).json();
    assert_eq!(printed["keys"], 0);
    assert_eq!(printed["sealedBy"], keys(&folder)[0]["sealedBy"]);
    new.stop();
    let last = folder.serve(&both[..1]);
    for service in [&old, &last] {
        let body = json!({"token": operator});
        let answer = service.post_as(&company, "/api/operator/validate-token", &body);
        assert_eq!(answer.json()["isValid"], true);
    }
    let why = folder.run(&["key", "reseal"]).refused();
    assert!(why.contains("previous_master_key_files"), "{why}");
}

#[test]
fn a_master_key_that_is_lost_is_not_replaced_by_one_that_opens_nothing() {
    let folder = Folder::new();
    folder.serve(&[]).stop();
    let kept = folder.read("lanyard-data/master.key");
    let path = folder.path().join("lanyard-data/master.key");
    std::fs::remove_file(&path).unwrap();
    for command in [&["serve"][..], &["dev"]] {
        let why = folder.run(command).refused();
        assert!(
            why.contains("the master key is gone") && why.contains("master.key"),
            "{why}"
        );
        assert!(!path.exists());
    }
    folder.write("lanyard-data/master.key", &kept);
    folder.serve(&[]).stop();

    // The master key is lost: what it sealed is given up, and the service starts again.
    folder.write("lanyard-data/master.key", &"42".repeat(32));
    folder.run(&["serve"]).refused();
    folder.run(&["key", "revoke", &kid(&folder, 0)]).ok();
    folder.serve(&[]).stop();
    assert_eq!(states(&folder), ["revoked", "active"]);
}

#[test]
fn without_a_database_or_a_key_it_says_what_makes_them() {
    let folder = Folder::new();
    for command in ["list", "rotate", "export-public", "reseal"] {
        let why = folder.run(&["key", command]).refused();
        assert!(why.contains("there is no database at /"), "{why}");
    }
    folder.run(&["migrate"]).ok();
    let printed = folder.run(&["key", "list"]).ok();
    assert!(printed.contains("there are no signing keys"), "{printed}");
    let why = folder.run(&["key", "rotate"]).refused();
    assert!(
        why.contains("the service makes it at its first start"),
        "{why}"
    );
    assert!(!folder.path().join("lanyard-data/master.key").exists());
}
