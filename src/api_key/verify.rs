//! Checks the text of a key: finds its record, judges it, and notes the use.

use std::net::IpAddr;
use std::sync::Arc;

use super::{
    BoundOperator, Circumstances, KeyProof, Refused, Rights, StoredKey, Wanted, demand, judge, text,
};
use crate::access::Roles;
use crate::app::App;
use crate::base::{Digest, OrganizationId, Timestamp, clock};
use crate::db::Error;
use crate::feed::LeaseSnapshot;
use crate::operator::OperatorStatus;
use crate::organization::Definitions;
use crate::usage::Count;

/// A key that is valid.
#[derive(Debug, Clone)]
pub struct Verified {
    /// Its record.
    pub stored: Arc<StoredKey>,
    /// What it may do now.
    pub rights: Rights,
    /// What its organization defined.
    pub definitions: Arc<Definitions>,
}

/// Why a key was not verified.
#[derive(Debug)]
pub enum VerifyError {
    /// The key is refused.
    Refused(Refused),
    /// This node does not hold its lease, so it may lack revocations.
    Stale,
    /// The database failed.
    Database(Error),
}

impl From<Error> for VerifyError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<Refused> for VerifyError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// The caller that presents or verifies a key, and what it needs of the key.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The organization of the caller: it sees its own keys only. `None` if the key is itself the
    /// credential, so that keys of all organizations are admitted.
    pub asker: Option<OrganizationId>,
    /// The address from which the key is used; `None` if that is not known.
    pub address: Option<IpAddr>,
    /// What the key must have; `None` if that is decided later.
    pub wanted: Option<Wanted<'a>>,
    /// When the key is presented.
    pub now: Timestamp,
}

/// Whether the use of a valid key is noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUse {
    /// It is noted.
    Noted,
    /// It is not: the key is judged once more for a request whose use was noted before.
    NotNoted,
}

/// Checks a text. Its use is noted as `key_use` says, its refusal always.
///
/// # Errors
/// Returns the [`VerifyError`].
pub async fn verify(
    app: &App,
    text: &str,
    question: Question<'_>,
    key_use: KeyUse,
) -> Result<Verified, VerifyError> {
    if text::environment(text).is_none() {
        return Err(Refused::NotFound.into());
    }
    let digest = Digest::of(text);
    // The lease is taken before the first record is read: the sync that grants a later lease may have
    // applied a change of the record.
    let lease = app.tokens.validator.take_lease();
    let by = (&app.db, &app.clock, app.metrics.as_ref());
    let found = app.keys.known.find(by, digest).await?;
    let found = found.filter(|stored| {
        let organization = stored.key.organization;
        question.asker.is_none_or(|asker| asker == organization)
    });
    let verified = judge_found(app, lease, found, KeyProof::Text(digest), &question).await?;
    if key_use == KeyUse::Noted {
        note_use(app, &verified, &question);
    }
    Ok(verified)
}

/// Judges the key that a proof is of; `None` if there is none. Its refusal is noted. `lease` was
/// taken before the key was read.
pub(super) async fn judge_found(
    app: &App,
    lease: LeaseSnapshot,
    found: Option<Arc<StoredKey>>,
    proof: KeyProof,
    question: &Question<'_>,
) -> Result<Verified, VerifyError> {
    let around = match &found {
        None => None,
        Some(stored) => {
            let organization = stored.key.organization;
            let definitions = app.clients.definitions.get(&app.db, organization).await?;
            Some((definitions, operator(app, stored).await?))
        }
    };
    // Without the lease, the key, its operator and the definitions in memory may be out of date.
    if !lease.holds(clock::boot_time()) {
        return Err(VerifyError::Stale);
    }
    let Some((stored, (definitions, operator))) = found.zip(around) else {
        return Err(Refused::NotFound.into());
    };
    // A suspended organization has no keys.
    let definitions = definitions
        .filter(|definitions| definitions.is_active())
        .ok_or(Refused::NotFound)?;
    let (by, roles) = (operator.as_ref(), &definitions.roles);
    match rights(&stored, (proof, question), by, roles) {
        Ok(rights) => Ok(Verified {
            stored,
            rights,
            definitions,
        }),
        Err(reason) => {
            let key = (stored.key.organization, stored.key.id);
            let (address, now) = (question.address, question.now);
            app.keys.uses.note_refusal(key, reason, address, now);
            app.usage.note(key.0, Count::KeyRefused);
            Err(reason.into())
        }
    }
}

/// Notes the use of a key.
pub(crate) fn note_use(app: &App, verified: &Verified, question: &Question<'_>) {
    let key = (verified.stored.key.organization, verified.stored.key.id);
    app.keys.uses.note(key, question.address, question.now);
    app.usage.note(key.0, Count::KeyUsed);
}

fn rights(
    stored: &StoredKey,
    (proof, question): (KeyProof, &Question<'_>),
    operator: Option<&BoundOperator>,
    roles: &Roles,
) -> Result<Rights, Refused> {
    let around = Circumstances {
        proof,
        operator,
        roles,
        address: question.address,
        now: question.now,
    };
    let rights = judge(stored, &around)?;
    if let Some(wanted) = &question.wanted {
        demand(&rights, roles, wanted)?;
    }
    Ok(rights)
}

/// Returns the operator that a key is bound to, as it is now.
async fn operator(app: &App, stored: &StoredKey) -> Result<Option<BoundOperator>, Error> {
    let Some(id) = stored.key.operator else {
        return Ok(None);
    };
    let organization = stored.key.organization;
    let found = app.tokens.operators.get(&app.db, organization, id).await?;
    Ok(found.map(|operator| BoundOperator {
        is_active: operator.status == OperatorStatus::Active,
        role: operator.role.clone(),
    }))
}
