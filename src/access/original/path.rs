//! The path of a request, in the one form that rules are compared with.
//!
//! Proxies and services read some paths differently: one resolves `..` or `//`, another does not.
//! A path that can be read in two ways is refused, so what a rule decides about is what the
//! service sees.

use std::borrow::Cow;

/// The longest path (bytes).
pub const LONGEST_PATH: usize = 8 * 1024;

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It does not begin with `/`, as `*` or an absolute URL.
    #[error("it does not begin with /")]
    NotAbsolute,
    /// It is longer than [`LONGEST_PATH`].
    #[error("it is longer than 8 KiB")]
    TooLong,
    /// It has a fragment, which no request target has (RFC 9112, section 3.2).
    #[error("it has a #")]
    Fragment,
    /// A byte is not ASCII.
    #[error("it has bytes beyond ASCII that are not encoded")]
    NotAscii,
    /// Decoded, it is not UTF-8.
    #[error("its encoded bytes are not UTF-8")]
    NotUtf8,
    /// It has a control character or a space, or an encoded control character.
    #[error("it has a control character")]
    Control,
    /// It has a `;`: some services cut a segment there.
    #[error("it has a ;")]
    Semicolon,
    /// It has a `\`: some services read it as `/`.
    #[error("it has a \\")]
    Backslash,
    /// It has an encoded `/`.
    #[error("it has an encoded /")]
    EncodedSlash,
    /// A `%` is not followed by two hexadecimal digits.
    #[error("it has a % without two hexadecimal digits")]
    Percent,
    /// It is encoded twice: decoded, it has a `%` before two hexadecimal digits.
    #[error("it is encoded twice")]
    EncodedTwice,
    /// It has a segment `.` or `..`.
    #[error("it has a segment . or ..")]
    Dots,
    /// It has an empty segment: `//`.
    #[error("it has an empty segment")]
    EmptySegment,
}

/// A path without its query: decoded, and without a final `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NormalPath<'a>(Cow<'a, [u8]>);

impl<'a> NormalPath<'a> {
    /// Reads the path of a request target, up to its `?`. All that is encoded is decoded once. No
    /// decoded character is a `/`, so the segments are those of the path as it was sent.
    ///
    /// # Errors
    /// Returns the [`PathError`].
    pub fn read(target: &'a [u8]) -> Result<Self, PathError> {
        if target.first() != Some(&b'/') {
            return Err(PathError::NotAbsolute);
        }
        if target.contains(&b'#') {
            return Err(PathError::Fragment);
        }
        let path = target.split(|byte| *byte == b'?').next();
        let path = path.unwrap_or_default();
        if path.len() > LONGEST_PATH {
            return Err(PathError::TooLong);
        }
        for byte in path {
            refuse_raw(*byte)?;
        }
        let decoded = if path.contains(&b'%') {
            Cow::Owned(decode(path)?)
        } else {
            Cow::Borrowed(path)
        };
        check_segments(&decoded)?;
        Ok(Self(match decoded {
            Cow::Borrowed(path) => Cow::Borrowed(path.strip_suffix(b"/").unwrap_or(path)),
            Cow::Owned(mut path) => {
                if path.last() == Some(&b'/') {
                    path.pop();
                }
                Cow::Owned(path)
            }
        }))
    }

    /// Returns the segments. `/` has none.
    pub fn segments(&self) -> impl Iterator<Item = &[u8]> {
        let mut all = self.0.split(|byte| *byte == b'/');
        // What is before the first `/`.
        all.next();
        all
    }
}

fn refuse_raw(byte: u8) -> Result<(), PathError> {
    match byte {
        b';' => Err(PathError::Semicolon),
        b'\\' => Err(PathError::Backslash),
        0..=b' ' | 0x7f => Err(PathError::Control),
        0x80.. => Err(PathError::NotAscii),
        _ => Ok(()),
    }
}

fn decode(path: &[u8]) -> Result<Vec<u8>, PathError> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((first, after)) = rest.split_first() {
        if *first != b'%' {
            decoded.push(*first);
            rest = after;
            continue;
        }
        let (digits, after) = after.split_first_chunk().ok_or(PathError::Percent)?;
        let byte = hexadecimal(*digits).ok_or(PathError::Percent)?;
        match byte {
            b'/' => return Err(PathError::EncodedSlash),
            // A space is no control character, and may be encoded.
            b' ' | 0x80.. => {}
            other => refuse_raw(other)?,
        }
        decoded.push(byte);
        rest = after;
    }
    // Every `%` that is left was encoded itself. Its digits may have been encoded too.
    let twice = |three: &[u8]| match three {
        [b'%', high, low] => hexadecimal([*high, *low]).is_some(),
        _ => false,
    };
    if decoded.windows(3).any(twice) {
        return Err(PathError::EncodedTwice);
    }
    // Some decoders read overlong forms, `%c0%ae` as a dot and `%c0%af` as a slash.
    if std::str::from_utf8(&decoded).is_err() {
        return Err(PathError::NotUtf8);
    }
    Ok(decoded)
}

