//! `[keys]`: how long signing keys are used.

use std::time::Duration;

use super::{parse, reader::Reader};

const DAY: Duration = Duration::from_hours(24);
const TEN_YEARS: Duration = Duration::from_hours(10 * 365 * 24);

/// The lifetimes of signing keys.
#[derive(Clone, Debug)]
pub struct Keys {
    /// How long clients may cache the public keys (JWKS).
    pub jwks_cache_time: Duration,
    /// How long a key of an asymmetric algorithm (EdDSA, ES256, RS256) signs.
    pub rotation_period: Duration,
    /// How long an HMAC key (HS256) signs.
    pub hmac_rotation_period: Duration,
    /// How long a public key is published before it signs; at least `jwks_cache_time`.
    pub publish_ahead: Duration,
}

impl Keys {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let jwks_cache_time = reader.setting(
            "keys.jwks_cache_time",
            Duration::from_mins(5),
            parse::duration(Duration::from_secs(1)..=DAY),
        );
        let mut period = |key| {
            let bounds = Duration::from_hours(1)..=TEN_YEARS;
            reader.setting(key, DAY * 90, parse::duration(bounds))
        };
        let rotation_period = period("keys.rotation_period");
        let hmac_rotation_period = period("keys.hmac_rotation_period");
        let publish_ahead = reader.optional(
            "keys.publish_ahead",
            parse::duration(Duration::from_secs(1)..=DAY * 30),
        );
        if publish_ahead.is_some_and(|ahead| ahead < jwks_cache_time)
            && reader.sound(&["keys.jwks_cache_time"])
        {
            reader.refuse(
                "keys.publish_ahead",
                "is less than keys.jwks_cache_time: a key would sign before everyone can know it",
            );
        }
        let publish_ahead =
            publish_ahead.unwrap_or(DAY.min(rotation_period / 3).max(jwks_cache_time));
        if rotation_period < publish_ahead * 2
            && reader.sound(&[
                "keys.rotation_period",
                "keys.publish_ahead",
                "keys.jwks_cache_time",
            ])
        {
            reader.refuse(
                "keys.rotation_period",
                "is less than twice keys.publish_ahead: a key would have a successor as soon as it signs",
            );
        }
        Self {
            jwks_cache_time,
            rotation_period,
            hmac_rotation_period,
            publish_ahead,
        }
    }
}
