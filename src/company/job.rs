//! The job of rotation. It writes to the audit log, once, that a company token is due. Where an
//! organization enforces rotation, it gives an end to tokens that were not rotated. It may run on
//! several nodes at once, and late.

use std::time::Duration;

use crate::audit::{self, Action, Event, Origin};
use crate::base::{OrganizationId, Timestamp, TokenId};
use crate::config::CompanyTokens;
use crate::db::{Conn, Db, Error, Result, serialize_writes};
use crate::feed::{self, Entry, Fact, Feed, Needed};
use crate::ledger::{self, Record, Unrotated};
use crate::organization::{self, Organization, OrganizationStatus, Terms};
use crate::outbox;

/// The name of the job.
pub const NAME: &str = "attend_company_tokens";

/// How often it runs.
pub const EVERY: Duration = Duration::from_mins(5);

/// How long before the end of a token its entry is written to the feed: late enough for the
/// organization to rotate or to change its terms, early enough for every node to apply the entry.
const AHEAD: Duration = Duration::from_hours(1);

/// The largest number of organizations that are read at once.
const ORGANIZATIONS: i64 = 500;

/// The largest number of company tokens that one transaction handles.
const TOKENS: i64 = 200;

/// What the job has to do about a company token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Task {
    /// Whether the token is due and the audit log does not say so yet.
    report: bool,
    /// The end to be written to the feed now; `None` if there is none to write, or if the token ends
    /// by then anyway.
    end: Option<Timestamp>,
}

impl Task {
    /// Returns what the job has to do at `now` about a token that was not rotated; `None` if
    /// nothing.
    fn of(record: &Record, terms: &Terms, now: Timestamp) -> Option<Self> {
        let issued_at = record.line.claims.issued_at;
        let task = Self {
            report: record.due_reported_at.is_none() && terms.due(issued_at) <= now,
            end: terms
                .end_unless_rotated(issued_at)
                .filter(|end| *end <= now.plus(AHEAD))
                .filter(|end| record.line.ends_at.is_none_or(|known| *end < known)),
        };
        (task.report || task.end.is_some()).then_some(task)
    }
}

/// Reports the company tokens that are due, and writes the ends of those that were not rotated, for
/// every organization. Returns the number of tokens that it handled.
///
/// # Errors
/// Returns the errors of the database; the next run continues.
pub fn attend(db: &Db, feed: &Feed, defaults: &CompanyTokens, now: Timestamp) -> Result<usize> {
    let mut after = OrganizationId(0);
    let mut done = 0;
    loop {
        let page = organization::list(db, after, ORGANIZATIONS)?;
        let Some(last) = page.last() else {
            return Ok(done);
        };
        after = last.id;
        for organization in &page {
            // All tokens of a suspended organization are revoked.
            if organization.status == OrganizationStatus::Active {
                done += attend_to(db, feed, organization, defaults, now)?;
            }
        }
    }
}

fn attend_to(
    db: &Db,
    feed: &Feed,
    organization: &Organization,
    defaults: &CompanyTokens,
    now: Timestamp,
) -> Result<usize> {
    let terms = organization.policy.terms(defaults);
    let mut which = Unrotated {
        organization: organization.id,
        issued_by: now.plus(AHEAD).minus(terms.period),
        after: None,
        limit: TOKENS,
    };
    let mut done = 0;
    loop {
        let records = db.read_blocking(|conn| ledger::unrotated(conn, &which, now))?;
        let Some(last) = records.last() else {
            return Ok(done);
        };
        which.after = Some((last.line.claims.issued_at, last.line.claims.jti));
        let due: Vec<_> = records
            .iter()
            .filter(|record| Task::of(record, &terms, now).is_some())
            .map(|record| record.line.claims)
            .filter(|claims| !feed.index().revokes(claims))
            .map(|claims| claims.jti)
            .collect();
        if due.is_empty() {
            continue;
        }
        let entries = db.write_blocking(|conn| {
            // Rotations and changes of the policy take the same lock, so the records below do not
            // change meanwhile.
            serialize_writes(conn, "organizations")?;
            let Some(organization) = organization::find(conn, organization.id)? else {
                return Ok::<_, Error>(Vec::new());
            };
            let terms = organization.policy.terms(defaults);
            let mut entries = Vec::new();
            for jti in &due {
                entries.extend(write(conn, organization.id, *jti, &terms, now)?);
            }
            Ok(entries)
        })?;
        done += due.len();
        for entry in &entries {
            feed.apply_own(entry);
        }
    }
}

/// Does what is still to be done about a token. Returns the entry that ends the token; `None` if no
/// entry was written.
fn write(
    conn: &mut Conn,
    organization: OrganizationId,
    jti: TokenId,
    terms: &Terms,
    now: Timestamp,
) -> Result<Option<Entry>> {
    let Some(record) = ledger::find(conn, organization, jti)? else {
        return Ok(None);
    };
    // The token was rotated or has ended meanwhile.
    let has_ended = record.line.ends_at.is_some_and(|end| end <= now);
    if record.line.handover.is_some() || has_ended {
        return Ok(None);
    }
    let Some(task) = Task::of(&record, terms, now) else {
        return Ok(None);
    };
    let claims = record.line.claims;
    let origin = Origin::system();
    let event = |action, detail: String| {
        Event::of(&origin, action, now, organization)
            .target(format!("company-token:{jti}"))
            .detail(detail)
    };
    if task.report {
        let due = terms.due(claims.issued_at);
        let detail = match terms.end_unless_rotated(claims.issued_at) {
            Some(end) => format!("due since {due}, ends at {end} unless it is rotated"),
            None => format!("due since {due}"),
        };
        audit::record(conn, &event(Action::RotationDue, detail))?;
        let own = claims.expires_at().into_iter().chain(record.line.ends_at);
        let unless_rotated = terms.end_unless_rotated(claims.issued_at);
        let message = outbox::Event::TokenRotationDue {
            jti,
            due_at: due,
            ends_at: own.chain(unless_rotated).min(),
        };
        outbox::emit(conn, organization, &message, now)?;
        ledger::report_due(conn, organization, jti, now)?;
    }
    let Some(end) = task.end else {
        return Ok(None);
    };
    ledger::end(conn, organization, jti, end)?;
    let fact = Fact::company_token_ends(jti, end, now);
    let entry = feed::append(
        conn,
        organization,
        fact,
        now,
        Needed::until_the_end_of(&claims),
    )?;
    let detail = format!("was not rotated, ends at {end}");
    let event = event(Action::RotationEnforced, detail).entry(entry.seq);
    audit::record(conn, &event)?;
    Ok(Some(entry))
}
