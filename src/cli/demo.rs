//! The demo data of `lanyard dev`: an organization, its password, an operator, and an admin of the
//! console. Existing data is kept.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

use super::output::Failure;
use crate::access::{Preset, Roles};
use crate::audit::Origin;
use crate::base::{OperatorId, OrganizationId, Seek, Timestamp, random};
use crate::db::Db;
use crate::operator::{
    self, Change, Filter, ManageError, NewOperator, Operator, OperatorStatus, PasswordHash, Profile,
};
use crate::organization::{self, NewOrganization, Organization, OrganizationStatus};
use crate::password::Password;
use crate::revocation;

/// The login of the organization, and the username of the operator.
pub(super) const LOGIN: &str = "demo";

/// The username of the operator that is an admin in the console.
pub(super) const ADMIN: &str = "admin";

const PAGE: i64 = 500;

#[allow(
    clippy::struct_excessive_bools,
    reason = "each is printed, or leads to a line that is printed"
)]
pub(super) struct Demo {
    pub(super) organization: OrganizationId,
    pub(super) suspended: bool,
    /// Whether the organization was made just now.
    pub(super) is_new: bool,
    pub(super) operator: OperatorId,
    /// Whether the operator signs in with [`LOGIN`] as username, and the same password.
    pub(super) signs_in: bool,
    /// Whether an operator with the role `admin` signs in to the console as [`ADMIN`], with the same
    /// password.
    pub(super) has_admin: bool,
    password: SecretString,
}

impl Demo {
    /// Returns the password as plain text. It may be shown, because it protects only the demo data.
    pub(super) fn password(&self) -> &str {
        self.password.expose_secret()
    }
}

/// Returns the path of the file that holds the password.
pub(super) fn password_file(folder: &Path) -> PathBuf {
    folder.join("demo-password")
}

/// Finds the organization, its password and an active operator, and creates what is missing.
pub(super) fn ensure(db: &Db, folder: &Path, cost: u32, now: Timestamp) -> Result<Demo, Failure> {
    let origin = Origin::command_line();
    let found = find(db)?;
    let (password, is_new) = password(&password_file(folder))?;
    let checked = Password::new(password.clone()).map_err(|why| {
        Failure::new(format_args!(
            "{}: {why}; remove the file to get another",
            password_file(folder).display()
        ))
    })?;
    let suspended = found
        .as_ref()
        .is_some_and(|found| found.status == OrganizationStatus::Suspended);
    let is_first = found.is_none();
    let organization = if let Some(Organization { id, .. }) = found {
        if is_new {
            organization::set_password(db, id, &checked, cost, &origin, now)
                .map_err(Failure::new)?;
        }
        id
    } else {
        let new = NewOrganization {
            login: LOGIN.to_owned(),
            name: "Demo organization".to_owned(),
            password: checked,
            preset: Preset::All,
        };
        organization::add(db, &new, cost, &origin, now).map_err(Failure::new)?
    };
    let found = operator(db, organization, &origin, now)?;
    let signs_in = sign_in(db, &found, &password, is_new, cost, &origin, now)?;
    let has_admin = admin(db, organization, &password, is_new, cost, &origin, now)?;
    Ok(Demo {
        organization,
        suspended,
        is_new: is_first,
        operator: found.id,
        signs_in,
        has_admin,
        password,
    })
}

/// Returns the demo organization; `None` if there is none yet. Fails if the database holds only
/// other organizations: it is then in real use.
fn find(db: &Db) -> Result<Option<Organization>, Failure> {
    let (mut after, mut others) = (OrganizationId(0), false);
    loop {
        let page = organization::list(db, after, PAGE)?;
        let Some(last) = page.last() else { break };
        (after, others) = (last.id, true);
        let found = page
            .into_iter()
            .find(|organization| organization.login.eq_ignore_ascii_case(LOGIN));
        if found.is_some() {
            return Ok(found);
        }
    }
    if others {
        return Err(Failure::new(
            "this database holds organizations already, and none that dev made; dev does not add one with a password that \
             it shows. Run `lanyard serve` on it, or give dev a database of its own: --database sqlite:PATH",
        ));
    }
    Ok(None)
}

