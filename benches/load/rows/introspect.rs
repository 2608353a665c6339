//! Introspection of many tokens by a confidential client, compared with the baseline and with
//! `oidc-provider`.

use std::path::PathBuf;

use crate::Fallible;
use crate::baseline;
use crate::generator::{Bodies, Load};
use crate::http::Answer;
use crate::lab::{Lab, Sample};
use crate::oauth::{self, INTROSPECT, ISSUER, OAuthClient, introspect_body};
use crate::oidc_provider::{self, OidcProvider};
use crate::report::{Row, Target};
use crate::service::{Installation, Service};
use crate::tokens;

use super::{CONNECTIONS, good, throughput};

const TOKENS_IN_TURN: usize = 10_000;

/// A served installation, and tokens of a client that introspects them.
struct Side {
    service: Service,
    client: OAuthClient,
    bodies: PathBuf,
    answer: Answer,
}

impl Side {
    fn new(lab: &Lab, name: &str, format: &str) -> Fallible<Self> {
        let folder = lab.folder(name)?;
        let installation = Installation::new(&folder, None, &[ISSUER])?;
        let service = installation.serve()?;
        let organization = installation.populate(&service)?.organization;
        let options = ["--grant", "client_credentials", "--token-format", format];
        let client = installation.add_client(organization, &options)?;
        let tokens = service.access_tokens(&client, TOKENS_IN_TURN)?;
        let answer = service.introspect(&client, tokens.first().ok_or("no tokens")?)?;
        service.introspect_each(&client, &tokens)?;
        let bodies = tokens::write_bodies_of(&folder, "bodies", &tokens, 1, introspect_body)?;
        Ok(Self {
            service,
            client,
            bodies: bodies.into_iter().next().ok_or("no bodies")?,
            answer,
        })
    }

    fn load(&self, lab: &Lab) -> Load<'_> {
        Load {
            path: INTROSPECT,
            sender: self.client.sender(),
            bodies: Bodies::InTurn(self.bodies.clone()),
            connections: CONNECTIONS,
            time: lab.arguments.time,
        }
    }

    fn measure(&self, lab: &Lab) -> Fallible<Sample> {
        let sample = lab.measure(&self.service.server, &self.load(lab))?;
        good(&self.answer, sample)
    }
}

pub(crate) fn jwt(lab: &Lab) -> Fallible<Vec<Row>> {
    let side = Side::new(lab, "introspect-jwt", "jwt")?;
    against_baseline(lab, &side, "introspect, 10 000 JWTs in turn")
}

pub(crate) fn opaque(lab: &Lab) -> Fallible<Vec<Row>> {
    let side = Side::new(lab, "introspect-opaque", "opaque")?;
    against_baseline(lab, &side, "introspect, 10 000 opaque tokens in turn")
}

fn against_baseline(lab: &Lab, side: &Side, what: &str) -> Fallible<Vec<Row>> {
    let baseline = baseline::start_introspection(&side.answer)?;
    let load = side.load(lab);
    let samples = lab.in_turn(|_| side.measure(lab), |_| lab.measure(&baseline, &load))?;
    Ok(vec![throughput(what, &samples, 0.60)])
}

/// `oidc-provider` introspects opaque tokens only, so both formats are compared with these.
pub(crate) fn against_oidc_provider(lab: &Lab) -> Fallible<Vec<Row>> {
    let other = OidcProvider::start(lab, TOKENS_IN_TURN)?;
    let tokens: Vec<_> = (0..TOKENS_IN_TURN).map(oidc_provider::token).collect();
    let first = introspect_body(tokens.first().ok_or("no tokens")?);
    let answer = oauth::active(other.call(oidc_provider::INTROSPECT, &first)?)?;
    let folder = lab.folder("introspect-oidc-provider")?;
    let bodies = tokens::write_bodies_of(&folder, "bodies", &tokens, 1, introspect_body)?;
    let load = Load {
        path: oidc_provider::INTROSPECT,
        sender: other.client.sender(),
        bodies: Bodies::InTurn(bodies.into_iter().next().ok_or("no bodies")?),
        connections: CONNECTIONS,
        time: lab.arguments.time,
    };
    let jwt = Side::new(lab, "introspect-jwt-beside", "jwt")?;
    let opaque = Side::new(lab, "introspect-opaque-beside", "opaque")?;
    let rate = |sample: Sample| sample.per_second;
    let rounds = lab.rotated([
        &|| jwt.measure(lab).map(rate),
        &|| opaque.measure(lab).map(rate),
        &|| good(&answer, lab.measure(&other.server, &load)?).map(rate),
    ])?;
    let pairs = |of: fn(&[f64; 3]) -> f64| -> Vec<(f64, f64)> {
        rounds.iter().map(|round| (of(round), round[2])).collect()
    };
    let row = |what: &str, pairs: &[(f64, f64)]| {
        let target = Target::AtLeast(10.0);
        Row::ratio(what, "1/s", pairs, "oidc-provider, opaque", target)
    };
    Ok(vec![
        row("introspect, 10 000 JWTs in turn", &pairs(|round| round[0])),
        row(
            "introspect, 10 000 opaque tokens in turn",
            &pairs(|round| round[1]),
        ),
    ])
}
