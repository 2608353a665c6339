//! The OAuth client of `lanyard dev`. Its secret is in a file, because the database has only a digest
//! of it.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::output::Failure;
use crate::audit::Origin;
use crate::base::{ClientId, OrganizationId, Timestamp};
use crate::client::{ClientSecret, ManageError, Registration, keys, manage};
use crate::db::Db;
use crate::revocation;
use crate::signing_keys::Keeper;

/// What the client asks for on behalf of the operator.
pub(super) const SCOPES: &str = "openid profile";

pub(super) struct DemoClient {
    pub(super) id: ClientId,
    secret: SecretString,
}

impl DemoClient {
    /// Returns the secret as plain text. It may be shown, because it protects only the demo data.
    pub(super) fn secret(&self) -> &str {
        self.secret.expose_secret()
    }
}

/// Returns the path of the file that holds the id and the secret.
fn file(folder: &Path) -> PathBuf {
    folder.join("demo-client")
}

/// Finds the client, or adds it, and registers the redirect URI with it.
pub(super) fn ensure(
    db: &Db,
    keeper: &Arc<Keeper>,
    folder: &Path,
    organization: OrganizationId,
    redirect_uri: &str,
    now: Timestamp,
) -> Result<DemoClient, Failure> {
    let origin = Origin::command_line();
    if let Some(kept) = kept(&file(folder))?
        && is_valid(db, organization, &kept, now)?
    {
        let wanted = redirect_uri.to_owned();
        let edit = move |registration: &mut Registration| {
            if !registration.redirect_uris.contains(&wanted) {
                registration.redirect_uris.push(wanted);
            }
        };
        revocation::commit_from_cli(db, |conn| {
            manage::change(conn, (organization, &kept.id), edit, None, &origin, now)
        })?;
        return Ok(kept);
    }
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let registration = Registration {
        name: Some("Demo client".to_owned()),
        redirect_uris: vec![redirect_uri.to_owned()],
        grants: Some(words("authorization_code refresh_token client_credentials")),
        scopes: [words(SCOPES), words("email read")].concat(),
        ..Registration::default()
    };
    let settings = db.read_blocking(|conn| manage::validate(conn, organization, &registration))?;
    let keeper = || Ok::<_, Failure>(Arc::clone(keeper));
    keys::prepare_from_cli(db, &settings, keeper, now)?;
    let (added, _) = revocation::commit_from_cli(db, |conn| {
        manage::add(conn, organization, &registration, &origin, now)
    })?;
    let secret = added.secret.as_ref().map_or("", ClientSecret::text);
    let client = DemoClient {
        id: added.registered.client.id,
        secret: secret.to_owned().into(),
    };
    keep(&file(folder), &client)?;
    Ok(client)
}

/// Whether the client is active and has this secret.
fn is_valid(
    db: &Db,
    organization: OrganizationId,
    kept: &DemoClient,
    now: Timestamp,
) -> Result<bool, Failure> {
    match db.read_blocking(|conn| manage::get(conn, organization, &kept.id)) {
        Ok(found) => {
            let known = found.secrets.accept(kept.secret(), now).is_some();
            Ok(found.client.is_active() && known)
        }
        Err(ManageError::Unknown) => Ok(false),
        Err(other) => Err(other.into()),
    }
}

/// Reads the file: the id in the first line, the secret in the second. `None` if there is no file, or
/// it says something else.
fn kept(path: &Path) -> Result<Option<DemoClient>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => {
            let mut lines = text.lines();
            let id = lines.next().and_then(|id| id.parse().ok());
            let secret = lines.next().map(|secret| secret.to_owned().into());
            Ok(id.zip(secret).map(|(id, secret)| DemoClient { id, secret }))
        }
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
        Err(why) => Err(Failure::new(format_args!("{}: {why}", path.display()))),
    }
}

fn keep(path: &Path, client: &DemoClient) -> Result<(), Failure> {
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)?;
        writeln!(file, "{}\n{}", client.id, client.secret())
    };
    write().map_err(|why: std::io::Error| Failure::new(format_args!("{}: {why}", path.display())))
}
