//! The audit log: who did what, and from where, recorded in the transaction of the change itself.

mod action;
pub mod chain;
pub mod erase;
mod event;
pub mod export;
pub mod http;
pub mod job;
mod origin;
pub mod seal;
mod store;
mod through;
pub mod verify;
mod view;

pub use origin::{Actor, Origin};
pub use through::{Through, split_through};

pub use action::Action;
pub use event::Event;
pub use store::{
    Filter, Found, LOOKED_AT, Line, Page, of_entry, page, platform_page, record, record_all,
};
pub use view::LineView;
