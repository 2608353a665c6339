//! Codes of errors, for programs.

/// The kind of an error. Each surface has its own word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The request cannot be understood.
    InvalidRequest,
    /// Login or password is wrong.
    InvalidCredentials,
    /// There is no credential, or the credential is malformed or unknown.
    InvalidToken,
    /// The credential has expired.
    TokenExpired,
    /// The credential was revoked.
    TokenRevoked,
    /// The signature of the request is wrong or missing.
    InvalidSignature,
    /// The credential is valid, but not for this request.
    Forbidden,
    /// There is no such record, or it is another organization's.
    NotFound,
    /// The state of the record does not allow the request.
    Conflict,
    /// The path does not support this method.
    MethodNotAllowed,
    /// The body is of another media type, or compressed.
    UnsupportedMediaType,
    /// The body is too large.
    PayloadTooLarge,
    /// The caller has sent too many requests.
    RateLimited,
    /// The service cannot answer at the moment.
    TemporarilyUnavailable,
    /// The service has a bug.
    ServerError,
}

impl Code {
    /// Returns the word on the flat surface. If RFC 6749 (sections 4.1.2.1 and 5.2) or RFC 6750
    /// (section 3.1) defines one, it is that one.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidCredentials => "invalid_credentials",
            Self::InvalidToken => "invalid_token",
            Self::TokenExpired => "token_expired",
            Self::TokenRevoked => "token_revoked",
            Self::InvalidSignature => "invalid_signature",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::PayloadTooLarge => "payload_too_large",
            Self::RateLimited => "rate_limited",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
        }
    }
}
