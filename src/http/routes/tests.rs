use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpResponse};

use super::*;
use crate::config::LogRequests;
use crate::http::Drain;
use crate::metrics::Metrics;
use std::sync::Arc;

async fn revoked() -> Result<HttpResponse, ApiError> {
    Err(ApiError::token_revoked())
}

async fn fine() -> HttpResponse {
    HttpResponse::Ok().body("fine")
}

fn observer() -> Observer {
    Observer {
        metrics: Arc::new(Metrics::new()),
        log: LogRequests::None,
        drain: Arc::new(Drain::default()),
    }
}

async fn answer(surface: Surface, method: Method) -> (u16, Option<String>, String) {
    let endpoints = vec![
        Endpoint::hidden("/x", Method::POST, revoked),
        Endpoint::hidden("/x", Method::GET, fine),
    ];
    let resources = Resource::gather(vec![Routes::new(surface, endpoints)]);
    let [resource] = resources.as_slice() else {
        panic!("one path is one resource");
    };
    assert_eq!(resource.allow(), "GET, HEAD, POST");
    let service = init_service(App::new().service(resource.service(&observer()))).await;
    let request = TestRequest::with_uri("/x").method(method).to_request();
    let response = call_service(&service, request).await;
    let allow = response.headers().get("allow");
    let allow = allow.map(|value| value.to_str().unwrap().to_owned());
    assert!(response.headers().contains_key("x-request-id"));
    let status = response.status().as_u16();
    let body = read_body(response).await;
    (status, allow, String::from_utf8(body.to_vec()).unwrap())
}

#[test]
#[should_panic(expected = "features disagree about /x")]
fn features_that_share_a_path_say_the_same_about_it() {
    let plain = Routes::new(
        Surface::Page,
        vec![Endpoint::hidden("/x", Method::GET, fine)],
    );
    let other = Routes::new(
        Surface::Page,
        vec![Endpoint::hidden("/x", Method::POST, fine)],
    );
    let _ = Resource::gather(vec![plain, other.showing_faults(|_, _, _| None)]);
}

#[actix_web::test]
async fn a_path_answers_each_of_its_methods_and_names_them_to_any_other() {
    let (status, _, body) = answer(Surface::Flat, Method::GET).await;
    assert_eq!((status, body.as_str()), (200, "fine"));
    let (status, ..) = answer(Surface::Flat, Method::HEAD).await;
    assert_eq!(status, 200);
    let (status, allow, _) = answer(Surface::Flat, Method::DELETE).await;
    assert_eq!((status, allow.as_deref()), (405, Some("GET, HEAD, POST")));
}

#[actix_web::test]
async fn an_error_has_the_shape_of_its_surface() {
    let (status, _, body) = answer(Surface::Flat, Method::POST).await;
    assert_eq!(status, 403);
    assert!(body.starts_with(r#"{"error":"token_revoked""#), "{body}");
    let (status, _, body) = answer(Surface::OAuth, Method::POST).await;
    assert_eq!(status, 401);
    assert!(body.starts_with(r#"{"error":"invalid_token""#), "{body}");
    let (status, _, body) = answer(Surface::Nested, Method::POST).await;
    assert_eq!(status, 401);
    assert!(
        body.starts_with(r#"{"error":{"code":"unauthorized""#),
        "{body}"
    );
    let (status, allow, body) = answer(Surface::Nested, Method::PUT).await;
    assert_eq!((status, allow.as_deref()), (405, Some("GET, HEAD, POST")));
    assert!(
        body.starts_with(r#"{"error":{"code":"method_not_allowed""#),
        "{body}"
    );
}
