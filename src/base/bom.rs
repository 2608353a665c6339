//! The byte-order mark (U+FEFF) that some editors write at the start of a text file. It is not part
//! of the text.

const MARK: &str = "\u{feff}";

/// Returns the text without a byte-order mark at its start.
#[must_use]
pub fn strip(text: &str) -> &str {
    text.strip_prefix(MARK).unwrap_or(text)
}

/// Returns UTF-8 bytes without a byte-order mark at their start.
#[must_use]
pub fn strip_bytes(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(MARK.as_bytes()).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_taken_from_the_start_only() {
        assert_eq!(strip("\u{feff}a\u{feff}"), "a\u{feff}");
        assert_eq!(strip("a"), "a");
        assert_eq!(strip_bytes(b"\xef\xbb\xbfa"), b"a");
        assert_eq!(strip_bytes(b"\xef\xbba"), b"\xef\xbba");
    }
}
