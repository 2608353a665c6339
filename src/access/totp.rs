//! The second factor: codes of an authenticator app (RFC 6238: HMAC-SHA-1, 6 digits, 30 s).
//!
//! A code is good once. [`TotpSecret::accept`] returns its step, and the caller stores it by one
//! conditional statement:
//!
//! ```sql
//! UPDATE … SET totp_step = :step
//!   WHERE id = :operator AND (totp_step IS NULL OR totp_step < :step)
//! ```
//!
//! If no row changed, another request used the code first, on this node or another.

use aws_lc_rs::{constant_time, hmac};
use data_encoding::BASE32_NOPAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use zeroize::Zeroizing;

use crate::base::{Timestamp, random};

/// How long a code is shown (seconds).
pub const STEP_SECONDS: i64 = 30;

/// How many steps before and after the present one are accepted, since clocks differ and people
/// type slowly (RFC 6238, section 5.2).
const DRIFT: i64 = 1;

/// The secret that an authenticator app shares with the service: 20 bytes (RFC 4226, section 4,
/// R6).
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret(Zeroizing<Vec<u8>>);

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(***)")
    }
}

impl TotpSecret {
    /// Returns a new secret.
    #[must_use]
    pub fn generate() -> Self {
        Self(Zeroizing::new(random::bytes::<20>().to_vec()))
    }

    /// Reads the bytes of a secret that was made before; they are stored sealed.
    #[must_use]
    pub fn from_bytes(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// Returns the bytes, for sealing.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the text that people type into an app: base32 without padding (RFC 4648, section 6).
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(&self.0))
    }

    /// Returns the URI that apps read from a QR code. `issuer` and `account` are shown in the app.
    #[must_use]
    pub fn uri(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        const KEPT: &AsciiSet = &NON_ALPHANUMERIC
            .remove(b'-')
            .remove(b'.')
            .remove(b'_')
            .remove(b'~');
        let (issuer, account) = (
            utf8_percent_encode(issuer, KEPT),
            utf8_percent_encode(account, KEPT),
        );
        Zeroizing::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period={STEP_SECONDS}",
            *self.text(),
        ))
    }

    /// Returns the step of the code, if it is one of the present step or of a neighbour, and later
    /// than `last`, the step that was accepted last. Spaces in the code do not count: apps show two
    /// groups of three digits.
    #[must_use]
    pub fn accept(&self, code: &str, now: Timestamp, last: Option<i64>) -> Option<i64> {
        let typed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let present = now.as_seconds().div_euclid(STEP_SECONDS);
        let mut accepted = None;
        // All steps are compared in every case, so the duration does not depend on the code.
        for step in present - DRIFT..=present + DRIFT {
            let expected = format!("{:06}", self.number(step) % 1_000_000);
            let equal =
                constant_time::verify_slices_are_equal(expected.as_bytes(), typed.as_bytes());
            let unused = last.is_none_or(|last| step > last);
            if equal.is_ok() && unused && accepted.is_none() {
                accepted = Some(step);
            }
        }
        accepted
    }

    /// Returns the number of which a code is the last digits (RFC 4226, section 5.3).
    fn number(&self, step: i64) -> u32 {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag.last().copied().unwrap_or_default() & 15);
        let bytes = tag
            .get(offset..offset + 4)
            .and_then(|bytes| bytes.try_into().ok());
        u32::from_be_bytes(bytes.unwrap_or_default()) & 0x7fff_ffff
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rfc() -> TotpSecret {
        TotpSecret(Zeroizing::new(b"12345678901234567890".to_vec()))
    }

    fn code(step: i64) -> String {
        format!("{:06}", rfc().number(step) % 1_000_000)
    }

    #[test]
    fn the_numbers_of_rfc_6238_appendix_b() {
        for (seconds, eight_digits) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            assert_eq!(
                rfc().number(seconds / STEP_SECONDS) % 100_000_000,
                eight_digits
            );
        }
    }

    #[test]
    fn a_code_is_accepted_one_step_early_and_one_step_late() {
        let now = Timestamp::from_seconds(1_234_567_890);
        let present = 1_234_567_890 / STEP_SECONDS;
        for step in [present - 1, present, present + 1] {
            assert_eq!(rfc().accept(&code(step), now, None), Some(step));
        }
        for step in [present - 2, present + 2] {
            assert_eq!(rfc().accept(&code(step), now, None), None);
        }
        let spaced = format!(" {} {}", &code(present)[..3], &code(present)[3..]);
        assert_eq!(rfc().accept(&spaced, now, None), Some(present));
    }

    #[test]
    fn a_code_is_good_once_and_no_earlier_one_afterwards() {
        let now = Timestamp::from_seconds(1_234_567_890);
        let present = 1_234_567_890 / STEP_SECONDS;
        assert_eq!(rfc().accept(&code(present), now, Some(present)), None);
        assert_eq!(rfc().accept(&code(present - 1), now, Some(present)), None);
        assert_eq!(
            rfc().accept(&code(present + 1), now, Some(present)),
            Some(present + 1)
        );
    }

    #[test]
    fn what_is_no_code() {
        let now = Timestamp::from_seconds(59);
        for text in [
            "",
            "28708",
            "94287082",
            "287082x",
            "+28708",
            "२८७०८२",
            "000000",
        ] {
            assert_eq!(rfc().accept(text, now, None), None, "{text}");
        }
    }

    #[test]
    fn apps_read_the_uri() {
        assert_eq!(rfc().text().as_str(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            rfc().uri("Lanyard", "an&a@acme.example").as_str(),
            "otpauth://totp/Lanyard:an%26a%40acme.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Lanyard&algorithm=SHA1&digits=6&period=30"
        );
        assert_eq!(TotpSecret::generate().as_bytes().len(), 20);
        assert_eq!(format!("{:?}", rfc()), "TotpSecret(***)");
    }

    proptest! {
        #[test]
        fn each_step_once_whatever_is_typed_and_whenever(
            tries in prop::collection::vec((0i64..200, -3i64..4), 1..40),
        ) {
            let mut used = std::collections::HashSet::new();
            let (mut last, mut seconds) = (None, 1_234_567_890);
            for (passed, off) in tries {
                seconds += passed;
                let typed = code(seconds / STEP_SECONDS + off);
                if let Some(step) = rfc().accept(&typed, Timestamp::from_seconds(seconds), last) {
                    prop_assert!(used.insert(step) && last.is_none_or(|last| step > last));
                    last = Some(step);
                }
            }
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,40}") {
            let _ = rfc().accept(&text, Timestamp::from_seconds(59), None);
        }
    }
}
