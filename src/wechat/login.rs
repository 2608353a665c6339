//! Signs a person in: sends the code to WeChat, which names the person, and issues a session to the
//! operator.

mod error;

pub use error::LoginError;

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::app::target;
use super::{Decision, Person, UpstreamError, WechatApp, is_app_id, sealed_name, store};
use crate::app::App;
use crate::audit::{self, Action, Actor, Event, Origin};
use crate::base::{Sequence, Timestamp, Turn};
use crate::db::{self, Conn, Error, Records, serialize_within};
use crate::login::{What, network};
use crate::operator::{self, NewOperator, Operator, OperatorStatus, Profile, session};
use crate::token::SessionVia;

/// The longest code (characters). WeChat's have 32.
const LONGEST_CODE: usize = 256;

/// The name of an operator that was made without a nickname.
const NAMELESS: &str = "WeChat user";

/// What a Mini Program presents.
// It has no `Debug`: the code must not reach a log.
pub struct Presented {
    /// The code that WeChat gave it.
    pub code: SecretString,
    /// The id of the app.
    pub app_id: String,
    /// The name of the operator, if one is made.
    pub nickname: Option<String>,
    /// The picture of the operator, if one is made.
    pub avatar: Option<String>,
}

/// A person that has signed in.
// It has no `Debug`: the session must not reach a log.
pub struct SignedIn {
    /// The text of the session.
    pub session: String,
    /// The operator.
    pub operator: Operator,
    /// The ids that WeChat gave the person.
    pub person: Person,
}

impl Presented {
    /// Checks what can be checked without WeChat and the database. An empty nickname or avatar is
    /// treated as absent: the form of a Mini Program sends an empty text if nothing was filled in.
    fn check(&self) -> Result<Profile, LoginError> {
        let code = self.code.expose_secret();
        if !(1..=LONGEST_CODE).contains(&code.len())
            || !code.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(LoginError::Code);
        }
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let profile = Profile {
            name: given(&self.nickname).unwrap_or_else(|| NAMELESS.to_owned()),
            avatar: given(&self.avatar),
            ..Profile::default()
        };
        profile.check().map_err(operator::ManageError::Profile)?;
        Ok(profile)
    }
}

/// Signs in the person that a code stands for. Attempts are throttled by address.
///
/// # Errors
/// Returns the [`LoginError`].
pub async fn log_in(
    app: &App,
    presented: Presented,
    origin: Origin,
) -> Result<SignedIn, LoginError> {
    let outcome = attempt(app, presented, origin).await;
    let word = outcome
        .as_ref()
        .err()
        .map_or("accepted", LoginError::outcome);
    app.metrics.login(word);
    outcome
}

async fn attempt(app: &App, presented: Presented, origin: Origin) -> Result<SignedIn, LoginError> {
    // The attempt counts against its address only.
    app.logins.throttle.admit("wechat", origin.address)?;
    // A node that has not applied the latest revocations would sign a session that they do revoke.
    if !app.nodes.feed.holds_lease() {
        return Err(LoginError::Stale);
    }
    let profile = presented.check()?;
    let (found, rev) = look_up(app, &presented.app_id, &origin).await?;
    if !found.organization_is_active {
        // As everywhere, what belongs to a suspended organization is unknown.
        return Err(LoginError::UnknownApp);
    }
    let person = ask(app, &found, &presented, &origin).await?;
    let operator = resolve(app, found.app, &person, profile, &origin).await?;
    if operator.status != OperatorStatus::Active {
        return Err(LoginError::Forbidden("the operator may not sign in"));
    }
    let key = (operator.organization, operator.id);
    let app_id = presented.app_id.clone();
    let session = session::begin(
        app,
        &operator,
        (rev, SessionVia::WeChat),
        origin,
        move |conn| {
            // It may have been removed while WeChat answered.
            if store::find(conn, key.0, &app_id)?.is_none() {
                return Err(LoginError::UnknownApp);
            }
            let now = operator::find(conn, key.0, key.1)?;
            if now.is_some_and(|operator| operator.second_factor) {
                return Err(LoginError::Forbidden(
                    "this operator signs in with a second factor, which only the sign-in page asks for",
                ));
            }
            Ok(())
        },
    )
    .await?;
    Ok(SignedIn {
        session,
        operator,
        person,
    })
}

/// Returns the app, and the sequence that this node had applied before it read anything: a change
/// after that point revokes what is issued.
async fn look_up(
    app: &App,
    app_id: &str,
    origin: &Origin,
) -> Result<(store::Found, Sequence), LoginError> {
    if !is_app_id(app_id) {
        return Err(LoginError::UnknownApp);
    }
    let turn = Turn::Stranger(origin.address.map(network));
    let _place = app.logins.lookups.enter(turn, &app.db).await?;
    let read = || {
        let app_id = app_id.to_owned();
        app.db.read(move |conn| store::find_any(conn, &app_id))
    };
    let mut rev = app.nodes.feed.applied();
    let mut found = read().await?;
    if found.as_ref().is_some_and(|found| rev < found.created_seq) {
        // The organization was added a moment ago, and this node has not applied that entry yet.
        let feed = Arc::clone(&app.nodes.feed);
        app.db.run(move |_| feed.sync()).await?;
        rev = app.nodes.feed.applied();
        found = read().await?;
    }
    Ok((found.ok_or(LoginError::UnknownApp)?, rev))
}

