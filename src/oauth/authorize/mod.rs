//! The authorization endpoint (RFC 6749, section 3.1; OpenID Connect Core, section 3.1.2) as an
//! ordered list of small checks, a file a check or a few that belong together.
//!
//! First [`target`]: who asks, and where does the answer go? Until that is sure, a fault is a page
//! and never a redirect. Then [`read`]: what is asked for? Its checks go by the request and the
//! client alone, so that pushed requests pass the same ones. Then [`decide`]: given who is signed
//! in, is there something to ask the operator, or is everything there?

mod decide;
mod hints;
mod interaction;
mod prompt;
pub mod redirect;
mod request;
mod response;
mod target;

#[cfg(test)]
mod tests;

pub use decide::{Decision, Granted, decide, read};
pub use interaction::{Ask, Facts, IdTokenHint, SignedIn};
pub use prompt::{PROMPT_VALUES, Prompt};
pub use redirect::{Answer, url};
pub use request::{Request, Source, View};
pub use target::{PageError, Target, client_id, target};
