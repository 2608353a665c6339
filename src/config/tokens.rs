//! `[tokens]`, `[operator_tokens]` and `[company_tokens]`: what is signed, and how long it lives.

use std::time::Duration;

use super::{parse, reader::Reader};
use crate::token::Algorithm;

const TEN_YEARS: Duration = Duration::from_hours(10 * 365 * 24);

/// What every token has in common.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The `iss` claim (RFC 7519 section 4.1.1).
    pub issuer: String,
    /// What new signing keys are made for.
    pub algorithm: Algorithm,
    /// The most bytes that the cache of verified tokens may hold; 0 for no cache.
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

/// What becomes of an `expiresAt` beyond the cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverCap {
    /// The token expires at the cap.
    Clamp,
    /// The request is refused, naming the cap.
    Reject,
}

/// Operator tokens.
#[derive(Clone, Debug)]
pub struct OperatorTokens {
    /// What becomes of an `expiresAt` beyond the cap.
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

/// Company tokens of an organization that sets nothing else.
#[derive(Clone, Debug)]
pub struct CompanyTokens {
    /// How long after its issue a token is due for rotation.
    pub rotation_period: Duration,
    /// How long a rotated token goes on living beside its successor.
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
