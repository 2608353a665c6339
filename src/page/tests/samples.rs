//! Every page in every state.

use std::time::Duration;

use crate::page::oauth::*;
use crate::page::{Ask, CsrfToken, Look, Page, Scope};

/// What others give a page to show.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) client: String,
    pub(super) operator: String,
    pub(super) username: String,
    pub(super) request: String,
    pub(super) destination: String,
    pub(super) user_code: String,
    pub(super) scope: String,
    pub(super) description: String,
    pub(super) detail: String,
}

impl Given {
    /// What is given on an ordinary day.
    pub(super) fn ordinary() -> Self {
        Self {
            client: "Acme Purchasing".to_owned(),
            operator: "Nguyễn Văn An".to_owned(),
            username: "olga@acme.example".to_owned(),
            request: "kQ3vT8mZ1xYwB0nR".to_owned(),
            destination: "app.acme.example".to_owned(),
            user_code: "BCDF-GHJK".to_owned(),
            scope: "rfq:submit".to_owned(),
            description: "Send quotes to suppliers".to_owned(),
            detail: "redirect_uri is not registered for this client".to_owned(),
        }
    }

    /// The same text everywhere.
    pub(super) fn everywhere(text: &str) -> Self {
        let text = || text.to_owned();
        Self {
            client: text(),
            operator: text(),
            username: text(),
            request: text(),
            destination: text(),
            user_code: text(),
            scope: text(),
            description: text(),
            detail: text(),
        }
    }
}

/// The value of a session cookie.
pub(super) const COOKIE: &str = "n0S5hUeSfpZlYV9DWR9Bq7KpC2T6bW8xJgM4rQaEiOo";

/// Renders every page in every state: its name and its HTML.
pub(super) fn all(look: Look, given: &Given) -> Vec<(String, String)> {
    let csrf = CsrfToken::of(COOKIE);
    let ask = Ask {
        look,
        csrf: &csrf,
        request: Some(&given.request),
    };
    let mut pages = Pages::default();
    sign_in(&mut pages, ask, given);
    second_factor(&mut pages, ask);
    consent(&mut pages, ask, given);
    new_password(&mut pages, ask, given);
    device(&mut pages, ask, given);
    sign_out(&mut pages, ask, given);
    for outcome in Outcome::ALL {
        pages.add(&format!("done {outcome:?}"), &Done { look, outcome });
    }
    for error in PageError::ALL {
        for (state, detail) in [("", None), (" with detail", Some(given.detail.as_str()))] {
            let page = ErrorPage {
                look,
                error,
                detail,
                request_id: "3f0c9a52b7e14d68a1c5f2e9d0b47386",
            };
            pages.add(&format!("error {error:?}{state}"), &page);
        }
    }
    pages.0
}

#[derive(Default)]
struct Pages(Vec<(String, String)>);

impl Pages {
    fn add(&mut self, name: &str, page: &impl Page) {
        let words = name
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty());
        let name = words.collect::<Vec<_>>().join("-").to_lowercase();
        self.0.push((name, page.html().unwrap()));
    }
}

const WAIT: Duration = Duration::from_mins(4);

fn sign_in(pages: &mut Pages, ask: Ask<'_>, given: &Given) {
    let page = |errors| SignIn {
        ask,
        client: Some(&given.client),
        username: &given.username,
        errors,
    };
    pages.add(
        "sign-in",
        &SignIn {
            username: "",
            ..page(&[])
        },
    );
    pages.add("sign-in hinted", &page(&[]));
    pages.add("sign-in wrong", &page(&[SignInError::Wrong]));
    pages.add("sign-in throttled", &page(&[SignInError::Throttled(WAIT)]));
    let missing = [SignInError::UsernameMissing, SignInError::PasswordMissing];
    pages.add(
        "sign-in missing",
        &SignIn {
            username: "",
            ..page(&missing)
        },
    );
    let alone = Ask {
        request: None,
        ..ask
    };
    pages.add(
        "sign-in alone",
        &SignIn {
            ask: alone,
            client: None,
            ..page(&[])
        },
    );
}

fn second_factor(pages: &mut Pages, ask: Ask<'_>) {
    let page = |errors| SecondFactor { ask, errors };
    pages.add("second-factor", &page(&[]));
    pages.add("second-factor wrong", &page(&[SecondFactorError::Wrong]));
    pages.add(
        "second-factor missing",
        &page(&[SecondFactorError::Missing]),
    );
    pages.add(
        "second-factor throttled",
        &page(&[SecondFactorError::Throttled(WAIT)]),
    );
}

fn scopes(given: &Given) -> Vec<Scope<'_>> {
    let known = [
        "openid",
        "profile",
        "email",
        "offline_access",
        "read",
        "write",
        "admin",
    ];
    let known = known.map(|name| Scope {
        name,
        description: None,
    });
    let own = Scope {
        name: &given.scope,
        description: Some(&given.description),
    };
    let bare = Scope {
        name: &given.scope,
        description: None,
    };
    known.into_iter().chain([own, bare]).collect()
}

fn consent(pages: &mut Pages, ask: Ask<'_>, given: &Given) {
    let scopes = scopes(given);
    let page = |scopes| Consent {
        ask,
        client: &given.client,
        operator: &given.operator,
        scopes,
        destination: &given.destination,
    };
    pages.add("consent", &page(&scopes));
    pages.add("consent few", &page(&scopes[4..6]));
    pages.add("consent without scopes", &page(&[]));
}

fn new_password(pages: &mut Pages, ask: Ask<'_>, given: &Given) {
    use NewPasswordError as E;
    let page = |errors| NewPassword {
        ask,
        username: &given.username,
        errors,
    };
    pages.add("new-password", &page(&[]));
    pages.add(
        "new-password missing",
        &page(&[E::CurrentMissing, E::NewMissing]),
    );
    pages.add(
        "new-password wrong",
        &page(&[E::CurrentWrong, E::NewTooLong]),
    );
    pages.add("new-password unusable", &page(&[E::NewUnusable]));
    pages.add("new-password throttled", &page(&[E::Throttled(WAIT)]));
}

fn device(pages: &mut Pages, ask: Ask<'_>, given: &Given) {
    let alone = Ask {
        request: None,
        ..ask
    };
    let page = |errors| DeviceCode {
        ask: alone,
        user_code: &given.user_code,
        errors,
    };
    pages.add(
        "device-code",
        &DeviceCode {
            user_code: "",
            ..page(&[])
        },
    );
    pages.add("device-code hinted", &page(&[]));
    pages.add(
        "device-code missing",
        &DeviceCode {
            user_code: "",
            ..page(&[DeviceCodeError::Missing])
        },
    );
    pages.add("device-code unknown", &page(&[DeviceCodeError::Unknown]));
    pages.add(
        "device-code throttled",
        &page(&[DeviceCodeError::Throttled(WAIT)]),
    );
    let confirmation = DeviceConfirmation {
        ask,
        user_code: &given.user_code,
        client: &given.client,
        operator: &given.operator,
        scopes: &scopes(given),
    };
    pages.add("device-confirmation", &confirmation);
}

fn sign_out(pages: &mut Pages, ask: Ask<'_>, given: &Given) {
    let page = SignOut {
        ask,
        operator: &given.operator,
        client: Some(&given.client),
    };
    pages.add("sign-out", &page);
    pages.add(
        "sign-out alone",
        &SignOut {
            client: None,
            ..page
        },
    );
}
