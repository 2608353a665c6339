//! `Token-Rotation-Due`: a response to a company token that is due for rotation contains the time
//! since when it is due.
//!
//! This uses memory alone: if the organization's policy is not cached yet, the response has no such
//! header.

use std::time::Duration;

use actix_web::{HttpMessage, HttpRequest};

use crate::app::App;
use crate::base::Timestamp;
use crate::token::{Claims, Kind};

/// The time since when the token of a request is due for rotation.
#[derive(Debug, Clone, Copy)]
pub(super) struct RotationDue(pub(super) Timestamp);

/// The shortest period an organization can set.
const SHORTEST: Duration = Duration::from_hours(24);

/// Attaches a [`RotationDue`] to the request if its token is due.
pub(super) fn note(app: &App, request: &HttpRequest, claims: &Claims, now: Timestamp) {
    let defaults = &app.settings.company_tokens;
    let soonest = claims
        .issued_at
        .plus(SHORTEST.min(defaults.rotation_period));
    if claims.kind() != Kind::Company || soonest > now {
        return;
    }
    let Some(policy) = app.tokens.policies.at_hand(&app.db, claims.organization) else {
        return;
    };
    let due = policy.terms(defaults).due(claims.issued_at);
    if due <= now {
        request.extensions_mut().insert(RotationDue(due));
    }
}
