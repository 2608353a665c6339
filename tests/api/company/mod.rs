//! `/api/company/…`

mod audit;
mod get_token;
mod login_crowd;
mod operators;
mod operators_list;
mod organization;
mod revocations;
mod revoke_token;
mod rotate_token;
mod rotation_due;
mod stream;
mod suspension;
mod throttle;
mod token;
mod tokens;
mod webhooks;
