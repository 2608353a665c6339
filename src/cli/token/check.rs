//! The checks of a token that need the database: who signed it, and whether it was revoked.

use serde::Serialize;

use super::reading::{Reading, shown};
use super::wording;
use crate::base::{KeyId, Timestamp};
use crate::cli::absent;
use crate::config::{self, Config};
use crate::db::{self, Conn, Db};
use crate::feed::TargetKind;
use crate::ledger::{self, Reason, Record, Why};
use crate::seal::MasterKeys;
use crate::signing_keys::{Keeper, Ring, Rules};
use crate::token::{Claims, parts};

/// A check that was not made.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Unchecked {
    pub(super) check: &'static str,
    pub(in crate::cli) why: String,
}

impl Unchecked {
    pub(super) fn new(check: &'static str, why: impl Into<String>) -> Self {
        Self {
            check,
            why: why.into(),
        }
    }
}

/// The database, opened for reading, or the reason why it cannot be opened.
pub(in crate::cli) struct Database(Result<Db, String>);

impl Database {
    pub(in crate::cli) fn of(config: &Config) -> Self {
        Self(open(&config.database))
    }

    /// Adds the reasons why the token is refused. Returns the checks that could not be made.
    pub(in crate::cli) fn check(
        &self,
        text: &str,
        config: &Config,
        reading: &mut Reading,
        now: Timestamp,
    ) -> Vec<Unchecked> {
        let db = match &self.0 {
            Ok(db) => db,
            Err(why) => {
                return vec![
                    Unchecked::new("signature", why),
                    Unchecked::new("revocation", why),
                ];
            }
        };
        let mut unchecked = Vec::new();
        match ring(db, config) {
            Ok(ring) => signature(text, &ring, reading),
            Err(why) => unchecked.push(Unchecked::new("signature", why)),
        }
        if let Some(claims) = reading.claims {
            let kid = reading.kid.as_deref();
            match db.read_blocking(|conn| why(conn, &claims, kid, now)) {
                Ok(None) => {}
                // The claims, or the key, have said so already.
                Ok(Some(why))
                    if matches!(
                        why.reason,
                        Reason::Expiry | Reason::Revoked(TargetKind::Key)
                    ) && reading.is_refused_as(why.reason.status()) => {}
                Ok(Some(why)) => reading.refuse(why.reason.status(), wording::rule_since(&why)),
                Err(why) => unchecked.push(Unchecked::new("revocation", why.to_string())),
            }
        }
        unchecked
    }
}

/// Returns why a token is refused, with what the ledger has about it. `kid` is the key that its header
/// names: if the ledger has another one, the text is not that of the token in the ledger.
fn why(
    conn: &mut Conn,
    claims: &Claims,
    kid: Option<&str>,
    now: Timestamp,
) -> db::Result<Option<Why>> {
    let record = ledger::find(conn, claims.organization, claims.jti)?;
    let is_it = |record: &Record| record.kid.as_ref().map(KeyId::as_str) == kid;
    match record.filter(is_it) {
        // Whether the key still verifies signatures is a check of its own.
        Some(record) => ledger::why_not(conn, &record, |_| true, now),
        None => ledger::why(conn, claims, now),
    }
}

/// Opens the database, and changes nothing in it.
///
/// # Errors
/// Returns a text if it does not exist, its schema is outdated, or it cannot be opened.
pub(in crate::cli) fn open(database: &config::Database) -> Result<Db, String> {
    if let Some(why) = absent(&database.url) {
        return Err(why);
    }
    let one_line = |why: db::Error| {
        let why = why.to_string();
        why.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let pending = db::pending(&database.url).map_err(one_line)?;
    if !pending.is_empty() {
        return Err(format!("the schema of {} is behind", database.url));
    }
    Db::open(&db::Options {
        url: database.url.clone(),
        pool_size: 1,
        acquire_timeout: database.acquire_timeout,
    })
    .map_err(one_line)
}

/// Loads the keys.
///
/// # Errors
/// Returns a text if the master key or the keys cannot be loaded.
pub(in crate::cli) fn ring(db: &Db, config: &Config) -> Result<Ring, String> {
    let masters = MasterKeys::load(config)
        .map_err(|why| why.to_string())?
        .ok_or("there is no master key yet; the service makes it at its first start")?;
    Keeper::new(masters, Rules::of(config))
        .load(db, None)
        .map_err(|why| why.to_string())
}

/// Checks the signature, and adds the reasons why it is refused.
pub(super) fn signature(text: &str, ring: &Ring, reading: &mut Reading) {
    let Ok(parts) = parts(text) else { return };
    let found = ring.by_header(parts.header);
    let key = found.map(|(key, _)| key);
    let is_signed = key.is_some_and(|key| {
        parts
            .signature_bytes()
            .is_ok_and(|bytes| key.verifying.verify(parts.message.as_bytes(), &bytes))
    });
    let of_its_kind = match (found, reading.kind) {
        (Some((key, typ)), Some(kind)) => key.signs(kind, typ),
        _ => true,
    };
    reading.authentic = Some(is_signed && of_its_kind);
    if !of_its_kind {
        reading.refuse(
            "header",
            "its type (typ), or its key, is not that of such tokens",
        );
    }
    if let Some(at) = key.and_then(|key| key.life.revoked_at) {
        reading.refuse(
            "revoked",
            format!("the key that signed it was revoked, with everything it signed, at {at}"),
        );
    }
    if key.is_some() && !is_signed {
        reading.refuse(
            "signature",
            "the signature is wrong: the token was altered, cut or made with another key",
        );
    }
    if key.is_none()
        && let Some(kid) = reading.kid.clone()
    {
        let (code, why) = foreign(&kid, reading.alg.as_deref(), ring);
        reading.refuse(code, why);
    }
}

/// Returns why a header that names a key is not one that this service writes.
fn foreign(kid: &str, alg: Option<&str>, ring: &Ring) -> (&'static str, String) {
    let Some(key) = ring.keys().find(|key| key.kid.as_str() == kid) else {
        let why = format!(
            "no key here is called {}: it is retired, or the token is from elsewhere",
            shown(kid)
        );
        return ("key", why);
    };
    let own = key.secret.algorithm();
    if alg == Some(own.as_str()) {
        let why = "the header is not, byte for byte, what this service writes";
        ("header", why.to_owned())
    } else {
        ("algorithm", format!("its key is for {own} only"))
    }
}
