//! `lanyard token explain`.

use serde_json::{Value, json};

use super::scene;

#[test]
fn a_valid_token_is_explained() {
    let scene = scene();
    let token = scene.issue();
    let explanation = scene.on("explain", &token, &[]).ok();
    let (id, parent) = (scene.jti(&token), scene.jti(&scene.company));
    assert!(
        explanation.starts_with(&format!(
            "Operator token {id} of operator 1, organization 1, derived from company token {parent}.\nIssued at 20"
        )) && explanation.contains(" to 127.0.0.1, no use recorded yet.\n\nIt is valid until 20"),
        "{explanation}"
    );
    let explanation = scene.folder.run(&["token", "explain", &parent]).ok();
    assert!(
        explanation.starts_with(&format!("Company token {parent} of organization 1.\n"))
            && explanation.ends_with("It is valid and does not expire.\n"),
        "{explanation}"
    );
    let report = scene.on("explain", &token, &["--json"]).json();
    assert_eq!(
        (&report["status"], &report["reason"], &report["by"]),
        (&json!("valid"), &Value::Null, &Value::Null)
    );
    assert_eq!(
        (&report["inLedger"], &report["parent"]),
        (&json!(true), &json!(parent))
    );
}

#[test]
fn an_invalid_token_is_explained_with_its_audit_event() {
    let scene = scene();
    let (one, two) = (scene.issue(), scene.issue());
    let revoke = crate::http::post(
        "/api/operator/revoke-token",
        &[
            ("Authorization", &format!("Bearer {}", scene.company)),
            ("X-Request-Id", "the-request"),
        ],
        &json!({"token": one}),
    );
    assert_eq!(scene.service.ask(&revoke).status, 204);
    let id = scene.jti(&one);
    let explanation = scene.folder.run(&["token", "explain", &id]);
    assert_eq!(explanation.code, 1, "{explanation:?}");
    let doer = scene.jti(&scene.company);
    assert!(
        explanation
            .out
            .contains("It is not valid: it was revoked, at 20")
            && explanation.out.contains(&format!(
                "Done by company-token:{doer} from 127.0.0.1 in request the-request, at 20"
            ))
            && explanation.out.contains(": token.revoked, audit entry ")
            && explanation
                .out
                .ends_with("feed entry 2.\nWhat to do: ask for a new operator token.\n"),
        "{}",
        explanation.out
    );

    scene
        .folder
        .run(&["operator", "deactivate", "--organization", "1", "1"])
        .ok();
    let report = scene.on("explain", &two, &["--json"]).json();
    assert_eq!(
        (&report["status"], &report["reason"], &report["sequence"]),
        (&json!("revoked"), &json!("operator"), &json!(3))
    );
    assert_eq!(
        (&report["by"]["actor"], &report["by"]["action"]),
        (&json!("command-line"), &json!("operator.deactivated"))
    );
    // The report stays the same: it names what revoked the token first.
    let report = scene.on("explain", &one, &["--json"]).json();
    assert_eq!(report["reason"], "token");
    let inspected = scene.on("inspect", &two, &[]).out;
    assert!(
        inspected.contains("refused: all tokens of its operator were revoked, at 20"),
        "{inspected}"
    );
}

#[test]
fn a_rotated_token_is_explained_with_its_successor() {
    let scene = scene();
    let id = scene.jti(&scene.company);
    let policy = json!({"tokenPolicy": {"rotationGraceSeconds": 0}});
    let request = crate::http::post(
        "/api/company/organization",
        &[("Authorization", &format!("Bearer {}", scene.company))],
        &policy,
    );
    let patched = scene.service.ask(&request.replacen("POST", "PATCH", 1));
    assert_eq!(patched.status, 200);
    let rotated = scene
        .service
        .post_as(&scene.company, "/api/company/rotate-token", &json!({}));
    let successor = scene.jti(&rotated.string());
    let explanation = scene.folder.run(&["token", "explain", &id]);
    assert_eq!(explanation.code, 1, "{explanation:?}");
    assert!(
        explanation.out.contains(&format!(
            "its successor is {successor}; it was not used since.\n"
        )) && explanation.out.contains("company_token.rotated")
            && explanation.out.ends_with(
                "What to do: use its successor, or log in to get a new company token.\n"
            ),
        "{}",
        explanation.out
    );
    let explanation = scene.folder.run(&["token", "explain", &successor]).ok();
    assert!(
        explanation.ends_with("It is valid and does not expire.\n"),
        "{explanation}"
    );
}

#[test]
fn what_cannot_be_known_is_not_said() {
    let scene = scene();
    let unknown = scene
        .folder
        .run(&["token", "explain", "00000000-0000-7000-8000-000000000000"]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(unknown.err.contains("the ledger has no token of this id"));
    let foreign = scene.folder.run(&["token", "explain", "e30.e30.AAAA"]);
    assert_eq!(foreign.code, 1, "{foreign:?}");
    assert!(
        foreign
            .out
            .starts_with("It is not a token of this service: "),
        "{foreign:?}"
    );
    let report = scene
        .folder
        .run(&["token", "explain", "hello", "--json"])
        .json();
    assert_eq!(report["status"], "invalid");
    let without_key = format!("master_key={}", "00".repeat(32));
    let explanation = scene.on("explain", &scene.company, &["--set", &without_key]);
    assert_eq!(explanation.code, 2, "{explanation:?}");
    let id = scene.jti(&scene.company);
    let explanation = scene
        .folder
        .run(&["token", "explain", &id, "--set", &without_key]);
    assert_eq!(explanation.code, 0, "an id needs no key: {explanation:?}");
    let nowhere = scene
        .folder
        .run(&["token", "explain", &id, "--database", "sqlite:elsewhere.db"]);
    assert_eq!(nowhere.code, 2, "{nowhere:?}");
    assert!(!scene.folder.path().join("elsewhere.db").exists());
}
