//! `/api/operator…`

mod expires_at;
mod get_token;
mod profile;
mod revoke_token;
mod synchronize;
mod validate_token;
mod validate_tokens;
