//! What the feed says about some tokens of an organization: which entries revoke them, and which bring
//! their ends forward.
//!
//! The number of statements does not depend on the number of tokens. Of the entries for an operator or
//! a client, of which there may be many, only the first that revokes a token is read.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Nullable, Text};

use super::{ORGANIZATION, Row};
use crate::base::{KeyId, OperatorId, OrganizationId, Sequence, TokenId};
use crate::db::schema::feed;
use crate::db::{Conn, Result};
use crate::feed::target::Place;
use crate::feed::{Entry, EntryKind, Fact, Target, TargetKind};
use crate::token::{Claims, Kind};

/// The kind of entry that revokes a signing key.
const KEY: EntryKind = EntryKind::Revoked(TargetKind::Key);

/// The kind of entry that revokes the sessions of an operator.
const SESSIONS: EntryKind = EntryKind::Revoked(TargetKind::Sessions);

/// The kinds of entry that name something by an id of 128 bits and concern tokens.
const BY_ID: [EntryKind; 5] = [
    EntryKind::Revoked(TargetKind::Token),
    EntryKind::Revoked(TargetKind::CompanyToken),
    EntryKind::Revoked(TargetKind::Session),
    EntryKind::Revoked(TargetKind::Grant),
    EntryKind::CompanyTokenEnds,
];

/// An entry that revokes a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// What the entry revokes.
    pub target: TargetKind,
    /// The entry.
    pub entry: Entry,
}

/// The entries that concern some tokens.
#[derive(Debug, Default)]
pub struct Revocations {
    /// Those that name something of the organization.
    named: HashMap<Place, Vec<Entry>>,
    /// Those that revoke tokens of the whole organization, or of all organizations.
    general: Vec<Entry>,
    keys: HashMap<KeyId, Entry>,
    ends: HashMap<TokenId, Entry>,
}

impl Revocations {
    /// Reads the entries that concern these tokens, which are all of one organization.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub fn read<'a>(
        conn: &mut Conn,
        organization: OrganizationId,
        tokens: impl IntoIterator<Item = &'a Claims>,
    ) -> Result<Self> {
        let mut wanted = Wanted::default();
        tokens.into_iter().for_each(|claims| wanted.add(claims));
        let mut found = Self::default();
        for entry in wanted.load(conn, organization)? {
            found.add(entry);
        }
        Ok(found)
    }

    fn add(&mut self, entry: Entry) {
        match entry.fact {
            Fact::Revoked(Target::Organization) | Fact::Lost(_) => self.general.push(entry),
            Fact::Revoked(Target::Key(kid)) => {
                let held = self.keys.entry(kid).or_insert(entry);
                if entry.seq < held.seq {
                    *held = entry;
                }
            }
            Fact::Revoked(target) => {
                let place = target.place(entry.organization);
                self.named.entry(place).or_default().push(entry);
            }
            Fact::CompanyTokenEnds(jti, end) => {
                let held = self.ends.entry(jti).or_insert(entry);
                if (Some(end), entry.seq) < (held.fact.ends_at(), held.seq) {
                    *held = entry;
                }
            }
            Fact::Changed(_) | Fact::OrganizationCreated | Fact::Tick => {}
        }
    }

    /// Returns the first entry that revokes a token, by the same rules as
    /// [`Index::judge`](crate::feed::Index::judge). `None` if none does. The token must be one of those
    /// for which the entries were read.
    #[must_use]
    pub fn of(&self, claims: &Claims) -> Option<Revocation> {
        let places = claims
            .targets()
            .map(|target| target.place(claims.organization));
        let named = places.filter_map(|place| self.named.get(&place)).flatten();
        // An entry for sessions that spares this one does not hide an older entry that revokes it: a
        // change that spares a session is refused where the session was revoked before.
        let revoking = named
            .chain(&self.general)
            .filter(|entry| entry.revokes(claims));
        let entry = *revoking.min_by_key(|entry| entry.seq)?;
        let target = match entry.fact {
            Fact::Revoked(target) => target.kind(),
            // The entries that the token's issuer had applied were lost. This concerns the tokens of
            // every organization.
            _ => TargetKind::Organization,
        };
        Some(Revocation { target, entry })
    }

    /// Returns the entry that revoked a signing key. `None` if none did.
    #[must_use]
    pub fn of_key(&self, kid: KeyId) -> Option<Revocation> {
        let entry = *self.keys.get(&kid)?;
        let target = TargetKind::Key;
        Some(Revocation { target, entry })
    }

    /// Returns the entry that sets the earliest end of a company token. `None` if none does, and for any
    /// other token.
    #[must_use]
    pub fn end_of(&self, claims: &Claims) -> Option<Entry> {
        let is_company = claims.kind() == Kind::Company;
        let end = self.ends.get(&claims.jti).copied();
        end.filter(|_| is_company)
    }
}

