//! Decisions about the requests of a proxy, with many credentials in turn, compared with a
//! baseline that answers the same headers.

use std::path::PathBuf;
use std::process::Command;

use crate::Fallible;
use crate::baseline;
use crate::generator::{Bodies, Load};
use crate::http::{Answer, Connection, Sender};
use crate::lab::{Lab, Sample};
use crate::oauth::ISSUER;
use crate::report::Row;
use crate::service::{AUTHZ, Caller, Installation, Service};
use crate::tokens;

use super::{CONNECTIONS, api_keys, good, throughput};

const CREDENTIALS_IN_TURN: usize = 2_000;

const PROXIES: (&str, &str) = ("LANYARD_HTTP_TRUSTED_PROXIES", "127.0.0.1");

/// Rules before the one that decides, as an installation has some.
const RULES: &str = r#"
[[rule]]
name = "campaigns"
methods = ["POST"]
path = "/api/v1/campaigns"
scopes = ["write"]
roles = ["marketing"]

[[rule]]
name = "public"
path = "/public/**"
access = "public"

[[rule]]
name = "customers"
methods = ["GET"]
path = "/api/v1/customers/**"
scopes = ["read"]
"#;

pub(super) const SENDER: Sender<'static> = Sender::Proxy("/api/v1/customers/12345?page=2");

/// A served installation with rules.
pub(super) struct Guarded {
    pub(super) folder: PathBuf,
    pub(super) installation: Installation,
    pub(super) service: Service,
    caller: Caller,
}

impl Guarded {
    /// `wrap` changes the command that starts the server.
    pub(super) fn start(
        lab: &Lab,
        name: &str,
        settings: &[(&str, &str)],
        wrap: impl FnOnce(Command) -> Command,
    ) -> Fallible<Self> {
        let folder = lab.folder(name)?;
        let rules = folder.join("rules.toml");
        std::fs::write(&rules, RULES)?;
        let rules = rules.display().to_string();
        let usual = [ISSUER, PROXIES, ("LANYARD_AUTHZ_RULES_FILE", &*rules)];
        let installation = Installation::new(&folder, None, &[&usual, settings].concat())?;
        let service = installation.serve_by(wrap)?;
        let caller = installation.populate(&service)?;
        Ok(Self {
            folder,
            installation,
            service,
            caller,
        })
    }

    /// Makes API keys.
    pub(super) fn api_keys(&self, count: usize) -> Fallible<Vec<String>> {
        api_keys::make(&self.service, &self.caller, count)
    }

    /// Issues access tokens.
    pub(super) fn access_tokens(&self, count: usize) -> Fallible<Vec<String>> {
        let grant = ["--grant", "client_credentials"];
        let client = self
            .installation
            .add_client(self.caller.organization, &grant)?;
        self.service.access_tokens(&client, count)
    }

    /// Returns the answer to a request with a credential, which must be admitted.
    pub(super) fn admitted(&self, credential: &str) -> Fallible<Answer> {
        let mut connection = Connection::open(self.service.server.address)?;
        Ok(connection.call(&SENDER.post(AUTHZ, credential))?.ok()?)
    }
}

pub(crate) fn api_key(lab: &Lab) -> Fallible<Vec<Row>> {
    let guarded = Guarded::start(lab, "authz-api-key", &[], |command| command)?;
    let keys = guarded.api_keys(CREDENTIALS_IN_TURN)?;
    let what = format!("/authz, {CREDENTIALS_IN_TURN} API keys in turn");
    against_baseline(lab, &guarded, &keys, &what)
}

pub(crate) fn access_token(lab: &Lab) -> Fallible<Vec<Row>> {
    let guarded = Guarded::start(lab, "authz-access-token", &[], |command| command)?;
    let tokens = guarded.access_tokens(CREDENTIALS_IN_TURN)?;
    let what = format!("/authz, {CREDENTIALS_IN_TURN} access tokens in turn");
    against_baseline(lab, &guarded, &tokens, &what)
}

fn against_baseline(
    lab: &Lab,
    guarded: &Guarded,
    credentials: &[String],
    what: &str,
) -> Fallible<Vec<Row>> {
    let first = credentials.first().ok_or("no credentials")?;
    let answer = guarded.admitted(first)?;
    let server = &guarded.service.server;
    // Each is in memory afterwards.
    let request =
        |index: usize| SENDER.post(AUTHZ, credentials.get(index).map_or("", String::as_str));
    tokens::converse(server.address, credentials.len(), request, Ok)?;
    let bodies = tokens::write_bodies_of(&guarded.folder, "bodies", credentials, 1, str::to_owned)?;
    let load = Load {
        path: AUTHZ,
        sender: SENDER,
        bodies: Bodies::InTurn(bodies.into_iter().next().ok_or("no bodies")?),
        connections: CONNECTIONS,
        time: lab.arguments.time,
    };
    let baseline = baseline::start_authz(&answer)?;
    let measure = || -> Fallible<Sample> { good(&answer, lab.measure(server, &load)?) };
    let samples = lab.in_turn(|_| measure(), |_| lab.measure(&baseline, &load))?;
    Ok(vec![throughput(what, &samples, 0.75)])
}
