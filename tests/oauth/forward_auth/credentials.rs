//! Real credentials, as the table describes them.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::{Value, json};

use super::World;
use crate::service::PASSWORD;

/// A credential as it is described.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
pub(crate) struct Described {
    pub(crate) kind: Option<String>,
    #[serde(default)]
    scopes: Vec<String>,
    role: Option<String>,
    environment: Option<String>,
    #[serde(default)]
    expired: bool,
}

/// How long a key lives that is to expire.
const SHORT: u64 = 3;

/// Credentials that were made.
#[derive(Default)]
pub(crate) struct Wallet(HashMap<Described, String>);

impl Wallet {
    /// Returns a credential; `None` if the request has none.
    pub(crate) fn get(&mut self, world: &World, described: &Described) -> Option<String> {
        described.kind.as_ref()?;
        let next = self.0.len();
        let made = || make(world, described, next);
        Some(self.0.entry(described.clone()).or_insert_with(made).clone())
    }

    /// Waits until those that are to expire have expired.
    pub(crate) fn age(&self) {
        if self.0.keys().any(|described| described.expired) {
            std::thread::sleep(Duration::from_secs(SHORT + 1));
        }
    }
}

/// Makes an API key. Returns its text.
pub(crate) fn key(world: &World, members: &Value) -> String {
    let (status, key) = world.lanyard.call("POST", "/api/v1/api-keys", members);
    assert_eq!(status, 201, "{key}");
    key["key"].as_str().unwrap().to_owned()
}

fn make(world: &World, described: &Described, number: usize) -> String {
    let lanyard = &world.lanyard;
    let token = |path: &str, body: &Value| {
        let (status, answer) = lanyard.call("POST", path, body);
        assert!(status.is_success(), "{path}: {answer}");
        answer
    };
    let operator = || {
        let name = format!("operator-{number}");
        let body =
            json!({"name": name, "username": name, "password": PASSWORD, "role": described.role});
        (token("/api/company/operators", &body)["id"].clone(), name)
    };
    match described.kind.as_deref().unwrap() {
        "api_key" => {
            let mut members = json!({
                "name": format!("key-{number}"), "scopes": described.scopes, "role": described.role,
            });
            if let Some(environment) = &described.environment {
                members["environment"] = json!(environment);
            }
            if described.expired {
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
                let end = i64::try_from(now.unwrap().as_secs() + SHORT).unwrap();
                members["expires_at"] = json!(lanyard::base::Timestamp::from_seconds(end));
            }
            key(world, &members)
        }
        "operator" => {
            let (id, _) = operator();
            let token = token("/api/operator/get-token", &json!({"id": id}));
            token.as_str().unwrap().to_owned()
        }
        "session" => {
            let (_, name) = operator();
            let body = json!({"username": format!("acme/{name}"), "password": PASSWORD});
            let session = token("/auth/login", &body);
            session["token"].as_str().unwrap().to_owned()
        }
        "access_token" => {
            let client = lanyard.register(&json!({
                "name": format!("client-{number}"), "grants": ["client_credentials"],
                "scopes": described.scopes,
            }));
            let form = format!(
                "grant_type=client_credentials&client_id={}&client_secret={}",
                client.id, client.secret
            );
            let answer = lanyard.post_form("/oauth/token", &form);
            let token = answer["access_token"].as_str();
            token.unwrap_or_else(|| panic!("{answer}")).to_owned()
        }
        "company" => lanyard.company.clone(),
        other => panic!("{other}"),
    }
}
