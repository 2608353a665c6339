//! `[tokens]`, `[operator_tokens]` and `[company_tokens]`: how tokens are signed and how long they
//! are valid.

use std::time::Duration;

use super::{parse, reader::Reader};
use crate::token::Algorithm;

const TEN_YEARS: Duration = Duration::from_hours(10 * 365 * 24);

/// Settings of all kinds of token.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The `iss` claim (RFC 7519 section 4.1.1).
    pub issuer: String,
    /// The algorithm of new signing keys.
    pub algorithm: Algorithm,
    /// The largest size of the cache of verified tokens, in bytes; 0 disables the cache.
    pub cache_bytes: u64,
}

impl Tokens {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let algorithms = Algorithm::ALL.map(|algorithm| (algorithm.as_str(), algorithm));
        Self {
            issuer: reader.setting("tokens.issuer", "lanyard".to_owned(), parse::line(255)),
            algorithm: reader.setting(
                "tokens.algorithm",
                Algorithm::Hs256,
                parse::choice(&algorithms),
            ),
            cache_bytes: reader.setting("tokens.cache_bytes", 8 << 20, parse::whole(0..=1 << 40)),
        }
    }
}

/// What happens to an `expiresAt` later than the organization's maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverCap {
    /// The token expires at the maximum.
    Clamp,
    /// The request is refused with an error that names the maximum.
    Reject,
}

/// Operator tokens.
#[derive(Clone, Debug)]
pub struct OperatorTokens {
    /// What happens to an `expiresAt` later than the organization's maximum.
    pub over_cap: OverCap,
}

impl OperatorTokens {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let over_cap = parse::choice(&[("clamp", OverCap::Clamp), ("reject", OverCap::Reject)]);
        Self {
            over_cap: reader.setting("operator_tokens.over_cap", OverCap::Clamp, over_cap),
        }
    }
}

/// Defaults for company tokens, for organizations without settings of their own.
#[derive(Clone, Debug)]
pub struct CompanyTokens {
    /// How long after its issue a token becomes due for rotation.
    pub rotation_period: Duration,
    /// How long a rotated token stays valid together with its successor.
    pub rotation_grace: Duration,
}

impl CompanyTokens {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            rotation_period: reader.setting(
                "company_tokens.rotation_period",
                Duration::from_hours(90 * 24),
                parse::duration(Duration::from_secs(1)..=TEN_YEARS),
            ),
            rotation_grace: reader.setting(
                "company_tokens.rotation_grace",
                Duration::from_hours(7 * 24),
                parse::duration(Duration::ZERO..=TEN_YEARS),
            ),
        }
    }
}
