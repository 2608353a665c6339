//! `SuiteCRM` (guide 001).

use serde_json::json;

use crate::script;
use crate::service::{Client, PASSWORD, Service, USERNAME};

/// Runs the guide's PHP. Returns the two answers; `None` if PHP is not installed.
fn run(service: &Service, machine: &Client, person: &Client) -> Option<serde_json::Value> {
    let check = "exit(extension_loaded('curl') ? 0 : 1);";
    if !script::interpreter("php", &["-r", check]) {
        return None;
    }
    let settings = [
        ("MACHINE_ID", &*machine.id),
        ("MACHINE_SECRET", &machine.secret),
        ("PERSON_ID", &person.id),
        ("PERSON_SECRET", &person.secret),
        ("USERNAME", USERNAME),
        ("PASSWORD", PASSWORD),
    ];
    Some(script::run(
        service,
        "php",
        &script::path("suitecrm.php"),
        &settings,
    ))
}

#[test]
fn both_grants_of_the_guide() {
    let service = Service::start();
    let machine = service.register(&json!({
        "name": "Cron", "profile": "suitecrm", "grants": ["client_credentials"],
        "operatorId": service.operator, "scopes": ["read"],
    }));
    let person = service.register(&json!({
        "name": "Desktop", "profile": "suitecrm", "grants": ["password", "refresh_token"], "scopes": ["read"],
    }));
    let Some(report) = run(&service, &machine, &person) else {
        return;
    };
    for (name, client) in [("machine", &machine), ("person", &person)] {
        let answer = &report[name];
        assert_eq!(answer["answer"]["token_type"], "Bearer", "{report}");
        assert_eq!(answer["answer"]["expires_in"], 3600);
        assert_eq!(answer["type"], "application/json");
        assert_eq!(answer["header"]["typ"], "JWT");
        assert_eq!(answer["header"]["alg"], "RS256");
        assert_eq!(answer["header"]["jti"], answer["claims"]["jti"]);
        assert_eq!(answer["claims"]["aud"], client.id);
        assert_eq!(answer["claims"]["sub"], service.operator.to_string());
        assert_eq!(answer["claims"]["scopes"], json!(["read"]));
    }
    assert!(report["machine"]["answer"].get("refresh_token").is_none());
    assert!(report["person"]["answer"]["refresh_token"].is_string());
    assert_eq!(report["refreshed"]["answer"]["token_type"], "Bearer");
}
