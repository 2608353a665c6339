//! What an organization defines: `/api/v1/scopes…`, `/api/v1/roles…`, `/api/company/resources…`.

mod cap;
mod preset;
mod resources;
mod roles;
mod scopes;
