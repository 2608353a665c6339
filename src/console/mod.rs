//! The console: what the admins of an organization do in a browser. A page is another door to the
//! verb of a feature: the same rule, the same audit event, and the same silence towards other
//! organizations.
//!
//! - `gate` decides who may see a page, and in which order a form is refused.
//! - `page` has the parts that pages are made of; their templates are in `templates/console/`.
//! - GET changes nothing but a cookie of preferences, and takes away the notice that it shows. POST
//!   changes one thing.
//! - A secret is in the response to one POST, and nowhere else.

mod account;
mod account_language;
mod answers;
mod api_keys;
mod area;
mod assets;
mod audit_log;
mod cells;
mod clients;
mod days;
mod download;
mod everything;
mod faults;
mod gate;
mod headers;
mod host;
mod jobs;
mod new_password;
mod operators;
mod organization;
mod overview;
mod page;
mod person;
mod platform;
mod policy;
mod preferences;
mod reauthenticate;
mod refusal;
mod resume;
mod roles;
mod root;
mod rotation;
mod routes;
mod same_origin;
mod sealed;
mod second_factor;
mod sent;
mod sessions;
mod shown;
mod sign_in;
mod sign_out;
mod tokens;
mod visit;
mod webhooks;
mod wechat;

pub use root::unmatched;
pub use routes::routes;
