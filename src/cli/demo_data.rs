//! What `lanyard dev` puts into a new demo organization, so that each page of the console has
//! something to show: operators, tokens of different ages, an API key, acts in the audit log, and a month of
//! counters. It is made once; nothing of it is a credential that anybody has.

use std::sync::Arc;
use std::time::Duration;

use super::demo::Demo;
use super::demo_usage;
use super::output::Failure;
use crate::api_key::manage as keys;
use crate::api_key::manage::{Members, NewKey};
use crate::app::App;
use crate::audit::Origin;
use crate::base::{OperatorId, Timestamp, TokenId};
use crate::grant;
use crate::ledger::{self, Issued};
use crate::operator::{self, Change, NewOperator, OperatorStatus, Profile};
use crate::revocation;
use crate::token::{Claims, TokenUse};

/// The operators: name, external id, email, role.
const OPERATORS: [(&str, &str, &str, &str); 6] = [
    ("Olga Petrova", "agent-1001", "olga@demo.example", "agent"),
    ("Nguyễn Văn An", "agent-1002", "an@demo.example", "agent"),
    ("王小明", "agent-1003", "xiaoming@demo.example", "agent"),
    ("Fatima Zahra", "agent-1004", "fatima@demo.example", "agent"),
    ("Lars Sørensen", "lead-2001", "lars@demo.example", "admin"),
    ("Ana Souza", "agent-1005", "ana@demo.example", "agent"),
];

/// How long ago each operator token was issued, and last used if it was (minutes).
const TOKENS: [(u64, Option<u64>); 8] = [
    (3, Some(1)),
    (25, Some(2)),
    (70, Some(12)),
    (190, Some(15)),
    (260, None),
    (480, Some(220)),
    (700, Some(31)),
    (1_150, Some(600)),
];

/// The same for the company tokens, in days.
const COMPANY_TOKENS: [(u64, Option<u64>); 2] = [(12, Some(0)), (64, None)];

/// Fills a demo organization that was made just now.
pub(super) fn fill(app: &Arc<App>, demo: &Demo, now: Timestamp) -> Result<(), Failure> {
    let origin = Origin::command_line();
    let operators = operators(app, demo, &origin, now)?;
    let tokens = tokens(app, demo, &operators, now)?;
    api_key(app, demo, &origin, now)?;
    if let Some(last) = tokens.last() {
        grant::manage::revoke_token_from_cli(&app.db, last, &origin, now).map_err(Failure::new)?;
    }
    if let Some(last) = operators.last() {
        let change = Change {
            active: Some(false),
            ..Change::default()
        };
        revocation::commit_from_cli(&app.db, |conn| {
            operator::change(conn, demo.organization, *last, change, &origin, now)
        })
        .map_err(Failure::new)?;
    }
    demo_usage::fill(&app.db, demo.organization, now)?;
    Ok(())
}

fn operators(
    app: &App,
    demo: &Demo,
    origin: &Origin,
    now: Timestamp,
) -> Result<Vec<OperatorId>, Failure> {
    let mut ids = vec![demo.operator];
    for (name, external_id, email, role) in OPERATORS {
        let profile = Profile {
            name: name.to_owned(),
            external_id: Some(external_id.to_owned()),
            email: Some(email.to_owned()),
            role: Some(role.to_owned()),
            ..Profile::default()
        };
        let new = NewOperator {
            profile,
            password: None,
            status: OperatorStatus::Active,
        };
        let added = app
            .db
            .write_blocking(|conn| operator::add(conn, demo.organization, new, origin, now))
            .map_err(Failure::new)?;
        ids.push(added.id);
    }
    Ok(ids)
}

/// Writes lines of tokens that nobody has. Returns the operator tokens.
fn tokens(
    app: &App,
    demo: &Demo,
    operators: &[OperatorId],
    now: Timestamp,
) -> Result<Vec<Claims>, Failure> {
    let claims = |issued_at: Timestamp, token_use| Claims {
        jti: TokenId::generate(issued_at),
        organization: demo.organization,
        rev: app.nodes.feed.applied(),
        issued_at: issued_at.whole_second(),
        token_use,
    };
    let (mut all, mut used) = (Vec::new(), Vec::new());
    for (days, last_use) in COMPANY_TOKENS {
        let issued_at = now.minus(Duration::from_hours(24 * days));
        all.push(claims(issued_at, TokenUse::Company { expires_at: None }));
        used.push(last_use.map(|days| now.minus(Duration::from_hours(24 * days))));
    }
    let parent = all.first().map_or(TokenId([0; 16]), |first| first.jti);
    for ((minutes, last_use), operator) in TOKENS.into_iter().zip(operators.iter().cycle()) {
        let issued_at = now.minus(Duration::from_mins(minutes));
        let token_use = TokenUse::Operator {
            operator: *operator,
            parent,
            expires_at: issued_at.whole_second().plus(Duration::from_hours(24)),
        };
        all.push(claims(issued_at, token_use));
        used.push(last_use.map(|minutes| now.minus(Duration::from_mins(minutes))));
    }
    let kid = app.tokens.issuer.active_key();
    let line = |claims: &Claims| Issued {
        claims: *claims,
        kid: Some(kid),
        client: None,
        subject: None,
        address: Some([127, 0, 0, 1].into()),
    };
    let lines: Vec<_> = all.iter().map(line).collect();
    app.db
        .write_blocking(|conn| ledger::insert(conn, &lines))
        .map_err(Failure::new)?;
    for (claims, at) in all.iter().zip(used) {
        if let Some(at) = at {
            app.tokens.uses.note(claims, at);
        }
    }
    Ok(all.split_off(COMPANY_TOKENS.len()))
}

fn api_key(app: &App, demo: &Demo, origin: &Origin, now: Timestamp) -> Result<(), Failure> {
    let wanted = NewKey {
        members: Members {
            name: Some("Reports".to_owned()),
            scopes: Some(vec!["read".to_owned()]),
            expires_at: Some(Some(now.plus(Duration::from_hours(24 * 20)).whole_second())),
            ..Members::default()
        },
        environment: None,
        prefix: None,
        operator: None,
        signing: false,
    };
    app.db
        .write_blocking(|conn| keys::create(conn, None, demo.organization, &wanted, origin, now))
        .map_err(Failure::new)?;
    Ok(())
}
