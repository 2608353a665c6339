//! Finds organizations by what a person types.

use super::{Organization, OrganizationStatus, store};
use crate::base::{Leaf, OrganizationId, Seek};
use crate::db::{Conn, Result};
use crate::operator::search_words;

/// The largest number of organizations that are looked at for one page. No index finds them by the
/// words of their names.
pub const LOOKED_AT: i64 = 20_000;

/// How many are read at a time.
const CHUNK: i64 = 500;

/// Which organizations are wanted, in the order of their ids.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Beginnings of words of their login and name, or their id. Case and diacritics are ignored.
    /// Empty for all.
    pub text: String,
    /// Their status. `None` for any.
    pub status: Option<OrganizationStatus>,
    /// Where the page is, by the ids.
    pub seek: Seek<OrganizationId>,
    /// At most this many.
    pub limit: i64,
}

/// A page of organizations.
#[derive(Debug, Clone)]
pub struct Found {
    /// The organizations, ordered by id, and the pages beside them.
    pub page: Leaf<Organization, OrganizationId>,
    /// Whether the page is not full because too many were looked at.
    pub stopped: bool,
}

impl Wanted {
    fn matches(&self, organization: &Organization, asked: &[String]) -> bool {
        if self
            .status
            .is_some_and(|status| status != organization.status)
        {
            return false;
        }
        let texts = [organization.login.as_str(), organization.name.as_str()];
        asked.is_empty()
            || asked == [organization.id.to_string()]
            || search_words::matches(asked, &search_words::of_texts(texts))
    }
}

/// Returns the organizations that are wanted. Looks at [`LOOKED_AT`] of them at most.
///
/// # Errors
/// Returns the errors of the database.
pub fn search(conn: &mut Conn, wanted: &Wanted) -> Result<Found> {
    let asked = search_words::asked(&wanted.text);
    let most = usize::try_from(wanted.limit).unwrap_or_default();
    let (mut found, mut looked, mut seek) = (Vec::new(), 0, wanted.seek);
    let page = |found, rest| {
        let key = |organization: &Organization| organization.id;
        Leaf::within(wanted.seek, found, wanted.limit, rest, key)
    };
    loop {
        let read = match seek {
            Seek::First => store::all(conn, OrganizationId(0), CHUNK)?,
            Seek::After(id) => store::all(conn, id, CHUNK)?,
            Seek::UpTo(id) => store::up_to(conn, id, CHUNK)?,
        };
        let is_last = i64::try_from(read.len()).is_ok_and(|read| read < CHUNK);
        looked += CHUNK;
        // Where the next read goes on: behind the last one, which backwards is not included.
        let behind = |last: &Organization| match wanted.seek {
            Seek::UpTo(_) => Seek::UpTo(OrganizationId(last.id.0 - 1)),
            _ => Seek::After(last.id),
        };
        seek = read.last().map_or(seek, behind);
        for organization in read {
            if wanted.matches(&organization, &asked) {
                found.push(organization);
            }
            if found.len() > most {
                let page = page(found, None);
                return Ok(Found {
                    page,
                    stopped: false,
                });
            }
        }
        let stopped = !is_last && looked >= LOOKED_AT;
        if is_last || stopped {
            let rest = seek.key().copied().filter(|_| stopped);
            let page = page(found, rest);
            return Ok(Found { page, stopped });
        }
    }
}
