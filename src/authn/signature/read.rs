//! Finds the signature of a request, and checks its form.

use std::fmt;

use aws_lc_rs::hmac;
use sfv::{BareItem, InnerList, Item, ListEntry, Parameters};

use super::component::field;
use super::dictionary::{Member, joined, members};
use super::{Component, Message, SignatureError, signature_base};
use crate::base::{ApiKeyId, Timestamp};

/// What the ids of keys begin with. A signature with another `keyid` is somebody else's.
const OURS: &str = "key_";

/// The most components that a signature may cover.
const MOST: usize = 64;

/// How far `created` may be away, in both directions (seconds).
const APART: i64 = 300;

/// How many characters a nonce has.
const NONCE: std::ops::RangeInclusive<usize> = 16..=128;

/// The methods whose requests always have a digest, also with an empty body.
const WITH_BODY: [&str; 3] = ["POST", "PUT", "PATCH"];

/// The field with the digest of the body.
pub(super) const CONTENT_DIGEST: &str = "content-digest";

/// A signature whose form is right. Nothing else of it is checked yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Presented {
    /// The key that is named. `None` if no key can have this id.
    pub key: Option<ApiKeyId>,
    /// When the signature was made (seconds).
    pub created: i64,
    /// When it expires (seconds); `None` for never.
    pub expires: Option<i64>,
    /// What is used once.
    pub nonce: String,
    /// The covered value of `Content-Digest`. `None` if it is not covered.
    pub content_digest: Option<String>,
    base: String,
    signature: Vec<u8>,
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Presented({:?}, ***)", self.key)
    }
}

impl Presented {
    /// Checks the time (RFC 9421, section 3.2).
    ///
    /// # Errors
    /// Returns [`SignatureError::Clock`] or [`SignatureError::Expired`].
    pub fn check_time(&self, now: Timestamp) -> Result<(), SignatureError> {
        let now = now.as_seconds();
        let behind = now.saturating_sub(self.created);
        if !(-APART..=APART).contains(&behind) {
            return Err(SignatureError::Clock(behind));
        }
        match self.expires {
            Some(expires) if expires <= now => {
                Err(SignatureError::Expired(now.saturating_sub(expires)))
            }
            _ => Ok(()),
        }
    }

    /// Whether the signature was made with this secret. The HMAC key is all its bytes.
    #[must_use]
    pub fn is_made_with(&self, secret: &[u8]) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        hmac::verify(&key, self.base.as_bytes(), &self.signature).is_ok()
    }

    /// Returns the last instant at which the signature is accepted. It follows from the signature
    /// alone.
    #[must_use]
    pub const fn until(&self) -> Timestamp {
        // `created` is compared with whole seconds.
        Timestamp::from_seconds(self.created.saturating_add(APART + 1))
    }
}

/// Returns the signature of a request that names a key of this service. `None` if there is none.
///
/// # Errors
/// Returns the [`SignatureError`]: what is wrong with the form.
pub fn read(message: &Message<'_>) -> Result<Option<Presented>, SignatureError> {
    let Some(input) = joined(message.fields, "signature-input")? else {
        return Ok(None);
    };
    let mut own = members(&input)?
        .into_iter()
        .filter(|member| is_ours(&member.value));
    let Some(member) = own.next() else {
        return Ok(None);
    };
    if own.next().is_some() {
        return Err(SignatureError::Several);
    }
    let signature = signature(message, member.label)?;
    presented(message, member, signature).map(Some)
}

/// Whether a member names a key of this service.
fn is_ours(value: &ListEntry) -> bool {
    let parameters = match value {
        ListEntry::Item(item) => &item.params,
        ListEntry::InnerList(list) => &list.params,
    };
    let keyid = parameters.get("keyid").map(|value| match value {
        BareItem::String(text) => text.as_str(),
        BareItem::Token(text) => text.as_str(),
        _ => "",
    });
    keyid.is_some_and(|keyid| keyid.starts_with(OURS))
}