fn hexadecimal([high, low]: [u8; 2]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

fn check_segments(path: &[u8]) -> Result<(), PathError> {
    let mut segments = path.split(|byte| *byte == b'/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        match segment {
            b"." | b".." => return Err(PathError::Dots),
            // The last segment is empty after a final `/`.
            b"" if segments.peek().is_some() => return Err(PathError::EmptySegment),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(target: &str) -> Result<String, PathError> {
        let path = NormalPath::read(target.as_bytes())?;
        let segments: Vec<_> = path.segments().map(String::from_utf8_lossy).collect();
        Ok(segments.join("|"))
    }

    #[test]
    fn one_path_in_its_spellings() {
        for (target, expected) in [
            ("/", ""),
            ("/?a=/../b;c", ""),
            ("/api/v1/customers", "api|v1|customers"),
            ("/api/v1/customers/", "api|v1|customers"),
            ("/api/v1/custome%72s", "api|v1|customers"),
            ("/api/v1/customers?x=/../admin", "api|v1|customers"),
            ("/a%20b/%C4%91", "a b|đ"),
            ("/a%3Ab/a:b", "a:b|a:b"),
            ("/100%25", "100%"),
            ("/%25zz", "%zz"),
            ("/%252", "%2"),
            ("/.../..a/a..", "...|..a|a.."),
            ("/A", "A"),
        ] {
            assert_eq!(read(target).as_deref(), Ok(expected), "{target}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        use PathError as E;
        for (target, expected) in [
            ("", E::NotAbsolute),
            ("*", E::NotAbsolute),
            ("?/", E::NotAbsolute),
            ("http://a/files/x", E::NotAbsolute),
            ("/public/../admin/secrets", E::Dots),
            ("/public/..", E::Dots),
            ("/./a", E::Dots),
            ("/a/.", E::Dots),
            ("/public/%2e%2E/admin", E::Dots),
            ("/public/.%2e/admin", E::Dots),
            ("/public/%2e/", E::Dots),
            ("//admin", E::EmptySegment),
            ("/public//admin", E::EmptySegment),
            ("/public//", E::EmptySegment),
            ("/public/..;/admin", E::Semicolon),
            ("/public;a=b", E::Semicolon),
            ("/public%3b", E::Semicolon),
            ("/public\\admin", E::Backslash),
            ("/public%5Cadmin", E::Backslash),
            ("/public%2fadmin", E::EncodedSlash),
            ("/public%2Fadmin", E::EncodedSlash),
            ("/a%00", E::Control),
            ("/a%0d%0ab", E::Control),
            ("/a%7F", E::Control),
            ("/a b", E::Control),
            ("/a\tb", E::Control),
            ("/a%", E::Percent),
            ("/a%4", E::Percent),
            ("/a%4g", E::Percent),
            ("/a%%41", E::Percent),
            ("/%252e%252e/admin", E::EncodedTwice),
            ("/%25%32%65/admin", E::EncodedTwice),
            ("/a#b", E::Fragment),
            ("/a?b#c", E::Fragment),
            ("/đ", E::NotAscii),
            ("/%c0%ae%c0%ae/admin", E::NotUtf8),
            ("/public/%C0%AFadmin", E::NotUtf8),
            ("/%ff", E::NotUtf8),
        ] {
            assert_eq!(read(target), Err(expected), "{target}");
        }
        let longest = format!("/{}", "a".repeat(LONGEST_PATH - 1));
        assert!(read(&longest).is_ok() && read(&format!("{longest}?b")).is_ok());
        assert_eq!(read(&format!("{longest}a")), Err(E::TooLong));
    }

    /// What a service does at most to a path: it decodes until nothing changes, splits at both
    /// slashes, cuts parameters, and resolves dots.
    fn as_a_loose_service_reads(target: &[u8]) -> Vec<Vec<u8>> {
        let mut path = target.split(|b| b"?#".contains(b)).next().unwrap().to_vec();
        loop {
            let once: Vec<u8> = percent_encoding::percent_decode(&path).collect();
            if once == path {
                break;
            }
            path = once;
        }
        let mut resolved = Vec::new();
        for segment in path.split(|b| b"/\\".contains(b)) {
            let segment = segment.split(|b| *b == b';').next().unwrap();
            match segment {
                b"" | b"." => {}
                b".." => {
                    resolved.pop();
                }
                _ => resolved.push(segment.to_vec()),
            }
        }
        resolved
    }

    proptest! {
        #[test]
        fn a_loose_service_reads_an_accepted_path_in_the_same_way(
            target in "/(a|b|\\.|%2[eEfF5]|%5[cC]|%3[bB]|%|/|;|\\\\|[0-9]|\\?|%[0-9a-f]{2}){0,12}",
        ) {
            if let Ok(path) = NormalPath::read(target.as_bytes()) {
                let segments: Vec<_> = path.segments().map(<[u8]>::to_vec).collect();
                prop_assert_eq!(segments, as_a_loose_service_reads(target.as_bytes()), "{}", target);
            }
        }

        #[test]
        fn any_bytes_are_answered(target in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(path) = NormalPath::read(&target) {
                prop_assert!(path.segments().all(|segment| !segment.is_empty() && !segment.contains(&b'/')));
            }
        }

        #[test]
        fn encoding_a_character_changes_nothing(
            path in "(/[a-z0-9~:@!_-]{1,6}){1,4}", place in any::<prop::sample::Index>(),
        ) {
            let letters: Vec<_> = path.bytes().enumerate().filter(|(_, byte)| *byte != b'/').collect();
            let (place, byte) = letters[place.index(letters.len())];
            let encoded = format!("{}%{byte:02X}{}", &path[..place], &path[place + 1..]);
            prop_assert_eq!(read(&encoded), read(&path));
            prop_assert_eq!(read(&format!("{path}/")), read(&path));
        }
    }
}
