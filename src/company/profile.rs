//! What an organization reads and changes of itself.

use super::{Organization, PolicyFault, TokenPolicy, is_name, store};
use crate::app::App;
use crate::audit::{self, Action, Event, Origin};
use crate::base::OrganizationId;
use crate::db::{Conn, Error, take_turns};
use crate::feed::{self, Fact};
use crate::revocation;

/// What to change; none: leave as it is.
#[derive(Debug, Default)]
pub struct ProfileChange {
    /// A new name.
    pub name: Option<String>,
    /// For each setting: leave it, set it back to the default, or set it.
    pub operator_token_max_seconds: Option<Option<i64>>,
    /// As above.
    pub company_token_lifetime_seconds: Option<Option<i64>>,
    /// As above.
    pub rotation_period_days: Option<Option<i64>>,
    /// As above.
    pub rotation_grace_seconds: Option<Option<i64>>,
    /// As above; the default is off.
    pub enforce_rotation: Option<Option<bool>>,
}

/// Why the profile could not be read or changed.
#[derive(Debug)]
pub enum ProfileFault {
    /// The name cannot be one.
    Name,
    /// A setting is out of bounds.
    Policy(PolicyFault),
    /// There is no such organization any more.
    Unknown,
    /// The database.
    Database(Error),
}

impl From<Error> for ProfileFault {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// The organization and how many operators it has that are not deleted.
///
/// # Errors
/// The [`ProfileFault`].
pub async fn read(app: &App, id: OrganizationId) -> Result<(Organization, i64), ProfileFault> {
    app.db.read(move |conn| whole(conn, id)).await
}

fn whole(conn: &mut Conn, id: OrganizationId) -> Result<(Organization, i64), ProfileFault> {
    let organization = store::find(conn, id)?.ok_or(ProfileFault::Unknown)?;
    Ok((organization, store::operator_count(conn, id)?))
}

/// Changes the profile; what it is afterwards.
///
/// # Errors
/// The [`ProfileFault`].
pub async fn change(
    app: &App,
    id: OrganizationId,
    change: ProfileChange,
    origin: Origin,
) -> Result<(Organization, i64), ProfileFault> {
    if change.name.as_deref().is_some_and(|name| !is_name(name)) {
        return Err(ProfileFault::Name);
    }
    let now = app.clock.now();
    let (profile, _) = revocation::commit(&app.db, app.feed.clone(), move |conn| {
        take_turns(conn, "organizations")?;
        let (mut organization, count) = whole(conn, id)?;
        let before = organization.clone();
        change.apply(&mut organization);
        organization.policy.check().map_err(ProfileFault::Policy)?;
        if organization == before {
            return Ok(((organization, count), Vec::new()));
        }
        store::set_profile(conn, &organization, now)?;
        let event = Event::of(&origin, Action::OrganizationUpdated, now, id)
            .target(format!("organization:{id}"));
        audit::record(conn, &event)?;
        let entry = feed::append(conn, id, Fact::OrganizationChanged, now, Some(now))?;
        Ok::<_, ProfileFault>(((organization, count), vec![entry]))
    })
    .await?;
    Ok(profile)
}

impl ProfileChange {
    fn apply(self, organization: &mut Organization) {
        let TokenPolicy {
            operator_token_max_seconds,
            company_token_lifetime_seconds,
            rotation_period_days,
            rotation_grace_seconds,
            enforce_rotation,
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
        if let Some(name) = self.name {
            organization.name = name;
        }
    }
}
