//! The list of operators for people: searched, filtered and ordered. Each page looks at a bounded number
//! of operators, however many there are.

use std::fmt;
use std::str::FromStr;

use super::{Operator, OperatorStatus, manage, store};
use crate::base::search_words;
use crate::base::words::words;
use crate::base::{Leaf, NoKey, OperatorId, OrganizationId, Seek, Timestamp};
use crate::db::{Conn, Result};

/// The largest number of operators that are looked at for one page. No index finds them by a text with
/// common words only, by their last token, or in the order of names by role and status.
pub const LOOKED_AT: i64 = 20_000;

/// A word is rare if at most so many words of operators begin with it. The operators with a rare word
/// are all read and compared.
const RARE: i64 = 2_000;

words! {
    /// The order of a list.
    pub enum Order {
        /// By name, without regard to case and diacritics, then by id.
        Name = "name",
        /// By id: those that were added first come first.
        Created = "created",
    }
}

/// The place of an operator in a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The folded name; empty in a list by id.
    pub name: String,
    /// The operator.
    pub id: OperatorId,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.id, self.name)
    }
}

impl FromStr for Key {
    type Err = NoKey;
    fn from_str(text: &str) -> std::result::Result<Self, NoKey> {
        let (id, name) = text.split_once('_').ok_or(NoKey)?;
        // PostgreSQL does not accept every text.
        if name.contains('\0') {
            return Err(NoKey);
        }
        Ok(Self {
            name: name.to_owned(),
            id: id.parse().map_err(|_| NoKey)?,
        })
    }
}

/// Which operators to list.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The organization.
    pub organization: OrganizationId,
    /// What a person searches for ([`directory`]); empty for all.
    pub text: String,
    /// Only operators with this status. `None` if all that are not deleted are listed.
    pub status: Option<OperatorStatus>,
    /// Only operators with this role.
    pub role: Option<String>,
    /// Only operators that were there before this time and got no token since.
    pub unused_since: Option<Timestamp>,
    /// The order.
    pub order: Order,
    /// Where the page is.
    pub seek: Seek<Key>,
    /// At most this many operators.
    pub limit: i64,
}

/// An operator of a list.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The operator.
    pub operator: Operator,
    /// Its folded name, as it is stored.
    pub(super) name_fold: String,
    /// When it last got a token, at most an hour too early. `None` if it got none.
    pub last_token_at: Option<Timestamp>,
}

/// A page of operators.
#[derive(Debug, Clone)]
pub struct Found {
    /// The operators, and the pages beside them.
    pub page: Leaf<Entry, Key>,
    /// If the page is not full because only [`LOOKED_AT`] operators were looked at: the name of the
    /// last one of them.
    pub looked_up_to: Option<String>,
}

impl Wanted {
    /// Returns the place of an operator in this list.
    fn key(&self, entry: &Entry) -> Key {
        Key {
            name: match self.order {
                Order::Name => entry.name_fold.clone(),
                Order::Created => String::new(),
            },
            id: entry.operator.id,
        }
    }

    fn admits(&self, entry: &Entry) -> bool {
        let operator = &entry.operator;
        let has_status = match self.status {
            Some(status) => operator.status == status,
            None => operator.status != OperatorStatus::Deleted,
        };
        let has_role = || self.role.is_none() || operator.profile.role == self.role;
        let is_unused = |since: Timestamp| {
            let got = entry.last_token_at.is_some_and(|at| at >= since);
            operator.created_at < since && !got
        };
        has_status && has_role() && self.unused_since.is_none_or(is_unused)
    }

    fn reaches(&self, key: &Key) -> bool {
        match &self.seek {
            Seek::First => true,
            Seek::After(cut) => key > cut,
            Seek::UpTo(cut) => key <= cut,
        }
    }
}

