//! An organization, and the calls that tests make with it repeatedly.

use lanyard::access::Preset;
use lanyard::audit::Origin;
use lanyard::base::OrganizationId;
use lanyard::organization::{self, NewOrganization};
use lanyard::password::Password;
use serde_json::{Value, json};

use super::client::Call;
use super::server::{Server, secret};

/// An organization and, once it is logged in, its company token.
pub(crate) struct Organization<'a> {
    pub(crate) id: i64,
    pub(crate) login: String,
    pub(crate) password: String,
    pub(crate) token: String,
    server: &'a Server,
}

impl<'a> Organization<'a> {
    /// Adds an organization as the command line does.
    pub(crate) fn add(server: &'a Server, login: &str, password: &str) -> Self {
        Self::add_with(server, login, password, Preset::All)
    }

    /// Like [`Organization::add`], with a preset.
    pub(crate) fn add_with(
        server: &'a Server,
        login: &str,
        password: &str,
        preset: Preset,
    ) -> Self {
        let new = NewOrganization {
            login: login.to_owned(),
            name: format!("{login} Ltd"),
            password: Password::new(secret(password)).unwrap(),
            preset,
        };
        let app = &server.app;
        let OrganizationId(id) = organization::add(
            &app.db,
            &new,
            server.bcrypt_cost(),
            &Origin::command_line(),
            app.clock.now(),
        )
        .unwrap();
        Self {
            id,
            login: login.to_owned(),
            password: password.to_owned(),
            token: String::new(),
            server,
        }
    }

    /// Logs in, and keeps the company token.
    pub(crate) fn log_in(self) -> Self {
        let token = self.another_token();
        Self { token, ..self }
    }

    /// Returns the same organization with another company token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self {
            id: self.id,
            login: self.login.clone(),
            password: self.password.clone(),
            token: token.to_owned(),
            server: self.server,
        }
    }

    /// Returns a further company token.
    pub(crate) fn another_token(&self) -> String {
        self.server
            .post("/api/company/get-token")
            .json(&json!({"login": self.login, "password": self.password}))
            .send()
            .with_status(200)
            .string()
    }

    /// Returns a call with its company token.
    pub(crate) fn get(&self, path: &str) -> Call<'a> {
        self.server.get(path).bearer(&self.token)
    }

    pub(crate) fn post(&self, path: &str) -> Call<'a> {
        self.server.post(path).bearer(&self.token)
    }

    pub(crate) fn patch(&self, path: &str) -> Call<'a> {
        self.server.patch(path).bearer(&self.token)
    }

    pub(crate) fn put(&self, path: &str) -> Call<'a> {
        self.server.call("PUT", path).bearer(&self.token)
    }

    pub(crate) fn delete(&self, path: &str) -> Call<'a> {
        self.server.delete(path).bearer(&self.token)
    }

    /// Adds an operator. Returns its id.
    pub(crate) fn operator(&self, name: &str) -> i64 {
        let added = self
            .post("/api/company/operators")
            .json(&json!({"name": name}))
            .send();
        added.with_status(201).json()["id"].as_i64().unwrap()
    }

    /// Returns a call of any method with its company token.
    pub(crate) fn call(&self, method: &str, path: &str) -> Call<'a> {
        self.server.call(method, path).bearer(&self.token)
    }

    /// Adds an operator with a username, which is its name too, and a password. Returns its id.
    pub(crate) fn operator_who_signs_in(&self, username: &str, password: &str) -> i64 {
        let added = self
            .post("/api/company/operators")
            .json(&json!({"name": username, "username": username, "password": password}))
            .send();
        added.with_status(201).json()["id"].as_i64().unwrap()
    }

    /// Signs an operator in at `/auth/login`. Returns the session.
    pub(crate) fn session(&self, username: &str, password: &str) -> String {
        let username = format!("{}/{username}", self.login);
        let opened = self
            .server
            .post("/auth/login")
            .json(&json!({"username": username, "password": password}))
            .send();
        opened.with_status(200).json()["token"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Adds a client. Returns its record, with its `secret` if it has one.
    pub(crate) fn client(&self, members: &Value) -> Value {
        let added = self.post("/api/company/clients").json(members).send();
        added.with_status(201).json()
    }

    /// Returns a token for one of its operators, with the longest allowed life.
    pub(crate) fn token_for(&self, operator: i64) -> String {
        self.post("/api/operator/get-token")
            .json(&json!({"id": operator}))
            .send()
            .with_status(200)
            .string()
    }

    /// Returns the answer of validate-token about a token.
    pub(crate) fn verdict(&self, token: &str) -> Value {
        self.post("/api/operator/validate-token")
            .json(&json!({"token": token}))
            .send()
            .with_status(200)
            .json()
    }

    /// Returns `valid`, or why the token is not valid.
    pub(crate) fn judge(&self, token: &str) -> String {
        let verdict = self.verdict(token);
        match verdict["error"].as_str() {
            None => {
                assert_eq!(verdict["isValid"], true);
                "valid".to_owned()
            }
            Some(error) => {
                assert_eq!(verdict["isValid"], false);
                error.to_owned()
            }
        }
    }
}
