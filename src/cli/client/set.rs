//! `lanyard client set`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::One;
use super::add::{keeper, read_jwks};
use super::settings_given::SettingsGiven;
use crate::audit::Origin;
use crate::base::{ClientId, OrganizationId, Timestamp};
use crate::cli::Common;
use crate::cli::output::{Failure, say, say_json};
use crate::cli::receipt::{ReceiptView, describe};
use crate::client::{ClientSecret, ManageError, Registration, keys, manage};
use crate::revocation;

#[derive(Args)]
pub(in crate::cli) struct Set {
    #[command(flatten)]
    one: One,
    /// The name that operators see on the consent page
    #[arg(long)]
    name: Option<String>,
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
    /// The URIs that signing in may lead to, instead of the present ones; may be repeated
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Option<Vec<String>>,
    /// The URIs that signing out may lead to, instead of the present ones; may be repeated
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Option<Vec<String>>,
    /// Whether http redirect URIs off loopback are allowed: true or false
    #[arg(long, value_name = "BOOL")]
    allow_insecure_redirect: Option<bool>,
    #[arg(
        long = "grant",
        value_name = "GRANT",
        help = "What it may exchange for tokens, instead of the present ones; may be repeated"
    )]
    grants: Option<Vec<String>>,
    /// The scopes that it may ask for, instead of the present ones; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Option<Vec<String>>,
    /// The resources that it may name, instead of the present ones; may be repeated
    #[arg(long = "audience", value_name = "URI")]
    audience: Option<Vec<String>>,
    /// Its dialect: standard, suitecrm or psdm. Another one resets format, algorithm and lifetimes
    #[arg(long)]
    profile: Option<String>,
    /// Whether PKCE is required, though the client has a secret: true or false
    #[arg(long, value_name = "BOOL")]
    require_pkce: Option<bool>,
    /// Whether pushed authorization requests (RFC 9126) are required: true or false
    #[arg(long, value_name = "BOOL")]
    require_par: Option<bool>,
    /// Whether DPoP (RFC 9449) is required: true or false
    #[arg(long, value_name = "BOOL")]
    dpop_bound: Option<bool>,
    /// Whether operators are asked: ask or skip
    #[arg(long, value_name = "RULE")]
    consent: Option<String>,
    /// Let its own tokens stand for no operator
    #[arg(long, conflicts_with = "operator")]
    no_operator: bool,
    #[command(flatten)]
    settings: SettingsGiven,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed<'a> {
    id: &'a ClientId,
    organization_id: OrganizationId,
    /// `None` unless the change gave it one.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation: Option<ReceiptView>,
}

/// Returns what a list is to be: the texts that were given, without empty ones.
fn list(given: &[String]) -> Vec<String> {
    let all = given.iter().filter(|text| !text.is_empty());
    all.cloned().collect()
}

impl Set {
    /// Writes what was given into a registration. `jwks` is the text of the file.
    fn edit(&self, jwks: Option<&String>, wanted: &mut Registration) {
        fn set<T: Clone>(member: &mut T, value: Option<&T>) {
            if let Some(value) = value {
                member.clone_from(value);
            }
        }
        fn some<T: Clone>(member: &mut Option<T>, value: Option<&T>) {
            if let Some(value) = value {
                *member = Some(value.clone());
            }
        }
        // These two first: they reset members that the others may set.
        if self.profile.is_some() {
            wanted.set_profile(self.profile.clone());
        }
        if self.auth_method.is_some() {
            wanted.set_auth_method(self.auth_method.clone());
        }
        some(&mut wanted.jwks, jwks);
        some(&mut wanted.name, self.name.as_ref());
        let lists = [
            (&mut wanted.redirect_uris, &self.redirect_uris),
            (
                &mut wanted.post_logout_redirect_uris,
                &self.post_logout_redirect_uris,
            ),
            (&mut wanted.audience, &self.audience),
        ];
        for (member, given) in lists {
            if let Some(given) = given {
                *member = list(given);
            }
        }
        if let Some(scopes) = &self.scopes {
            let scopes = scopes.iter().flat_map(|text| text.split(' '));
            let scopes: Vec<_> = scopes.map(str::to_owned).collect();
            wanted.scopes = list(&scopes);
        }
        if let Some(grants) = &self.grants {
            wanted.grants = Some(list(grants));
        }
        set(
            &mut wanted.allow_insecure_redirect,
            self.allow_insecure_redirect.as_ref(),
        );
        set(&mut wanted.require_pkce, self.require_pkce.as_ref());
        set(&mut wanted.require_par, self.require_par.as_ref());
        set(&mut wanted.dpop_bound, self.dpop_bound.as_ref());
        some(&mut wanted.consent, self.consent.as_ref());
        if self.no_operator {
            wanted.operator_id = None;
        }
        self.settings.edit(wanted);
    }

    pub(super) fn run(
        &self,
        common: &Common,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let jwks = read_jwks(self.jwks_file.as_deref())?;
        let (config, db) = common.existing_database()?;
        let (organization, id) = (self.one.of.organization, &self.one.id);
        let edit = |wanted: &mut Registration| self.edit(jwks.as_ref(), wanted);
        let settings =
            db.read_blocking(|conn| manage::settings_after(conn, (organization, id), edit))?;
        keys::prepare_from_cli(&db, &settings, || keeper(&config, &db), now)?;
        let narrows = |changed: &manage::Changed| changed.narrows;
        let (changed, receipt) = revocation::enforce_from_cli(&db, narrows, |conn| {
            manage::change(conn, (organization, id), edit, None, origin, now)
        })
        .map_err(|error: ManageError| Failure::new(error))?;
        let secret = changed.secret.as_ref().map(ClientSecret::text);
        if self.one.json {
            return say_json(&Changed {
                id,
                organization_id: organization,
                secret,
                revocation: receipt.map(ReceiptView::from),
            });
        }
        say(format_args!("client {id} is as given"))?;
        if let Some(secret) = secret {
            say(secret)?;
        }
        match receipt {
            Some(_) => say(describe(receipt)),
            None => Ok(()),
        }
    }
}
