//! Login names in the form in which they are compared.

use crate::base::{caseless, name};

/// A login name in the form in which it is compared: case and the composition of its letters are
/// ignored.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LoginKey {
    /// The key of every login, except those that only `lower` finds.
    pub fold: String,
    /// The key that an older release gave the login. It finds a login whose `fold` an older login
    /// has already: such a login works as it was typed before, until it is changed.
    pub lower: String,
}

impl LoginKey {
    /// Returns the key of a login that a caller presents; `None` if no account can have it. It must
    /// have 1 to 200 characters, none of them a control character or white space.
    #[must_use]
    pub fn of(login: &str) -> Option<Self> {
        name::can_be_login(login).then(|| Self {
            fold: caseless::key(login),
            lower: login.to_lowercase(),
        })
    }

    /// Returns the key of a new login; `None` if the login is not allowed. Beyond the rules of
    /// [`LoginKey::of`], it must have no `/`, which separates it from an operator's name, and no
    /// invisible character.
    #[must_use]
    pub fn of_new(login: &str) -> Option<Self> {
        let clear = !login.chars().any(|c| c == '/' || caseless::is_invisible(c));
        Self::of(login).filter(|_| clear)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_one_without_regard_to_case() {
        assert_eq!(LoginKey::of("Acme"), LoginKey::of("ACME"));
        assert_eq!(LoginKey::of("CÔNG-TY"), LoginKey::of("công-ty"));
        assert_eq!(
            LoginKey::of("ΟΔΟΣ").unwrap().fold,
            LoginKey::of("οδοσ").unwrap().fold
        );
        for bad in ["", "a b", "a\nb", "a\0", &"x".repeat(201)] {
            assert_eq!(LoginKey::of(bad), None, "{bad:?}");
            assert_eq!(LoginKey::of_new(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_new_login_has_nothing_that_a_reader_does_not_see() {
        for bad in [
            "\u{200b}",
            "acme\u{200b}",
            "ac\u{ad}me",
            "acme\u{202e}",
            "acme\u{200f}",
            "\u{feff}acme",
            "acme\u{3164}",
            "acme/lan",
            "/",
        ] {
            assert!(
                LoginKey::of(bad).is_some(),
                "an old login {bad:?} goes on working"
            );
            assert_eq!(LoginKey::of_new(bad), None, "{bad:?}");
        }
        for good in ["acme", "công-ty", "公司", "a@b.example", "a\\b", "😀"] {
            assert!(LoginKey::of_new(good).is_some(), "{good}");
        }
    }
}
