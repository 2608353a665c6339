//! The chain over the audit log: a hash over each line and the hash before it. A change to sealed
//! lines (one is changed, removed, added or moved) breaks the chain; [`check`] returns where.
//!
//! What may be erased later (address, request id, detail) enters as a digest with a salt of its
//! own. Erasing overwrites the text and the salt and keeps the digest, so the chain stays whole, and
//! nobody can find out what the text was.
//!
//! The end of the chain can be cut off without a trace in the database. Only a copy of a hash that is
//! kept elsewhere shows that.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;

use crate::base::random;

/// What stands in the place of a text that was erased.
pub const ERASED: &str = "(erased)";

/// The number of texts of a line that can be erased: address, request id and detail.
pub const TEXTS: usize = 3;

/// A hash of the chain (SHA-256).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The hash before the first batch.
    pub const FIRST: Self = Self([0; 32]);
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = HEXLOWER.decode(text.to_ascii_lowercase().as_bytes());
        let bytes = bytes.ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or("a hash is 64 hexadecimal digits")
    }
}

/// The content of a line, as it is in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Its id.
    pub id: i64,
    /// The organization. `None` for a line of the service.
    pub organization: Option<i64>,
    /// When it was recorded (microseconds since 1970).
    pub at: i64,
    /// Who did it.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// The object of the action.
    pub target: Option<String>,
    /// How many similar events it stands for.
    pub occurrences: i64,
    /// The entry of the feed written by the same change.
    pub feed_seq: Option<i64>,
    /// Address, request id and detail.
    pub texts: [Option<String>; TEXTS],
}

/// How a text that can be erased enters the hash of its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cover {
    /// There is no text.
    Absent,
    /// As the digest of this salt and the text.
    Salted([u8; 16]),
    /// As this digest. The text and its salt were erased.
    Erased([u8; 32]),
}

impl Cover {
    /// Returns the digest of a text with this cover. `None` if text and cover do not belong together.
    fn digest(self, text: Option<&str>) -> Option<[u8; 32]> {
        match (self, text) {
            (Self::Absent, None) => Some([0; 32]),
            (Self::Salted(salt), Some(text)) => {
                let mut hash = Hasher::new(b"lanyard audit text");
                hash.bytes(&salt);
                hash.text(text);
                Some(hash.end())
            }
            (Self::Erased(digest), Some(ERASED)) => Some(digest),
            _ => None,
        }
    }
}

/// How the texts of a line enter its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covers(pub [Cover; TEXTS]);

impl Covers {
    /// Draws a salt for each text that is there.
    #[must_use]
    pub fn draw(texts: &[Option<String>; TEXTS]) -> Self {
        Self(texts.each_ref().map(|text| match text {
            Some(_) => Cover::Salted(random::bytes()),
            None => Cover::Absent,
        }))
    }

    /// Returns the covers as the column `salts` holds them.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for cover in self.0 {
            match cover {
                Cover::Absent => bytes.push(0),
                Cover::Salted(salt) => {
                    bytes.push(1);
                    bytes.extend(salt);
                }
                Cover::Erased(digest) => {
                    bytes.push(2);
                    bytes.extend(digest);
                }
            }
        }
        bytes
    }

    /// Reads the column `salts`. `None` if it holds something else.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let mut covers = [Cover::Absent; TEXTS];
        for cover in &mut covers {
            let (kind, after) = rest.split_first()?;
            (*cover, rest) = match kind {
                0 => (Cover::Absent, after),
                1 => {
                    let (salt, after) = after.split_first_chunk()?;
                    (Cover::Salted(*salt), after)
                }
                2 => {
                    let (digest, after) = after.split_first_chunk()?;
                    (Cover::Erased(*digest), after)
                }
                _ => return None,
            };
        }
        rest.is_empty().then_some(Self(covers))
    }

    /// Erases those of the texts that `which` marks: the text becomes [`ERASED`], and its salt is
    /// replaced by the digest. A text that does not belong to its cover was changed by somebody: it is
    /// overwritten, and the line stays at fault.
    pub fn erase(&mut self, texts: &mut [Option<String>; TEXTS], which: [bool; TEXTS]) {
        for ((cover, text), erases) in self.0.iter_mut().zip(texts).zip(which) {
            if text.is_none() || !erases {
                continue;
            }
            if let Some(digest) = cover.digest(text.as_deref()) {
                *cover = Cover::Erased(digest);
            }
            *text = Some(ERASED.to_owned());
        }
    }

    /// Returns how many texts were erased.
    #[must_use]
    pub fn erased(&self) -> usize {
        let is_erased = |cover: &&Cover| matches!(cover, Cover::Erased(_));
        self.0.iter().filter(is_erased).count()
    }
}

