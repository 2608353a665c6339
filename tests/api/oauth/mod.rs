//! OAuth 2.0 and OpenID Connect: the endpoints that clients call.

mod client_authentication;
mod client_credentials;
mod codes;
mod cors;
mod counted;
mod dialects;
mod introspect;
mod lives;
mod metadata;
mod no_issuer;
mod parameters;
mod password;
mod refresh;
mod revoke;
mod together;
mod userinfo;
mod world;
