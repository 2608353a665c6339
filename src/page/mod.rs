//! What pages are made of, and the pages of `/oauth`.
//!
//! A page is a plain struct that a handler fills in. [`Page::html`] renders it to a text;
//! [`headers`] has the headers of every page. Nothing here uses HTTP, the database or a rule: a
//! page shows the values of its struct.
//!
//! - A page works without script and loads nothing but the one stylesheet of [`assets`].
//! - No text stands in a template: all of it is in `texts/`, one file a language ([`Language`]).
//! - What a client, an operator or an organization wrote is escaped where it is shown, and never
//!   goes through Fluent.

pub mod assets;
pub mod csrf;
mod form;
pub mod headers;
mod language;
mod language_sources;
mod layout;
mod look;
pub mod oauth;
mod scope;
mod texts;

#[cfg(test)]
mod tests;

pub use csrf::CsrfToken;
pub use form::{Button, Field, FieldError, Form};
pub use language::Language;
pub use language_sources::LanguageSources;
pub use layout::{Address, Frame, LanguageLink, Page};
pub use look::{Ask, Look, Theme, View};
pub use scope::{Scope, ScopeLine};
pub use texts::{Around, Value};
