//! The request to WeChat that says which person a code stands for (`sns/jscode2session` of the Mini
//! Program API).

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::base::OrganizationId;
use crate::base::fair_share::Shares;
use crate::outbound::{Client, GetError};

/// The longest answer (bytes).
const LONGEST: usize = 64 * 1024;

/// The longest id of a person (bytes). Those that WeChat gives have 28.
const LONGEST_ID: usize = 128;

/// The largest number of requests to WeChat at once on a node. One organization can have half of
/// them.
const SLOTS: usize = 128;

/// What stays as it is in a query (RFC 3986, 2.3).
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The person that a code stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The person's id in the app.
    pub openid: String,
    /// The person's id in all apps of the app's owner; `None` if WeChat gives none.
    pub unionid: Option<String>,
}

/// Why it is not known who a code stands for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// The code is wrong, expired or used.
    #[error("the code is wrong, expired or used")]
    Refused,
    /// WeChat considers the person a risk.
    #[error("WeChat considers the person a risk")]
    Risk,
    /// WeChat has received too many requests of the app.
    #[error("WeChat has received too many requests")]
    Limited,
    /// WeChat gave no answer, or none at the moment.
    #[error("{0}")]
    Unavailable(String),
    /// WeChat's answer is of no use. The text says why, in words for the app's owner.
    #[error("{0}")]
    Unusable(String),
    /// This node has as many requests to WeChat under way as it may have.
    #[error("too many requests to WeChat are under way")]
    Busy,
}

/// Sends codes to WeChat.
pub struct Upstream {
    client: Client,
    base_url: String,
    slots: Mutex<Shares<OrganizationId>>,
}

impl Upstream {
    /// Makes a client for `base_url`. A request takes at most `timeout`. The URL is the
    /// administrator's, so it may lead to an address that is not public, and over plain HTTP.
    #[must_use]
    pub fn new(base_url: &str, timeout: Duration) -> Self {
        Self {
            client: Client::new(true, timeout),
            base_url: base_url.to_owned(),
            slots: Mutex::new(Shares::new(SLOTS)),
        }
    }

    /// Returns the person that a code stands for. It sends one request and repeats nothing.
    ///
    /// # Errors
    /// Returns the [`UpstreamError`].
    pub async fn ask(
        self: &Arc<Self>,
        organization: OrganizationId,
        app_id: &str,
        secret: Zeroizing<String>,
        code: &SecretString,
    ) -> Result<Person, UpstreamError> {
        let slot = Slot::take(self, organization).ok_or(UpstreamError::Busy)?;
        let part = |text: &str| Zeroizing::new(utf8_percent_encode(text, QUERY).to_string());
        let url = Zeroizing::new(format!(
            "{}/sns/jscode2session?appid={}&secret={}&js_code={}&grant_type=authorization_code",
            self.base_url,
            *part(app_id),
            *part(&secret),
            *part(code.expose_secret()),
        ));
        let answer = tokio::task::spawn_blocking(move || slot.0.client.get(&url, LONGEST));
        match answer.await {
            Ok(Ok(page)) => read(page.status, &page.body),
            Ok(Err(GetError::TooLong)) => Err(unusable("it is too long")),
            Ok(Err(GetError::Failed(why))) => Err(UpstreamError::Unavailable(why.to_string())),
            Err(_) => Err(UpstreamError::Unavailable(
                "the request was not sent".to_owned(),
            )),
        }
    }
}

/// The permission to send one request. Dropping it frees the place.
struct Slot(Arc<Upstream>, OrganizationId);

impl Slot {
    fn take(upstream: &Arc<Upstream>, organization: OrganizationId) -> Option<Self> {
        let mut slots = upstream.slots.lock();
        if !slots.admits(organization) {
            return None;
        }
        slots.take(organization);
        Some(Self(Arc::clone(upstream), organization))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.slots.lock().give_back(self.1);
    }
}

/// The members of an answer that are read. `session_key` is not one of them.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    errcode: Option<i64>,
    #[serde(default)]
    openid: Option<String>,
    #[serde(default)]
    unionid: Option<String>,
}

