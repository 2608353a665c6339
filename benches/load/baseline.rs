//! The baseline: a bare actix-web server that parses the same bodies, answers the same bytes, and
//! does nothing else, except that it can also sign and verify. It is this program, started again as
//! a process of its own.

use std::env;
use std::hint::black_box;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use lanyard::token::{Algorithm, SecretKey, VerifyingKey};
use serde::Deserialize;

use crate::Fallible;
use crate::http::{self, Answer};
use crate::oauth::INTROSPECT;
use crate::process::{Server, cores, free_address};
use crate::service::{AUTHZ, ISSUE, PROFILE, VALIDATE};

/// The hidden first argument that makes this program the baseline.
pub(crate) const COMMAND: &str = "--baseline";

#[derive(Deserialize)]
struct Validate {
    token: String,
}

#[derive(Deserialize)]
struct Issue {
    id: i64,
}

#[derive(Deserialize)]
struct Introspect {
    token: String,
}

/// Starts the baseline. It answers every call to an endpoint with the body that the real server
/// gave.
pub(crate) fn start(validate: &Answer, issue: &Answer) -> Fallible<Server> {
    start_by([Some(validate), Some(issue), None], cores(), |command| {
        command
    })
}

/// Starts a baseline that also verifies the signature of each token that it is sent, and signs each
/// token that it answers, with a key of its own. So nothing that it is sent has a right signature,
/// which takes as long to find out.
pub(crate) fn start_signing(
    validate: &Answer,
    issue: &Answer,
    algorithm: &str,
) -> Fallible<Server> {
    let answers = [&*validate.text(), &*issue.text(), "", "", algorithm];
    run(answers, cores(), |command| command)
}

/// Starts a baseline that answers introspections only.
pub(crate) fn start_introspection(answer: &Answer) -> Fallible<Server> {
    start_by([None, None, Some(answer)], cores(), |command| command)
}

/// Starts a baseline that answers a proxy only, with the headers of this answer.
pub(crate) fn start_authz(answer: &Answer) -> Fallible<Server> {
    start_authz_by(answer, cores(), |command| command)
}

/// Like [`start_authz`], with so many threads. `wrap` changes the command that starts it.
pub(crate) fn start_authz_by(
    answer: &Answer,
    workers: usize,
    wrap: impl FnOnce(Command) -> Command,
) -> Fallible<Server> {
    let headers = answer
        .headers()
        .filter(|(name, _)| name.to_ascii_lowercase().starts_with("x-"));
    let lines: Vec<_> = headers
        .map(|(name, value)| format!("{name}:{value}"))
        .collect();
    run(["", "", "", &lines.join("\n")], workers, wrap)
}

/// Starts a baseline that answers who a credential is, and nothing else.
pub(crate) fn start_profile(answer: &Answer) -> Fallible<Server> {
    let answers = ["", "", "", "", "", &*answer.text()];
    run(answers, cores(), |command| command)
}

/// Starts a baseline with so many threads. The answers are those to validations, issuing and
/// introspections. `wrap` changes the command that starts it.
pub(crate) fn start_by(
    answers: [Option<&Answer>; 3],
    workers: usize,
    wrap: impl FnOnce(Command) -> Command,
) -> Fallible<Server> {
    let texts = answers.map(|answer| answer.map_or_else(String::new, Answer::text));
    run(texts.each_ref().map(String::as_str), workers, wrap)
}

fn run<const N: usize>(
    answers: [&str; N],
    workers: usize,
    wrap: impl FnOnce(Command) -> Command,
) -> Fallible<Server> {
    let address = free_address()?;
    let mut command = Command::new(env::current_exe()?);
    command
        .args([COMMAND, &address.to_string(), &workers.to_string()])
        .args(answers);
    let child = wrap(command).stdin(Stdio::null()).spawn()?;
    let server = Server::new(address, child);
    http::wait_until_open(address)?;
    Ok(server)
}

