//! A browser for tests: it keeps its cookie, follows links and sends the one form of a page.

use std::cell::RefCell;

use form_urlencoded::Serializer;

use crate::support::{Answer, Server};

/// `oauth.issuer` of the servers in these tests.
pub(super) const ISSUER: &str = "http://localhost:8080";

/// A browser that knows one server, or several nodes of it.
pub(super) struct Browser {
    cookie: RefCell<Option<String>>,
}

/// A page with a form.
pub(super) struct Page {
    pub(super) answer: Answer,
    action: String,
    hidden: Vec<(String, String)>,
}

impl Page {
    /// Reads the form of a page.
    pub(super) fn of(answer: &Answer) -> Self {
        let text = answer.text();
        let tag = |tag: &str| {
            let begin = text.find(tag).unwrap_or_else(|| panic!("no {tag}: {text}"));
            text[begin..].split('>').next().unwrap()
        };
        let form = tag("<form");
        let inputs = text.split("<input").skip(1);
        let hidden = inputs
            .map(|rest| rest.split('>').next().unwrap())
            .filter(|input| input.contains("type=\"hidden\""))
            .map(|input| (attribute(input, "name"), attribute(input, "value")));
        Self {
            answer: answer.clone(),
            action: attribute(form, "action"),
            hidden: hidden.collect(),
        }
    }

    /// Returns the value of a hidden field.
    pub(super) fn hidden(&self, name: &str) -> &str {
        let found = self.hidden.iter().find(|(known, _)| known == name);
        &found.unwrap_or_else(|| panic!("no {name}")).1
    }

    /// Returns the page's name, as in `<body data-page>`.
    pub(super) fn name(&self) -> String {
        attribute(self.answer.text(), "data-page")
    }
}

fn attribute(tag: &str, name: &str) -> String {
    let after = tag.split(&format!("{name}=\"")).nth(1);
    let value = after.unwrap_or_else(|| panic!("no {name} in {tag}"));
    let value = value.split('"').next().unwrap();
    value
        .replace("&amp;", "&")
        .replace("&#38;", "&")
        .replace("&quot;", "\"")
}

/// Returns the body of a form.
pub(super) fn form(fields: &[(&str, &str)]) -> String {
    let mut form = Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish()
}

impl Browser {
    pub(super) const fn new() -> Self {
        Self {
            cookie: RefCell::new(None),
        }
    }

    /// Returns its cookie, as `name=value`.
    pub(super) fn cookie(&self) -> Option<String> {
        self.cookie.borrow().clone()
    }

    /// Gives it a cookie.
    pub(super) fn with_cookie(cookie: Option<String>) -> Self {
        Self {
            cookie: RefCell::new(cookie),
        }
    }

    fn keep(&self, answer: &Answer) {
        if let Some(set) = answer.header("set-cookie") {
            let pair = set.split(';').next().unwrap();
            *self.cookie.borrow_mut() = Some(pair.to_owned());
        }
    }

    /// Opens a path of a server.
    pub(super) fn get(&self, server: &Server, path: &str) -> Answer {
        let mut call = server.get(path);
        if let Some(cookie) = self.cookie() {
            call = call.header("cookie", &cookie);
        }
        let answer = call.send();
        self.keep(&answer);
        answer
    }

    /// Sends fields to a path, as this server's own pages do.
    pub(super) fn post(&self, server: &Server, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_from(server, path, fields, Some(ISSUER))
    }

    /// Sends fields to a path, from a page of `origin`.
    pub(super) fn post_from(
        &self,
        server: &Server,
        path: &str,
        fields: &[(&str, &str)],
        origin: Option<&str>,
    ) -> Answer {
        let mut call = server
            .post(path)
            .body("application/x-www-form-urlencoded", form(fields));
        if let Some(origin) = origin {
            call = call.header("origin", origin);
        }
        if let Some(cookie) = self.cookie() {
            call = call.header("cookie", &cookie);
        }
        let answer = call.send();
        self.keep(&answer);
        answer
    }

    /// Sends the form of a page, with these fields.
    pub(super) fn submit(&self, server: &Server, page: &Page, fields: &[(&str, &str)]) -> Answer {
        let hidden = page.hidden.iter();
        let hidden = hidden.map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<_> = hidden.chain(fields.iter().copied()).collect();
        self.post(server, &page.action, &all)
    }

    /// Follows a redirect to one of the server's own pages, and further ones, up to a page with a
    /// form.
    pub(super) fn follow(&self, server: &Server, answer: &Answer) -> Page {
        let mut answer = answer.clone();
        for _ in 0..5 {
            if answer.status != 303 {
                break;
            }
            let location = answer.header("location").unwrap().to_owned();
            assert!(location.starts_with("/oauth/"), "{location}");
            answer = self.get(server, &location);
        }
        Page::of(answer.with_status(200))
    }

    /// Opens a path, and follows redirects up to a page with a form.
    pub(super) fn open(&self, server: &Server, path: &str) -> Page {
        let answer = self.get(server, path);
        self.follow(server, &answer)
    }

    /// Signs in on the sign-in page.
    pub(super) fn sign_in(&self, server: &Server, page: &Page, password: &str) -> Answer {
        assert_eq!(page.name(), "sign-in");
        let fields = [
            ("username", "lan"),
            ("password", password),
            ("do", "sign-in"),
        ];
        self.submit(server, page, &fields)
    }
}

/// Returns the parameters of a redirect to the client, which must be at `redirect_uri`.
pub(super) fn returned(answer: &Answer, redirect_uri: &str) -> Vec<(String, String)> {
    answer.with_status(303);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let location = answer.header("location").unwrap();
    let query = location
        .strip_prefix(redirect_uri)
        .unwrap_or_else(|| panic!("{location} is not {redirect_uri}"));
    let query = query.trim_start_matches(['?', '&']);
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

/// Returns one of the parameters of a redirect to the client.
pub(super) fn value(parameters: &[(String, String)], name: &str) -> String {
    let found = parameters.iter().find(|(known, _)| known == name);
    found
        .unwrap_or_else(|| panic!("no {name} in {parameters:?}"))
        .1
        .clone()
}
