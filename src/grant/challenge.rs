//! The challenge of an authorization request, which the redeemer of its code must meet (RFC 7636,
//! S256 only).

use aws_lc_rs::{constant_time, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A code challenge: base64url of a SHA-256 (RFC 7636, section 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge([u8; 32]);

impl Challenge {
    /// Reads the text of a challenge; `None` if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// Returns the text, for the database.
    #[must_use]
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Whether `verifier` is what the challenge was made from. A verifier has 43 to 128 unreserved
    /// characters (RFC 7636, section 4.1).
    #[must_use]
    pub fn is_met_by(&self, verifier: &str) -> bool {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let sound = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
        let digest = digest::digest(&digest::SHA256, verifier.as_bytes());
        sound && constant_time::verify_slices_are_equal(digest.as_ref(), &self.0).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_rfc() {
        let challenge = Challenge::parse(CHALLENGE).unwrap();
        assert_eq!(challenge.text(), CHALLENGE);
        assert!(challenge.is_met_by(VERIFIER));
        for wrong in [
            "",
            CHALLENGE,
            &VERIFIER[1..],
            &format!("{VERIFIER}="),
            &VERIFIER.replace('-', "+"),
        ] {
            assert!(!challenge.is_met_by(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_challenge_has_43_characters_of_base64url() {
        for text in [
            "",
            "x",
            &CHALLENGE[1..],
            &format!("{CHALLENGE}="),
            &format!("{CHALLENGE}A"),
            &CHALLENGE.replace('-', "+"),
        ] {
            assert_eq!(Challenge::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn only_the_verifier_itself_meets_its_challenge(one in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{43,128}") {
            let digest = digest::digest(&digest::SHA256, one.as_bytes());
            let challenge = Challenge::parse(&URL_SAFE_NO_PAD.encode(digest)).unwrap();
            prop_assert!(challenge.is_met_by(&one));
            prop_assert_eq!(challenge.is_met_by(&other), one == other);
        }
    }
}
