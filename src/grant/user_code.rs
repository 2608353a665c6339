//! The code that a device shows and its user types on a page (RFC 8628, section 6.1).

use std::fmt;
use std::str::FromStr;

use crate::base::{Digest, random};

/// The letters of a code: no vowels, so that no word is drawn, and none that is easily taken for
/// another.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// How many letters a code has. There are 20^8, about 2^34, codes.
const LENGTH: usize = 8;

/// The code that a device shows. It is written `XXXX-XXXX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UserCode([u8; LENGTH]);

/// The text is no user code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoUserCode;

impl UserCode {
    /// Draws a new code. Each has the same probability.
    #[must_use]
    pub fn draw() -> Self {
        let mut letters = [0; LENGTH];
        for letter in &mut letters {
            *letter = draw_letter();
        }
        Self(letters)
    }

    /// Returns the digest of the letters, by which a code is found.
    #[must_use]
    pub fn digest(self) -> Digest {
        let letters: String = self.0.iter().copied().map(char::from).collect();
        Digest::of(&letters)
    }
}

/// A user code as a request of a browser holds it: only who has the id of the request, which the
/// database has as a digest, can read it. It looks like another code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaskedCode(UserCode);

impl UserCode {
    /// Returns the code as the request with this id holds it.
    #[must_use]
    pub fn masked(self, request: &str) -> MaskedCode {
        MaskedCode(self.turned(request, |place, turn| place + turn))
    }

    /// Replaces each letter by the one that is `turn` places away, which follows from the id alone. The
    /// id has 256 bits and is used for one code.
    fn turned(self, request: &str, to: impl Fn(usize, usize) -> usize) -> Self {
        let Digest(turns) = Digest::of(&format!("user code {request}"));
        let mut letters = self.0;
        for (letter, turn) in letters.iter_mut().zip(turns.as_chunks::<2>().0) {
            let place = LETTERS.iter().position(|known| known == letter);
            let turn = usize::from(u16::from_be_bytes(*turn)) % LETTERS.len();
            let place = to(place.unwrap_or_default(), turn) % LETTERS.len();
            *letter = LETTERS.get(place).copied().unwrap_or(*letter);
        }
        Self(letters)
    }
}

impl MaskedCode {
    /// Returns the code, for the request with this id.
    #[must_use]
    pub fn unmasked(self, request: &str) -> UserCode {
        let back = |place, turn| place + LETTERS.len() - turn;
        self.0.turned(request, back)
    }
}

impl FromStr for MaskedCode {
    type Err = NoUserCode;

    fn from_str(text: &str) -> Result<Self, NoUserCode> {
        text.parse().map(Self)
    }
}

impl fmt::Display for MaskedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn draw_letter() -> u8 {
    loop {
        // 12 times 20 of the 256 values; the others would make some letters more probable.
        let [byte] = random::bytes::<1>();
        let drawn = usize::from(byte);
        if drawn < 12 * LETTERS.len()
            && let Some(letter) = LETTERS.get(drawn % LETTERS.len())
        {
            return *letter;
        }
    }
}

impl FromStr for UserCode {
    type Err = NoUserCode;

    /// Reads what was typed, in any case. Whatever is no letter and no digit is ignored.
    fn from_str(text: &str) -> Result<Self, NoUserCode> {
        let mut typed = text.chars().filter(|c| c.is_alphanumeric());
        let mut letters = [0; LENGTH];
        for letter in &mut letters {
            let typed = typed.next().ok_or(NoUserCode)?.to_ascii_uppercase();
            let known = u8::try_from(typed).ok().filter(|c| LETTERS.contains(c));
            *letter = known.ok_or(NoUserCode)?;
        }
        match typed.next() {
            None => Ok(Self(letters)),
            Some(_) => Err(NoUserCode),
        }
    }
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, letter) in self.0.iter().enumerate() {
            if place == LENGTH / 2 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*letter))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_is_typed_in_any_case_with_or_without_punctuation() {
        let code: UserCode = "BCDF-GHJK".parse().unwrap();
        assert_eq!(code.to_string(), "BCDF-GHJK");
        for text in [
            "bcdfghjk",
            " BcDf GhJk ",
            "b.c.d.f.g.h.j.k",
            "BCDF–GHJK",
            "(bcdf) ghjk\u{a0}",
        ] {
            assert_eq!(text.parse(), Ok(code), "{text}");
        }
        for text in [
            "",
            "BCDF-GHJ",
            "BCDF-GHJKL",
            "ABCD-FGHJ",
            "BCDF-GHJ1",
            "BCDF-GHJK-1",
            "ＢCDF-GHJK",
            "BCDF-GHJé",
        ] {
            assert_eq!(text.parse::<UserCode>(), Err(NoUserCode), "{text}");
        }
    }

    #[test]
    fn every_letter_is_drawn_and_no_other() {
        let drawn: BTreeSet<u8> = (0..200).flat_map(|_| UserCode::draw().0).collect();
        let letters: BTreeSet<u8> = LETTERS.iter().copied().collect();
        assert_eq!(drawn, letters);
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(_again in 0..50) {
            let code = UserCode::draw();
            prop_assert_eq!(code.to_string().parse(), Ok(code));
            prop_assert_eq!(code.to_string().to_lowercase().parse(), Ok(code));
        }

        #[test]
        fn a_masked_code_is_read_with_the_id_of_its_request_only(_again in 0..50) {
            let code = UserCode::draw();
            let ids = [0, 1].map(|_| format!("{:?}", random::bytes::<32>()));
            let text = code.masked(&ids[0]).to_string();
            let masked: MaskedCode = text.parse().unwrap();
            prop_assert_eq!(masked.unmasked(&ids[0]), code);
            // One in 2^34 is equal by chance.
            prop_assert_ne!(text, code.to_string());
            prop_assert_ne!(masked.unmasked(&ids[1]), code);
        }

        #[test]
        fn whatever_is_typed_is_a_code_or_none(text in "\\PC{0,20}|[b-x -]{8,10}") {
            if let Ok(code) = text.parse::<UserCode>() {
                let plain = |text: &str| text.to_ascii_uppercase().replace(|c: char| !c.is_alphanumeric(), "");
                prop_assert_eq!(plain(&code.to_string()), plain(&text));
            }
        }
    }
}