/// Sends the code to WeChat, once. An error that only the app's owner can correct is noted for the
/// audit log.
async fn ask(
    app: &App,
    found: &store::Found,
    presented: &Presented,
    origin: &Origin,
) -> Result<Person, LoginError> {
    let WechatApp {
        organization,
        app_id,
        ..
    } = &found.app;
    let masters = app.tokens.keys.masters();
    let secret = masters
        .open(&found.secret, &sealed_name(app_id))
        .map_err(|why| Error::Internal(why.to_string()))?;
    let secret = String::from_utf8(secret.to_vec()).map(Zeroizing::new);
    let secret = secret.map_err(|_| Error::Internal(format!("the secret of {app_id}")))?;
    let asked = app
        .logins
        .wechat
        .ask(*organization, app_id, secret, &presented.code);
    asked.await.map_err(|error| match error {
        UpstreamError::Refused => LoginError::Refused,
        UpstreamError::Risk => LoginError::Forbidden(
            "WeChat considers this person a risk and does not let them sign in",
        ),
        UpstreamError::Limited => LoginError::Limited,
        UpstreamError::Busy => LoginError::Busy,
        UpstreamError::Unavailable(why) => {
            tracing::warn!(%why, %app_id, "WeChat does not answer");
            LoginError::Unavailable
        }
        UpstreamError::Unusable(detail) => {
            let target = target(app_id);
            app.logins.failed.note_what(
                Action::WechatFailed,
                *organization,
                What { target, detail },
                origin,
            );
            LoginError::Unusable
        }
    })
}

/// Returns the operator that a person is. If nobody in the organization is this person, it makes an
/// operator, unless the app says `refuse`.
async fn resolve(
    app: &App,
    of: WechatApp,
    person: &Person,
    profile: Profile,
    origin: &Origin,
) -> Result<Operator, LoginError> {
    let who = Who {
        app: of,
        person: person.clone(),
    };
    let now = app.clock.now();
    let (known, who) = app
        .db
        .read(move |conn| Ok::<_, LoginError>((who.known(conn)?, who)))
        .await?;
    if let Some(operator) = known {
        return Ok(operator);
    }
    let origin = Origin {
        actor: Actor::Anonymous,
        ..origin.clone()
    };
    app.db
        .write(move |conn| who.settle(conn, profile, &origin, now))
        .await
}

/// The refusal of a person that the organization does not know.
const STRANGER: LoginError =
    LoginError::Forbidden("nobody in this organization is known by this WeChat account");

/// A person in an app.
struct Who {
    app: WechatApp,
    person: Person,
}

impl Who {
    fn decide(&self, conn: &mut Conn) -> db::Result<Decision> {
        let owners = store::owners(conn, &self.app, &self.person)?;
        let has_unionid = self.person.unionid.is_some();
        Ok(Decision::of(owners, has_unionid, self.app.on_unknown))
    }

    /// Returns the operator, if it is known and nothing is to be written.
    fn known(&self, conn: &mut Conn) -> Result<Option<Operator>, LoginError> {
        match self.decide(conn)? {
            Decision::Refuse => Err(STRANGER),
            decision @ Decision::Is { operator, .. } if !decision.writes() => {
                Ok(operator::find(conn, self.app.organization, operator)?)
            }
            Decision::Is { .. } | Decision::Create => Ok(None),
        }
    }

    /// Decides again while no other sign-in does, and writes what the decision says.
    fn settle(
        mut self,
        conn: &mut Conn,
        profile: Profile,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<Operator, LoginError> {
        let organization = self.app.organization;
        serialize_within(conn, Records::Operators, organization)?;
        // It may have been changed or removed while WeChat answered.
        let app = store::find(conn, organization, &self.app.app_id)?;
        self.app = app.ok_or(LoginError::UnknownApp)?;
        let app = &self.app;
        let Person { openid, unionid } = &self.person;
        let (operator, openid_is_new, new_unionid, conflicts) = match self.decide(conn)? {
            Decision::Refuse => return Err(STRANGER),
            Decision::Create => {
                let new = NewOperator {
                    profile: Profile {
                        role: Some(app.role.clone()),
                        ..profile
                    },
                    password: None,
                    status: OperatorStatus::Active,
                };
                let operator = operator::add(conn, organization, new, origin, now)?;
                (operator, true, unionid.as_ref(), false)
            }
            Decision::Is {
                operator,
                adds_openid,
                adds_unionid,
                conflicts,
            } => {
                let found = operator::get(conn, organization, operator)?;
                let new_unionid = unionid.as_ref().filter(|_| adds_unionid);
                (found, adds_openid, new_unionid, conflicts)
            }
        };
        if openid_is_new {
            store::insert_openid(conn, app, openid, operator.id, now)?;
        }
        if let Some(unionid) = new_unionid {
            store::insert_unionid(conn, organization, unionid, operator.id, now)?;
        }
        if conflicts {
            let event = Event::of(origin, Action::WechatIdentityConflict, now, organization)
                .target(format!("operator:{}", operator.id))
                .detail(format!(
                    "the unionid that WeChat gives for this operator in {} is another operator's",
                    app.app_id
                ));
            audit::record(conn, &event)?;
        }
        Ok(operator)
    }
}
