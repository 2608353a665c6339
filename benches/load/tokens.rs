//! Operator tokens by the hundred thousand: they are issued, written as request bodies for the
//! generator, and validated.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::Fallible;
use crate::http::{self, Answer, Connection};
use crate::service::{Caller, ISSUE, Service, VALIDATE, issue_body, validate_body};
use crate::threads::threads;

/// Enough connections to keep the server busy and the transactions of a durable ledger full.
const CONNECTIONS: usize = 32;

/// The number of requests in flight on one connection, so that the round trips of a million calls
/// do not matter.
const PIPELINED: usize = 16;

/// Issues `count` tokens.
pub(crate) fn fetch(service: &Service, caller: &Caller, count: usize) -> Fallible<Vec<String>> {
    let request = http::request(
        "POST",
        ISSUE,
        &caller.credential,
        &issue_body(caller.operator),
    );
    converse(
        service.server.address,
        count,
        |_| request.clone(),
        |answer| Ok(serde_json::from_slice(&answer.body)?),
    )
}

/// Validates each token once. Returns an error if one is not valid.
pub(crate) fn validate(service: &Service, caller: &Caller, tokens: &[String]) -> Fallible<()> {
    let request = |index: usize| {
        let token = tokens.get(index).map_or("", String::as_str);
        http::request("POST", VALIDATE, &caller.credential, &validate_body(token))
    };
    converse(service.server.address, tokens.len(), request, |answer| {
        let text = answer.text();
        if text.contains(r#""isValid":true"#) {
            Ok(())
        } else {
            Err(text.into())
        }
    })?;
    Ok(())
}

/// Writes one validation body per line, distributed over `files` files.
pub(crate) fn write_bodies(
    folder: &Path,
    name: &str,
    tokens: &[String],
    files: usize,
) -> Fallible<Vec<PathBuf>> {
    write_bodies_of(folder, name, tokens, files, validate_body)
}

/// Writes one body per line, distributed over `files` files.
pub(crate) fn write_bodies_of(
    folder: &Path,
    name: &str,
    tokens: &[String],
    files: usize,
    body: impl Fn(&str) -> String,
) -> Fallible<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for (number, part) in tokens
        .chunks(tokens.len().div_ceil(files).max(1))
        .enumerate()
    {
        let path = folder.join(format!("{name}.{number}"));
        let mut file = BufWriter::new(File::create(&path)?);
        for token in part {
            writeln!(file, "{}", body(token))?;
        }
        file.flush()?;
        paths.push(path);
    }
    Ok(paths)
}

/// Sends `count` requests over several connections and reads every answer, which must have status
/// 200.
pub(crate) fn converse<T: Send>(
    address: SocketAddr,
    count: usize,
    request: impl Fn(usize) -> String + Sync,
    read: impl Fn(Answer) -> Fallible<T> + Sync,
) -> Fallible<Vec<T>> {
    let one = |first: usize| -> Fallible<Vec<T>> {
        let mut connection = Connection::open(address)?;
        let indices: Vec<usize> = (first..count).step_by(CONNECTIONS).collect();
        let mut results = Vec::with_capacity(indices.len());
        for part in indices.chunks(PIPELINED) {
            let requests: String = part.iter().map(|index| request(*index)).collect();
            connection.send(requests.as_bytes())?;
            for _ in part {
                results.push(read(connection.receive().ok()?.ok()?)?);
            }
        }
        Ok(results)
    };
    Ok(threads(CONNECTIONS, one)?.into_iter().flatten().collect())
}
