//! The public keys of the service. They are used as long as `Cache-Control` allows, and requested
//! again if one is missing.

use std::collections::HashMap;
use std::time::Duration;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey};

use crate::follower::{Doubt, boot_time};

/// The least time between two requests for the keys: a token that names an unknown key must not
/// cause a request each time.
const ASK: Duration = Duration::from_secs(5);

pub(crate) struct Keys {
    agent: ureq::Agent,
    url: String,
    by_kid: HashMap<String, (Algorithm, DecodingKey)>,
    good_until: Duration,
    ask_after: Duration,
}

impl Keys {
    pub(crate) fn new(agent: ureq::Agent, service: &str) -> Self {
        Self {
            agent,
            url: format!("{service}/.well-known/jwks.json"),
            by_kid: HashMap::new(),
            good_until: Duration::ZERO,
            ask_after: Duration::ZERO,
        }
    }

    /// Returns a key, with the one algorithm for which it may be used (RFC 8725, section 3.1).
    pub(crate) fn get(&mut self, kid: &str) -> Result<&(Algorithm, DecodingKey), Doubt> {
        let now = boot_time();
        if (!self.by_kid.contains_key(kid) || now >= self.good_until) && now >= self.ask_after {
            self.ask_after = now + ASK;
            // A key that was read stays usable if the request fails: the stream reports a key that
            // is revoked.
            if self.ask(now).is_some() && !self.by_kid.contains_key(kid) {
                return Err(Doubt::Refused("signed by no key of the service"));
            }
        }
        let unknown = || Doubt::Unknown("the key is not known yet".to_owned());
        self.by_kid.get(kid).ok_or_else(unknown)
    }

    fn ask(&mut self, now: Duration) -> Option<()> {
        let mut answer = self.agent.get(&self.url).call().ok()?;
        let cache = answer.headers().get("cache-control");
        let cache = cache.and_then(|value| value.to_str().ok().map(str::to_owned));
        let set: JwkSet = answer.body_mut().read_json().ok()?;
        self.by_kid = set
            .keys
            .iter()
            .filter_map(|jwk| {
                let algorithm = jwk.common.key_algorithm?.to_string().parse().ok()?;
                let key = DecodingKey::from_jwk(jwk).ok()?;
                Some((jwk.common.key_id.clone()?, (algorithm, key)))
            })
            .collect();
        self.good_until = now + max_age(&cache.unwrap_or_default());
        Some(())
    }
}

fn max_age(cache_control: &str) -> Duration {
    let parts = cache_control.split(',').map(str::trim);
    let seconds = parts
        .filter_map(|part| part.strip_prefix("max-age="))
        .find_map(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or_default())
}
