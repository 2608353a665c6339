//! The paths of the endpoints. The routes and the metadata document use the same ones.

/// Authorization (RFC 6749, section 3.1).
pub const AUTHORIZE: &str = "/oauth/authorize";

/// Tokens (RFC 6749, section 3.2).
pub const TOKEN: &str = "/oauth/token";

/// Tokens, as guide 001 calls it.
pub const ACCESS_TOKEN: &str = "/Api/access_token";

/// Refreshing, as guide 003 calls it.
pub const ROUTER: &str = "/router/rest";

/// Revocation (RFC 7009).
pub const REVOKE: &str = "/oauth/revoke";

/// Introspection (RFC 7662).
pub const INTROSPECT: &str = "/oauth/introspect";

/// Userinfo (OpenID Connect Core, section 5.3).
pub const USERINFO: &str = "/oauth/userinfo";

/// Sign-out (OpenID Connect RP-Initiated Logout).
pub const END_SESSION: &str = "/oauth/end-session";

/// Pushed authorization requests (RFC 9126).
pub const PAR: &str = "/oauth/par";

/// The description of Lanyard's own API as a resource (RFC 9728).
pub const PROTECTED_RESOURCE: &str = crate::access::WELL_KNOWN;

/// The description of a service behind a proxy, whose resource has a path (RFC 9728, section 3.1).
pub const SERVICE_RESOURCE: &str = "/.well-known/oauth-protected-resource/{path:.*}";

/// Authorization of devices (RFC 8628).
pub const DEVICE_AUTHORIZATION: &str = "/oauth/device_authorization";

/// Registration (RFC 7591).
pub const REGISTER: &str = "/oauth/register";
