//! The headers that can carry a credential.

/// A header that can carry a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialHeader {
    /// `Authorization` (RFC 9110, section 11.6.2).
    Authorization,
    /// `X-Authorization-Key` (guide 002).
    AuthorizationKey,
    /// `X-API-Key` (guide 000).
    ApiKey,
    /// `DPoP` (RFC 9449, section 4.1): no credential, but the proof beside one.
    Dpop,
}

/// The headers of a request.
pub trait Headers {
    /// Returns the values of a header, in the order in which they were sent.
    fn values(&self, header: CredentialHeader) -> impl Iterator<Item = &[u8]>;
}
