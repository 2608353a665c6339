//! The authorization endpoint (RFC 6749, section 3.1; OpenID Connect Core, section 3.1.2) as an
//! ordered list of small checks, a file a check or a few that belong together.
//!
//! 1. [`target`] finds the client and the redirect URI. Until both are certain, an error is a page
//!    and never a redirect.
//! 2. [`read`] reads what the client asks for. Its checks use the request and the client only, so
//!    they are the same for pushed requests.
//! 3. [`decide`] takes the operator's session into account: either the operator must sign in or
//!    consent, or a code is issued.

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
pub use hints::scopes;
pub use interaction::{Ask, Facts, IdTokenHint, SignedIn, bad_hint};
pub use prompt::{PROMPT_VALUES, Prompt};
pub use redirect::{Answer, url};
pub use request::{PARAMETERS, Request, Source};
pub use target::{PageError, Target, client_id, target};
