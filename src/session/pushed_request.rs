//! Requests that a client pushes before it sends a browser (RFC 9126). The browser brings the
//! `request_uri` only, so it can neither read nor change the parameters.
//!
//! - The `request_uri` can be opened while it has not expired, and afterwards by a browser that has a
//!   page of it open.
//! - It is answered once: the transaction that writes the answer deletes its row, and a call that
//!   finds no row to delete answers nothing.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::REQUEST_LIFETIME;
use crate::base::{ClientId, Digest, OrganizationId, Timestamp, random};

/// The largest number of requests of one client that wait for a browser.
pub const MOST_PUSHED: i64 = 1_000;

/// The largest number of requests of one public client that wait for a browser and come from one
/// network. Anybody can push them, so one network must not keep out the others.
pub const MOST_PUSHED_OF_NETWORK: i64 = 100;

/// The beginning of every `request_uri` (RFC 9126, section 2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// The name of a pushed request, with 43 characters of base64url that nobody can guess.
#[derive(Clone)]
pub struct RequestUri(Zeroizing<String>);

impl fmt::Debug for RequestUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestUri(…)")
    }
}

impl RequestUri {
    /// Draws the name of a new request.
    #[must_use]
    pub fn draw() -> Self {
        let secret = URL_SAFE_NO_PAD.encode(random::bytes::<32>());
        Self(Zeroizing::new(secret))
    }

    /// Reads a `request_uri`. `None` if it does not have the form of one that was drawn here.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let secret = text.strip_prefix(PREFIX)?;
        let drawn = URL_SAFE_NO_PAD
            .decode(secret)
            .is_ok_and(|bytes| bytes.len() == 32);
        drawn.then(|| Self(Zeroizing::new(secret.to_owned())))
    }

    /// Returns the digest of the secret part. The database has the digest only.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }

    /// Returns the URI.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", *self.0)
    }
}

/// A pushed request that was not answered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedRequest {
    /// The digest of the secret part of its `request_uri`.
    pub digest: Digest,
    /// The client's organization.
    pub organization: OrganizationId,
    /// The client that pushed it. Nobody else can use it.
    pub client: ClientId,
    /// The parameters, `client_id` among them, without unknown ones and credentials.
    pub parameters: Vec<(String, String)>,
    /// Until when any browser can open it.
    pub expires_at: Timestamp,
    /// The network that it was pushed from. `None` if the client has proven itself.
    pub network: Option<String>,
}

impl PushedRequest {
    /// Returns when a page of this request that is opened at `now` expires. A page that is opened
    /// again and again does not last longer than one that was opened at the last moment.
    #[must_use]
    pub fn page_expires_at(&self, now: Timestamp) -> Timestamp {
        now.min(self.expires_at).plus(REQUEST_LIFETIME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_uri_is_read_as_it_was_drawn() {
        let drawn = RequestUri::draw();
        let text = drawn.text();
        assert_eq!(text.len(), PREFIX.len() + 43);
        assert_eq!(RequestUri::parse(&text).unwrap().digest(), drawn.digest());
        assert_eq!(format!("{drawn:?}"), "RequestUri(…)");
    }

    #[test]
    fn any_other_uri_is_none() {
        let secret = RequestUri::draw().text().split_off(PREFIX.len());
        for text in [
            String::new(),
            secret.clone(),
            PREFIX.to_owned(),
            format!("{PREFIX}{secret}A"),
            format!("{PREFIX}{}", &secret[1..]),
            format!("{PREFIX}{secret} "),
            format!(" {PREFIX}{secret}"),
            format!("{}{secret}", PREFIX.to_uppercase()),
            format!("https://app.example.com/{secret}"),
            format!("https://app.example.com/{PREFIX}{secret}"),
        ] {
            assert!(RequestUri::parse(&text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_page_ends_ten_minutes_after_the_request_at_the_latest() {
        let start = Timestamp::from_seconds(1_800_000_000);
        let after = |seconds| start.plus(std::time::Duration::from_secs(seconds));
        let request = PushedRequest {
            digest: RequestUri::draw().digest(),
            organization: OrganizationId(1),
            client: "shop".parse().unwrap(),
            parameters: Vec::new(),
            expires_at: after(60),
            network: None,
        };
        for (opened, ends) in [(0, 600), (59, 659), (60, 660), (300, 660), (659, 660)] {
            assert_eq!(request.page_expires_at(after(opened)), after(ends));
        }
    }
}
