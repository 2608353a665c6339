//! The profile: what an organization can read and change of its own record.

use super::{
    ConsoleSignIn, KeyAlertsChange, Organization, PolicyError, TokenPolicy, console_sign_in, store,
};
use crate::app::App;
use crate::audit::{self, Action, Event, Origin};
use crate::base::name::is_name;
use crate::base::{OrganizationId, Timestamp};
use crate::config::CompanyTokens;
use crate::db::{Conn, Error, serialize_writes};
use crate::feed::{self, Entry, Fact, Index, Needed, Record};
use crate::ledger::{self, Unrotated};
use crate::operator;
use crate::revocation::{self, Written};

/// The profile of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its record.
    pub organization: Organization,
    /// The number of operators that are not deleted.
    pub operator_count: i64,
    /// The number of company tokens that are valid and due and were not rotated. At most
    /// [`MOST_DUE`] tokens are looked at.
    pub due_tokens: usize,
}

/// The largest number of company tokens that are looked at to count those that are due.
pub const MOST_DUE: i64 = 1_000;

/// What to change. `None` leaves a member as it is.
#[derive(Debug, Default)]
pub struct ProfileChange {
    /// A new name.
    pub name: Option<String>,
    /// The longest life of operator tokens (seconds). For this and each setting below: `None`
    /// leaves it, `Some(None)` resets it to the default, and `Some(Some(…))` sets it.
    pub operator_token_max_seconds: Option<Option<i64>>,
    /// The life of company tokens (seconds).
    pub company_token_lifetime_seconds: Option<Option<i64>>,
    /// How often the company token is to be rotated (days).
    pub rotation_period_days: Option<Option<i64>>,
    /// How long a rotated company token stays valid (seconds).
    pub rotation_grace_seconds: Option<Option<i64>>,
    /// Whether a company token that is due ends after the grace. The default is no.
    pub enforce_rotation: Option<Option<bool>>,
    /// Whether an operator can be granted only the scopes of its role. The default is no.
    pub cap_scopes_by_role: Option<Option<bool>>,
    /// The alerts that the organization receives about the use of its API keys.
    pub key_alerts: KeyAlertsChange,
    /// Who may sign in to the console. The API does not set it.
    pub console_sign_in: Option<ConsoleSignIn>,
    /// The version that the caller has seen ([`Organization::version`]). `None` if the change is made
    /// whatever the record is now.
    pub version: Option<String>,
}

/// Why the profile was not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The new name is not allowed.
    #[error(
        "name must have 1 to 200 characters, at least one of them visible, and no control characters"
    )]
    Name,
    /// A setting is out of bounds.
    #[error("{0}")]
    Policy(PolicyError),
    /// Nobody could change anything in the console: no operator who is an admin has a second factor.
    #[error(
        "no active operator with the role admin has a username or email, a password and a second factor, so nobody could \
         change anything in the console then; give one of them all three first"
    )]
    NoAdminWithFactor,
    /// The organization was changed since the caller has read it.
    #[error("the organization was changed meanwhile; read it again")]
    Changed,
    /// The organization does not exist any more.
    #[error("there is no organization with this id")]
    Unknown,
    /// The database failed.
    #[error("{0}")]
    Database(Error),
}

impl From<Error> for ProfileError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// Reads the profile.
///
/// # Errors
/// Returns the [`ProfileError`].
pub async fn read(app: &App, id: OrganizationId) -> Result<Profile, ProfileError> {
    let whole = Whole::of(app, id);
    app.db.read(move |conn| whole.read(conn)).await
}

/// Returns how many company tokens of an organization are due for rotation, as its profile has it.
///
/// # Errors
/// Returns the [`ProfileError`].
pub async fn due_tokens(app: &App, organization: &Organization) -> Result<usize, ProfileError> {
    let (whole, organization) = (Whole::of(app, organization.id), organization.clone());
    let read = move |conn: &mut Conn| whole.due_tokens(conn, &organization);
    app.db.read(read).await
}

/// What is needed to read a profile.
struct Whole {
    id: OrganizationId,
    defaults: CompanyTokens,
    feed: std::sync::Arc<feed::Feed>,
    now: Timestamp,
}

impl Whole {
    fn of(app: &App, id: OrganizationId) -> Self {
        Self {
            id,
            defaults: app.settings.company_tokens.clone(),
            feed: app.nodes.feed.clone(),
            now: app.clock.now(),
        }
    }

