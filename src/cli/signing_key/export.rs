//! `lanyard key export-public`.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;

use super::keeper;
use crate::base::KeyId;
use crate::cli::Common;
use crate::cli::output::{Failure, say, say_json};
use crate::signing_keys::{Jwk, Jwks, KeysError, RingKey};

const EXAMPLES: &str = "\
Without --kid, it prints all keys that /.well-known/jwks.json publishes. HS256 keys have no \
public half: the key that verifies also signs, so it is never printed.

Examples:
  lanyard key export-public > jwks.json
  lanyard key export-public --kid 9mO2xVfQk0aB --pem > key.pem";

/// Print the public halves of the keys
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct ExportPublic {
    /// Only this key, as `lanyard key list` shows it
    #[arg(long, allow_hyphen_values = true)]
    kid: Option<KeyId>,
    /// Print PEM, one block for each key
    #[arg(long, conflicts_with = "jwk")]
    pem: bool,
    /// Print a JWK, or a JWK Set of all keys; this is the default
    #[arg(long)]
    jwk: bool,
}

impl ExportPublic {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (config, db) = common.existing_database()?;
        let ring = keeper(&config)?.load(&db, None)?;
        let Some(kid) = self.kid else {
            if !self.pem {
                return say_json(&Jwks::of(&ring));
            }
            let mut keys: Vec<_> = ring.keys().filter(|key| key.is_trusted()).collect();
            keys.sort_by_key(|key| key.kid);
            let blocks: String = keys.into_iter().filter_map(pem).collect();
            return say(blocks.trim_end());
        };
        let key = ring
            .keys()
            .find(|key| key.kid == kid)
            .ok_or(KeysError::Unknown(kid))?;
        let none = || {
            let algorithm = key.secret.algorithm();
            Failure::new(format_args!(
                "{kid} is an {algorithm} key: it has no public half"
            ))
        };
        if self.pem {
            return say(pem(key).ok_or_else(none)?.trim_end());
        }
        say_json(&Jwk::of(key).ok_or_else(none)?)
    }
}

/// Returns a public key as text (RFC 7468, 13), with its id and its algorithm on the line before
/// it. `None` if the key has no public half.
fn pem(key: &RingKey) -> Option<String> {
    let text = STANDARD.encode(key.verifying.public_der()?);
    let mut block = format!(
        "{} {}\n-----BEGIN PUBLIC KEY-----\n",
        key.kid,
        key.secret.algorithm()
    );
    for line in text.as_bytes().chunks(64) {
        let _ = writeln!(block, "{}", String::from_utf8_lossy(line));
    }
    block.push_str("-----END PUBLIC KEY-----\n");
    Some(block)
}