/// Reads or creates the password. Returns it, and whether it is new.
fn password(path: &Path) -> Result<(SecretString, bool), Failure> {
    let failed = |why: std::io::Error| Failure::new(format_args!("{}: {why}", path.display()));
    match fs::read_to_string(path) {
        Ok(text) => Ok((text.lines().next().unwrap_or_default().into(), false)),
        Err(why) if why.kind() == ErrorKind::NotFound => {
            let text = URL_SAFE_NO_PAD.encode(random::bytes::<15>());
            fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
                .and_then(|mut file| writeln!(file, "{text}"))
                .map_err(failed)?;
            Ok((text.into(), true))
        }
        Err(why) => Err(failed(why)),
    }
}

fn operator(
    db: &Db,
    organization: OrganizationId,
    origin: &Origin,
    now: Timestamp,
) -> Result<Operator, Failure> {
    let filter = Filter {
        organization,
        status: Some(OperatorStatus::Active),
        external_id: None,
        seek: Seek::First,
        limit: 2,
    };
    let is_other = |one: &Operator| one.profile.username.as_deref() != Some(ADMIN);
    db.write_blocking(|conn| {
        let mut found = operator::list(conn, &filter)?.into_iter();
        if let Some(found) = found.find(is_other) {
            return Ok(found);
        }
        let profile = Profile {
            name: "Demo operator".to_owned(),
            ..Profile::default()
        };
        let new = NewOperator {
            profile,
            password: None,
            status: OperatorStatus::Active,
        };
        operator::add(conn, organization, new, origin, now)
    })
    .map_err(|error: ManageError| Failure::new(error))
}

/// Lets the operator sign in, unless it has a username of its own. Returns whether it signs in with
/// [`LOGIN`] and this password.
fn sign_in(
    db: &Db,
    found: &Operator,
    password: &SecretString,
    is_new: bool,
    cost: u32,
    origin: &Origin,
    now: Timestamp,
) -> Result<bool, Failure> {
    match found.profile.username.as_deref() {
        Some(LOGIN) if !is_new => return Ok(true),
        Some(LOGIN) | None => {}
        Some(_) => return Ok(false),
    }
    let hash = Password::new(password.clone()).map_err(Failure::new)?;
    let hash = hash.hash(cost).map_err(Failure::new)?;
    let change = Change {
        username: Some(Some(LOGIN.to_owned())),
        password: Some(Some(PasswordHash::new(hash))),
        ..Change::default()
    };
    let set = revocation::commit_from_cli(db, |conn| {
        operator::change(conn, found.organization, found.id, change, origin, now)
    });
    match set {
        Ok(_) => Ok(true),
        Err(ManageError::UsernameTaken) => Ok(false),
        Err(other) => Err(Failure::new(other)),
    }
}

/// Adds an operator with the role `admin` that signs in to the console, unless somebody has its name.
/// Returns whether it signs in with [`ADMIN`] and this password.
fn admin(
    db: &Db,
    organization: OrganizationId,
    password: &SecretString,
    is_new: bool,
    cost: u32,
    origin: &Origin,
    now: Timestamp,
) -> Result<bool, Failure> {
    let found = db.read_blocking(|conn| operator::look_up(conn, organization, ADMIN))?;
    let named = |one: &Operator| one.profile.username.as_deref() == Some(ADMIN);
    let found = found.into_iter().find(named);
    let is_admin = |one: &Operator| {
        one.profile.role.as_deref() == Some(Roles::ADMIN) && one.status == OperatorStatus::Active
    };
    match &found {
        Some(one) if !is_admin(one) || one.password.is_none() => return Ok(false),
        Some(_) if !is_new => return Ok(true),
        _ => {}
    }
    let hash = Password::new(password.clone()).map_err(Failure::new)?;
    let hash = PasswordHash::new(hash.hash(cost).map_err(Failure::new)?);
    let Some(found) = found else {
        let new = NewOperator {
            profile: Profile {
                name: "Demo admin".to_owned(),
                role: Some(Roles::ADMIN.to_owned()),
                username: Some(ADMIN.to_owned()),
                ..Profile::default()
            },
            password: Some(hash),
            status: OperatorStatus::Active,
        };
        let added = db.write_blocking(|conn| operator::add(conn, organization, new, origin, now));
        return match added {
            Ok(_) => Ok(true),
            Err(ManageError::UsernameTaken) => Ok(false),
            Err(other) => Err(Failure::new(other)),
        };
    };
    let change = Change {
        password: Some(Some(hash)),
        ..Change::default()
    };
    revocation::commit_from_cli(db, |conn| {
        operator::change(conn, organization, found.id, change, origin, now)
    })
    .map_err(|error: ManageError| Failure::new(error))?;
    Ok(true)
}
