//! Judges a credential with the database alone, as the service would: nothing is written, and no use
//! is counted.

use std::net::IpAddr;
use std::sync::Arc;

use crate::access::Denial;
use crate::api_key::manage::{self, Standing};
use crate::api_key::text::begins_as_key;
use crate::api_key::verify::Verified;
use crate::api_key::{Refused, StoredKey};
use crate::authn::Rights;
use crate::authn::signature::SignatureError;
use crate::base::{Digest, Timestamp};
use crate::cli::output::Failure;
use crate::cli::token::{Database, Reading, open};
use crate::config::Config;
use crate::db::{Conn, Db, Result as DbResult};
use crate::grant::store::find_opaque_token;
use crate::grant::{KnownAccess, is_opaque};
use crate::ledger;
use crate::operator::{self, OperatorStatus};
use crate::organization::Definitions;
use crate::token::{AccessClaims, Claims, Issuers, Kind};

/// The circumstances in which a credential is judged.
pub(super) struct Judge<'a> {
    pub(super) config: &'a Config,
    /// The client's address. `None` if it is not known.
    pub(super) address: Option<IpAddr>,
    pub(super) now: Timestamp,
}

/// The rights of a credential, or why it is refused.
type Judged = Result<Rights, Denial<'static>>;

impl Judge<'_> {
    /// Returns what a credential may do now.
    pub(super) fn rights(&self, text: &str) -> Result<Judged, Failure> {
        let db = open(&self.config.database).map_err(Failure::new)?;
        if begins_as_key(text) {
            return Ok(db.read_blocking(|conn| self.of_key(conn, text))?);
        }
        if is_opaque(text) {
            return Ok(db.read_blocking(|conn| self.of_opaque(conn, text))?);
        }
        self.of_signed(&db, text)
    }

    fn of_key(&self, conn: &mut Conn, text: &str) -> DbResult<Judged> {
        let (stored, rights) = match manage::standing(conn, text, self.now)? {
            Standing::Known(stored, Ok(rights)) => (stored, rights),
            Standing::Known(_, Err(Refused::Expired)) => return Ok(Err(Denial::Expired)),
            Standing::Known(stored, Err(Refused::SignatureRequired))
                if self.may_come_from_here(&stored) =>
            {
                let why = SignatureError::Required.to_string();
                return Ok(Err(Denial::Signature(why.into())));
            }
            Standing::Known(_, Err(_)) | Standing::Unknown => return Ok(Err(Denial::Invalid)),
        };
        if !self.may_come_from_here(&stored) {
            return Ok(Err(Denial::Invalid));
        }
        let organization = stored.key.organization;
        let definitions = Definitions::read(conn, organization)?.map(Arc::new);
        let verified = definitions.map(|definitions| Verified {
            stored: Arc::from(stored),
            rights,
            definitions,
        });
        let rights = verified.as_ref().map(Rights::of_key);
        Ok(rights.ok_or(Denial::Invalid))
    }

    fn may_come_from_here(&self, stored: &StoredKey) -> bool {
        let allowed = &stored.key.settings.allowed;
        allowed.is_any() || self.address.is_some_and(|from| allowed.allows(from))
    }

    fn of_opaque(&self, conn: &mut Conn, text: &str) -> DbResult<Judged> {
        let issuer = self.config.oauth_issuer();
        let found = find_opaque_token(conn, Digest::of(text))?;
        let Some((issuer, found)) = issuer.zip(found) else {
            return Ok(Err(Denial::Invalid));
        };
        let access: Option<AccessClaims<'_>> = serde_json::from_str(&found.claims).ok();
        let claims = access.as_ref().and_then(|access| access.claims(&issuer));
        let Some((access, claims)) = access.zip(claims) else {
            return Ok(Err(Denial::Invalid));
        };
        if claims.expires_at().is_some_and(|end| end <= self.now) {
            return Ok(Err(Denial::Expired));
        }
        // A bound token is no bearer token.
        if access.cnf.is_some() || ledger::why(conn, &claims, self.now)?.is_some() {
            return Ok(Err(Denial::Invalid));
        }
        let granted = KnownAccess::new(access.into_owned());
        of_claims(conn, &claims, Some(Arc::new(granted)))
    }

    fn of_signed(&self, db: &Db, text: &str) -> Result<Judged, Failure> {
        let issuers = Issuers::of_config(self.config);
        let mut reading = Reading::of(text, &issuers, self.now);
        let unchecked = Database::of(self.config).check(text, self.config, &mut reading, self.now);
        if let Some(unchecked) = unchecked.first() {
            return Err(Failure::new(&unchecked.why));
        }
        let mut codes = reading.reasons.iter().map(|reason| reason.code);
        let Some(claims) = reading.claims else {
            return Ok(Err(Denial::Invalid));
        };
        if !reading.reasons.is_empty() {
            let expired = codes.all(|code| code == "expired");
            return Ok(Err(if expired {
                Denial::Expired
            } else {
                Denial::Invalid
            }));
        }
        let granted = match claims.kind() {
            Kind::Access => match KnownAccess::read(text) {
                // A bound token is no bearer token.
                Ok(access) if access.cnf.is_none() => Some(Arc::new(access)),
                _ => return Ok(Err(Denial::Invalid)),
            },
            _ => None,
        };
        Ok(db.read_blocking(|conn| of_claims(conn, &claims, granted))?)
    }
}

fn of_claims(
    conn: &mut Conn,
    claims: &Claims,
    granted: Option<Arc<KnownAccess>>,
) -> DbResult<Judged> {
    let organization = claims.organization;
    let definitions = Definitions::read(conn, organization)?;
    let operator = match claims.operator() {
        Some(id) => operator::find(conn, organization, id)?,
        None => None,
    };
    let active = operator.filter(|operator| operator.status == OperatorStatus::Active);
    let role = active.and_then(|operator| operator.profile.role);
    let rights = definitions
        .and_then(|definitions| Rights::of_claims(claims, granted, role, Arc::new(definitions)));
    Ok(rights.ok_or(Denial::Invalid))
}
