//! Rotating a company token: a successor is issued, and the presented token gets an end.
//!
//! The presented token stays valid for the grace, and tokens derived from it stay valid. Another
//! call with it while it is valid returns the same successor, signed again from the claims in the
//! ledger, because the text of a token is stored nowhere.
//!
//! An admin rotates a token by its id, with an overlap that is no longer than the grace. A bearer of
//! the old token then receives the same successor; the admin does not receive it again.

use std::time::Duration;

use super::{Known, Step, Successor};
use crate::app::App;
use crate::audit::{self, Action, Event, Origin};
use crate::base::{KeyId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::config::CompanyTokens;
use crate::db::{Conn, Error, serialize_writes};
use crate::feed::{self, Entry, Fact, Needed};
use crate::issue::{self, Draft, IssueError, Recorded};
use crate::ledger::{self, Handover, Line};
use crate::token::{Claims, KeyError, Kind, TokenUse};
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
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The presented token was revoked meanwhile.
    #[error("the token is revoked")]
    Revoked,
    /// The console session of the admin was revoked meanwhile.
    #[error("the session was revoked")]
    SessionRevoked,
    /// The presented token has expired.
    #[error("the token has expired")]
    Expired,
    /// The presented token was rotated before, and its successor is no longer valid.
    #[error("the token was rotated before, and its successor is revoked or has expired")]
    SuccessorInvalid,
    /// The ledger does not have the presented token.
    #[error("there is no company token with this id")]
    Unknown,
    /// The token was rotated before, and this call may not receive its successor, which is named.
    #[error("the token was rotated before; rotate its successor {0} instead")]
    Rotated(TokenId),
    /// The overlap is longer than the policy of the organization allows.
    #[error("the overlap is longer than the policy of the organization allows: {} seconds", most.as_secs())]
    Overlap {
        /// The longest overlap.
        most: Duration,
    },
    /// The cryptographic library failed.
    #[error("{0}")]
    Key(KeyError),
    /// The database failed.
    #[error("{0}")]
    Database(Error),
}

impl From<Error> for RotateError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// The result of the transaction. The successor is signed after its commit.
#[derive(Debug)]
pub struct Rotation {
    /// The successor's line.
    pub successor: Recorded,
    /// When the rotated token ends.
    pub end: Timestamp,
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
    token: (OrganizationId, TokenId),
    /// How long the token stays valid. `None` for the grace of the policy.
    overlap: Option<Duration>,
    /// Whether the caller holds the token, and so receives the successor again.
    is_bearer: bool,
    /// The console session in which the token is rotated. `None` for a bearer and at the command
    /// line.
    session: Option<Claims>,
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
        token: (presented.organization, presented.jti),
        overlap: None,
        is_bearer: true,
        session: None,
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
    let (rotation, _) = written?;
    Ok(Rotated {
        text: app.tokens.issuer.hand_out(&rotation.successor)?,
        previous_ends_at: rotation.end,
    })
}

/// A rotation by an admin, who names the token by its id.
#[derive(Debug, Clone)]
pub struct ByAdmin {
    /// The organization and the token.
    pub token: (OrganizationId, TokenId),
    /// How long the token stays valid beside its successor: no longer than the policy allows. `None`
    /// for as long as it allows.
    pub overlap: Option<Duration>,
    /// The console session in which the token is rotated. The successor is revoked with a session
    /// that its person disowns. `None` at the command line.
    pub session: Option<Claims>,
    /// The sequence that the caller had applied before it read any record.
    pub rev: Sequence,
    /// The key that will sign the successor.
    pub kid: KeyId,
    /// The terms of organizations that have none of their own.
    pub defaults: CompanyTokens,
}

/// Rotates a company token for an admin, in the caller's transaction. The caller signs the successor
/// after the commit, and waits until every node has applied the entry.
///
/// # Errors
/// Returns the [`RotateError`]; [`RotateError::Rotated`] if the token has a successor already.
pub fn rotate_by_admin(
    conn: &mut Conn,
    wanted: ByAdmin,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Rotation, Vec<Entry>), RotateError> {
    let request = Request {
        token: wanted.token,
        overlap: wanted.overlap,
        is_bearer: false,
        session: wanted.session,
        rev: wanted.rev,
        kid: wanted.kid,
        defaults: wanted.defaults,
        origin: origin.clone(),
        now,
    };
    request.write(conn)
}

impl Request {
    fn write(self, conn: &mut Conn) -> Result<(Rotation, Vec<Entry>), RotateError> {
        let (organization, jti) = self.token;
        // From here on, rotations of all nodes run one after the other. A session is disowned under
        // the same lock, so that either sees the successor or is seen here.
        serialize_writes(conn, "organizations")?;
        if let Some(session) = &self.session
            && feed::revoking_entry(conn, session)?.is_some()
        {
            return Err(RotateError::SessionRevoked);
        }
        let own = ledger::find(conn, organization, jti)?;
        let line = own.ok_or(RotateError::Unknown)?.line;
        if line.claims.kind() != Kind::Company {
            return Err(RotateError::Unknown);
        }
        let successor = match line.handover {
            None => None,
            Some(Handover { successor, .. }) if !self.is_bearer => {
                return Err(RotateError::Rotated(successor));
            }
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
        let terms = policy.terms(&self.defaults);
        if self.overlap.is_some_and(|overlap| overlap > terms.grace) {
            return Err(RotateError::Overlap { most: terms.grace });
        }
        match (known.rotate(&terms, self.overlap, self.now), successor) {
            (Step::First { end }, _) => {
                let issued_at = self.now.whole_second();
                let expires_at = policy.company_token_end(issued_at);
                self.first(conn, &line, expires_at, end)
            }
            (Step::Again { end, .. }, Some((successor, kid))) => {
                let rotation = Rotation {
                    successor: Recorded::again(successor, kid),
                    end,
                };
                Ok((rotation, Vec::new()))
            }
            (Step::Again { .. } | Step::SuccessorInvalid, _) => Err(RotateError::SuccessorInvalid),
            (Step::Expired, _) => Err(RotateError::Expired),
        }
    }

    fn first(
        self,
        conn: &mut Conn,
        line: &Line,
        expires_at: Option<Timestamp>,
        end: Timestamp,
    ) -> Result<(Rotation, Vec<Entry>), RotateError> {
        let (organization, jti) = self.token;
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
            // A session that is disowned revokes what was issued in it, and the successors of that.
            parent: self.session.map(|session| session.jti).or(line.parent),
            address: self.origin.address,
        };
        let recorded = issue::record(conn, &draft)?;
        if let Some(label) = line.label.as_deref().and_then(|text| text.parse().ok()) {
            ledger::label(conn, (organization, successor.jti), Some(&label))?;
        }
        let handover = Handover {
            successor: successor.jti,
            at: self.now,
        };
        ledger::hand_over(conn, organization, jti, handover, end)?;
        organization::set_rotated_at(conn, organization, self.now)?;
        let fact = Fact::company_token_ends(jti, end, self.now);
        let needed = Needed::until_the_end_of(&line.claims);
        let entry = feed::append(conn, organization, fact, self.now, needed)?;
        // The entry locks the head of the feed, so no revocation commits between this check and the
        // commit.
        if feed::revoking_entry(conn, &line.claims)?.is_some() {
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
        let rotation = Rotation {
            successor: recorded,
            end,
        };
        Ok((rotation, vec![entry]))
    }
}
