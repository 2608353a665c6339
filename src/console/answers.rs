//! Responses: pages in their frame, redirects, and pages about problems.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION, SET_COOKIE};
use askama::Template;
use form_urlencoded::Serializer;

use super::page::{
    Document, Frame, Link, Notice, Part, Phrase, Printed, ReceiptView, TimeOut, Zone,
};
use super::person::Person;
use super::preferences::{PARAMETERS, ZONES};
use super::refusal::Refusal;
use super::visit::{Outcome, Signed, Visit};
use super::{assets, faults, headers, shown};
use crate::base::Timestamp;
use crate::http::ApiError;
use crate::page::{Language, LanguageLink, Theme, Value};
use crate::revocation::Receipt;
use crate::session::console;

/// A page to show.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    /// Its name, as in `<body data-page>`.
    pub(crate) name: &'static str,
    pub(crate) heading: Phrase,
    pub(crate) parts: Vec<Part>,
    /// Whether it reloads itself.
    pub(crate) reloads: bool,
}

impl Page {
    pub(crate) fn new(name: &'static str, heading: Phrase, parts: Vec<Part>) -> Self {
        Self {
            status: StatusCode::OK,
            name,
            heading,
            parts,
            reloads: false,
        }
    }

    pub(crate) fn reloading(self, reloads: bool) -> Self {
        Self { reloads, ..self }
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Whether it shows new lines by itself.
    fn is_followed(&self) -> bool {
        let follows = |part: &Part| matches!(part, Part::Follow(follow) if follow.every.is_some());
        self.parts.iter().any(follows)
    }

    /// Whether it shows a form that was refused.
    fn is_refused(&self) -> bool {
        let refused = |part: &Part| matches!(part, Part::Form(form) if !form.errors.is_empty());
        self.parts.iter().any(refused)
    }
}

/// Returns a redirect (303).
pub(crate) fn redirect(to: &str) -> Outcome {
    let location = HeaderValue::from_str(to).map_err(|_| ApiError::internal())?;
    let mut response = HttpResponse::SeeOther();
    response.insert_header((LOCATION, location));
    response.insert_header(crate::page::headers::OF_REDIRECTS);
    Ok(response.finish())
}

/// Returns the path of this page with the parameters of its query but these, and with those.
fn link(visit: &Visit, page: &Page, without: &[&str], with: &[(&str, &str)]) -> String {
    if page.status == StatusCode::NOT_FOUND {
        // A page about what is not there is the same for every address.
        let mut query = Serializer::new(String::new());
        return format!(
            "{}?{}",
            visit.area.home(),
            query.extend_pairs(with).finish()
        );
    }
    let mut query = Serializer::new(String::new());
    for (name, value) in &visit.query {
        if !without.contains(&name.as_str()) {
            query.append_pair(name, value);
        }
    }
    query.extend_pairs(with);
    let query = query.finish();
    if query.is_empty() {
        visit.path.clone()
    } else {
        format!("{}?{query}", visit.path)
    }
}

fn frame(visit: &Visit, signed: Option<&dyn Person>, page: &Page, notice: Option<Notice>) -> Frame {
    let language = visit.language();
    let is_there = page.status != StatusCode::NOT_FOUND;
    let mut shown = signed.map(|signed| signed.shown(is_there, page.is_followed()));
    let organization = shown.as_mut().map(|shown| std::mem::take(&mut shown.place));
    let mut title = page.heading.to_text();
    if page.is_refused() {
        title = format!("{} {title}", visit.text("title-error"));
    }
    for part in organization.iter().chain(&Some(visit.text("product"))) {
        title = format!("{title} – {part}");
    }
    let languages = Language::ALL.map(|other| LanguageLink {
        language: other,
        url: link(visit, page, &["lang"], &[("lang", other.tag())]),
        current: other == language,
    });
    let themes = [
        (Theme::Auto, "theme-auto"),
        (Theme::Light, "theme-light"),
        (Theme::Dark, "theme-dark"),
    ];
    let themes = themes.map(|(theme, id)| {
        let href = link(visit, page, &["theme"], &[("theme", theme.name())]);
        let label = visit.text(id);
        (Link { href, label }, theme == visit.preferences.theme)
    });
    let zone = visit.preferences.zone;
    let mut zones: Vec<_> = ZONES
        .iter()
        .map(|other| (other.name().to_owned(), *other == zone))
        .collect();
    if !ZONES.contains(&zone) {
        zones.push((zone.name().to_owned(), true));
    }
    let kept = visit.query.iter().filter(|_| is_there);
    let kept = kept.filter(|(name, _)| !PARAMETERS.contains(&name.as_str()));
    let [stylesheet, script] = assets::all();
    Frame {
        page: page.name,
        language,
        theme: visit.preferences.theme,
        title,
        heading: page.heading.clone(),
        organization,
        ends: shown.as_ref().map(|shown| {
            let end = shown::local(shown.ends, zone);
            language.text_with("session-ends", &[("at", Value::Text(&end))])
        }),
        time_out: shown.as_ref().map(|shown| {
            let seconds = |at: Timestamp| at.as_seconds() - visit.now.as_seconds();
            TimeOut {
                seconds: seconds(shown.ends),
                at_most: seconds(shown.ends_at_most),
                keep: shown.keep,
            }
        }),
        account: shown.as_ref().map_or("", |shown| shown.account),
        sign_out: shown.as_ref().map_or("", |shown| shown.sign_out),
        csrf: shown
            .as_mut()
            .map(|shown| std::mem::take(&mut shown.csrf))
            .unwrap_or_default(),
        who: shown.as_mut().map(|shown| std::mem::take(&mut shown.who)),
        navigation: shown.map(|shown| shown.navigation).unwrap_or_default(),
        notice,
        languages: languages.into(),
        themes: themes.into(),
        zone: Zone {
            action: if is_there {
                visit.path.clone()
            } else {
                visit.area.home().to_owned()
            },
            hidden: kept.cloned().collect(),
            zones,
        },
        printed: Printed {
            at: shown::Instant {
                utc: visit.now.whole_second().to_string(),
                shown: shown::local(visit.now, zone),
            },
            zone: zone.name(),
        },
        reloads: page.reloads,
        stylesheet: &stylesheet.path,
        script: &script.path,
    }
}

pub(super) fn response(
    visit: &Visit,
    signed: Option<&dyn Person>,
    page: &Page,
    notice: Option<Notice>,
) -> Outcome {
    if visit.wants_json && page.status.is_client_error() {
        return Ok(faults::of_api(page));
    }
    let frame = frame(visit, signed, page, notice);
    let document = Document {
        frame: &frame,
        parts: &page.parts,
    };
    let html = document.render().map_err(|_| ApiError::internal())?;
    let mut response = HttpResponse::build(page.status);
    for header in headers::OF_PAGES {
        response.insert_header(header);
    }
    Ok(response.body(html))
}

impl Visit {
    /// Returns a page to a browser in which nobody has signed in.
    pub(crate) fn page(&self, page: &Page) -> Outcome {
        response(self, None, page, None)
    }

