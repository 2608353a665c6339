//! A browser for tests: it keeps its cookies, follows redirects and sends the forms of pages.

use std::cell::RefCell;
use std::collections::BTreeMap;

use form_urlencoded::Serializer;

use crate::support::{Answer, Server};

/// `oauth.issuer` of the servers in these tests.
pub(super) const ORIGIN: &str = "http://localhost:8080";

/// A browser that knows one server, or several nodes of it.
#[derive(Default)]
pub(super) struct Browser {
    cookies: RefCell<BTreeMap<String, String>>,
}

/// A page.
pub(super) struct Page {
    pub(super) answer: Answer,
}

/// A form of a page: where it leads, and its hidden fields.
#[derive(Clone)]
pub(super) struct Form {
    pub(super) action: String,
    pub(super) hidden: Vec<(String, String)>,
}

fn unescaped(text: &str) -> String {
    let mut text = text.to_owned();
    for (escaped, plain) in [
        ("&#38;", "&"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        text = text.replace(escaped, plain);
    }
    text
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let after = tag.split(&format!(" {name}=\"")).nth(1)?;
    Some(unescaped(after.split('"').next().unwrap()))
}

impl Page {
    pub(super) fn html(&self) -> &str {
        self.answer.text()
    }

    /// Its name, as in `<body data-page>`.
    pub(super) fn name(&self) -> String {
        attribute(self.html(), "data-page").unwrap_or_else(|| panic!("{}", self.html()))
    }

    /// Returns the form with this id.
    pub(super) fn form(&self, id: &str) -> Form {
        let html = self.html();
        let begin = html
            .split("<form")
            .skip(1)
            .find(|form| {
                form.split('>')
                    .next()
                    .unwrap()
                    .contains(&format!(" id=\"{id}\""))
            })
            .unwrap_or_else(|| panic!("no form {id}: {html}"));
        let form = begin.split("</form>").next().unwrap();
        Form {
            action: attribute(form, "action").unwrap(),
            hidden: form
                .split("<input")
                .skip(1)
                .map(|rest| rest.split('>').next().unwrap())
                .filter(|input| input.contains("type=\"hidden\""))
                .map(|input| {
                    (
                        attribute(input, "name").unwrap(),
                        attribute(input, "value").unwrap(),
                    )
                })
                .collect(),
        }
    }

    /// Whether there is a form with this id.
    pub(super) fn has_form(&self, id: &str) -> bool {
        self.html().contains(&format!(" id=\"{id}\" data-testid"))
    }

    /// Returns the start of the tag with this `data-testid`.
    pub(super) fn tag(&self, id: &str) -> Option<String> {
        let mark = format!("data-testid=\"{id}\"");
        let at = self.html().find(&mark)?;
        let begin = self.html()[..at].rfind('<')?;
        let end = self.html()[at..].find('>')?;
        Some(self.html()[begin..at + end].to_owned())
    }

    /// Returns an attribute of the tag with this `data-testid`.
    pub(super) fn data(&self, id: &str, name: &str) -> Option<String> {
        attribute(&self.tag(id)?, name)
    }

    /// Returns the text of the element with this `data-testid`, without tags.
    pub(super) fn text_of(&self, id: &str) -> String {
        let mark = format!("data-testid=\"{id}\"");
        let after = self
            .html()
            .split(&mark)
            .nth(1)
            .unwrap_or_else(|| panic!("no {id}: {}", self.html()));
        let after = after.split_once('>').unwrap().1;
        let inner = after.split("</div>").next().unwrap();
        let inner = inner.split("</textarea>").next().unwrap();
        let mut text = String::new();
        let mut inside = false;
        for c in inner.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                c if !inside => text.push(c),
                _ => {}
            }
        }
        unescaped(text.trim())
    }

    /// Returns the value of the field with this name.
    pub(super) fn value(&self, name: &str) -> String {
        let html = self.html();
        let tag = html
            .split("<input")
            .skip(1)
            .map(|rest| rest.split('>').next().unwrap())
            .find(|tag| {
                tag.contains(&format!(" name=\"{name}\"")) && !tag.contains("type=\"hidden\"")
            });
        attribute(tag.unwrap_or_else(|| panic!("no field {name}")), "value").unwrap()
    }
}