/// A line that is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Its content.
    pub content: Content,
    /// How its texts enter the hash. `None` if the column holds something else.
    pub covers: Option<Covers>,
    /// The hash over the line and the one before it. `None` if the column holds no hash.
    pub link: Option<Hash>,
}

/// The record of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// Its number.
    pub id: i64,
    /// The number of its lines.
    pub lines: i64,
    /// The hash over its lines and the batch before it.
    pub hash: Hash,
    /// When it was sealed (microseconds since 1970).
    pub sealed_at: i64,
}

/// What is wrong with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The line with this id was changed or added, or lines before it were removed or reordered.
    Line(i64),
    /// Lines at the end were removed.
    Removed,
    /// The record of the batch was changed, or is not there.
    Record,
}

/// Returns the hash of a line over the one before it. `None` if its texts and their covers do not
/// belong together.
#[must_use]
pub fn link(before: Hash, line: &Content, covers: &Covers) -> Option<Hash> {
    let mut hash = Hasher::new(b"lanyard audit line");
    hash.bytes(&before.0);
    hash.number(Some(line.id));
    hash.number(line.organization);
    hash.number(Some(line.at));
    hash.text(&line.actor);
    hash.text(&line.action);
    hash.bytes(&[u8::from(line.target.is_some())]);
    hash.text(line.target.as_deref().unwrap_or_default());
    hash.number(Some(line.occurrences));
    hash.number(line.feed_seq);
    for (cover, text) in covers.0.iter().zip(&line.texts) {
        hash.bytes(&[u8::from(text.is_some())]);
        hash.bytes(&cover.digest(text.as_deref())?);
    }
    Some(Hash(hash.end()))
}

/// Returns the hash of a batch: over its record, and over the hash of its last line, which is over
/// all lines and the batch before it.
#[must_use]
pub fn close(id: i64, lines: i64, sealed_at: i64, last: Hash) -> Hash {
    let mut hash = Hasher::new(b"lanyard audit batch");
    hash.number(Some(id));
    hash.number(Some(lines));
    hash.number(Some(sealed_at));
    hash.bytes(&last.0);
    Hash(hash.end())
}

/// Checks a batch with its lines, in the order of their ids, after the batch with the hash `before`.
///
/// # Errors
/// Returns the first [`Fault`].
pub fn check(before: Hash, batch: &Batch, lines: &[Sealed]) -> Result<(), Fault> {
    let mut last = before;
    for line in lines {
        let found = line
            .covers
            .and_then(|covers| link(last, &line.content, &covers));
        match found {
            Some(hash) if line.link == Some(hash) => last = hash,
            _ => return Err(Fault::Line(line.content.id)),
        }
    }
    if i64::try_from(lines.len()) != Ok(batch.lines) {
        return Err(Fault::Removed);
    }
    if close(batch.id, batch.lines, batch.sealed_at, last) != batch.hash {
        return Err(Fault::Record);
    }
    Ok(())
}

/// SHA-256 over values, each with its length, so that no two lists of values have the same bytes.
struct Hasher(Context);

impl Hasher {
    fn new(what: &[u8]) -> Self {
        let mut hasher = Self(Context::new(&SHA256));
        hasher.bytes(what);
        hasher
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn number(&mut self, number: Option<i64>) {
        match number {
            Some(number) => self.bytes(&number.to_be_bytes()),
            None => self.bytes(&[]),
        }
    }

    fn end(self) -> [u8; 32] {
        let digest = self.0.finish();
        digest.as_ref().try_into().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