    fn read(&self, conn: &mut Conn) -> Result<Profile, ProfileError> {
        let organization = store::find(conn, self.id)?.ok_or(ProfileError::Unknown)?;
        Ok(Profile {
            operator_count: operator::count(conn, self.id)?,
            due_tokens: self.due_tokens(conn, &organization)?,
            organization,
        })
    }

    fn due_tokens(
        &self,
        conn: &mut Conn,
        organization: &Organization,
    ) -> Result<usize, ProfileError> {
        let terms = organization.policy.terms(&self.defaults);
        let due = Unrotated {
            organization: self.id,
            issued_by: self.now.minus(terms.period),
            after: None,
            limit: MOST_DUE,
        };
        let due = ledger::unrotated(conn, &due, self.now)?;
        let index: &Index = self.feed.index();
        let is_revoked = |record: &ledger::Record| index.revokes(&record.line.claims);
        Ok(due.iter().filter(|record| !is_revoked(record)).count())
    }
}

/// Changes the profile. Returns the changed profile, and what was written: this node has applied it
/// then. `None` if nothing was changed. If the change takes something away, the caller then calls
/// [`revocation::settle`].
///
/// # Errors
/// Returns the [`ProfileError`].
pub async fn change(
    app: &App,
    id: OrganizationId,
    change: ProfileChange,
    origin: Origin,
) -> Result<(Profile, Option<Written>), ProfileError> {
    let whole = Whole::of(app, id);
    let now = whole.now;
    revocation::commit_here(&app.db, app.nodes.feed.clone(), move |conn| {
        let (_, entries) = write(conn, id, change, &origin, now)?;
        Ok::<_, ProfileError>((whole.read(conn)?, entries))
    })
    .await
}

/// Changes the record of an organization, in the caller's transaction. Returns the record after the
/// change, and the entries that were written.
///
/// # Errors
/// Returns the [`ProfileError`].
pub fn write(
    conn: &mut Conn,
    id: OrganizationId,
    change: ProfileChange,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Organization, Vec<Entry>), ProfileError> {
    if change.name.as_deref().is_some_and(|name| !is_name(name)) {
        return Err(ProfileError::Name);
    }
    if change.console_sign_in.is_some() {
        console_sign_in::lock(conn, id)?;
    }
    serialize_writes(conn, "organizations")?;
    let mut after = store::find(conn, id)?.ok_or(ProfileError::Unknown)?;
    let before = after.clone();
    let seen = change.version.clone();
    change.apply(&mut after);
    after.policy = after.policy.in_force(&before.policy, now);
    after.policy.check().map_err(ProfileError::Policy)?;
    after.key_alerts.check().map_err(ProfileError::Policy)?;
    if after == before {
        return Ok((after, Vec::new()));
    }
    if seen.is_some_and(|seen| seen != before.version()) {
        return Err(ProfileError::Changed);
    }
    console_sign_in::change(conn, &before, &after)?;
    store::set_profile(conn, &after, now)?;
    let mut event = Event::of(origin, Action::OrganizationUpdated, now, id)
        .target(format!("organization:{id}"));
    if after.console_sign_in != before.console_sign_in {
        event = event.detail(format!("console_sign_in: {}", after.console_sign_in));
    }
    audit::record(conn, &event)?;
    let needed = Needed::in_passing(now);
    let entry = feed::append(conn, id, Fact::Changed(Record::Organization), now, needed)?;
    Ok((after, vec![entry]))
}

impl ProfileChange {
    fn apply(self, organization: &mut Organization) {
        let TokenPolicy {
            operator_token_max_seconds,
            company_token_lifetime_seconds,
            rotation_period_days,
            rotation_grace_seconds,
            enforce_rotation,
            enforced_since: _,
        } = &mut organization.policy;
        let settings = [
            (operator_token_max_seconds, self.operator_token_max_seconds),
            (
                company_token_lifetime_seconds,
                self.company_token_lifetime_seconds,
            ),
            (rotation_period_days, self.rotation_period_days),
            (rotation_grace_seconds, self.rotation_grace_seconds),
        ];
        for (setting, change) in settings {
            if let Some(value) = change {
                *setting = value;
            }
        }
        if let Some(enforce) = self.enforce_rotation {
            *enforce_rotation = enforce.unwrap_or_default();
        }
        if let Some(cap) = self.cap_scopes_by_role {
            organization.cap_scopes_by_role = cap.unwrap_or_default();
        }
        self.key_alerts.apply(&mut organization.key_alerts);
        if let Some(console_sign_in) = self.console_sign_in {
            organization.console_sign_in = console_sign_in;
        }
        if let Some(name) = self.name {
            organization.name = name;
        }
    }
}
