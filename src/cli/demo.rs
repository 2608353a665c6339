//! The demo data of `lanyard dev`: an organization, its password, and an operator. Existing data is
//! kept.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

use super::output::Failure;
use crate::access::Preset;
use crate::audit::Origin;
use crate::base::{OperatorId, OrganizationId, Timestamp, random};
use crate::db::Db;
use crate::operator::{
    self, Change, Filter, ManageError, NewOperator, Operator, OperatorStatus, PasswordHash, Profile,
};
use crate::organization::{self, NewOrganization, Organization, OrganizationStatus};
use crate::password::Password;
use crate::revocation;

/// The login of the organization, and the username of the operator.
pub(super) const LOGIN: &str = "demo";

const PAGE: i64 = 500;

pub(super) struct Demo {
    pub(super) organization: OrganizationId,
    pub(super) suspended: bool,
    /// Whether the organization was made just now.
    pub(super) is_new: bool,
    pub(super) operator: OperatorId,
    /// Whether the operator signs in with [`LOGIN`] as username, and the same password.
    pub(super) signs_in: bool,
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
    Ok(Demo {
        organization,
        suspended,
        is_new: is_first,
        operator: found.id,
        signs_in,
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
        after: None,
        limit: 1,
    };
    db.write_blocking(|conn| {
        if let Some(found) = operator::list(conn, &filter)?.pop() {
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
