//! The rows of the feed: how an entry is stored, and the queries on them, each in the file of what
//! it is for.

mod append;
mod find;
mod follow;
mod head;
mod purge;
mod revocations;

pub use append::{append, append_all};
pub use find::{names, page, revoking_entry};
pub(super) use follow::{entries_after, live, organizations};
pub use head::head;
pub(super) use head::{place, record_lost, secure_head};
pub(super) use purge::purge;
pub use revocations::{Revocation, Revocations};

use diesel::prelude::*;

use super::target::{self, Name};
use super::{Entry, EntryKind, Fact, Record, Target, TargetKind};
use crate::base::{
    ClientTag, EntryTag, KeyId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId,
};
use crate::db::schema::feed;
use crate::db::{Error, Result};
use crate::token::Life;

crate::db::word_column!(EntryKind);

/// The kind of entry that revokes every token of an organization.
const ORGANIZATION: EntryKind = EntryKind::Revoked(TargetKind::Organization);

crate::rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = feed)]
    struct Row in feed {
        seq: Sequence,
        organization_id: OrganizationId,
        kind: EntryKind,
        jti: Option<TokenId>,
        operator_id: Option<OperatorId>,
        at: Timestamp,
        until: Option<Timestamp>,
        kid: Option<KeyId>,
        ends_at: Option<Timestamp>,
        mark: EntryTag,
        life_days: Option<i64>,
        after_seq: Option<Sequence>,
    }
}

/// The columns from which the fact of an entry is read.
struct FactColumns {
    seq: Sequence,
    kind: EntryKind,
    name: Name,
    ends_at: Option<Timestamp>,
    after_seq: Option<Sequence>,
}

impl FactColumns {
    fn fact(self) -> Result<Fact> {
        let Name { jti, operator, .. } = self.name;
        let fact = match self.kind {
            EntryKind::Revoked(kind) => Target::named(kind, self.name).map(Fact::Revoked),
            EntryKind::CompanyTokenEnds => jti
                .zip(self.ends_at)
                .map(|(jti, end)| Fact::CompanyTokenEnds(jti, end)),
            EntryKind::OperatorChanged => operator.map(|id| Fact::Changed(Record::Operator(id))),
            EntryKind::OrganizationChanged => Some(Fact::Changed(Record::Organization)),
            EntryKind::KeysChanged => Some(Fact::Changed(Record::Keys)),
            EntryKind::ClientChanged => {
                operator.map(|id| Fact::Changed(Record::Client(ClientTag(id.0))))
            }
            EntryKind::ApiKeyChanged => {
                let id = jti.and_then(target::api_key);
                id.map(|id| Fact::Changed(Record::ApiKey(id)))
            }
            EntryKind::OrganizationCreated => Some(Fact::OrganizationCreated),
            EntryKind::Tick => Some(Fact::Tick),
            EntryKind::Lost => self.after_seq.map(Fact::Lost),
        };
        let missing = || format!("feed entry {} does not say what it concerns", self.seq);
        fact.ok_or_else(|| Error::Internal(missing()))
    }
}

impl TryFrom<Row> for Entry {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let columns = FactColumns {
            seq: row.seq,
            kind: row.kind,
            name: Name {
                jti: row.jti,
                operator: row.operator_id,
                kid: row.kid,
            },
            ends_at: row.ends_at,
            after_seq: row.after_seq,
        };
        Ok(Self {
            seq: row.seq,
            mark: row.mark,
            organization: row.organization_id,
            fact: columns.fact()?,
            at: row.at,
            life: life(row.life_days),
            until: row.until,
        })
    }
}

impl From<&Entry> for Row {
    fn from(entry: &Entry) -> Self {
        let fact = &entry.fact;
        Self {
            seq: entry.seq,
            organization_id: entry.organization,
            kind: fact.kind(),
            jti: fact.jti(),
            operator_id: fact.operator(),
            at: entry.at,
            until: entry.until,
            kid: fact.kid(),
            ends_at: fact.ends_at(),
            mark: entry.mark,
            life_days: entry.life.days().map(i64::from),
            after_seq: fact.after(),
        }
    }
}

fn life(days: Option<i64>) -> Life {
    let days = days.and_then(|days| u16::try_from(days).ok());
    days.map_or(Life::Endless, Life::Days)
}
