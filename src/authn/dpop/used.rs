//! Uses a proof: once on all nodes.

use std::time::Duration;

use super::{CheckedProof, ProofError};
use crate::base::OrganizationId;
use crate::db;
use crate::replay::{Once, Purpose, Replay, ReplayError, Scope};

/// Why a proof could not be used.
#[derive(Debug)]
pub enum UseError {
    /// It was used before.
    Proof(ProofError),
    /// The organization used too many proofs within five minutes.
    Full,
    /// The database failed. The proof may be used or not.
    Database(db::Error),
}

/// How long a caller waits after [`UseError::Full`]: values are counted for each five minutes.
pub const WAIT: Duration = Duration::from_mins(5);

/// Uses a proof that was checked. `organization` is that of the client or of the token. The caller
/// answers only after this has returned `Ok`.
///
/// # Errors
/// Returns the [`UseError`].
pub async fn use_once(
    replay: &Replay,
    organization: OrganizationId,
    proof: &CheckedProof,
) -> Result<(), UseError> {
    let scope = Scope {
        organization,
        purpose: Purpose::DpopProof,
    };
    match replay.once(scope, proof.value, proof.until).await {
        Ok(Once::First) => Ok(()),
        Ok(Once::Again) | Err(ReplayError::Expired | ReplayError::TooFar) => {
            Err(UseError::Proof(ProofError::Again))
        }
        Err(ReplayError::Full) => Err(UseError::Full),
        Err(ReplayError::Database(why)) => Err(UseError::Database(why)),
    }
}
