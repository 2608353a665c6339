//! The consent page.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::form::Sent;
use super::step::Answering;
use crate::access::ScopeSet;
use crate::db::Conn;
use crate::http::{Anyone, ApiError, Call, Form};
use crate::oauth::browser::{Consenting, Next, Participants};
use crate::oauth::http::visit::{Refusal, Visit};
use crate::page::Scope;
use crate::page::oauth::{Consent, PageError};
use crate::session::store::show_scopes;

pub(super) async fn get(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    let visit = Visit::of_page(&call).await?;
    let outcome = show(&visit).await;
    visit.finish(outcome).await
}

async fn show(visit: &Visit) -> Result<HttpResponse, Refusal> {
    let answering = Answering::opened(visit).await?;
    match answering.next(visit, false).await? {
        Next::Consent(consenting) => {
            remember(visit, &answering, &consenting.scopes).await?;
            page(visit, &answering, &consenting)
        }
        other => answering.see(visit, other, None),
    }
}

/// Writes down what the page shows: the operator allows this and no more, whatever the client may have
/// when the answer arrives.
pub(super) async fn remember(
    visit: &Visit,
    answering: &Answering,
    shown: &ScopeSet,
) -> Result<(), Refusal> {
    if answering.request.shown.as_ref() == Some(shown) {
        return Ok(());
    }
    let (digest, shown) = (answering.request.digest, shown.clone());
    let write = move |conn: &mut Conn| show_scopes(conn, &digest, &shown);
    visit.app.db.write(write).await?;
    Ok(())
}

/// Returns the scopes as the page shows them, each with the words of the organization.
pub(super) fn described<'a>(
    scopes: &'a ScopeSet,
    participants: &'a Participants,
) -> Vec<Scope<'a>> {
    let words = |name: &str| {
        let known = participants.definitions.scopes.get(name);
        known.and_then(|description| description.as_deref())
    };
    let scopes = scopes.iter().map(|scope| Scope {
        name: scope.as_str(),
        description: words(scope.as_str()),
    });
    scopes.collect()
}

fn page(
    visit: &Visit,
    answering: &Answering,
    consenting: &Consenting,
) -> Result<HttpResponse, Refusal> {
    let participants = &consenting.participants;
    let csrf = visit.csrf();
    let page = Consent {
        ask: answering.ask(&csrf),
        client: &participants.client().settings.name,
        operator: &consenting.found.operator.profile.name,
        scopes: &described(&consenting.scopes, participants),
        destination: destination(&consenting.redirect_uri),
    };
    visit.page(StatusCode::OK, &page)
}

pub(super) async fn post(call: Call<Anyone, Form<Sent>>) -> Result<HttpResponse, ApiError> {
    let visit = Visit::of_page(&call).await?;
    let Form(sent) = call.body;
    let outcome = take(&visit, &sent).await;
    visit.finish(outcome).await
}

async fn take(visit: &Visit, sent: &Sent) -> Result<HttpResponse, Refusal> {
    let answering = Answering::sent(visit, sent).await?;
    match sent.action.as_deref() {
        Some("cancel") => answering.cancel(visit).await,
        Some("allow") => {
            let next = answering.next(visit, true).await?;
            answering.see(visit, next, None)
        }
        _ => Err(PageError::BadRequest.into()),
    }
}

/// Returns where a redirect URI leads, as the page shows it: the host, or a private scheme.
fn destination(redirect_uri: &str) -> &str {
    let Some((scheme, rest)) = redirect_uri.split_once(':') else {
        return redirect_uri;
    };
    match (scheme, rest.strip_prefix("//")) {
        ("http" | "https", Some(rest)) => rest.split(['/', '?']).next().unwrap_or(rest),
        _ => scheme,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_a_host_or_a_private_scheme() {
        for (uri, shown) in [
            ("https://app.example.com/cb?tenant=7", "app.example.com"),
            ("https://app.example.com", "app.example.com"),
            ("http://127.0.0.1:51004/cb", "127.0.0.1:51004"),
            ("com.example.app:/cb", "com.example.app"),
            ("com.example.app://host/cb", "com.example.app"),
        ] {
            assert_eq!(destination(uri), shown, "{uri}");
        }
    }
}
