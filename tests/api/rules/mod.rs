//! Rules that hold on every surface.

mod bodies;
mod credentials;
mod ids;
mod malformed;
pub(crate) mod methods;
mod refusals;
mod request_id;
mod slow_bodies;
mod transport;
