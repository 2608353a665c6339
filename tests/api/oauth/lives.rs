//! What is stored lives as long as it is needed, and no longer.

use diesel::prelude::*;
use lanyard::access::ScopeSet;
use lanyard::base::{Digest, OperatorId, OrganizationId, Sequence, TokenId};
use lanyard::db::schema::{
    browser_sessions, codes, consents, grants, ledger, opaque_tokens, page_requests, refresh_tokens,
};
use lanyard::db::{Conn, Result};
use lanyard::grant::store::remember_consent;
use lanyard::jobs::SERVICE;
use lanyard::token::Kind;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use super::world::{client, error, form, organization, tokens};
use crate::support::{Server, on_both};

const DAY: u64 = 86_400;

fn rows(server: &Server) -> [i64; 6] {
    let count = |conn: &mut Conn| -> Result<[i64; 6]> {
        Ok([
            codes::table.count().get_result(conn)?,
            grants::table.count().get_result(conn)?,
            refresh_tokens::table.count().get_result(conn)?,
            opaque_tokens::table.count().get_result(conn)?,
            consents::table.count().get_result(conn)?,
            ledger::table
                .filter(ledger::kind.eq_any(Kind::OF_A_CLIENT))
                .count()
                .get_result(conn)?,
        ])
    };
    server.app.db.read_blocking(count).unwrap()
}

/// Runs the purges as the node on duty does.
fn sweep(server: &Server) {
    server.count_uptime();
    for job in SERVICE.iter().filter(|job| job.name.starts_with("purge_")) {
        (job.run)(&server.app, server.app.clock.now()).unwrap();
    }
}

on_both!(
    after_its_longest_life_nothing_is_left_of_a_grant,
    "ledger.retention=1d"
);
fn after_its_longest_life_nothing_is_left_of_a_grant(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let life = json!({"refreshTokenSeconds": 2 * DAY, "accessTokenSeconds": DAY});
    let mut opaque = life.clone();
    opaque["tokenFormat"] = json!("opaque");
    for members in [life, opaque] {
        let shop = client(server, &acme, &members);
        let code = shop.code(lan, "read");
        shop.code(lan, "read");
        let (_, first) = tokens(&shop.redeem(&code));
        let mut refresh = tokens(&shop.refresh(&first)).1;
        // It is refreshed for ten days; what it has used up is forgotten by and by.
        for _ in 0..10 {
            server.run(DAY);
            sweep(server);
            refresh = tokens(&shop.refresh(&refresh)).1;
        }
        let kept = rows(server);
        assert_eq!(kept[1], 1);
        assert!(kept[2] <= 6, "{kept:?}");
        // The code is still recognized, and its replay revokes the grant.
        assert!(shop.is_active(&refresh));
        assert_eq!(error(&shop.redeem(&code)).0, 400);
        assert!(!shop.is_active(&refresh));
        for _ in 0..6 {
            server.run(DAY);
        }
        sweep(server);
        sweep(server);
        assert_eq!(rows(server), [0; 6]);
    }
}

/// A step of a story of grants.
#[derive(Debug, Clone)]
enum Step {
    /// A code of a client, with a consent.
    Code(usize),
    /// A redemption of a code, for the first time or again.
    Redeem(usize),
    /// A use of a refresh token, for the first time or again.
    Refresh(usize),
    /// A revocation of a refresh token.
    Revoke(usize),
    /// An access token of a client itself.
    Own(usize),
    /// A browser that begins a request, and one that has signed in.
    Browser,
    /// Hours pass.
    Wait(u64),
    /// The jobs run.
    Sweep,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0usize..4).prop_map(Step::Code),
        6 => (0usize..64).prop_map(Step::Redeem),
        6 => (0usize..64).prop_map(Step::Refresh),
        1 => (0usize..64).prop_map(Step::Revoke),
        2 => (0usize..4).prop_map(Step::Own),
        1 => Just(Step::Browser),
        3 => (1u64..40).prop_map(Step::Wait),
        1 => Just(Step::Sweep),
    ];
    prop::collection::vec(step, 1..30)
}

fn browser_rows(server: &Server) -> [i64; 2] {
    let count = |conn: &mut Conn| -> Result<[i64; 2]> {
        Ok([
            browser_sessions::table.count().get_result(conn)?,
            page_requests::table.count().get_result(conn)?,
        ])
    };
    server.app.db.read_blocking(count).unwrap()
}