/// Returns a page of operators. With a text these are the ones that a person searches for: each word of it
/// begins a word of the name, the email or the external id, without regard to case and diacritics; or it is
/// an id, an external id, a username or an email as a whole.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn directory(conn: &mut Conn, wanted: &Wanted) -> Result<Found> {
    let asked = search_words::asked(&wanted.text);
    if wanted.text.is_empty() {
        return scan(conn, wanted, &asked, Vec::new());
    }
    if asked.is_empty() || wanted.text.contains('\0') {
        return Ok(found(wanted, Vec::new()));
    }
    let named = manage::look_up(conn, wanted.organization, &wanted.text)?;
    let ids: Vec<OperatorId> = named.iter().map(|operator| operator.id).collect();
    let named = store::entries(conn, wanted.organization, &ids)?;
    let Some(ids) = rarest(conn, wanted, &asked)? else {
        return scan(conn, wanted, &asked, named);
    };
    let mut entries = store::entries(conn, wanted.organization, &ids)?;
    entries.retain(|entry| search_words::matches(&asked, &entry.operator.words()));
    entries.extend(named);
    Ok(found(wanted, entries))
}

/// Returns the operators that have the rarest word of a text. `None` if no word is rare.
fn rarest(conn: &mut Conn, wanted: &Wanted, asked: &[String]) -> Result<Option<Vec<OperatorId>>> {
    let mut rarest: Option<Vec<OperatorId>> = None;
    for word in asked {
        let Some(some) = store::with_word(conn, wanted.organization, word, RARE)? else {
            continue;
        };
        if rarest
            .as_ref()
            .is_none_or(|rarest| some.len() < rarest.len())
        {
            rarest = Some(some);
        }
    }
    Ok(rarest)
}

/// Returns the page among entries that are all there are.
fn found(wanted: &Wanted, entries: Vec<Entry>) -> Found {
    let entries = in_order(wanted, entries);
    Found {
        page: Leaf::of(wanted.seek.clone(), entries, wanted.limit, |entry| {
            wanted.key(entry)
        }),
        looked_up_to: None,
    }
}

/// Returns the page of a scan. `named` are operators that are found by their whole names.
fn scan(conn: &mut Conn, wanted: &Wanted, asked: &[String], named: Vec<Entry>) -> Result<Found> {
    let part = store::part(conn, wanted, LOOKED_AT)?;
    let mut entries = store::scan(conn, wanted, asked, part.as_ref())?;
    let most = usize::try_from(wanted.limit).unwrap_or_default();
    let is_full = entries.len() > most;
    let is_backwards = wanted.seek.is_backwards();
    // Those behind the part, or behind a full page, come on their own page.
    let is_looked_at = |entry: &Entry| {
        let key = wanted.key(entry);
        part.as_ref().is_none_or(|part| {
            if is_backwards {
                key >= part.last
            } else {
                key <= part.last
            }
        })
    };
    entries.extend(named.into_iter().filter(is_looked_at));
    let entries = in_order(wanted, entries);
    let rest = part.as_ref().map(|part| {
        let key = if is_backwards {
            &part.behind
        } else {
            &part.last
        };
        key.clone()
    });
    let is_full = is_full || entries.len() > most;
    Ok(Found {
        page: Leaf::within(wanted.seek.clone(), entries, wanted.limit, rest, |entry| {
            wanted.key(entry)
        }),
        looked_up_to: part.map(|part| part.name).filter(|_| !is_full),
    })
}

/// Returns those that belong to the list and come in the direction of reading, in that order, each once:
/// at most one more than the limit.
fn in_order(wanted: &Wanted, entries: Vec<Entry>) -> Vec<Entry> {
    let keyed = entries.into_iter().filter(|entry| wanted.admits(entry));
    let mut keyed: Vec<(Key, Entry)> = keyed
        .map(|entry| (wanted.key(&entry), entry))
        .filter(|(key, _)| wanted.reaches(key))
        .collect();
    keyed.sort_by(|(one, _), (other, _)| one.cmp(other));
    keyed.dedup_by(|(one, _), (other, _)| one == other);
    if wanted.seek.is_backwards() {
        keyed.reverse();
    }
    keyed.truncate(usize::try_from(wanted.limit).unwrap_or_default() + 1);
    keyed.into_iter().map(|(_, entry)| entry).collect()
}
