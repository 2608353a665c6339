//! Rules that hold for every route.

mod anothers;
mod bodies;
mod credentials;
mod http;
mod ids;
mod lists;
mod malformed;
mod methods;
mod named;
mod refusals;
mod request_id;
mod slow_bodies;
mod transport;
