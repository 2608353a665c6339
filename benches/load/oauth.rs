//! OAuth clients of an installation, and the requests that they send.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::Fallible;
use crate::http::{Answer, Connection, Sender};
use crate::service::{Installation, Service};
use crate::tokens;

pub(crate) const TOKEN: &str = "/oauth/token";
pub(crate) const INTROSPECT: &str = "/oauth/introspect";

/// The same issuer for every start of an installation, whatever its port.
pub(crate) const ISSUER: (&str, &str) = ("LANYARD_OAUTH_ISSUER", "http://localhost");

pub(crate) const CLIENT_CREDENTIALS: &str = "grant_type=client_credentials&scope=read";

/// A confidential client.
pub(crate) struct OAuthClient {
    pub(crate) id: String,
    pub(crate) secret: String,
    /// Both, as a Basic credential. They have no character that form encoding changes.
    pub(crate) credential: String,
}

impl OAuthClient {
    pub(crate) fn new(id: &str, secret: &str) -> Self {
        Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
            credential: BASE64_STANDARD.encode(format!("{id}:{secret}")),
        }
    }

    pub(crate) fn sender(&self) -> Sender<'_> {
        Sender::Client(&self.credential)
    }
}

impl Installation {
    /// Adds a client that may request the scope `read`, with these further options.
    pub(crate) fn add_client(&self, organization: i64, options: &[&str]) -> Fallible<OAuthClient> {
        let organization = organization.to_string();
        let usual = [
            "client",
            "add",
            "--organization",
            &organization,
            "--name",
            "Bench",
            "--scope",
            "read",
            "--json",
        ];
        let added = self.add_any(&[&usual, options].concat())?;
        let text = |name: &str| added.get(name).and_then(serde_json::Value::as_str);
        let (id, secret) = text("id").zip(text("secret")).ok_or("no secret")?;
        Ok(OAuthClient::new(id, secret))
    }
}

impl Service {
    /// Issues access tokens to the client itself.
    pub(crate) fn access_tokens(
        &self,
        client: &OAuthClient,
        count: usize,
    ) -> Fallible<Vec<String>> {
        let request = client.sender().post(TOKEN, CLIENT_CREDENTIALS);
        tokens::converse(
            self.server.address,
            count,
            |_| request.clone(),
            |answer| text_in(&answer, "access_token"),
        )
    }

    /// Introspects each token once, so that the service has it in memory. Returns an error if one is
    /// not active.
    pub(crate) fn introspect_each(&self, client: &OAuthClient, tokens: &[String]) -> Fallible<()> {
        let request = |index: usize| {
            let token = tokens.get(index).map_or("", String::as_str);
            client.sender().post(INTROSPECT, &introspect_body(token))
        };
        tokens::converse(self.server.address, tokens.len(), request, active)?;
        Ok(())
    }

    /// Introspects one token. Returns an error if it is not active.
    pub(crate) fn introspect(&self, client: &OAuthClient, token: &str) -> Fallible<Answer> {
        let request = client.sender().post(INTROSPECT, &introspect_body(token));
        let mut connection = Connection::open(self.server.address)?;
        active(connection.call(&request)?.ok()?)
    }
}

pub(crate) fn introspect_body(token: &str) -> String {
    format!("token={token}")
}

/// Returns the answer to an introspection if the token is active, and else an error.
pub(crate) fn active(answer: Answer) -> Fallible<Answer> {
    if answer.text().contains(r#""active":true"#) {
        Ok(answer)
    } else {
        Err(answer.text().into())
    }
}

/// Returns a member of an answer that is a text.
pub(crate) fn text_in(answer: &Answer, member: &str) -> Fallible<String> {
    if answer.status != 200 {
        return Err(format!("{}: {}", answer.status, answer.text()).into());
    }
    let body: serde_json::Value = serde_json::from_slice(&answer.body)?;
    let text = body.get(member).and_then(serde_json::Value::as_str);
    Ok(text.ok_or("an answer without tokens")?.to_owned())
}
