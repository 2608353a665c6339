//! `lanyard api-key set`.

use std::time::Duration;

use clap::Args;

use super::One;
use super::add::span;
use crate::api_key::manage::{self, ManageError, Members};
use crate::audit::Origin;
use crate::base::Timestamp;
use crate::cli::output::Failure;
use crate::db::{Conn, Db};
use crate::revocation;

#[derive(Args)]
pub(in crate::cli) struct Set {
    #[command(flatten)]
    one: One,
    /// For the people who manage it
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// The scopes of the key, instead of the present ones; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Option<Vec<String>>,
    /// Its role; an empty text takes it away
    #[arg(long)]
    role: Option<String>,
    /// After what time it expires, such as 90d
    #[arg(long, value_name = "SPAN", value_parser = span, conflicts_with = "never_expires")]
    expires_in: Option<Duration>,
    /// Let it expire never
    #[arg(long)]
    never_expires: bool,
    /// The addresses and networks from which it may be used, instead of the present ones; may be
    /// repeated; an empty text alone: from everywhere
    #[arg(long = "allow-ip", value_name = "ADDRESS")]
    allowed: Option<Vec<String>>,
    /// Whether requests that are not signed are refused: true or false
    #[arg(long, value_name = "BOOL")]
    require_signature: Option<bool>,
}

impl Set {
    fn members(&self, now: Timestamp) -> Members {
        let texts = |given: &Vec<String>| -> Vec<String> {
            let all = given.iter().flat_map(|text| text.split(' '));
            all.filter(|text| !text.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let end = self
            .expires_in
            .map(|span| Some(now.plus(span).whole_second()));
        Members {
            name: self.name.clone(),
            scopes: self.scopes.as_ref().map(texts),
            role: self
                .role
                .clone()
                .map(|role| Some(role).filter(|role| !role.is_empty())),
            expires_at: end.or_else(|| self.never_expires.then_some(None)),
            allowed: self.allowed.as_ref().map(texts),
            require_signature: self.require_signature,
        }
    }

    pub(super) fn run(&self, db: &Db, origin: &Origin, now: Timestamp) -> Result<(), Failure> {
        let members = self.members(now);
        let narrows = |(_, changed): &(_, manage::Changed)| changed.narrows;
        let ((organization, _), receipt) =
            revocation::enforce_from_cli(db, narrows, |conn: &mut Conn| {
                let organization = manage::organization_of(conn, self.one.id)?;
                let which = (organization, self.one.id);
                let (changed, entries) = manage::change(conn, which, &members, origin, now)?;
                Ok::<_, ManageError>(((organization, changed), entries))
            })
            .map_err(|error: ManageError| Failure::new(error))?;
        self.one
            .changed("changed", "is as given", (organization, receipt))
    }
}
