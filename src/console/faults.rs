//! Pages about what cannot be answered: problems of a request, and faults of the request or of the
//! service. A program that prefers JSON gets the error as the API has it.

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT_ENCODING, ALLOW, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use super::answers::{Page, dress, response};
use super::area::Area;
use super::headers;
use super::page::{Action, Cell, Link, Part, Phrase};
use super::person::Person;
use super::refusal::Problem;
use super::visit::{Outcome, Visit};
use crate::http::{ApiError, Code, ErrorBody};

/// Returns the page about a problem.
pub(super) fn problem(visit: &Visit, signed: Option<&dyn Person>, problem: Problem) -> Outcome {
    // A page about what is not there is the same for every request.
    let request_id = visit.origin.request_id.as_deref();
    let request_id = request_id.filter(|_| problem != Problem::NotFound);
    // The form can be sent from its page.
    let again = matches!(problem, Problem::Csrf | Problem::Origin | Problem::Form);
    let page = page(
        visit,
        problem.status(),
        problem.messages(visit.area),
        request_id,
        again,
    );
    response(visit, signed, &page, None)
}

/// Returns the page about an error, in the language of the person. `None` if there is no page about
/// it.
pub(super) fn show(
    request: &HttpRequest,
    error: &ApiError,
    request_id: &str,
) -> Option<HttpResponse> {
    let visit = Visit::of_fault(request)?;
    let plain = error.error_response();
    if visit.wants_json {
        return Some(plain);
    }
    let status = plain.status();
    // There is no page at this address, or it cannot be opened in this way.
    let is_missing = matches!(
        status,
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
    );
    let words = words(status, visit.area);
    let page = page(&visit, status, words, Some(request_id), !is_missing);
    let mut shown = response(&visit, None, &page, None).ok()?;
    for name in [RETRY_AFTER, ALLOW, ACCEPT_ENCODING] {
        if let Some(value) = plain.headers().get(&name) {
            shown.headers_mut().insert(name, value.clone());
        }
    }
    dress(&visit, &mut shown).ok()?;
    Some(shown)
}

/// Returns what a program gets instead of a page with a status between 400 and 499.
pub(super) fn of_api(page: &Page) -> HttpResponse {
    let faults: Vec<_> = page.parts.iter().filter_map(faults_of).flatten().collect();
    let words = if faults.is_empty() {
        let lead = page.parts.iter().find_map(lead_of);
        let heading = page.heading.to_text();
        lead.map_or(heading.clone(), |lead| format!("{heading} – {lead}"))
    } else {
        faults.join(" ")
    };
    let mut response = HttpResponse::build(page.status);
    let kept = headers::OF_PAGES.iter();
    for header in kept.filter(|(name, _)| *name != "Content-Type") {
        response.insert_header(*header);
    }
    response.json(ErrorBody::new(code(page.status).as_str(), &words))
}

fn faults_of(part: &Part) -> Option<Vec<&str>> {
    match part {
        Part::Form(form) => Some(
            form.errors
                .iter()
                .map(|error| error.text.as_str())
                .collect(),
        ),
        _ => None,
    }
}

/// Returns what the page says below its heading.
fn lead_of(part: &Part) -> Option<String> {
    match part {
        Part::Lead(lead) => Some(lead.to_text()),
        _ => None,
    }
}

fn code(status: StatusCode) -> Code {
    match status.as_u16() {
        401 => Code::InvalidCredentials,
        403 => Code::Forbidden,
        404 => Code::NotFound,
        409 => Code::Conflict,
        413 => Code::PayloadTooLarge,
        429 => Code::RateLimited,
        _ => Code::InvalidRequest,
    }
}

/// The messages of heading and text.
fn words(status: StatusCode, area: Area) -> [&'static str; 2] {
    match status.as_u16() {
        403 => ["problem-forbidden", "problem-forbidden-text"],
        404 | 405 => Problem::NotFound.messages(area),
        413 => ["problem-large", "problem-large-text"],
        429 => ["problem-throttled", "problem-throttled-text"],
        503 => ["problem-unavailable", "problem-unavailable-text"],
        500.. => ["problem-internal", "problem-internal-text"],
        _ => Problem::Form.messages(area),
    }
}

/// Returns the page. It leads to the first page, and with `again` to the same address too.
fn page(
    visit: &Visit,
    status: StatusCode,
    [heading, text]: [&str; 2],
    request_id: Option<&str>,
    again: bool,
) -> Page {
    let mut parts = vec![Part::Lead(Phrase::plain(visit.text(text)))];
    if let Some(id) = request_id {
        let id = vec![Cell::Code(id.to_owned())];
        parts.push(Part::Facts("problem", vec![(visit.text("request-id"), id)]));
    }
    let action = |href: &str, label: &str| Action {
        link: Link {
            href: href.to_owned(),
            label: visit.text(label),
        },
        primary: false,
    };
    let home = visit
        .area
        .pick("problem-overview-link", "problem-platform-link");
    let again = again.then(|| action(&visit.address(), "problem-form-link"));
    let actions = again.into_iter().chain([action(visit.area.home(), home)]);
    parts.push(Part::Actions(actions.collect()));
    Page::new("problem", Phrase::plain(visit.text(heading)), parts).with_status(status)
}