/// Stores a session that has just begun.
fn sign_in(server: &Server, operator: i64) {
    let now = server.app.clock.now();
    let insert = |conn: &mut Conn| -> Result<()> {
        diesel::insert_into(browser_sessions::table)
            .values((
                browser_sessions::digest.eq(Digest::of(&TokenId::generate(now).to_string())),
                browser_sessions::sid.eq(TokenId::generate(now)),
                browser_sessions::organization_id.eq(OrganizationId(1)),
                browser_sessions::operator_id.eq(OperatorId(operator)),
                browser_sessions::rev.eq(Sequence(0)),
                browser_sessions::state.eq("signed_in"),
                browser_sessions::amr.eq("pwd"),
                browser_sessions::signed_in_at.eq(now),
                browser_sessions::last_seen_at.eq(now),
            ))
            .execute(conn)?;
        Ok(())
    };
    server.app.db.write_blocking(insert).unwrap();
}

/// The days after which nothing is left: the longest life and the ledger's retention, and the two
/// days in which a token of whole days is kept because clocks may be wrong.
const LONGEST: u64 = 2 + 1 + 2;

on_both!(
    whatever_happens_to_grants_nothing_is_left_of_them,
    "ledger.retention=1d"
);
fn whatever_happens_to_grants_nothing_is_left_of_them(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let grants = ["authorization_code", "refresh_token", "client_credentials"];
    let clients = [
        json!({"accessTokenSeconds": 60, "refreshTokenSeconds": 3_600}),
        json!({"accessTokenSeconds": DAY, "refreshTokenSeconds": 2 * DAY}),
        json!({"accessTokenSeconds": 2 * DAY, "refreshTokenSeconds": 60, "tokenFormat": "opaque"}),
        json!({"accessTokenSeconds": 3_600, "refreshTokenSeconds": DAY, "tokenFormat": "opaque",
            "refreshRetry": "until-used"}),
    ];
    let clients = clients.map(|mut members| {
        members["grants"] = json!(grants);
        client(server, &acme, &members)
    });
    let config = Config {
        cases: 8,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let story = |steps: Vec<Step>| {
        let (mut codes, mut refreshes) = (Vec::new(), Vec::new());
        for step in steps {
            match step {
                Step::Code(index) => {
                    let shop = &clients[index];
                    let now = server.app.clock.now();
                    let (id, scopes) = (shop.id.parse().unwrap(), ScopeSet::parse("read").unwrap());
                    let remember = |conn: &mut Conn| {
                        let acme = OrganizationId(acme.id);
                        remember_consent(conn, acme, &id, OperatorId(lan), &scopes, now)
                    };
                    server.app.db.write_blocking(remember).unwrap();
                    codes.push((index, shop.code(lan, "read")));
                }
                Step::Redeem(which) if !codes.is_empty() => {
                    let (index, code) = &codes[which % codes.len()];
                    let answer = clients[*index].redeem(code);
                    if answer.status == 200 {
                        refreshes.push((*index, tokens(&answer).1));
                    }
                }
                Step::Refresh(which) if !refreshes.is_empty() => {
                    let (index, refresh) = refreshes[which % refreshes.len()].clone();
                    let answer = clients[index].refresh(&refresh);
                    if answer.status == 200 {
                        refreshes.push((index, tokens(&answer).1));
                    }
                }
                Step::Revoke(which) if !refreshes.is_empty() => {
                    let (index, refresh) = refreshes[which % refreshes.len()].clone();
                    clients[index].post("/oauth/revoke", &[("token", &refresh)]);
                }
                Step::Redeem(_) | Step::Refresh(_) | Step::Revoke(_) => {}
                Step::Own(index) => {
                    let grant = [("grant_type", "client_credentials")];
                    clients[index].token(&grant).with_status(200);
                }
                Step::Browser => {
                    sign_in(server, lan);
                    let fields = [
                        ("response_type", "code"),
                        ("client_id", clients[0].id.as_str()),
                    ];
                    let path = format!("/oauth/authorize?{}", form(&fields));
                    server.get(&path).send().with_status(303);
                }
                Step::Wait(hours) => server.run(hours * 3_600),
                Step::Sweep => sweep(server),
            }
        }
        for _ in 0..LONGEST {
            server.run(DAY);
        }
        sweep(server);
        prop_assert_eq!(rows(server), [0; 6]);
        prop_assert_eq!(browser_rows(server), [0; 2]);
        Ok(())
    };
    runner.run(&steps(), story).unwrap();
}
