//! `master_key`: the key that seals the signing keys.

use std::{fs, io::ErrorKind, path::PathBuf};

use base64::{
    Engine,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::base::bom;

use super::{
    parse::{self, Parsed},
    path,
    reader::Reader,
    url::Url,
    value::Value,
};

/// Where the master key is.
#[derive(Clone, Debug)]
pub enum MasterKeySource {
    /// In the configuration itself. It was checked that it decodes.
    Value(SecretString),
    /// In this file, which was readable when the configuration was loaded. Its content is not
    /// checked yet.
    File(PathBuf),
    /// In this file, which is created with a new key if it does not exist. SQLite only: there is no
    /// other node that needs the same key.
    FileOrNew(PathBuf),
}

impl MasterKeySource {
    pub(super) fn read(reader: &mut Reader, url: &Url) -> Self {
        let value = reader.optional("master_key", key).map(Self::Value);
        let file = reader.optional("master_key_file", |value| key_file(value, url));
        if reader.given("master_key") && reader.given("master_key_file") {
            reader.refuse(
                "master_key_file",
                "is given together with master_key; it takes one of the two",
            );
        }
        let of_postgres = matches!(url, Url::Postgres(_));
        let absent = !reader.given("master_key") && !reader.given("master_key_file");
        if of_postgres && absent && reader.sound(&["database.url", "database.url_file"]) {
            reader.refuse(
                "master_key",
                "is missing: on PostgreSQL give master_key_file, the path of a file made like this: \
                 openssl rand -hex 32 > FILE",
            );
        }
        value.or(file).unwrap_or_else(|| match url {
            Url::Sqlite(path) => Self::FileOrNew(path.with_file_name("master.key")),
            Url::Postgres(_) => Self::File(PathBuf::new()),
        })
    }
}

/// The text is not a master key. The error quotes none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no key; it takes 32 bytes in hex (64 digits) or base64")]
pub struct InvalidMasterKey;

/// Decodes a master key: 32 bytes in hex or base64 (either alphabet, with or without padding).
/// White space around it and a byte-order mark before it are ignored.
///
/// # Errors
/// Returns an error if the text is not such a key.
pub fn decode_master_key(text: &str) -> Result<Zeroizing<[u8; 32]>, InvalidMasterKey> {
    let text = bom::strip(text).trim();
    let mut key = Zeroizing::new([0; 32]);
    if text.len() == 2 * key.len() {
        for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
            let nibble = |digit: &u8| {
                char::from(*digit)
                    .to_digit(16)
                    .and_then(|value| u8::try_from(value).ok())
            };
            *byte = digits
                .iter()
                .try_fold(0, |byte, digit| Some(byte << 4 | nibble(digit)?))
                .ok_or(InvalidMasterKey)?;
        }
        return Ok(key);
    }
    let lenient =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    for alphabet in [STANDARD, URL_SAFE] {
        // Room for more than 32 bytes, so that a longer key is detected.
        let mut decoded = Zeroizing::new([0; 36]);
        let length =
            GeneralPurpose::new(&alphabet, lenient).decode_slice(text, decoded.as_mut_slice());
        if let (Ok(32), Some(bytes)) = (length, decoded.first_chunk()) {
            *key = *bytes;
            return Ok(key);
        }
    }
    Err(InvalidMasterKey)
}

fn key(value: &Value) -> Parsed<SecretString> {
    let text = parse::secret(value)?;
    match decode_master_key(text.expose_secret()) {
        Ok(_) => Ok(text),
        Err(error) => Err(error.to_string()),
    }
}

fn key_file(value: &Value, url: &Url) -> Parsed<MasterKeySource> {
    let text = value.text().unwrap_or_default();
    if decode_master_key(text).is_ok() {
        return Err("is a key; it takes the path of a file that holds one".to_owned());
    }
    let absent = || matches!(fs::metadata(text), Err(why) if why.kind() == ErrorKind::NotFound);
    if !text.is_empty() && matches!(url, Url::Sqlite(_)) && absent() {
        let path = path::path(text)?;
        if path::may_be_secret(text) {
            return Err(
                "names no file, and looks like a secret; it takes the path of a file that holds one"
                    .to_owned(),
            );
        }
        return Ok(MasterKeySource::FileOrNew(path));
    }
    parse::readable_file(value).map(MasterKeySource::File)
}

/// Reads `previous_master_key_files`: keys that still open sealed values while the master key is
/// being changed.
pub(super) fn read_previous(reader: &mut Reader) -> Vec<PathBuf> {
    let files = |value: &Value| {
        let files = parse::list("paths of files that hold a key", |text| {
            Some(text.to_owned())
        });
        let files: Vec<String> = files(value)?;
        // Checked first, so that no key is quoted in an error.
        if files.iter().any(|text| decode_master_key(text).is_ok()) {
            return Err("holds a key; it takes paths of files that hold one".to_owned());
        }
        let file = |text| parse::readable_file(&Value::Text(text));
        files.into_iter().map(file).collect()
    };
    reader
        .optional("previous_master_key_files", files)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Option<[u8; 32]> {
        decode_master_key(text).ok().map(|key| *key)
    }

    #[test]
    fn hex_and_base64_in_every_dress() {
        let key = [0xfb; 32];
        for text in [
            "fb".repeat(32),
            "FB".repeat(32),
            format!("\n{}\r\n", "fB".repeat(32)),
            format!("\u{feff}{}\r\n", "fB".repeat(32)),
            format!("{}+/s=", "+/v7".repeat(10)),
            format!("{}+/s", "+/v7".repeat(10)),
            format!("{}-_s=", "-_v7".repeat(10)),
            format!("{}-_s\n", "-_v7".repeat(10)),
        ] {
            assert_eq!(decoded(&text), Some(key), "{text:?}");
        }
    }

    #[test]
    fn other_lengths_and_digits_are_refused() {
        for text in [
            String::new(),
            "secret".to_owned(),
            "fb".repeat(31),
            "fb".repeat(33),
            "fg".repeat(32),
            "+f".repeat(32),
            "é".repeat(32),
            "+/v7".repeat(11),
            format!("{}+/t=", "+/v7".repeat(10)),
        ] {
            assert_eq!(decoded(&text), None, "{text:?}");
        }
    }
}