/// Signs and verifies what is sent to a baseline.
struct Signer {
    secret: SecretKey,
    verifying: VerifyingKey,
    /// What it signs: as long as what is signed of a token.
    message: Vec<u8>,
}

impl Signer {
    /// `issued` is the answer with a token.
    fn new(algorithm: &str, issued: &[u8]) -> Fallible<Self> {
        let algorithm: Algorithm = algorithm.parse().map_err(|_| "no such algorithm")?;
        let bytes = SecretKey::generate(algorithm).map_err(|_| "no key")?;
        let secret = SecretKey::parse(algorithm, &bytes).map_err(|_| "no key")?;
        let verifying = secret.verifying().map_err(|_| "no key")?;
        let end = issued.iter().rposition(|byte| *byte == b'.');
        let message = issued.get(..end.unwrap_or_default()).unwrap_or_default();
        Ok(Self {
            secret,
            verifying,
            message: message.to_vec(),
        })
    }

    fn sign(&self) -> String {
        let signature = self.secret.sign(&self.message).unwrap_or_default();
        BASE64_URL_SAFE_NO_PAD.encode(signature)
    }

    fn verify(&self, token: &str) -> bool {
        let Some((message, signature)) = token.rsplit_once('.') else {
            return false;
        };
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature);
        self.verifying
            .verify(message.as_bytes(), &signature.unwrap_or_default())
    }
}

/// Runs as the baseline until it receives a signal.
pub(crate) fn serve(given: &[String]) -> Fallible<()> {
    let [_, address, workers, validate, issue, introspect, ..] = given else {
        return Err("the baseline is started by the bench itself".into());
    };
    let address: SocketAddr = address.parse()?;
    let [validate, issue, introspect] =
        [validate, issue, introspect].map(|text| web::Bytes::from(text.clone()));
    let algorithm = given.get(7).filter(|name| !name.is_empty());
    let signer = match algorithm {
        Some(algorithm) => Some(Arc::new(Signer::new(algorithm, &issue)?)),
        None => None,
    };
    let answer = |body: &web::Bytes| {
        HttpResponse::Ok()
            .content_type("application/json")
            .body(body.clone())
    };
    let identity = given.get(6).map(String::as_str).unwrap_or_default();
    let identity: Vec<(String, String)> = identity
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let profile = given.get(8).cloned().unwrap_or_default();
    let profile = web::Bytes::from(profile);
    let server = HttpServer::new(move || {
        let (identity, profile) = (identity.clone(), profile.clone());
        let (validate, issue, introspect) = (validate.clone(), issue.clone(), introspect.clone());
        let (verifier, signer) = (signer.clone(), signer.clone());
        App::new()
            .route(
                VALIDATE,
                web::post().to(move |body: web::Json<Validate>| {
                    black_box(&body.token);
                    if let Some(verifier) = &verifier {
                        black_box(verifier.verify(&body.token));
                    }
                    std::future::ready(answer(&validate))
                }),
            )
            .route(
                ISSUE,
                web::post().to(move |body: web::Json<Issue>| {
                    black_box(body.id);
                    if let Some(signer) = &signer {
                        black_box(signer.sign());
                    }
                    std::future::ready(answer(&issue))
                }),
            )
            .route(
                INTROSPECT,
                web::post().to(move |body: web::Form<Introspect>| {
                    black_box(&body.token);
                    std::future::ready(answer(&introspect))
                }),
            )
            .route(
                PROFILE,
                web::get().to(move |request: HttpRequest| {
                    std::hint::black_box(request.headers().get("authorization"));
                    std::future::ready(answer(&profile))
                }),
            )
            .route(
                AUTHZ,
                web::get().to(move |request: HttpRequest| {
                    black_box(request.headers().get("authorization"));
                    let mut response = HttpResponse::Ok();
                    for header in &identity {
                        response.append_header((header.0.as_str(), header.1.as_str()));
                    }
                    std::future::ready(response.finish())
                }),
            )
    });
    let running = server.workers(workers.parse()?).bind(address)?.run();
    Ok(actix_web::rt::System::new().block_on(running)?)
}
