//! Changing a company token by its id: its label, and its end, which only comes nearer. Tokens that are
//! derived from it stay valid.

use crate::app::App;
use crate::audit::{self, Action, Event, Origin};
use crate::base::{OrganizationId, Timestamp, TokenId};
use crate::db::{Conn, Db, Error, serialize_writes};
use crate::feed::{self, Entry, Fact, Needed};
use crate::ledger::{self, Label, Record};
use crate::revocation::{self, Receipt};
use crate::token::Kind;

/// What to change. `None` leaves a member as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// What people call the token; `Some(None)` takes its label away.
    pub label: Option<Option<Label>>,
    /// The label that the caller has read. If the token has another one, nothing is changed. `None` if
    /// the label is changed whatever it is.
    pub label_was: Option<Option<String>>,
    /// When the token ends. An instant that has passed ends it now.
    pub ends_at: Option<Timestamp>,
}

/// Why a company token was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The organization has no such company token.
    #[error("there is no company token with this id")]
    Unknown,
    /// It has another label than the caller has read.
    #[error("the label was changed meanwhile; read it again")]
    LabelChanged,
    /// It ends before the instant that the caller wants.
    #[error("the token ends at {0}; its end can only be brought forward")]
    Later(Timestamp),
    /// It is revoked, and so has no end to bring forward.
    #[error("the token is revoked")]
    Revoked,
    /// The database failed.
    #[error("{0}")]
    Database(Error),
}

impl From<Error> for ChangeError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// Returns the new end of a token that now ends at `known`; `None` if it keeps its end.
///
/// # Errors
/// Returns the present end if that is before the wanted one.
fn sooner(
    known: Option<Timestamp>,
    wanted: Timestamp,
    now: Timestamp,
) -> Result<Option<Timestamp>, Timestamp> {
    let end = wanted.max(now).whole_second();
    match known {
        // It has ended, whenever that should have been.
        Some(known) if known <= now => Ok(None),
        Some(known) if known < end => Err(known),
        Some(known) if known == end => Ok(None),
        _ => Ok(Some(end)),
    }
}

/// Changes a company token. Returns the changed record. If `ends_at` is given, also returns the
/// receipt, once every node has applied the end.
///
/// # Errors
/// Returns the [`ChangeError`].
pub async fn change(
    app: &App,
    which: (OrganizationId, TokenId),
    change: Change,
    origin: Origin,
) -> Result<(Record, Option<Receipt>), ChangeError> {
    let (takes_away, now) = (change.ends_at.is_some(), app.clock.now());
    let feed = app.nodes.feed.clone();
    let write = move |conn: &mut Conn| write(conn, which, &change, &origin, now);
    let (record, written) = revocation::commit_here(&app.db, feed.clone(), write).await?;
    let receipt = if takes_away {
        Some(revocation::settle(&app.db, &feed, written).await?)
    } else {
        None
    };
    Ok((record, receipt))
}

/// Does the same as [`change`], for a process that is not a node. The token may be of any
/// organization.
///
/// # Errors
/// Returns the [`ChangeError`].
pub fn change_from_cli(
    db: &Db,
    jti: TokenId,
    change: &Change,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Record, Option<Receipt>), ChangeError> {
    let found = db.read_blocking(|conn| ledger::find_anywhere(conn, jti))?;
    let organization = found.ok_or(ChangeError::Unknown)?.line.claims.organization;
    let takes_away = |_: &Record| change.ends_at.is_some();
    revocation::enforce_from_cli(db, takes_away, |conn| {
        write(conn, (organization, jti), change, origin, now)
    })
}

fn write(
    conn: &mut Conn,
    which: (OrganizationId, TokenId),
    change: &Change,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Record, Vec<Entry>), ChangeError> {
    // Rotations take the same lock, so the record does not change meanwhile.
    serialize_writes(conn, "organizations")?;
    let (organization, jti) = which;
    let find = |conn: &mut Conn| {
        let found = ledger::find(conn, organization, jti)?;
        let found = found.filter(|record| record.line.claims.kind() == Kind::Company);
        found.ok_or(ChangeError::Unknown)
    };
    let record = find(conn)?;
    let event = |action| {
        Event::of(origin, action, now, organization).target(format!("company-token:{jti}"))
    };
    if change
        .label_was
        .as_ref()
        .is_some_and(|was| *was != record.line.label)
    {
        return Err(ChangeError::LabelChanged);
    }
    if let Some(label) = &change.label
        && label.as_ref().map(Label::as_str) != record.line.label.as_deref()
    {
        ledger::label(conn, which, label.as_ref())?;
        let detail = match label {
            Some(label) => format!("label {label}"),
            None => "no label".to_owned(),
        };
        audit::record(conn, &event(Action::CompanyTokenLabelled).detail(detail))?;
    }
    let mut entries = Vec::new();
    if let Some(wanted) = change.ends_at {
        let claims = record.line.claims;
        let known = claims.expires_at().into_iter().chain(record.line.ends_at);
        if let Some(end) = sooner(known.min(), wanted, now).map_err(ChangeError::Later)? {
            ledger::end(conn, organization, jti, end)?;
            let fact = Fact::company_token_ends(jti, end, now);
            let needed = Needed::until_the_end_of(&claims);
            let entry = feed::append(conn, organization, fact, now, needed)?;
            // The entry locks the head of the feed, so no revocation commits between this check and
            // the commit.
            if feed::revoking_entry(conn, &claims)?.is_some() {
                return Err(ChangeError::Revoked);
            }
            let event = event(Action::CompanyTokenRetired).detail(format!("ends at {end}"));
            audit::record(conn, &event.entry(entry.seq))?;
            entries.push(entry);
        }
    }
    Ok((find(conn)?, entries))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_end_never_moves_back_and_is_never_in_the_future_of_what_was_asked(
            known in prop::option::of(0i64..200), wanted in 0i64..200_000_000, now in 0i64..200_000_000,
        ) {
            let known = known.map(Timestamp::from_seconds);
            let (wanted, now) = (Timestamp::from_micros(wanted), Timestamp::from_micros(now));
            match sooner(known, wanted, now) {
                Ok(Some(end)) => {
                    prop_assert!(known.is_none_or(|known| end < known && known > now));
                    prop_assert!(end <= wanted.max(now));
                    prop_assert_eq!(end, end.whole_second());
                }
                Ok(None) => prop_assert!(known.is_some()),
                Err(end) => prop_assert!(Some(end) == known && end > now && end < wanted),
            }
        }
    }
}
