//! OAuth 2.0 and OpenID Connect: the endpoints that clients call.

mod bound_tokens;
mod claims;
mod client_authentication;
mod client_credentials;
mod codes;
mod cors;
mod counted;
mod device;
mod dialects;
mod dpop;
mod ends;
mod forward_auth;
mod introspect;
mod lives;
mod metadata;
mod no_issuer;
mod par;
mod parameters;
mod password;
mod private_key_jwt;
mod protected_resource;
mod refresh;
mod registered_keys;
mod registration;
mod revoke;
mod sets;
mod signer;
mod together;
mod token_exchange;
mod userinfo;
pub(crate) mod world;

pub(crate) use together::at_once;
