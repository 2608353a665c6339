//! `password` (RFC 6749, section 4.3), for clients that were given it. RFC 9700 forbids it, and
//! guide 001 needs it.

use super::answer::TokenAnswer;
use super::invalid_grant;
use super::request::Request;
use crate::oauth::failure::Failure;

pub(super) async fn redeem(_request: &Request<'_>) -> Result<TokenAnswer, Failure> {
    Err(invalid_grant())
}
