//! The instructions of a request, compared with those of the baseline.

use std::path::Path;

use crate::Fallible;
use crate::baseline;
use crate::callgrind::Callgrind;
use crate::http::Answer;
use crate::lab::Lab;
use crate::oauth::{INTROSPECT, ISSUER, introspect_body};
use crate::report::{Row, Target};
use crate::service::{AUTHZ, Installation, VALIDATE, validate_body};
use crate::tokens;

use super::authz::{Guarded, SENDER};
use super::{HS256, LEDGER_OFF};

/// One thread serves all requests.
const ONE_WORKER: (&str, &str) = ("LANYARD_HTTP_WORKERS", "1");

const IN_TURN: usize = 500;

pub(crate) fn validate_same(lab: &Lab) -> Fallible<Vec<Row>> {
    validate(lab, "instructions-validate-same", 1, 1.25)
}

pub(crate) fn validate_in_turn(lab: &Lab) -> Fallible<Vec<Row>> {
    validate(lab, "instructions-validate-in-turn", IN_TURN, 1.32)
}

fn validate(lab: &Lab, name: &str, count: usize, most: f64) -> Fallible<Vec<Row>> {
    let folder = lab.folder(name)?;
    let callgrind = Callgrind::new(&folder, "ours")?;
    let settings = [HS256, LEDGER_OFF, ONE_WORKER];
    let installation = Installation::new(&folder, None, &settings)?;
    let service = installation.serve_by(|command| callgrind.wrap(&command))?;
    let caller = installation.populate(&service)?;
    let tokens = tokens::fetch(&service, &caller, count)?;
    let verdict = service.validate(&caller, tokens.first().ok_or("no tokens")?)?;
    let requests: Vec<_> = tokens
        .iter()
        .map(|token| {
            crate::http::request("POST", VALIDATE, &caller.credential, &validate_body(token))
        })
        .collect();
    let ours = callgrind.count(service.server, &requests)?;
    let what = if count == 1 {
        "validate, the same token"
    } else {
        "validate, 500 tokens in turn"
    };
    let answers = [Some(&verdict), None, None];
    rows(&folder, (what, ours), answers, &requests, most)
}

pub(crate) fn introspect_jwt(lab: &Lab) -> Fallible<Vec<Row>> {
    introspect(lab, "jwt", 1.5)
}

pub(crate) fn introspect_opaque(lab: &Lab) -> Fallible<Vec<Row>> {
    introspect(lab, "opaque", 1.5)
}

fn introspect(lab: &Lab, format: &str, most: f64) -> Fallible<Vec<Row>> {
    let folder = lab.folder(&format!("instructions-introspect-{format}"))?;
    let callgrind = Callgrind::new(&folder, "ours")?;
    let installation = Installation::new(&folder, None, &[ISSUER, ONE_WORKER])?;
    let service = installation.serve_by(|command| callgrind.wrap(&command))?;
    let organization = installation.populate(&service)?.organization;
    let options = ["--grant", "client_credentials", "--token-format", format];
    let client = installation.add_client(organization, &options)?;
    let tokens = service.access_tokens(&client, IN_TURN)?;
    let answer = service.introspect(&client, tokens.first().ok_or("no tokens")?)?;
    let requests: Vec<_> = tokens
        .iter()
        .map(|token| client.sender().post(INTROSPECT, &introspect_body(token)))
        .collect();
    let ours = callgrind.count(service.server, &requests)?;
    let what = format!("introspect, 500 tokens in turn, {format}");
    let answers = [None, None, Some(&answer)];
    rows(&folder, (&what, ours), answers, &requests, most)
}

pub(crate) fn authz_api_key(lab: &Lab) -> Fallible<Vec<Row>> {
    authz(lab, "API keys", Guarded::api_keys)
}

pub(crate) fn authz_access_token(lab: &Lab) -> Fallible<Vec<Row>> {
    authz(lab, "access tokens", Guarded::access_tokens)
}

fn authz(
    lab: &Lab,
    what: &str,
    credentials: impl FnOnce(&Guarded, usize) -> Fallible<Vec<String>>,
) -> Fallible<Vec<Row>> {
    let name = format!("instructions-authz-{}", what.replace(' ', "-"));
    let callgrind = Callgrind::new(&lab.folder(&name)?, "ours")?;
    let guarded = Guarded::start(lab, &name, &[ONE_WORKER], |command| {
        callgrind.wrap(&command)
    })?;
    let credentials = credentials(&guarded, IN_TURN)?;
    let answer = guarded.admitted(credentials.first().ok_or("no credentials")?)?;
    let requests: Vec<_> = credentials
        .iter()
        .map(|credential| SENDER.post(AUTHZ, credential))
        .collect();
    let ours = callgrind.count(guarded.service.server, &requests)?;
    let callgrind = Callgrind::new(&guarded.folder, "baseline")?;
    let server = baseline::start_authz_by(&answer, 1, |command| callgrind.wrap(&command))?;
    let baseline = callgrind.count(server, &requests)?;
    let what = format!("/authz, 500 {what} in turn");
    Ok(vec![row(&what, (ours, baseline), 1.5)])
}

/// `most` is the largest ratio.
fn rows(
    folder: &Path,
    (what, ours): (&str, f64),
    answers: [Option<&Answer>; 3],
    requests: &[String],
    most: f64,
) -> Fallible<Vec<Row>> {
    let callgrind = Callgrind::new(folder, "baseline")?;
    let server = baseline::start_by(answers, 1, |command| callgrind.wrap(&command))?;
    let baseline = callgrind.count(server, requests)?;
    Ok(vec![row(what, (ours, baseline), most)])
}

fn row(what: &str, counts: (f64, f64), most: f64) -> Row {
    let what = format!("{what}, instructions");
    Row::ratio(&what, "1", &[counts], "baseline", Target::AtMost(most))
}
