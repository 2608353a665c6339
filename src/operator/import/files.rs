//! A file becomes lines.

use super::{Encoding, LARGEST, TableError, Text, TextError, decode, rows};

/// Why a file cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is larger than [`LARGEST`].
    #[error("the file has more than 4 MiB; import it in parts")]
    TooLarge,
    /// It is no text of the chosen encoding.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The text is no table.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// Reads the bytes of a file. Returns the table, and the encoding that was used.
///
/// # Errors
/// Returns the [`ReadError`].
pub fn read(bytes: &[u8], encoding: Encoding) -> Result<(Text, Encoding), ReadError> {
    if bytes.len() > LARGEST {
        return Err(ReadError::TooLarge);
    }
    let (text, encoding) = decode(bytes, encoding)?;
    Ok((rows(&text)?, encoding))
}