impl Form {
    /// Returns the value of a hidden field.
    pub(super) fn hidden(&self, name: &str) -> &str {
        let found = self.hidden.iter().find(|(known, _)| known == name);
        &found.unwrap_or_else(|| panic!("no {name}")).1
    }
}

/// Returns the body of a form.
pub(super) fn encoded(fields: &[(&str, &str)]) -> String {
    let mut form = Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish()
}

impl Browser {
    /// Signs in, and must get in without a second factor.
    pub(super) fn signed_in(server: &Server, login: &str, password: &str) -> Self {
        let browser = Self::default();
        let answer = browser.sign_in(server, login, password);
        answer.with_status(303);
        assert_eq!(answer.header("location"), Some("/console"));
        browser
    }

    /// Sends the sign-in page.
    pub(super) fn sign_in(&self, server: &Server, login: &str, password: &str) -> Answer {
        let page = self.open(server, "/console/sign-in");
        assert_eq!(page.name(), "sign-in");
        let fields = [("login", login), ("password", password), ("do", "sign-in")];
        self.send(server, &page.form("sign-in"), &fields)
    }

    pub(super) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    pub(super) fn set_cookie(&self, name: &str, value: &str) {
        let mut cookies = self.cookies.borrow_mut();
        cookies.insert(name.to_owned(), value.to_owned());
    }

    pub(super) fn copy(&self) -> Self {
        Self {
            cookies: self.cookies.clone(),
        }
    }

    fn header(&self) -> String {
        let cookies = self.cookies.borrow();
        let pairs: Vec<_> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    fn keep(&self, answer: &Answer) {
        for set in answer.all("set-cookie") {
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            let mut cookies = self.cookies.borrow_mut();
            if set.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Opens a path.
    pub(super) fn get(&self, server: &Server, path: &str) -> Answer {
        let answer = server
            .get(path)
            .header("accept", "text/html")
            .header("cookie", &self.header())
            .send();
        self.keep(&answer);
        answer
    }

    /// Opens a path, which must be a page.
    pub(super) fn open(&self, server: &Server, path: &str) -> Page {
        let answer = self.get(server, path);
        answer.with_status(200);
        Page { answer }
    }

    /// Sends fields to a path, as this server's own pages do.
    pub(super) fn post(&self, server: &Server, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_with(server, path, fields, &[("origin", ORIGIN)])
    }

    /// Sends fields to a path, with these headers.
    pub(super) fn post_with(
        &self,
        server: &Server,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut call = server
            .post(path)
            .body("application/x-www-form-urlencoded", encoded(fields))
            .header("cookie", &self.header());
        for (name, value) in headers {
            call = call.header(name, value);
        }
        let answer = call.send();
        self.keep(&answer);
        answer
    }

    /// Sends a body to a path, as this server's own pages do.
    pub(super) fn post_body(
        &self,
        server: &Server,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Answer {
        let call = server.post(path).body(content_type, body);
        let answer = call
            .header("cookie", &self.header())
            .header("origin", ORIGIN)
            .send();
        self.keep(&answer);
        answer
    }

    /// Sends a form with these fields.
    pub(super) fn send(&self, server: &Server, form: &Form, fields: &[(&str, &str)]) -> Answer {
        let hidden = form.hidden.iter();
        let hidden = hidden.map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<_> = hidden.chain(fields.iter().copied()).collect();
        self.post(server, &form.action, &all)
    }

    /// Opens a page, and sends its form with these fields.
    pub(super) fn submit(
        &self,
        server: &Server,
        path: &str,
        form: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let page = self.open(server, path);
        self.send(server, &page.form(form), fields)
    }

    /// Follows a redirect to a page.
    pub(super) fn follow(&self, server: &Server, answer: &Answer) -> Page {
        answer.with_status(303);
        let location = answer.header("location").unwrap().to_owned();
        self.open(server, &location)
    }
}
