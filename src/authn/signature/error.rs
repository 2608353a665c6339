//! Why the signature of a request is refused.

/// Why the signature of a request is refused. The display is for the person who reads the client's
/// log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The headers cannot be read.
    #[error("Signature-Input and Signature must be dictionaries (RFC 9651) with each label once")]
    Malformed,
    /// The request has two signatures with keys of this service.
    #[error("the request has more than one signature whose keyid begins with key_; send one")]
    Several,
    /// `Signature` has no signature with the label of `Signature-Input`.
    #[error("Signature must have, with the label of Signature-Input, a byte sequence such as :…:")]
    NoSignature,
    /// The member of `Signature-Input` is no list.
    #[error("a member of Signature-Input must be a list of covered components with parameters")]
    NoList,
    /// A parameter is missing or wrong.
    #[error("the parameter {0}")]
    Parameter(&'static str),
    /// There is a parameter that is not supported.
    #[error("a parameter is none of created, keyid, nonce, expires, alg, tag")]
    UnknownParameter,
    /// Too many components are covered.
    #[error("more than {0} components are covered")]
    TooMany(usize),
    /// A covered component is not supported.
    #[error(
        "a covered component is neither the name of a header in lower case nor one of @method, \
         @target-uri, @authority, @scheme, @path, @query, @request-target"
    )]
    Component,
    /// A covered component has a parameter.
    #[error("a covered component has a parameter such as ;sf or ;key; these are not supported")]
    ComponentParameter,
    /// A component is covered twice.
    #[error("the component {0:?} is covered twice")]
    Twice(Box<str>),
    /// A covered header is not there.
    #[error("the covered header {0:?} is not in the request")]
    Missing(Box<str>),
    /// A covered header cannot be signed.
    #[error("the covered header {0:?} has characters beyond ASCII")]
    NotAscii(Box<str>),
    /// The request has no host.
    #[error("the request must have exactly one Host header, with a host and perhaps a port")]
    Host,
    /// The path is not one of an ordinary request.
    #[error("the path of a signed request must begin with a slash, and its query must be UTF-8")]
    Target,
    /// A component that must be covered is not.
    #[error("the signature must cover {0:?}")]
    NotCovered(&'static str),
    /// `created` is too far away. The value is how many seconds it is before the clock of this
    /// service; negative if it is after it.
    #[error("created is {} seconds {} the clock of this service; 300 are allowed", .0.unsigned_abs(), if *.0 < 0 { "ahead of" } else { "behind" })]
    Clock(i64),
    /// `expires` has passed.
    #[error("expires is {0} seconds behind the clock of this service")]
    Expired(i64),
    /// The key is unknown or has no signing secret, or the signature is wrong.
    #[error(
        "the signature is wrong, or there is no such key; the HMAC key is every character of the \
         signing secret, hs_ too, and the URL is signed as it arrives here"
    )]
    Wrong,
    /// `Content-Digest` cannot be read.
    #[error("Content-Digest must be a dictionary such as sha-256=:…: (RFC 9530)")]
    DigestForm,
    /// No digest is of a known algorithm.
    #[error("Content-Digest must have sha-256 or sha-512")]
    NoKnownDigest,
    /// A digest is not that of the body.
    #[error("Content-Digest is not that of the body")]
    Digest,
    /// The nonce was used before.
    #[error("the nonce was used before; draw one for each request")]
    Again,
    /// The key must be used with a signature.
    #[error("this key must sign its requests (RFC 9421)")]
    Required,
}