/// What is to be read.
#[derive(Default)]
struct Wanted {
    /// Ids of 128 bits.
    ids: BTreeSet<TokenId>,
    /// Operators and clients, each with the sequence after which the first entry is wanted.
    numbers: BTreeSet<(&'static str, OperatorId, Sequence)>,
    /// Operators whose sessions are wanted, each with the sequence after which entries are.
    sessions: BTreeMap<OperatorId, Sequence>,
}

#[derive(QueryableByName)]
struct First {
    #[diesel(sql_type = Nullable<BigInt>)]
    seq: Option<Sequence>,
}

impl Wanted {
    fn add(&mut self, claims: &Claims) {
        for target in claims.targets() {
            let kind = target.kind();
            if let Target::Sessions { operator, .. } = target {
                let after = self.sessions.entry(operator).or_insert(claims.rev);
                *after = claims.rev.min(*after);
                continue;
            }
            let name = target.name();
            self.ids.extend(name.jti);
            let number = |id| (kind.as_str(), id, target.revoked_after(claims.rev));
            self.numbers.extend(name.operator.map(number));
        }
    }

    fn load(&self, conn: &mut Conn, organization: OrganizationId) -> Result<Vec<Entry>> {
        let mut rows: Vec<Row> = feed::table
            .filter(feed::organization_id.eq(organization))
            .filter(feed::kind.eq_any(BY_ID))
            .filter(feed::jti.eq_any(self.ids.iter().copied().map(Some)))
            .select(Row::as_select())
            .load(conn)?;
        // There are few of these: of an organization's own only the newest is kept.
        rows.extend::<Vec<Row>>(
            feed::table
                .filter(feed::organization_id.eq_any([organization, OrganizationId::SERVICE]))
                .filter(feed::kind.eq_any([ORGANIZATION, EntryKind::Lost, KEY]))
                .select(Row::as_select())
                .load(conn)?,
        );
        let first = self.first(conn, organization)?;
        if !first.is_empty() {
            rows.extend::<Vec<Row>>(
                feed::table
                    .filter(feed::seq.eq_any(first))
                    .select(Row::as_select())
                    .load(conn)?,
            );
        }
        if let Some(after) = self.sessions.values().min() {
            rows.extend::<Vec<Row>>(
                feed::table
                    .filter(feed::organization_id.eq(organization))
                    .filter(feed::kind.eq(SESSIONS))
                    .filter(feed::operator_id.eq_any(self.sessions.keys().copied().map(Some)))
                    .filter(feed::seq.gt(*after))
                    .select(Row::as_select())
                    .load(conn)?,
            );
        }
        rows.into_iter().map(Entry::try_from).collect()
    }

    /// Returns the first entry for each of the wanted operators and clients: one look into the index
    /// `feed_concerning` for each, however many entries there are. No other index has the order that
    /// is asked for; without `jti` in it, PostgreSQL may read all entries of the organization.
    fn first(&self, conn: &mut Conn, organization: OrganizationId) -> Result<Vec<Sequence>> {
        if self.numbers.is_empty() {
            return Ok(Vec::new());
        }
        let numbers = || self.numbers.iter().copied();
        let rows: Vec<First> = match conn {
            Conn::Postgres(conn) => sql_query(
                "SELECT (SELECT feed.seq FROM feed WHERE feed.organization_id = $4 \
                 AND feed.kind = wanted.kind AND feed.jti IS NULL \
                 AND feed.operator_id = wanted.id AND feed.seq > wanted.after \
                 ORDER BY feed.jti, feed.seq LIMIT 1) AS seq \
                 FROM UNNEST($1::text[], $2::bigint[], $3::bigint[]) AS wanted (kind, id, after)",
            )
            .bind::<Array<Text>, _>(numbers().map(|(kind, ..)| kind).collect::<Vec<_>>())
            .bind::<Array<BigInt>, _>(numbers().map(|(_, id, _)| id).collect::<Vec<_>>())
            .bind::<Array<BigInt>, _>(numbers().map(|(.., after)| after).collect::<Vec<_>>())
            .bind::<BigInt, _>(organization)
            .load(conn)?,
            Conn::Sqlite(conn) => {
                let rows: Vec<_> = numbers()
                    .map(|(kind, id, after)| format!("[\"{kind}\",{},{}]", id.0, after.0))
                    .collect();
                sql_query(
                    "SELECT (SELECT feed.seq FROM feed WHERE feed.organization_id = ?2 \
                     AND feed.kind = json_extract(wanted.value, '$[0]') AND feed.jti IS NULL \
                     AND feed.operator_id = json_extract(wanted.value, '$[1]') \
                     AND feed.seq > json_extract(wanted.value, '$[2]') \
                     ORDER BY feed.jti, feed.seq LIMIT 1) AS seq \
                     FROM json_each(?1) AS wanted",
                )
                .bind::<Text, _>(format!("[{}]", rows.join(",")))
                .bind::<BigInt, _>(organization)
                .load(conn)?
            }
        };
        Ok(rows.into_iter().filter_map(|row| row.seq).collect())
    }
}

#[cfg(test)]
mod tests;