/// Returns the signature with this label.
fn signature(message: &Message<'_>, label: &str) -> Result<Vec<u8>, SignatureError> {
    let text = joined(message.fields, "signature")?.ok_or(SignatureError::NoSignature)?;
    let mut all = members(&text)?.into_iter();
    match all
        .find(|member| member.label == label)
        .map(|member| member.value)
    {
        Some(ListEntry::Item(Item {
            bare_item: BareItem::ByteSequence(bytes),
            ..
        })) => Ok(bytes),
        _ => Err(SignatureError::NoSignature),
    }
}

fn presented(
    message: &Message<'_>,
    Member { text, value, .. }: Member<'_>,
    signature: Vec<u8>,
) -> Result<Presented, SignatureError> {
    let ListEntry::InnerList(list) = value else {
        return Err(SignatureError::NoList);
    };
    let Read {
        created,
        expires,
        keyid,
        nonce,
    } = parameters(&list.params)?;
    let covered = components(&list)?;
    if !message.path_and_query.starts_with('/') {
        return Err(SignatureError::Target);
    }
    let covers = |name: &str| covered.iter().any(|component| component.name() == name);
    let has_body = message.has_body || WITH_BODY.contains(&message.method);
    for (name, is_needed) in [
        ("@method", true),
        ("@target-uri", true),
        (CONTENT_DIGEST, has_body),
    ] {
        if is_needed && !covers(name) {
            return Err(SignatureError::NotCovered(name));
        }
    }
    let digest = covers(CONTENT_DIGEST).then(|| field(message, CONTENT_DIGEST));
    Ok(Presented {
        key: keyid.parse().ok(),
        created,
        expires,
        nonce,
        content_digest: digest.transpose()?,
        base: signature_base(message, &covered, text)?,
        signature,
    })
}

/// Returns the covered components, each of which is there once.
fn components(list: &InnerList) -> Result<Vec<Component>, SignatureError> {
    if list.items.len() > MOST {
        return Err(SignatureError::TooMany(MOST));
    }
    let mut covered = Vec::with_capacity(list.items.len());
    for item in &list.items {
        let component = Component::read(item)?;
        if covered.contains(&component) {
            return Err(SignatureError::Twice(component.name().into()));
        }
        covered.push(component);
    }
    Ok(covered)
}

/// The parameters of a signature.
struct Read {
    created: i64,
    expires: Option<i64>,
    keyid: String,
    nonce: String,
}

fn parameters(all: &Parameters) -> Result<Read, SignatureError> {
    let (mut created, mut expires, mut keyid, mut nonce) = (None, None, None, None);
    for (name, value) in all {
        match (name.as_str(), value) {
            ("created", BareItem::Integer(at)) => created = Some(i64::from(*at)),
            ("expires", BareItem::Integer(at)) => expires = Some(i64::from(*at)),
            ("keyid", BareItem::String(text)) => keyid = Some(text.as_str().to_owned()),
            ("nonce", BareItem::String(text)) => nonce = Some(text.as_str().to_owned()),
            ("alg", BareItem::String(text)) if text.as_str() == "hmac-sha256" => {}
            ("tag", BareItem::String(_)) => {}
            ("alg", _) => return Err(SignatureError::Parameter("alg must be \"hmac-sha256\"")),
            ("created" | "expires", _) => {
                return Err(SignatureError::Parameter(
                    "created or expires is no whole number of seconds",
                ));
            }
            ("keyid" | "nonce" | "tag", _) => {
                return Err(SignatureError::Parameter(
                    "keyid, nonce or tag is no text in quotation marks",
                ));
            }
            _ => return Err(SignatureError::UnknownParameter),
        }
    }
    let missing = SignatureError::Parameter;
    let nonce = nonce.ok_or(missing("nonce is missing"))?;
    if !NONCE.contains(&nonce.len()) {
        return Err(missing("nonce must have 16 to 128 characters"));
    }
    Ok(Read {
        created: created.ok_or(missing("created is missing"))?,
        expires,
        keyid: keyid.ok_or(missing("keyid is missing"))?,
        nonce,
    })
}
