//! Recovery codes: each is good once, in place of a code of the authenticator app.
//!
//! The caller deletes the code by one conditional statement: `DELETE … WHERE operator = :operator
//! AND digest = :digest`. If no row changed, another request used the code first, on this node
//! or another.

use std::fmt;

use aws_lc_rs::digest;
use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use crate::base::random;

/// How many recovery codes are made.
pub const RECOVERY_CODES: usize = 10;

/// A recovery code: good once, in place of a code of the app. Shown when it is made and stored as
/// SHA-256, which suffices because it was drawn at random (80 bits).
#[derive(Clone)]
pub struct RecoveryCode(Zeroizing<String>);

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(***)")
    }
}

impl RecoveryCode {
    /// Returns [`RECOVERY_CODES`] new codes.
    #[must_use]
    pub fn generate() -> [Self; RECOVERY_CODES] {
        std::array::from_fn(|_| {
            let text = BASE32_NOPAD
                .encode(&random::bytes::<10>())
                .to_ascii_lowercase();
            let groups: Vec<_> = text
                .as_bytes()
                .chunks(4)
                .map(String::from_utf8_lossy)
                .collect();
            Self(Zeroizing::new(groups.join("-")))
        })
    }

    /// Returns the text as it is shown: four groups of four letters and digits.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Returns the digest of a code as somebody typed it, in any case, with or without hyphens and
    /// spaces; `None` if it has not the form of a recovery code.
    #[must_use]
    pub fn digest(typed: &str) -> Option<[u8; 32]> {
        let sign = |c: &char| !c.is_whitespace() && *c != '-';
        let text: Zeroizing<String> = Zeroizing::new(typed.chars().filter(sign).collect());
        let text = Zeroizing::new(text.to_ascii_uppercase());
        let code = BASE32_NOPAD.decode(text.as_bytes()).ok()?;
        if code.len() != 10 {
            return None;
        }
        digest::digest(&digest::SHA256, text.as_bytes())
            .as_ref()
            .try_into()
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_recovery_code_is_recognized_however_it_is_typed() {
        let codes = RecoveryCode::generate();
        let digests: std::collections::HashSet<_> = codes
            .iter()
            .map(|code| RecoveryCode::digest(code.text()).unwrap())
            .collect();
        assert_eq!(digests.len(), RECOVERY_CODES);
        let text = codes[0].text();
        assert_eq!(text.len(), 19);
        for typed in [
            text.to_ascii_uppercase(),
            text.replace('-', ""),
            format!(" {} ", text.replace('-', " - ")),
        ] {
            assert_eq!(
                RecoveryCode::digest(&typed),
                RecoveryCode::digest(text),
                "{typed}"
            );
        }
        for typed in [
            "",
            "123456",
            "aaaa-aaaa-aaaa-aaa",
            "aaaa-aaaa-aaaa-aaa1",
            "aaaa-aaaa-aaaa-aaaa-aaaa",
        ] {
            assert_eq!(RecoveryCode::digest(typed), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,40}") {
            let _ = RecoveryCode::digest(&text);
        }
    }
}
