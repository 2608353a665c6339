//! What the tests of OAuth share: an organization with scopes, clients whose signing keys are in use,
//! and codes.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::prelude::*;
use lanyard::access::ScopeSet;
use lanyard::base::{ClientId, Digest, OperatorId, OrganizationId, TokenId};
use lanyard::db::schema::scopes;
use lanyard::db::{Conn, Result};
use lanyard::grant::store::{NewCode, insert_code};
use lanyard::grant::{Challenge, code};
use lanyard::on_backend;
use serde_json::{Value, json};

use crate::support::{Answer, Organization, Server};

/// The issuer of the harness.
pub(crate) const ISSUER: &str = "http://localhost:8080";

/// The redirect URI of clients.
pub(super) const CALLBACK: &str = "https://app.example.com/cb";

/// RFC 7636, appendix B.
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(super) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// An organization that has defined scopes.
pub(crate) fn organization<'a>(server: &'a Server, login: &str) -> Organization<'a> {
    let organization = server.organization(login);
    let id = OrganizationId(organization.id);
    let define = |conn: &mut Conn| -> Result<()> {
        for name in ["read", "write", "analytics"] {
            let row = (scopes::organization_id.eq(id), scopes::name.eq(name));
            on_backend!(conn, c => diesel::insert_into(scopes::table)
                .values(row)
                .on_conflict_do_nothing()
                .execute(c))?;
        }
        Ok(())
    };
    server.app.db.write_blocking(define).unwrap();
    organization
}

/// A client.
#[derive(Clone)]
pub(crate) struct Client<'a> {
    pub(super) server: &'a Server,
    pub(super) organization: i64,
    pub(crate) id: String,
    pub(super) secret: Option<String>,
}

/// Adds a client. By default it has a name, a redirect URI and scopes; `members` replace them.
pub(crate) fn client<'a>(
    server: &'a Server,
    organization: &Organization<'_>,
    members: &Value,
) -> Client<'a> {
    let mut all = json!({
        "name": "Shop",
        "redirectUris": [CALLBACK],
        "scopes": ["read", "write", "openid", "profile", "email"],
    });
    for (name, value) in members.as_object().unwrap() {
        all[name] = value.clone();
    }
    let record = organization.client(&all);
    let text = |name: &str| record[name].as_str().map(str::to_owned);
    let client = Client {
        server,
        organization: organization.id,
        id: text("id").unwrap(),
        secret: text("secret"),
    };
    // Its keys are published first.
    server.wait(420);
    server.rotate_keys();
    client
}

/// Returns a form.
pub(super) fn form(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

pub(super) const FORM: &str = "application/x-www-form-urlencoded";

impl Client<'_> {
    /// Posts parameters with the client's credential in the body.
    pub(crate) fn post(&self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        self.post_to(self.server, path, parameters)
    }

    /// Does the same at another node.
    pub(super) fn post_to(
        &self,
        server: &Server,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Answer {
        server.post(path).body(FORM, self.body(parameters)).send()
    }

    /// Returns the form with the client's credential.
    pub(super) fn body(&self, parameters: &[(&str, &str)]) -> String {
        let mut all = vec![("client_id", self.id.as_str())];
        all.extend(
            self.secret
                .as_deref()
                .map(|secret| ("client_secret", secret)),
        );
        all.extend(parameters);
        form(&all)
    }

    /// Calls the token endpoint.
    pub(crate) fn token(&self, parameters: &[(&str, &str)]) -> Answer {
        self.post("/oauth/token", parameters)
    }

    /// Redeems a code.
    pub(crate) fn redeem(&self, code: &str) -> Answer {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ])
    }

    /// Refreshes.
    pub(super) fn refresh(&self, token: &str) -> Answer {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    /// Returns the introspection of a token by the client itself.
    pub(super) fn introspect(&self, token: &str) -> Value {
        self.post("/oauth/introspect", &[("token", token)])
            .with_status(200)
            .json()
    }

    /// Whether a token is active to the client.
    pub(super) fn is_active(&self, token: &str) -> bool {
        self.introspect(token)["active"] == true
    }

    /// Issues a code as the authorization endpoint does.
    pub(crate) fn code(&self, operator: i64, scope: &str) -> String {
        self.code_with(operator, scope, |_| {})
    }

    /// Does the same, with changes.
    pub(super) fn code_with(
        &self,
        operator: i64,
        scope: &str,
        change: impl FnOnce(&mut NewCode),
    ) -> String {
        let app = &self.server.app;
        let text = code::generate();
        let now = app.clock.now();
        let mut new = NewCode {
            organization: OrganizationId(self.organization),
            client: self.id.parse::<ClientId>().unwrap(),
            operator: OperatorId(operator),
            digest: Digest::of(&text),
            redirect_uri: Some(CALLBACK.to_owned()),
            challenge: Challenge::parse(CHALLENGE),
            dpop_jkt: None,
            scopes: ScopeSet::parse(scope).unwrap(),
            resources: Vec::new(),
            nonce: Some("n-1".to_owned()),
            auth_time: now,
            amr: "pwd".to_owned(),
            sid: Some(TokenId::generate(now)),
            rev: app.nodes.feed.applied(),
            expires_at: now.plus(Duration::from_mins(1)),
        };
        change(&mut new);
        app.db
            .write_blocking(|conn| insert_code(conn, &new))
            .unwrap();
        text.to_string()
    }
}

/// Returns a member that is a text.
pub(crate) fn text(answer: &Answer, member: &str) -> String {
    let value = answer.with_status(200).json();
    value[member]
        .as_str()
        .unwrap_or_else(|| panic!("{member}: {value}"))
        .to_owned()
}

/// Returns access token and refresh token.
pub(crate) fn tokens(answer: &Answer) -> (String, String) {
    (text(answer, "access_token"), text(answer, "refresh_token"))
}

/// Returns header and payload of a JWT.
pub(crate) fn decoded(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| {
        let bytes = URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&bytes).unwrap_or_default()
    });
    (parts.next().unwrap(), parts.next().unwrap())
}

/// Returns the code of an error, with its status.
pub(super) fn error(answer: &Answer) -> (u16, String) {
    let code = answer.json()["error"].as_str().unwrap().to_owned();
    (answer.status, code)
}
