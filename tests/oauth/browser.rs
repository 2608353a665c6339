//! A browser: follows redirects on the service, keeps its cookies, fills in its forms.

use std::collections::BTreeMap;

use ureq::http::header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use ureq::http::{Method, Request, StatusCode};
use url::Url;

use crate::page::Form;
use crate::service::{PASSWORD, Service, USERNAME, agent, send};

/// More steps than any request takes.
const STEPS: usize = 12;

/// What the operator does on the pages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Signs in and allows what the client asks for.
    Allow,
    /// Signs in and cancels on the consent page.
    Cancel,
}

/// One browser of one operator.
pub(crate) struct Browser {
    agent: ureq::Agent,
    issuer: String,
    cookies: BTreeMap<String, String>,
    /// The paths of the pages whose forms were filled in, in order.
    pub(crate) pages: Vec<String>,
}

impl Browser {
    pub(crate) fn new(service: &Service) -> Self {
        Self {
            agent: agent(),
            issuer: service.issuer.clone(),
            cookies: BTreeMap::new(),
            pages: Vec::new(),
        }
    }

    /// Opens a URL of the service and does on its pages what `answer` says. Returns the URL of the
    /// client to which the browser was sent in the end. If no client waits for the browser, returns
    /// that of the page that says so, which has no form.
    pub(crate) fn open(&mut self, url: &str, answer: Answer) -> String {
        let mut next = (Url::parse(url).unwrap(), None);
        for _ in 0..STEPS {
            let (url, body) = next;
            if url.origin().ascii_serialization() != self.issuer {
                return url.into();
            }
            let (status, location, page) = self.send(&url, body);
            next = if status == StatusCode::SEE_OTHER {
                (url.join(&location.unwrap()).unwrap(), None)
            } else {
                assert_eq!(status, StatusCode::OK, "{url}: {page}");
                let Some(form) = Form::read(&page) else {
                    return url.into();
                };
                let url = url.join(&form.action).unwrap();
                let body = self.fill(&url, form, answer);
                (url, Some(body))
            };
        }
        panic!("no end after {STEPS} steps: {:?}", self.pages);
    }

    /// Returns the body of a form that was filled in.
    fn fill(&mut self, url: &Url, form: Form, answer: Answer) -> String {
        let has = |name: &str| form.fields.iter().any(|field| field == name);
        let asks = has("username") || has("user_code");
        self.pages.push(url.path().to_owned());
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(&form.hidden);
        if has("username") {
            body.append_pair("username", USERNAME);
            body.append_pair("password", PASSWORD);
        }
        if let Some(user_code) = form.user_code {
            body.append_pair("user_code", &user_code);
        }
        let button = match answer {
            Answer::Cancel if !asks => "cancel",
            _ => form.buttons.first().unwrap(),
        };
        body.append_pair("do", button);
        body.finish()
    }

    fn send(&mut self, url: &Url, body: Option<String>) -> (StatusCode, Option<String>, String) {
        let method = if body.is_some() {
            Method::POST
        } else {
            Method::GET
        };
        let mut request = Request::builder().method(method).uri(url.as_str());
        if body.is_some() {
            request = request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(ORIGIN, &self.issuer);
        }
        if !self.cookies.is_empty() {
            let cookies = self.cookies.iter();
            let cookies: Vec<_> = cookies
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header(COOKIE, cookies.join("; "));
        }
        let request = request.body(body.unwrap_or_default().into()).unwrap();
        let response = send(&self.agent, request).unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let location = response.headers().get(LOCATION);
        let location = location.map(|value| value.to_str().unwrap().to_owned());
        let status = response.status();
        (
            status,
            location,
            String::from_utf8(response.into_body()).unwrap(),
        )
    }
}

/// Returns a parameter of the URL at which a client receives its answer.
pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let url = Url::parse(url).unwrap();
    let found = url.query_pairs().find(|(found, _)| found == name);
    found.map(|(_, value)| value.into_owned())
}
