//! Access tokens that clients get for themselves, with the durable ledger: compared with
//! `oidc-provider`, which stores nothing, and with the signatures alone.

use std::hint::black_box;
use std::time::{Duration, Instant};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustix::time::{ClockId, clock_gettime};

use crate::Fallible;
use crate::generator::{Bodies, Load};
use crate::lab::{Lab, Sample, Skipped};
use crate::oauth::{CLIENT_CREDENTIALS, ISSUER, OAuthClient, TOKEN};
use crate::oidc_provider::{self, OidcProvider};
use crate::process::cores;
use crate::report::{Row, Target};
use crate::service::{Installation, Service};
use crate::threads::threads;

use super::CONNECTIONS;

/// A served installation, and a client whose tokens are signed with an algorithm.
struct Side {
    service: Service,
    client: OAuthClient,
}

impl Side {
    fn new(lab: &Lab, name: &str, database: Option<String>, algorithm: &str) -> Fallible<Self> {
        let installation = Installation::new(&lab.folder(name)?, database, &[ISSUER])?;
        let service = installation.serve()?;
        let organization = installation.populate(&service)?.organization;
        let options = ["--grant", "client_credentials", "--algorithm", algorithm];
        let client = installation.add_client(organization, &options)?;
        service.access_tokens(&client, 1)?;
        Ok(Self { service, client })
    }

    fn measure(&self, lab: &Lab) -> Fallible<Sample> {
        let load = Load {
            path: TOKEN,
            sender: self.client.sender(),
            bodies: Bodies::Same(CLIENT_CREDENTIALS.to_owned()),
            connections: CONNECTIONS,
            time: lab.arguments.time,
        };
        lab.measure(&self.service.server, &load)
    }
}

pub(crate) fn es256_sqlite(lab: &Lab) -> Fallible<Vec<Row>> {
    let side = Side::new(lab, "client-credentials-es256", None, "ES256")?;
    against_oidc_provider(lab, &side, "SQLite")
}

pub(crate) fn es256_postgres(lab: &Lab) -> Fallible<Vec<Row>> {
    const DATABASE: &str = "client_credentials";
    let cluster = lab.postgres()?;
    cluster.create_database(DATABASE, None);
    let name = "client-credentials-es256-postgres";
    let side = Side::new(lab, name, Some(cluster.url(DATABASE)), "ES256")?;
    against_oidc_provider(lab, &side, "PostgreSQL")
}

fn against_oidc_provider(lab: &Lab, side: &Side, database: &str) -> Fallible<Vec<Row>> {
    let other = OidcProvider::start(lab, 0)?;
    other.call(oidc_provider::TOKEN, oidc_provider::CLIENT_CREDENTIALS)?;
    let load = Load {
        path: oidc_provider::TOKEN,
        sender: other.client.sender(),
        bodies: Bodies::Same(oidc_provider::CLIENT_CREDENTIALS.to_owned()),
        connections: CONNECTIONS,
        time: lab.arguments.time,
    };
    let rates = lab.in_turn(
        |_| Ok(side.measure(lab)?.per_second),
        |_| Ok(lab.measure(&other.server, &load)?.per_second),
    )?;
    let what = format!("client_credentials, ES256, durable ledger, {database}");
    let target = Target::AtLeast(8.0);
    let against = "oidc-provider, nothing stored";
    Ok(vec![Row::ratio(&what, "1/s", &rates, against, target)])
}

pub(crate) fn rs256(lab: &Lab) -> Fallible<Vec<Row>> {
    let side = Side::new(lab, "client-credentials-rs256", None, "RS256")?;
    let pair = KeyPair::generate(KeySize::Rsa2048)?.as_der()?;
    let pair = RsaKeyPair::from_pkcs8(pair.as_ref())?;
    let micros = lab.in_turn(
        |_| {
            let micros = side.measure(lab)?.cpu_micros;
            Ok(micros.ok_or(Skipped("no /proc to read processor time from".into()))?)
        },
        |_| micros_of_a_signature(&pair, lab.arguments.time),
    )?;
    Ok(vec![Row::ratio(
        "client_credentials, RS256, durable ledger, server CPU a token",
        "µs",
        &micros,
        "CPU of an RS256 signature",
        Target::AtMost(1.15),
    )])
}

/// Returns the processor time of one signature while every core signs.
fn micros_of_a_signature(pair: &RsaKeyPair, time: Duration) -> Fallible<f64> {
    let message = [b'm'; 600];
    let spent = threads(cores(), |_| {
        let random = SystemRandom::new();
        let mut signature = vec![0; pair.public_modulus_len()];
        let (begun, before) = (Instant::now(), clock_gettime(ClockId::ThreadCPUTime));
        let mut count = 0.0;
        while begun.elapsed() < time {
            pair.sign(&RSA_PKCS1_SHA256, &random, &message, &mut signature)?;
            black_box(&signature);
            count += 1.0;
        }
        let spent = clock_gettime(ClockId::ThreadCPUTime) - before;
        Ok((Duration::try_from(spent)?.as_secs_f64(), count))
    })?;
    let (seconds, count) = spent
        .iter()
        .fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    Ok(seconds * 1e6 / count)
}
