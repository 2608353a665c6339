//! The instructions of a request, compared with those of the baseline.

use std::path::Path;

use crate::Fallible;
use crate::baseline;
use crate::callgrind::Callgrind;
use crate::http::Answer;
use crate::lab::Lab;
use crate::oauth::{INTROSPECT, ISSUER, introspect_body};
use crate::report::{Row, Target};
use crate::service::{Installation, VALIDATE, validate_body};
use crate::tokens;

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
    Ok(vec![Row::ratio(
        &format!("{what}, instructions"),
        "1",
        &[(ours, baseline)],
        "baseline",
        Target::AtMost(most),
    )])
}
