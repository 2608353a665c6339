//! Rotating a company token: a successor for it, and an end.
//!
//! The presented token counts until the grace is over, and what derives from it stays. Asking again while it counts yields the
//! same successor, signed again: the ledger has its claims, and nobody has its text.

use super::{Known, Step, Successor, store};
use crate::app::App;
use crate::audit::{self, Action, Event, Origin};
use crate::base::{KeyId, Sequence, Timestamp, TokenId};
use crate::config::CompanyTokens;
use crate::db::{Conn, Error, serialize_writes};
use crate::feed::{self, Entry, Fact, Needed};
use crate::ledger::{self, Handover, Issued};
use crate::revocation;
use crate::token::{Claims, KeyError, Kind, TokenUse};

/// A successor, ready to be handed out.
#[derive(Debug)]
pub struct Rotated {
    /// The compact text.
    pub text: String,
    /// When the presented token ends.
    pub previous_ends_at: Timestamp,
}

/// Why there is no successor.
#[derive(Debug)]
pub enum RotateError {
    /// The presented token was revoked meanwhile.
    Revoked,
    /// The presented token is over.
    Expired,
    /// It was rotated before, and its successor no longer counts.
    SuccessorInvalid,
    /// The ledger does not have the presented token.
    Unknown,
    /// The key failed.
    Key(KeyError),
    /// The database.
    Database(Error),
}

impl From<Error> for RotateError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// What the transaction came to.
struct Outcome {
    successor: Claims,
    kid: KeyId,
    end: Timestamp,
    is_new: bool,
}

/// A call to rotate.
struct Request {
    presented: Claims,
    /// What the node knew before it looked at any record: a suspension after it makes the successor dead on arrival.
    rev: Sequence,
    kid: KeyId,
    defaults: CompanyTokens,
    origin: Origin,
    now: Timestamp,
}

/// Rotates the presented company token. When this returns, every node knows when that one ends.
///
/// # Errors
/// The [`RotateError`].
pub async fn rotate(app: &App, presented: &Claims, origin: Origin) -> Result<Rotated, RotateError> {
    let request = Request {
        presented: *presented,
        rev: app.feed.applied(),
        kid: app.validator.ring().active().kid,
        defaults: app.settings.company_tokens.clone(),
        origin,
        now: app.clock.now(),
    };
    let written =
        revocation::enforce(&app.db, app.feed.clone(), move |conn| request.write(conn)).await;
    if matches!(written, Err(RotateError::Revoked)) {
        // The database says so: this node says the same of the token from now on.
        let feed = app.feed.clone();
        app.db.run(move |_| feed.sync()).await?;
    }
    let (outcome, _) = written?;
    if outcome.is_new {
        app.metrics.issued(Kind::Company).inc();
    }
    let text = app
        .sign_as(outcome.kid, &outcome.successor)
        .map_err(RotateError::Key)?
        .ok_or(RotateError::SuccessorInvalid)?;
    Ok(Rotated {
        text,
        previous_ends_at: outcome.end,
    })
}

impl Request {
    fn write(self, conn: &mut Conn) -> Result<(Outcome, Vec<Entry>), RotateError> {
        let organization = self.presented.organization;
        // Two calls at once, on whichever nodes, are one after the other from here on.
        serialize_writes(conn, "organizations")?;
        let own = ledger::find(conn, organization, self.presented.jti)?;
        let line = own.ok_or(RotateError::Unknown)?.line;
        let successor = match line.handover {
            None => None,
            Some(Handover { successor, .. }) => ledger::find(conn, organization, successor)?
                .map(|record| (record.line.claims, record.kid)),
        };
        let counts = match &successor {
            None => false,
            Some((claims, _)) => ledger::why(conn, claims, self.now)?.is_none(),
        };
        let known = Known {
            issued_at: line.claims.issued_at,
            expires_at: line.claims.expires_at(),
            ends_at: line.ends_at,
            successor: line.handover.map(|handover| Successor {
                jti: handover.successor,
                counts,
            }),
        };
        let policy = store::find(conn, organization)?
            .ok_or(RotateError::Unknown)?
            .policy;
        match (
            known.rotate(&policy.terms(&self.defaults), self.now),
            successor,
        ) {
            (Step::First { end }, _) => {
                let issued_at = self.now.whole_second();
                let expires_at = policy.company_token_end(issued_at);
                self.first(conn, expires_at, end)
            }
            (Step::Again { end, .. }, Some((successor, kid))) => {
                let outcome = Outcome {
                    successor,
                    kid,
                    end,
                    is_new: false,
                };
                Ok((outcome, Vec::new()))
            }
            (Step::Again { .. } | Step::SuccessorInvalid, _) => Err(RotateError::SuccessorInvalid),
            (Step::Expired, _) => Err(RotateError::Expired),
        }
    }

    fn first(
        self,
        conn: &mut Conn,
        expires_at: Option<Timestamp>,
        end: Timestamp,
    ) -> Result<(Outcome, Vec<Entry>), RotateError> {
        let Claims {
            jti, organization, ..
        } = self.presented;
        let successor = Claims {
            jti: TokenId::generate(self.now),
            organization,
            rev: self.rev,
            issued_at: self.now.whole_second(),
            token_use: TokenUse::Company { expires_at },
        };
        let issued = Issued {
            claims: successor,
            kid: self.kid,
            address: self.origin.address,
        };
        ledger::insert(conn, std::slice::from_ref(&issued))?;
        let handover = Handover {
            successor: successor.jti,
            at: self.now,
        };
        ledger::hand_over(conn, organization, jti, handover, end)?;
        store::set_rotated_at(conn, organization, self.now)?;
        let fact = Fact::CompanyTokenEnds(jti, end);
        let needed = Needed::until_the_end_of(&self.presented);
        let entry = feed::append(conn, organization, fact, self.now, needed)?;
        // From the entry on nobody revokes before this commits: who was revoked until then gets no successor.
        if feed::revoking_entry(conn, &self.presented)?.is_some() {
            return Err(RotateError::Revoked);
        }
        let deed = Event::of(
            &self.origin,
            Action::CompanyTokenRotated,
            self.now,
            organization,
        )
        .target(format!("company-token:{jti}"))
        .detail(format!("successor {}, ends at {end}", successor.jti))
        .entry(entry.seq);
        audit::record(conn, &deed)?;
        let outcome = Outcome {
            successor,
            kid: issued.kid,
            end,
            is_new: true,
        };
        Ok((outcome, vec![entry]))
    }
}