fn unusable(why: &str) -> UpstreamError {
    UpstreamError::Unusable(format!("the answer is of no use: {why}"))
}

/// Returns the person that an answer names. The content type is ignored.
fn read(status: u16, body: &[u8]) -> Result<Person, UpstreamError> {
    match status {
        200..=299 => {}
        500..=599 => return Err(UpstreamError::Unavailable(format!("status {status}"))),
        _ => return Err(unusable(&format!("status {status}"))),
    }
    // The parser's own message would quote what it cannot read.
    let Answer {
        errcode,
        openid,
        unionid,
    } = serde_json::from_slice(body)
        .map_err(|_| unusable("it is not the JSON that is expected"))?;
    match errcode {
        None | Some(0) => {}
        Some(40_029 | 40_163 | 41_008) => return Err(UpstreamError::Refused),
        Some(40_226) => return Err(UpstreamError::Risk),
        Some(45_011) => return Err(UpstreamError::Limited),
        Some(-1) => return Err(UpstreamError::Unavailable("errcode -1".to_owned())),
        Some(other) => return Err(unusable(&format!("errcode {other}"))),
    }
    let is_id = |id: &String| {
        (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let unionid = unionid.filter(|id| !id.is_empty());
    if unionid.as_ref().is_some_and(|id| !is_id(id)) {
        return Err(unusable("its unionid cannot be used"));
    }
    let openid = openid.filter(is_id);
    let openid = openid.ok_or_else(|| unusable("it has no openid"))?;
    Ok(Person { openid, unionid })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn person(openid: &str, unionid: Option<&str>) -> Person {
        Person {
            openid: openid.to_owned(),
            unionid: unionid.map(str::to_owned),
        }
    }

    #[test]
    fn what_names_a_person() {
        for (body, expected) in [
            (r#"{"openid":"o1","session_key":"k"}"#, person("o1", None)),
            (
                r#"{"openid":"o1","unionid":"u1","errcode":0,"errmsg":"ok"}"#,
                person("o1", Some("u1")),
            ),
            (
                r#"{"openid":"o1","unionid":"","errcode":null}"#,
                person("o1", None),
            ),
            (r#"{"openid":"o1","unionid":null}"#, person("o1", None)),
        ] {
            assert_eq!(read(200, body.as_bytes()), Ok(expected), "{body}");
        }
    }

    #[test]
    fn what_names_none() {
        let of = |code: i64| {
            let body = format!(r#"{{"errcode":{code},"errmsg":"x","openid":"o1"}}"#);
            read(200, body.as_bytes()).unwrap_err()
        };
        for code in [40_029, 40_163, 41_008] {
            assert_eq!(of(code), UpstreamError::Refused);
        }
        assert_eq!(of(40_226), UpstreamError::Risk);
        assert_eq!(of(45_011), UpstreamError::Limited);
        assert!(matches!(of(-1), UpstreamError::Unavailable(_)));
        for code in [40_013, 40_125, 40_164, 1, i64::MAX] {
            let UpstreamError::Unusable(why) = of(code) else {
                panic!("{code}");
            };
            assert!(why.ends_with(&format!("errcode {code}")), "{why}");
        }
        for body in [
            "",
            "{}",
            "[]",
            "null",
            "<html>",
            r#"{"openid":""}"#,
            r#"{"openid":7}"#,
            r#"{"openid":"a b"}"#,
            r#"{"openid":"o1","unionid":7}"#,
            r#"{"openid":"o1","errcode":"0"}"#,
            r#"{"openid":"o1","openid":"o2"}"#,
            r#"{"openid":"o1"}{"#,
        ] {
            let error = read(200, body.as_bytes()).unwrap_err();
            assert!(matches!(error, UpstreamError::Unusable(_)), "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_answer_is_understood_somehow(status in 100u16..600, body in prop::collection::vec(any::<u8>(), 0..80)) {
            let understood = read(status, &body);
            if status >= 500 {
                prop_assert!(matches!(understood, Err(UpstreamError::Unavailable(_))));
            } else if status / 100 != 2 {
                prop_assert!(matches!(understood, Err(UpstreamError::Unusable(_))));
            }
        }
    }
}
