//! The pages of the platform: who gets in, which forms are refused, and what ends a session.

mod account;
mod admins;
mod apart;
mod every;
mod kept;
mod log;
mod organization_list;
mod organizations;
mod proof;
mod service;
mod sign_in;
mod webhooks;

use diesel::prelude::*;
use lanyard::audit::Origin;
use lanyard::base::PlatformAdminId;
use lanyard::db::schema::audit;
use lanyard::db::{Conn, Result};
use lanyard::operator::PasswordHash;
use lanyard::password::Password;
use lanyard::platform::{self, NewAdmin};

use super::browser::{Browser, Page};
use super::{PASSWORD, check_page};
use crate::support::server::secret;
use crate::support::{Answer, Server, on_both};

/// The cookie of a session of the platform, over plain HTTP.
pub(super) const COOKIE: &str = "lanyard_platform";

/// A page that every admin can open.
const PAGE: &str = "/console/platform/admins";

/// An admin of the platform, with the password [`PASSWORD`].
pub(super) struct Root {
    pub(super) id: PlatformAdminId,
    login: String,
    /// The secret of its authenticator app.
    pub(super) secret: String,
    pub(super) codes: Vec<String>,
}

/// Adds an admin of the platform.
pub(super) fn root(server: &Server, login: &str) -> Root {
    let (app, origin) = (&server.app, Origin::command_line());
    let now = app.clock.now();
    let password = Password::new(secret(PASSWORD)).unwrap();
    let new = NewAdmin {
        login: login.to_owned(),
        password: PasswordHash::new(password.hash(server.bcrypt_cost()).unwrap()),
    };
    let masters = app.tokens.keys.masters();
    let add = |conn: &mut Conn| platform::add(conn, masters, &new, &origin, now);
    let added = app.db.write_blocking(add).unwrap();
    let codes = added.recovery_codes.iter();
    Root {
        id: added.admin.id,
        login: login.to_owned(),
        secret: added.secret.text().to_string(),
        codes: codes.map(|code| code.text().to_owned()).collect(),
    }
}

impl Root {
    /// The code that the app shows now. It works once.
    fn code(&self, server: &Server) -> String {
        crate::sessions::code(&self.secret, server.app.clock.now())
    }

    /// Signs in with the next code: half a minute passes first.
    pub(super) fn signed_in(&self, server: &Server) -> Browser {
        server.wait(30);
        let (browser, page) = self.half_in(server);
        let (code, form) = (self.code(server), page.form("second-factor"));
        let answer = browser.send(server, &form, &[("code", &code), ("do", "verify")]);
        answer.with_status(303);
        assert_eq!(answer.header("location"), Some("/console/platform"));
        browser
    }

    /// Sends the right password. Returns the page that asks for the second factor.
    pub(super) fn half_in(&self, server: &Server) -> (Browser, Page) {
        server.follow();
        let browser = Browser::default();
        let answer = sign_in(&browser, server, &self.login, PASSWORD);
        let page = browser.follow(server, &answer);
        assert_eq!(page.name(), "platform-second-factor");
        (browser, page)
    }
}

/// Sends the sign-in page of the platform.
fn sign_in(browser: &Browser, server: &Server, login: &str, password: &str) -> Answer {
    let page = browser.open(server, "/console/platform/sign-in");
    assert_eq!(page.name(), "platform-sign-in");
    let fields = [("login", login), ("password", password), ("do", "sign-in")];
    browser.send(server, &page.form("sign-in"), &fields)
}

/// Whether the browser is signed in to the platform.
pub(super) fn is_in(server: &Server, browser: &Browser) -> bool {
    browser.get(server, PAGE).status == 200
}

/// The newest lines of the audit log that belong to no organization: action, actor and target.
fn audit_of_service(server: &Server, limit: i64) -> Vec<(String, String, String)> {
    let read = move |conn: &mut Conn| -> Result<Vec<(String, String, Option<String>)>> {
        Ok(audit::table
            .filter(audit::organization_id.is_null())
            .order(audit::id.desc())
            .limit(limit)
            .select((audit::action, audit::actor, audit::target))
            .load(conn)?)
    };
    let lines = server.app.db.read_blocking(read).unwrap();
    let line = |(action, actor, target): (String, String, Option<String>)| {
        (action, actor, target.unwrap_or_default())
    };
    lines.into_iter().map(line).collect()
}
