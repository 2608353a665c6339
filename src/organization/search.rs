//! Finds organizations by what a person types.

use super::{Organization, OrganizationStatus, store};
use crate::base::search_words;
use crate::base::{Leaf, OrganizationId, Reached, ReadOn, Seek};
use crate::db::{Conn, Result};

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
            || search_words::matches(asked, &search_words::of(texts))
    }
}

/// Returns the organizations that are wanted. Looks at [`LOOKED_AT`] of them at most.
///
/// # Errors
/// Returns the errors of the database.
pub fn search(conn: &mut Conn, wanted: &Wanted) -> Result<Found> {
    let asked = search_words::asked(&wanted.text);
    let is_plain = asked.is_empty() && wanted.status.is_none();
    let chunk = if is_plain { wanted.limit + 1 } else { CHUNK };
    let key_of = |organization: &Organization| organization.id;
    let fits = |organization: &Organization| wanted.matches(organization, &asked);
    let mut reading = ReadOn::new(wanted.seek, wanted.limit, LOOKED_AT);
    loop {
        let read = match reading.seek() {
            Seek::First => store::all(conn, OrganizationId(0), chunk)?,
            Seek::After(id) => store::all(conn, id, chunk)?,
            Seek::UpTo(id) => store::up_to(conn, id, chunk)?,
        };
        let reached = Reached::of(read.len(), chunk);
        if !reading.add(read, reached, key_of, fits) {
            return Ok(Found {
                stopped: reading.rest().is_some(),
                page: reading.into_page(key_of),
            });
        }
    }
}
