//! Looks up the role of an operator, for credentials that it decides about.

use std::sync::Arc;

use actix_web::web::Data;

use crate::app::App;
use crate::authn::{Answer, Outcome, Principal, Refused};
use crate::operator::Standing;
use crate::token::{SessionVia, TokenUse};

/// Adds to a session of `/auth/login` whether its operator is an admin now: from memory, or after a look-up. Any
/// other answer stays as it is.
pub(super) fn with_role(app: &Data<Arc<App>>, answer: Answer) -> Answer {
    let Answer::Ready(Outcome::Principal(principal)) = answer else {
        return answer;
    };
    let Some(operator) = principal.subject else {
        return answer;
    };
    // A session from WeChat manages nothing, whatever the role is: it stays as it is.
    let TokenUse::Session {
        via: SessionVia::Password,
        ..
    } = principal.token().token_use
    else {
        return answer;
    };
    let organization = principal.organization;
    let of = move |is_admin| {
        Outcome::Principal(Principal {
            is_admin,
            ..principal
        })
    };
    if let Some(standing) = app.tokens.statuses.cached(organization, operator) {
        return Answer::Ready(of(standing.is_admin()));
    }
    let app = app.clone();
    Answer::Lookup(Box::pin(async move {
        match app
            .tokens
            .statuses
            .get(&app.db, organization, operator)
            .await
        {
            Ok(standing) => of(standing.is_some_and(Standing::is_admin)),
            Err(why) => {
                tracing::warn!(%why, "the database is unavailable");
                Outcome::Refused(Refused::Unavailable)
            }
        }
    }))
}
