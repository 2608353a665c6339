//! OAuth clients of the service under test, and the calls that they make.

use serde_json::{Value, json};

use crate::http::{Answer, Client, Outcome, encoded, form_of};

/// The setting without which the service has no OAuth: the port it listens on is not known before.
pub(crate) const ISSUER: (&str, &str) = ("OAUTH_ISSUER", "http://localhost:8080");

/// The password of every operator that signs in.
pub(crate) const PASSWORD: &str = "mật khẩu của Lan";

pub(crate) const TOKEN: &str = "/oauth/token";
pub(crate) const INTROSPECT: &str = "/oauth/introspect";

/// A registered client with a secret.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// The tokens of one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Tokens {
    /// Returns the tokens of an answer with status 200.
    pub(crate) fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{answer:?}");
        let body = answer.json();
        let text = |member: &str| body[member].as_str().unwrap().to_owned();
        Self {
            access: text("access_token"),
            refresh: text("refresh_token"),
        }
    }
}

impl App {
    /// Registers a client that may use every grant without a browser. `members` replace what it is
    /// registered with by default.
    pub(crate) fn register(client: &mut Client, company: &str, members: &Value) -> Self {
        let mut all = json!({
            "name": "Shop",
            "grants": ["password", "refresh_token", "client_credentials"],
            "scopes": ["profile"],
        });
        for (name, value) in members.as_object().unwrap() {
            all[name] = value.clone();
        }
        let path = "/api/company/clients";
        let answer = client.call("POST", path, company, &all.to_string());
        let answer = answer.answer();
        assert_eq!(answer.status, 201, "{answer:?}");
        let record = answer.json();
        let text = |member: &str| record[member].as_str().unwrap().to_owned();
        Self {
            id: text("id"),
            secret: text("secret"),
        }
    }

    /// Returns the body of a form with the client's credential.
    pub(crate) fn body(&self, parameters: &[(&str, &str)]) -> String {
        let own = [("client_id", &*self.id), ("client_secret", &*self.secret)];
        encoded(&[&own, parameters].concat())
    }

    /// Returns the bytes of a POST with the client's credential in the body.
    pub(crate) fn form(&self, path: &str, parameters: &[(&str, &str)]) -> String {
        form_of(path, "", &self.body(parameters))
    }

    /// Returns the bytes of a request for the successor of a refresh token.
    pub(crate) fn refreshing(&self, token: &str) -> String {
        let grant = ("grant_type", "refresh_token");
        self.form(TOKEN, &[grant, ("refresh_token", token)])
    }

    /// Signs an operator in with its password.
    pub(crate) fn sign_in(&self, client: &mut Client, username: &str) -> Tokens {
        let parameters = [
            ("grant_type", "password"),
            ("username", username),
            ("password", PASSWORD),
        ];
        Tokens::of(&client.send(&self.form(TOKEN, &parameters)).answer())
    }

    /// Refreshes.
    pub(crate) fn refresh(&self, client: &mut Client, token: &str) -> Outcome {
        client.send(&self.refreshing(token))
    }

    /// Introspects.
    pub(crate) fn introspect(&self, client: &mut Client, token: &str) -> Outcome {
        client.send(&self.form(INTROSPECT, &[("token", token)]))
    }

    /// Returns whether a token is active.
    pub(crate) fn is_active(&self, client: &mut Client, token: &str) -> bool {
        let answer = self.introspect(client, token).answer();
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["active"] == true
    }
}

/// Gives an operator a username and [`PASSWORD`].
pub(crate) fn set_credentials(client: &mut Client, company: &str, operator: i64, username: &str) {
    let path = format!("/api/company/operators/{operator}/credentials");
    let body = json!({"username": username, "password": PASSWORD}).to_string();
    let answer = client.call("PUT", &path, company, &body).answer();
    assert_eq!(answer.status, 204, "{answer:?}");
}
