//! `/openapi.json`, generated from the code, and `/docs`, which renders it without loading anything
//! from other servers.

mod complete;

use std::sync::{Arc, LazyLock};

use actix_web::HttpResponse;
use actix_web::http::Method;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_swagger_ui::Config;

use self::complete::complete;
use super::RESOURCES;
use crate::http::{Anyone, ApiError, Call, Endpoint, Routes, Surface};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Lanyard",
        description = "Company tokens, operator tokens, validation and revocation. JSON members are camelCase; \
            instants are RFC 3339 in UTC."
    ),
    // The server that the document was loaded from.
    servers((url = "/", description = "This server")),
    // In the order in which a new user needs them.
    tags(
        (name = "Company", description = "Log in; the organization, its valid tokens, its audit log"),
        (name = "Operators", description = "The people and agents that tokens stand for"),
        (name = "Sessions", description = "Operators who sign in with a username and a password"),
        (name = "Operator tokens", description = "Issue, validate, revoke"),
        (name = "Revocation", description = "What was revoked, as pages or as a stream"),
        (name = "OAuth", description = "OAuth 2.0 and OpenID Connect: tokens for clients. Forms, and members in snake_case"),
        (name = "Keys", description = "The public keys, for clients that validate tokens themselves"),
        (name = "Operations", description = "For administrators of the service")
    ),
    modifiers(&Security),
    security(("token" = []))
)]
struct Document;

struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(
                "A company or operator token; X-Authorization-Key and X-API-Key work as well.",
            ))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("token", SecurityScheme::Http(bearer));
    }
}

const DOCUMENT: &str = "/openapi.json";

/// Returns the routes. None of them is in the document.
pub(super) fn routes() -> Routes {
    Routes::new(
        Surface::Flat,
        vec![
            Endpoint::hidden(DOCUMENT, Method::GET, document),
            Endpoint::hidden("/docs", Method::GET, folder),
            Endpoint::hidden("/docs/{file:.*}", Method::GET, page),
        ],
    )
}

/// Returns the `OpenAPI` document of all endpoints.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut whole = Document::openapi();
    for resource in RESOURCES.iter() {
        for document in resource.endpoints().iter().filter_map(Endpoint::document) {
            let mut document = document.clone();
            complete(&mut document, resource.surface());
            whole.merge(document);
        }
    }
    whole
}

async fn document(_: Call<Anyone>) -> HttpResponse {
    HttpResponse::Ok().json(openapi())
}

/// Answers with a file of the rendered documentation. All files are part of the program.
async fn page(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
        // The default layout has a bar at the top with a field for the URL of another document.
        let config = Config::from(DOCUMENT).use_base_layout();
        Arc::new(config.display_request_duration(true))
    });
    let name = match call.path("file") {
        "" => "index.html",
        name => name,
    };
    let file =
        utoipa_swagger_ui::serve(name, Arc::clone(&CONFIG)).map_err(|_| ApiError::internal())?;
    let file = file.ok_or_else(ApiError::not_found)?;
    Ok(HttpResponse::Ok()
        .content_type(file.content_type)
        .insert_header((
            "content-security-policy",
            "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'",
        ))
        .body(file.bytes.into_owned()))
}

/// Redirects to the folder: the pages link to their parts relative to it.
async fn folder(_: Call<Anyone>) -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header(("location", "/docs/"))
        .finish()
}
