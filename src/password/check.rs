//! Checking a password against a stored hash. The code here runs on the calling thread.

use secrecy::SecretString;

use super::cost::{cost_of, rest};
use super::{Password, PasswordError, Typed};
use crate::base::Turn;

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The password is wrong, or its account may not log in.
    Wrong,
    /// The password is right.
    Right {
        /// A new hash of the same password that replaces the stored one; `None` if the stored one
        /// has today's form and cost.
        rehashed: Option<String>,
    },
}

/// A password that is to be checked.
#[derive(Debug)]
pub struct Attempt {
    /// The turn that the check takes in the queue.
    pub turn: Turn,
    /// The stored hash; `None` if there is no such login.
    pub hash: Option<String>,
    /// Whether the account may log in with the right password.
    pub admissible: bool,
    /// The presented password.
    pub password: SecretString,
}

/// The bcrypt costs of a check.
#[derive(Debug, Clone, Copy)]
pub(super) struct Costs {
    /// The cost of a new hash.
    pub(super) new: u32,
    /// The cost of every refusal: that of the most expensive stored hash.
    pub(super) refusal: u32,
}

/// Checks the composed form of the password and, if it differs, the form as typed. The work of a
/// refusal depends only on the text, not on whether the login exists, or on its hash.
pub(super) fn verdict(attempt: Attempt, costs: Costs) -> Verdict {
    let Typed { composed, as_typed } = Typed::new(attempt.password);
    let hash = attempt.hash.as_deref();
    let right = |password: &Result<Password, PasswordError>| {
        let stored = hash.zip(password.as_ref().ok());
        stored.is_some_and(|(hash, password)| password.matches(hash))
    };
    let cheaper = hash.and_then(cost_of).is_some_and(|paid| paid < costs.new);
    let new_hash = |password: Result<Password, PasswordError>| password.ok()?.hash(costs.new).ok();
    if right(&composed) && attempt.admissible {
        return Verdict::Right {
            rehashed: cheaper.then(|| new_hash(composed)).flatten(),
        };
    }
    if let Some(as_typed) = &as_typed
        && right(as_typed)
        && attempt.admissible
    {
        // A password that is stored as typed and is too long when composed stays as typed.
        let old_form = composed.is_ok();
        let stored = composed.or_else(|_| as_typed.clone());
        return Verdict::Right {
            rehashed: (cheaper || old_form).then(|| new_hash(stored)).flatten(),
        };
    }
    for form in std::iter::once(&composed).chain(&as_typed) {
        let paid = hash.filter(|_| form.is_ok()).and_then(cost_of);
        for cost in rest(paid, costs.refusal) {
            let _ = bcrypt::hash("nobody", cost);
        }
    }
    Verdict::Wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    const COSTS: Costs = Costs { new: 5, refusal: 5 };

    fn attempt(hash: Option<&str>, password: &str) -> Attempt {
        Attempt {
            turn: Turn::Stranger(None),
            hash: hash.map(str::to_owned),
            admissible: true,
            password: SecretString::from(password),
        }
    }

    fn check(hash: Option<&str>, password: &str, new: u32) -> Verdict {
        verdict(attempt(hash, password), Costs { new, ..COSTS })
    }

    #[test]
    fn a_cheaper_hash_is_replaced_when_the_password_is_right() {
        let hash = bcrypt::hash("right", 4).unwrap();
        assert_eq!(
            check(Some(&hash), "right", 4),
            Verdict::Right { rehashed: None }
        );
        assert_eq!(check(Some(&hash), "wrong", 5), Verdict::Wrong);
        let Verdict::Right {
            rehashed: Some(dearer),
        } = check(Some(&hash), "right", 5)
        else {
            panic!("not re-hashed")
        };
        assert_eq!(
            check(Some(&dearer), "right", 5),
            Verdict::Right { rehashed: None }
        );
    }

    #[test]
    fn a_password_is_right_however_it_is_composed() {
        let (composed, decomposed) = ("mật khẩu", "mâ\u{323}t kh\u{e2}\u{309}u");
        let hash = bcrypt::hash(composed, 4).unwrap();
        for typed in [composed, decomposed] {
            assert_eq!(
                check(Some(&hash), typed, 4),
                Verdict::Right { rehashed: None }
            );
        }
        let old = bcrypt::hash(decomposed, 4).unwrap();
        assert_eq!(
            check(Some(&old), composed, 4),
            Verdict::Wrong,
            "set before: only as it was typed"
        );
        let Verdict::Right {
            rehashed: Some(new),
        } = check(Some(&old), decomposed, 4)
        else {
            panic!("not re-hashed")
        };
        assert_eq!(
            check(Some(&new), composed, 4),
            Verdict::Right { rehashed: None }
        );
    }

    #[test]
    fn an_old_password_that_is_too_long_when_composed_stays() {
        let long = "\u{958}".repeat(20);
        let old = bcrypt::hash(&long, 4).unwrap();
        assert_eq!(
            check(Some(&old), &long, 4),
            Verdict::Right { rehashed: None }
        );
    }

    #[test]
    fn nobody_nonsense_and_the_inadmissible_are_wrong() {
        assert_eq!(check(None, "nobody", 4), Verdict::Wrong);
        assert_eq!(check(Some("x"), "", 4), Verdict::Wrong);
        assert_eq!(check(None, &"a".repeat(100), 4), Verdict::Wrong);
        let hash = bcrypt::hash("right", 4).unwrap();
        let suspended = Attempt {
            admissible: false,
            ..attempt(Some(&hash), "right")
        };
        assert_eq!(verdict(suspended, COSTS), Verdict::Wrong);
        // The same holds for both forms of a text that has two.
        for stored in ["\u{e9}", "e\u{301}"] {
            let hash = bcrypt::hash(stored, 4).unwrap();
            let suspended = Attempt {
                admissible: false,
                ..attempt(Some(&hash), "e\u{301}")
            };
            assert_eq!(verdict(suspended, COSTS), Verdict::Wrong);
        }
    }
}
