//! The description of Lanyard's own API as a resource (RFC 9728), and of services behind proxies that
//! ask `/authz`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, WWW_AUTHENTICATE};

use super::answers::issuer;
use super::metadata::{CACHED, offered};
use crate::access::normal_host;
use crate::http::{Anyone, ApiError, Call};
use crate::oauth::metadata::Offered;
use crate::oauth::paths::PROTECTED_RESOURCE;
use crate::oauth::protected_resource::ProtectedResource;

/// Returns which authorization server issues tokens for this API, and how they are sent (RFC 9728).
#[utoipa::path(get, path = PROTECTED_RESOURCE, tag = "OAuth", security(()),
    responses((status = 200, body = serde_json::Value)))]
pub(super) async fn protected_resource(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    let offered = offered(&call.app, issuer(&call.app)?);
    let service = of_service(&call, &offered, "").await?;
    Ok(answer(
        &service.unwrap_or_else(|| ProtectedResource::new(&offered)),
    ))
}

/// Returns which authorization server issues tokens for a service behind a proxy.
pub(super) async fn of_path(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    let offered = offered(&call.app, issuer(&call.app)?);
    let path = format!("/{}", call.path("path"));
    let service = of_service(&call, &offered, &path).await?;
    let service = service.ok_or_else(ApiError::not_found)?;
    Ok(answer(&service))
}

fn answer(document: &ProtectedResource) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, CACHED))
        .json(document)
}

/// Returns the description of the service that a listed proxy names by its host, if a rule of
/// forward-auth has a resource at this path and its organization has it too.
async fn of_service(
    call: &Call<Anyone>,
    offered: &Offered<'_>,
    path: &str,
) -> Result<Option<ProtectedResource>, ApiError> {
    let app = &call.app;
    let rules = app.forward_auth.file.rules_in_force();
    let host = call.forwarded_host().and_then(normal_host);
    let Some((resource, organization)) = host.and_then(|host| rules.described_at(&host, path))
    else {
        return Ok(None);
    };
    let definitions = app.clients.definitions.get(&app.db, organization).await?;
    let definitions = definitions.filter(|definitions| definitions.is_active());
    Ok(definitions.and_then(|definitions| {
        let mut defined = definitions.resources.iter();
        let found = defined.find(|one| one.uri == resource.uri())?;
        Some(ProtectedResource::of_service(offered, found))
    }))
}

/// Adds to each challenge of a 401 where the description is (RFC 9728, section 5.1). Other responses
/// stay as they are.
pub(super) fn point_to_description(issuer: &str, response: &mut HttpResponse) {
    if response.status() != StatusCode::UNAUTHORIZED {
        return;
    }
    let headers = response.headers_mut();
    let challenges: Vec<_> = headers.remove(WWW_AUTHENTICATE).collect();
    for challenge in challenges {
        let pointing = challenge.to_str().ok().and_then(|challenge| {
            let url = format!("{issuer}{PROTECTED_RESOURCE}");
            HeaderValue::try_from(format!("{challenge}, resource_metadata=\"{url}\"")).ok()
        });
        headers.append(WWW_AUTHENTICATE, pointing.unwrap_or(challenge));
    }
}
