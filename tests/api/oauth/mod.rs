//! OAuth 2.0 and OpenID Connect: the endpoints that clients call.

mod client_authentication;
mod client_credentials;
mod codes;
mod cors;
mod dialects;
mod introspect;
mod lives;
mod metadata;
mod password;
mod refresh;
mod registration;
mod revoke;
mod together;
mod token_exchange;
mod userinfo;
mod world;
