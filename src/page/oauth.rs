//! The pages of `/oauth`: what a browser is shown while a client asks for tokens, and what an
//! operator does with its own browser session and password.
//!
//! A page that asks has one form with the hidden fields `csrf` and, for a client's request,
//! `request`; its buttons are named `do`. The other pages have none.

mod consent;
mod device;
mod done;
mod error;
mod new_password;
mod second_factor;
mod sign_in;
mod sign_out;

pub use consent::Consent;
pub use device::{DeviceCode, DeviceCodeError, DeviceConfirmation};
pub use done::{Done, Outcome};
pub use error::{ErrorPage, PageError};
pub use new_password::{NewPassword, NewPasswordError};
pub use second_factor::{SecondFactor, SecondFactorError};
pub use sign_in::{SignIn, SignInError};
pub use sign_out::SignOut;

/// Path of the sign-in page.
pub const LOGIN: &str = "/oauth/login";
/// Path of the page that asks for a second factor.
pub const SECOND_FACTOR: &str = "/oauth/second-factor";
/// Path of the page that asks whether a client may have what it asks for.
pub const CONSENT: &str = "/oauth/consent";
/// Path of the pages for devices without a browser.
pub const DEVICE: &str = "/oauth/device";
/// Path of the page where an operator changes its password.
pub const PASSWORD: &str = "/oauth/password";
/// Path of the sign-out page.
pub const LOGOUT: &str = "/oauth/logout";
