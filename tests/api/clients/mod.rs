//! `/api/company/clients…`, `/api/company/grants…`, and what else an organization sees of OAuth.

mod grants;
mod manage;
mod members;
mod revocations;
mod secrets;
mod tokens;