    /// Returns a receipt for people.
    pub(crate) fn receipt(&self, receipt: &Receipt) -> ReceiptView {
        ReceiptView::of(receipt, shown::time_of_day(self.now, self.preferences.zone))
    }
}

impl Signed {
    /// Returns a page, with what the last act left to say.
    pub(crate) async fn page(&self, page: Page) -> Outcome {
        let notice = console::take_notice(&self.app, self.cookie.digest()).await?;
        let notice = notice.and_then(|text| serde_json::from_str(&text).ok());
        response(self, Some(self), &page, notice)
    }

    /// Returns a page that answers a form, which says itself what happened.
    pub(crate) fn answer(&self, page: &Page) -> Outcome {
        response(self, Some(self), page, None)
    }

    /// Goes on to a page, which says what was done.
    pub(crate) async fn done(&self, to: &str, notice: Notice) -> Outcome {
        let text = serde_json::to_string(&notice).map_err(|_| ApiError::internal())?;
        console::leave_notice(&self.app, self.cookie.digest(), text).await?;
        redirect(to)
    }

    /// Goes on to the record that a form has made when it was sent before.
    pub(crate) async fn sent_before(&self, to: &str) -> Outcome {
        let phrase = self.phrase("secret-shown-before");
        self.done(to, Notice::new(phrase)).await
    }
}

/// Returns the response to a visit. A problem becomes a page; the same problem looks the same,
/// whatever it is about.
pub(super) fn finish(
    visit: &Visit,
    signed: Option<&dyn Person>,
    outcome: Outcome,
) -> Result<HttpResponse, ApiError> {
    let mut response = match outcome {
        Ok(response) => response,
        Err(Refusal::Fault(error)) => return Err(error),
        Err(Refusal::Problem(problem)) => match faults::problem(visit, signed, problem) {
            Ok(response) => response,
            Err(Refusal::Fault(error)) => return Err(error),
            Err(Refusal::Problem(_)) => return Err(ApiError::internal()),
        },
    };
    dress(visit, &mut response)?;
    Ok(response)
}

/// Gives a response the cookies of the visit, and what a server that speaks TLS says.
///
/// # Errors
/// 500 if a cookie cannot be a header.
pub(super) fn dress(visit: &Visit, response: &mut HttpResponse) -> Result<(), ApiError> {
    for cookie in visit.set.borrow_mut().drain(..) {
        let value = HeaderValue::from_str(&cookie).map_err(|_| ApiError::internal())?;
        response.headers_mut().append(SET_COOKIE, value);
    }
    if visit.speaks_tls {
        let (name, value) = headers::STRICT_TRANSPORT;
        let name = actix_web::http::header::HeaderName::from_static(name);
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    Ok(())
}
