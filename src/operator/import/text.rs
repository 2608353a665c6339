//! The bytes of a table become text. Excel saves tables in the code page of the machine: GB18030 in
//! China, windows-1258 in Viet Nam, or UTF-16.

use encoding_rs::{GB18030, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1258};

use crate::base::caseless::composed;
use crate::base::words::words;

words! {
    /// How the text of a table is encoded.
    pub enum Encoding {
        /// The service finds out.
        Auto = "auto",
        /// UTF-8, with or without a byte order mark.
        Utf8 = "utf-8",
        /// UTF-16 in either byte order.
        Utf16 = "utf-16",
        /// GB18030, which contains GBK and GB 2312.
        Gb18030 = "gb18030",
        /// The Vietnamese code page of Windows.
        Windows1258 = "windows-1258",
    }
}

/// The bytes are not text in that encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file is not text in the encoding {0}; choose another one")]
pub struct TextError(pub Encoding);

/// Returns the text, composed (NFC), and its encoding.
///
/// `Auto` chooses by the byte order mark; else UTF-8 if the bytes are valid UTF-8; else UTF-16 if a
/// quarter of the bytes are zero; else GB18030 if they are valid GB18030; else windows-1258.
/// Vietnamese text in windows-1258 is hardly ever valid GB18030, because there no space, comma or
/// line end may follow a byte above 127.
///
/// # Errors
/// Returns [`TextError`] with the encoding that was chosen.
pub fn decode(bytes: &[u8], encoding: Encoding) -> Result<(String, Encoding), TextError> {
    let encoding = match encoding {
        Encoding::Auto => detect(bytes),
        chosen => chosen,
    };
    let (of, bytes) = match encoding {
        Encoding::Utf8 | Encoding::Auto => {
            (UTF_8, bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
        }
        Encoding::Utf16 => utf_16(bytes),
        Encoding::Gb18030 => (GB18030, bytes),
        Encoding::Windows1258 => (WINDOWS_1258, bytes),
    };
    let text = of
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or(TextError(encoding))?;
    Ok((composed(&text).into_owned(), encoding))
}

/// The byte order, and the bytes without the mark. Without a mark it is that of Windows, unless the
/// zeros of ASCII characters come first.
fn utf_16(bytes: &[u8]) -> (&'static encoding_rs::Encoding, &[u8]) {
    match bytes {
        [0xff, 0xfe, rest @ ..] => (UTF_16LE, rest),
        [0xfe, 0xff, rest @ ..] => (UTF_16BE, rest),
        [0, ..] => (UTF_16BE, bytes),
        _ => (UTF_16LE, bytes),
    }
}

fn detect(bytes: &[u8]) -> Encoding {
    let zeros = bytes
        .iter()
        .map(|byte| usize::from(*byte == 0))
        .sum::<usize>();
    let is_gb18030 = || {
        let decoded = GB18030.decode_without_bom_handling_and_without_replacement(bytes);
        decoded.is_some()
    };
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Encoding::Utf16,
        _ if zeros > 0 && zeros >= bytes.len() / 4 => Encoding::Utf16,
        _ if std::str::from_utf8(bytes).is_ok() => Encoding::Utf8,
        _ if is_gb18030() => Encoding::Gb18030,
        _ => Encoding::Windows1258,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TABLE: &str = "name,email\r\nNguyễn Văn An,an@example.com\r\nTrần Thị Bình, \r\n";
    const CHINESE: &str = "name;email\r\n张伟;zhang@example.com\r\n李娜;\r\n";

    fn utf_16(text: &str, mark: bool, little: bool) -> Vec<u8> {
        let mark = mark.then_some(0xfeff);
        let units = mark.into_iter().chain(text.encode_utf16());
        let bytes = |unit: u16| {
            if little {
                unit.to_le_bytes()
            } else {
                unit.to_be_bytes()
            }
        };
        units.flat_map(bytes).collect()
    }

    /// Vietnamese as windows-1258 has it: a letter, then its tone as a combining mark.
    fn windows_1258(text: &str) -> Vec<u8> {
        let decomposed = text
            .replace('ễ', "ê\u{303}")
            .replace('ầ', "â\u{300}")
            .replace('ị', "i\u{323}")
            .replace('ì', "i\u{300}");
        let (bytes, _, lost) = WINDOWS_1258.encode(&decomposed);
        assert!(!lost, "{decomposed}");
        bytes.into_owned()
    }

    #[test]
    fn what_excel_saves_in_china_and_viet_nam_is_recognized() {
        let read = |bytes: &[u8]| decode(bytes, Encoding::Auto).unwrap();
        let utf_8 = (TABLE.to_owned(), Encoding::Utf8);
        assert_eq!(read(TABLE.as_bytes()), utf_8);
        assert_eq!(read(format!("\u{feff}{TABLE}").as_bytes()), utf_8);
        for (mark, little) in [(true, true), (true, false), (false, true), (false, false)] {
            let found = read(&utf_16(TABLE, mark, little));
            assert_eq!(
                found,
                (TABLE.to_owned(), Encoding::Utf16),
                "{mark} {little}"
            );
        }
        let vietnamese = (TABLE.to_owned(), Encoding::Windows1258);
        assert_eq!(read(&windows_1258(TABLE)), vietnamese);
        let (bytes, ..) = GB18030.encode(CHINESE);
        assert_eq!(read(&bytes), (CHINESE.to_owned(), Encoding::Gb18030));
    }

    #[test]
    fn bytes_that_are_no_text_of_the_chosen_encoding_are_refused() {
        for (bytes, encoding) in [
            (&b"\xff\xfe\x00"[..], Encoding::Utf16),
            (b"caf\xe9", Encoding::Utf8),
            (b"\x81,", Encoding::Gb18030),
        ] {
            assert_eq!(decode(bytes, encoding), Err(TextError(encoding)));
        }
    }

    proptest! {
        #[test]
        fn text_survives_every_encoding_that_has_its_characters(text in "[a-zA-Z0-9 ,;张伟李娜]{0,40}") {
            for little in [true, false] {
                let bytes = utf_16(&text, true, little);
                prop_assert_eq!(decode(&bytes, Encoding::Utf16).unwrap().0, text.clone());
            }
            let (bytes, ..) = GB18030.encode(&text);
            prop_assert_eq!(decode(&bytes, Encoding::Gb18030).unwrap().0, text.clone());
            prop_assert_eq!(decode(text.as_bytes(), Encoding::Utf8).unwrap().0, text);
        }

        #[test]
        fn any_bytes_are_text_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for encoding in Encoding::ALL {
                let _ = decode(&bytes, encoding);
            }
        }
    }
}
