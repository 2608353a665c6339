//! OAuth clients: what a client is, which redirect URIs are its own, and its secrets.

mod choices;
mod directory;
pub mod http;
pub mod jwks;
pub mod keys;
pub mod manage;
mod narrower;
pub mod prepare_keys;
mod record;
pub mod redirect_uri;
pub mod registration;
pub mod registration_token;
pub mod secret;
mod secret_uses;
mod settings;
mod store;

pub use choices::{
    AccessAlgorithm, AuthMethod, ConsentRule, GrantType, IntrospectRule, Profile, RedirectMatch,
    RefreshRetry, TokenFormat,
};
pub use directory::{Directory, Registered};
pub use jwks::Jwks;
pub use manage::ManageError;
pub use record::{Client, ClientStatus};
pub use redirect_uri::{RedirectUri, RedirectUriError};
pub use registration::{Known, Registration, RegistrationError};
pub use secret::{ClientSecret, Secrets};
pub use secret_uses::SecretUses;
pub use settings::{
    AccessTokens, Authentication, ClientSettings, EVERY_RESOURCE, RefreshTokens, Requirements,
};
pub use store::{count, find, secrets};
