//! Decisions about requests that a proxy asks about, with many credentials in turn, compared with a
//! baseline that answers the same headers.

use std::path::PathBuf;

use crate::Fallible;
use crate::baseline;
use crate::generator::{Bodies, Load};
use crate::http::{Connection, Sender};
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

/// Serves an installation with rules. Returns it with a company token.
pub(super) fn start(lab: &Lab, name: &str) -> Fallible<(PathBuf, Installation, Service, Caller)> {
    let folder = lab.folder(name)?;
    let rules = folder.join("rules.toml");
    std::fs::write(&rules, RULES)?;
    let rules = rules.display().to_string();
    let settings = [ISSUER, PROXIES, ("LANYARD_AUTHZ_RULES_FILE", &*rules)];
    let installation = Installation::new(&folder, None, &settings)?;
    let service = installation.serve()?;
    let caller = installation.populate(&service)?;
    Ok((folder, installation, service, caller))
}

pub(crate) fn api_key(lab: &Lab) -> Fallible<Vec<Row>> {
    let (folder, _installation, service, caller) = start(lab, "authz-api-key")?;
    let keys = api_keys::make(&service, &caller, CREDENTIALS_IN_TURN)?;
    let what = format!("/authz, {CREDENTIALS_IN_TURN} API keys in turn");
    against_baseline(lab, (&folder, &service), &keys, &what)
}

pub(crate) fn access_token(lab: &Lab) -> Fallible<Vec<Row>> {
    let (folder, installation, service, caller) = start(lab, "authz-access-token")?;
    let client =
        installation.add_client(caller.organization, &["--grant", "client_credentials"])?;
    let tokens = service.access_tokens(&client, CREDENTIALS_IN_TURN)?;
    let what = format!("/authz, {CREDENTIALS_IN_TURN} access tokens in turn");
    against_baseline(lab, (&folder, &service), &tokens, &what)
}

fn against_baseline(
    lab: &Lab,
    (folder, service): (&PathBuf, &Service),
    credentials: &[String],
    what: &str,
) -> Fallible<Vec<Row>> {
    let first = credentials.first().ok_or("no credentials")?;
    let mut connection = Connection::open(service.server.address)?;
    let answer = connection.call(&SENDER.post(AUTHZ, first))?.ok()?;
    if answer.status != 200 {
        return Err(format!("{}: {}", answer.status, answer.text()).into());
    }
    // Each is in memory afterwards.
    let request =
        |index: usize| SENDER.post(AUTHZ, credentials.get(index).map_or("", String::as_str));
    tokens::converse(service.server.address, credentials.len(), request, Ok)?;
    let bodies = tokens::write_bodies_of(folder, "bodies", credentials, 1, str::to_owned)?;
    let load = Load {
        path: AUTHZ,
        sender: SENDER,
        bodies: Bodies::InTurn(bodies.into_iter().next().ok_or("no bodies")?),
        connections: CONNECTIONS,
        time: lab.arguments.time,
    };
    let baseline = baseline::start_authz(&answer)?;
    let measure = || -> Fallible<Sample> { good(&answer, lab.measure(&service.server, &load)?) };
    let samples = lab.in_turn(|_| measure(), |_| lab.measure(&baseline, &load))?;
    Ok(vec![throughput(what, &samples, 0.75)])
}
