//! Rotating a company token: a successor is issued, and the presented token gets an end.
//!
//! The presented token stays valid for the grace, and tokens derived from it stay valid. Another
//! call with it while it is valid returns the same successor, signed again from the claims in the
//! ledger, because the text of a token is stored nowhere.

use super::{Known, Step, Successor};
use crate::app::App;
use crate::audit::{self, Action, Event, Origin};
use crate::base::{KeyId, Sequence, Timestamp, TokenId};
use crate::config::CompanyTokens;
use crate::db::{Conn, Error, serialize_writes};
use crate::feed::{self, Entry, Fact, Needed};
use crate::issue::{self, Draft, IssueError, Recorded};
use crate::ledger::{self, Handover};
use crate::token::{Claims, KeyError, TokenUse};
use crate::{organization, revocation};

/// The result of a rotation.
#[derive(Debug)]
pub struct Rotated {
    /// The compact text of the successor.
    pub text: String,
    /// When the presented token ends.
    pub previous_ends_at: Timestamp,
}

/// Why no successor was issued.
#[derive(Debug)]
pub enum RotateError {
    /// The presented token was revoked meanwhile.
    Revoked,
    /// The presented token has expired.
    Expired,
    /// The presented token was rotated before, and its successor is no longer valid.
    SuccessorInvalid,
    /// The ledger does not have the presented token.
    Unknown,
    /// The cryptographic library failed.
    Key(KeyError),
    /// The database failed.
    Database(Error),
}

impl From<Error> for RotateError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// The result of the transaction.
struct Outcome {
    successor: Recorded,
    end: Timestamp,
}

impl From<IssueError> for RotateError {
    fn from(why: IssueError) -> Self {
        match why {
            IssueError::Key(why) => Self::Key(why),
            // The signing key of the successor's line was retired or lost: the successor is no
            // longer valid.
            IssueError::NoSuchKey(_) => Self::SuccessorInvalid,
            IssueError::Ledger(_) | IssueError::NoSigner(_) => {
                Self::Database(Error::Internal(why.to_string()))
            }
        }
    }
}

/// A call to rotate.
struct Request {
    presented: Claims,
    /// The sequence that the node had applied before it read any record: a suspension after that
    /// point revokes the successor as well.
    rev: Sequence,
    kid: KeyId,
    defaults: CompanyTokens,
    origin: Origin,
    now: Timestamp,
}

/// Rotates the presented company token. Returns once every node has applied the end of the
/// presented token.
///
/// # Errors
/// Returns the [`RotateError`].
pub async fn rotate(app: &App, presented: &Claims, origin: Origin) -> Result<Rotated, RotateError> {
    let request = Request {
        presented: *presented,
        rev: app.nodes.feed.applied(),
        kid: app.tokens.issuer.active_key(),
        defaults: app.settings.company_tokens.clone(),
        origin,
        now: app.clock.now(),
    };
    let written = revocation::enforce(&app.db, app.nodes.feed.clone(), move |conn| {
        request.write(conn)
    })
    .await;
    if matches!(written, Err(RotateError::Revoked)) {
        // The revocation is in the database. The sync applies it to this node as well.
        let feed = app.nodes.feed.clone();
        app.db.run(move |_| feed.sync()).await?;
    }
    let (outcome, _) = written?;
    Ok(Rotated {
        text: app.tokens.issuer.hand_out(&outcome.successor)?,
        previous_ends_at: outcome.end,
    })
}

impl Request {
    fn write(self, conn: &mut Conn) -> Result<(Outcome, Vec<Entry>), RotateError> {
        let organization = self.presented.organization;
        // From here on, rotations of all nodes run one after the other.
        serialize_writes(conn, "organizations")?;
        let own = ledger::find(conn, organization, self.presented.jti)?;
        let line = own.ok_or(RotateError::Unknown)?.line;
        let successor = match line.handover {
            None => None,
            Some(Handover { successor, .. }) => ledger::find(conn, organization, successor)?
                .and_then(|record| Some((record.line.claims, record.kid?))),
        };
        let is_valid = match &successor {
            None => false,
            Some((claims, _)) => ledger::why(conn, claims, self.now)?.is_none(),
        };
        let known = Known {
            issued_at: line.claims.issued_at,
            expires_at: line.claims.expires_at(),
            ends_at: line.ends_at,
            successor: line.handover.map(|handover| Successor {
                jti: handover.successor,
                is_valid,
            }),
        };
        let policy = organization::find(conn, organization)?
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
                    successor: Recorded::again(successor, kid),
                    end,
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
        let draft = Draft {
            claims: successor,
            kid: self.kid,
            address: self.origin.address,
        };
        let recorded = issue::record(conn, &draft)?;
        let handover = Handover {
            successor: successor.jti,
            at: self.now,
        };
        ledger::hand_over(conn, organization, jti, handover, end)?;
        organization::set_rotated_at(conn, organization, self.now)?;
        let fact = Fact::CompanyTokenEnds(jti, end);
        let needed = Needed::until_the_end_of(&self.presented);
        let entry = feed::append(conn, organization, fact, self.now, needed)?;
        // The entry locks the head of the feed, so no revocation commits between this check and the
        // commit.
        if feed::revoking_entry(conn, &self.presented)?.is_some() {
            return Err(RotateError::Revoked);
        }
        let event = Event::of(
            &self.origin,
            Action::CompanyTokenRotated,
            self.now,
            organization,
        )
        .target(format!("company-token:{jti}"))
        .detail(format!("successor {}, ends at {end}", successor.jti))
        .entry(entry.seq);
        audit::record(conn, &event)?;
        let outcome = Outcome {
            successor: recorded,
            end,
        };
        Ok((outcome, vec![entry]))
    }
}
