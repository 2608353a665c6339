//! The sign-in page, from the database and its templates to the last byte.

use crate::Fallible;
use crate::http::{Connection, request};
use crate::lab::Lab;
use crate::oauth::ISSUER;
use crate::paced;
use crate::report::{Row, Target};
use crate::service::Installation;
use crate::statistics::percentile;

const REDIRECT_URI: &str = "https://client.example/callback";

/// Requests a second: far fewer than the service could answer.
const OFFERED: u32 = 100;

pub(crate) fn sign_in(lab: &Lab) -> Fallible<Vec<Row>> {
    let installation = Installation::new(&lab.folder("page-sign-in")?, None, &[ISSUER])?;
    let service = installation.serve()?;
    let organization = installation.populate(&service)?.organization;
    let client = installation.add_client(organization, &["--redirect-uri", REDIRECT_URI])?;
    let begin = format!(
        "/oauth/authorize?response_type=code&client_id={}&redirect_uri={REDIRECT_URI}&scope=read",
        client.id
    );
    let mut connection = Connection::open(service.server.address)?;
    let answer = connection.call(&request("GET", &begin, "", ""))?;
    let page = answer.header("location").ok_or("no redirect")?;
    let page = page.strip_prefix(ISSUER.1).unwrap_or(page);
    let cookie = answer.header("set-cookie").ok_or("no cookie")?;
    let cookie = cookie.split(';').next().unwrap_or_default();
    let shown = format!("GET {page} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n");
    let answer = connection.call(&shown)?.ok()?;
    if !answer.text().contains(r#"name="password""#) {
        return Err(format!("not the sign-in page: {}", answer.text()).into());
    }
    let address = service.server.address;
    let mut p50s = Vec::new();
    for _ in 0..lab.arguments.rounds {
        let mut latencies = paced::latencies(address, &shown, OFFERED, lab.arguments.time)?;
        p50s.push(percentile(&mut latencies, 0.5));
    }
    let all: Vec<String> = p50s.iter().map(|time| format!("{time:.2}")).collect();
    Ok(vec![Row::plain(
        &format!("the sign-in page, {OFFERED}/s, p50"),
        "ms",
        percentile(&mut p50s, 0.5),
        Target::AtMost(10.0),
        format!("rounds {}", all.join(" ")),
    )])
}
