//! `lanyard client add`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::Of;
use super::settings_given::SettingsGiven;
use crate::audit::Origin;
use crate::base::{ClientId, Timestamp, bom};
use crate::cli::Common;
use crate::cli::output::{Failure, say, say_json};
use crate::client::{
    AuthMethod, ClientSecret, ConsentRule, ManageError, Registration, keys, manage,
};
use crate::config::Config;
use crate::db::Db;
use crate::seal::MasterKeys;
use crate::signing_keys::{Keeper, Rules};

#[derive(Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(in crate::cli) struct Add {
    #[command(flatten)]
    of: Of,
    /// The name that operators see on the consent page
    #[arg(long)]
    name: String,
    /// A client that can keep no secret, such as an app: the same as --auth-method none
    #[arg(long, conflicts_with = "auth_method")]
    public: bool,
    #[arg(
        long,
        value_name = "METHOD",
        help = "How it proves who it is: client_secret, none or private_key_jwt"
    )]
    auth_method: Option<String>,
    #[arg(
        long,
        value_name = "FILE",
        help = "A file with the public keys of private_key_jwt (RFC 7517)"
    )]
    jwks_file: Option<PathBuf>,
    /// A URI that signing in may lead to; may be repeated
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// A URI that signing out may lead to; may be repeated
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// Allow http redirect URIs off loopback
    #[arg(long)]
    allow_insecure_redirect: bool,
    #[arg(
        long = "grant",
        value_name = "GRANT",
        help = "What it may exchange for tokens; may be repeated [default: authorization_code, refresh_token]"
    )]
    grants: Vec<String>,
    /// A scope that it may ask for, or several with spaces between them; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// A resource that it may name; * for all; may be repeated
    #[arg(long = "audience", value_name = "URI")]
    audience: Vec<String>,
    /// Its dialect: standard, suitecrm or psdm
    #[arg(long)]
    profile: Option<String>,
    /// Require PKCE, though the client has a secret
    #[arg(long)]
    require_pkce: bool,
    /// Require pushed authorization requests (RFC 9126)
    #[arg(long)]
    require_par: bool,
    /// Require DPoP (RFC 9449)
    #[arg(long)]
    dpop_bound: bool,
    /// Do not ask operators: for the organization's own clients
    #[arg(long)]
    no_consent: bool,
    #[command(flatten)]
    settings: SettingsGiven,
    /// Print JSON: {"id": …, "secret": …}
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Added<'a> {
    id: &'a ClientId,
    /// `None` if the client has none.
    secret: Option<&'a str>,
}

impl From<ManageError> for Failure {
    fn from(error: ManageError) -> Self {
        Self::new(error)
    }
}

/// Returns the text of a file of public keys. `None` if there is no file.
pub(super) fn read_jwks(file: Option<&Path>) -> Result<Option<String>, Failure> {
    let Some(file) = file else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(file)
        .map_err(|why| Failure::new(format_args!("cannot read {}: {why}", file.display())))?;
    Ok(Some(bom::strip(&text).to_owned()))
}

/// Returns what makes signing keys. A database on which no node has started yet has no master key, so
/// this makes one.
pub(super) fn keeper(config: &Config, db: &Db) -> Result<Box<Keeper>, Failure> {
    let masters = MasterKeys::load_or_make(config, db)?;
    Ok(Box::new(Keeper::new(masters, Rules::of(config))))
}

impl Add {
    fn registration(&self) -> Result<Registration, Failure> {
        let jwks = read_jwks(self.jwks_file.as_deref())?;
        let public = self.public.then(|| AuthMethod::None.as_str().to_owned());
        let skip = self
            .no_consent
            .then(|| ConsentRule::Skip.as_str().to_owned());
        let scopes = self.scopes.iter().flat_map(|text| text.split(' '));
        let mut registration = Registration {
            name: Some(self.name.clone()),
            auth_method: public.or_else(|| self.auth_method.clone()),
            jwks,
            redirect_uris: self.redirect_uris.clone(),
            post_logout_redirect_uris: self.post_logout_redirect_uris.clone(),
            allow_insecure_redirect: self.allow_insecure_redirect,
            grants: Some(self.grants.clone()).filter(|grants| !grants.is_empty()),
            scopes: scopes
                .filter(|scope| !scope.is_empty())
                .map(str::to_owned)
                .collect(),
            audience: self.audience.clone(),
            profile: self.profile.clone(),
            require_pkce: self.require_pkce,
            require_par: self.require_par,
            dpop_bound: self.dpop_bound,
            consent: skip,
            ..Registration::default()
        };
        self.settings.edit(&mut registration);
        Ok(registration)
    }

    pub(super) fn run(
        &self,
        common: &Common,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let registration = self.registration()?;
        let (config, db) = common.existing_database()?;
        let organization = self.of.organization;
        let settings =
            db.read_blocking(|conn| manage::validate(conn, organization, &registration))?;
        keys::prepare_from_cli(&db, &settings, || keeper(&config, &db), now)?;
        let add = |conn: &mut _| manage::add(conn, organization, &registration, origin, now);
        let (added, _) = db.write_blocking(add)?;
        let id = &added.registered.client.id;
        let secret = added.secret.as_ref().map(ClientSecret::text);
        if self.json {
            return say_json(&Added { id, secret });
        }
        say(id)?;
        secret.map_or(Ok(()), say)
    }
}
