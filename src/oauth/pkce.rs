//! Proof Key for Code Exchange (RFC 7636), S256 only: the parameters of an authorization request.
//! Whether a verifier meets a challenge is [`Challenge::is_met_by`].

use std::fmt;

use super::parameters::{Parameters, Repeated};
use crate::grant::Challenge;

/// Why a request's challenge is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeError {
    /// One of its two parameters is there twice.
    Repeated(Repeated),
    /// The method is not S256. An absent one means `plain` (RFC 7636, section 4.3).
    Method,
    /// It is not 43 characters of base64url.
    Form,
    /// A method without a challenge.
    NoChallenge,
}

impl fmt::Display for ChallengeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repeated(_) => "A PKCE parameter is there more than once",
            Self::Method => "code_challenge_method must be S256",
            Self::Form => "code_challenge must have 43 characters of base64url",
            Self::NoChallenge => "code_challenge_method is there without code_challenge",
        })
    }
}

impl From<Repeated> for ChallengeError {
    fn from(error: Repeated) -> Self {
        Self::Repeated(error)
    }
}

/// Reads the two parameters; `None` if there is no challenge.
///
/// # Errors
/// Returns why the challenge is refused.
pub fn read(parameters: &Parameters<'_>) -> Result<Option<Challenge>, ChallengeError> {
    let method = parameters.one("code_challenge_method")?;
    match (parameters.one("code_challenge")?, method) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(ChallengeError::NoChallenge),
        (Some(text), Some("S256")) => Challenge::parse(text).map(Some).ok_or(ChallengeError::Form),
        (Some(_), _) => Err(ChallengeError::Method),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parameters::pairs;
    use super::*;

    /// RFC 7636, appendix B.
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn challenge(sent: &[(&str, &str)]) -> Result<Option<Challenge>, ChallengeError> {
        read(&Parameters::new(&pairs(sent)))
    }

    #[test]
    fn no_other_method_and_no_other_form() {
        assert_eq!(challenge(&[]), Ok(None));
        let good = [
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        assert_eq!(challenge(&good).unwrap().unwrap().text(), CHALLENGE);
        for method in [None, Some("plain"), Some("s256"), Some("S512")] {
            let mut sent = vec![("code_challenge", CHALLENGE)];
            sent.extend(method.map(|method| ("code_challenge_method", method)));
            assert_eq!(challenge(&sent), Err(ChallengeError::Method), "{method:?}");
        }
        let sent = [("code_challenge", "x"), ("code_challenge_method", "S256")];
        assert_eq!(challenge(&sent), Err(ChallengeError::Form));
        assert_eq!(
            challenge(&[("code_challenge_method", "S256")]),
            Err(ChallengeError::NoChallenge)
        );
        let twice = [good[0], good[0], good[1]];
        assert_eq!(
            challenge(&twice),
            Err(ChallengeError::Repeated(Repeated("code_challenge")))
        );
    }
}
