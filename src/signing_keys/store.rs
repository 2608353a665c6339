//! The queries on the rows of signing keys.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::{Key, KeyState, Life, Role};
use crate::base::{
    ClientId, GrantId, KeyId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId,
};
use crate::db::schema::{key_demands, ledger, signing_keys};
use crate::db::{Conn, Result};
use crate::seal::Sealed;
use crate::token::{Algorithm, Claims, Kind, Purpose, SessionVia, TokenUse};

crate::db::word_column!(KeyState);

/// The condition of the partial index. SQLite would not use the index with a bound parameter.
const SIGNED_AND_RECORDED: &str =
    "(ledger.kind = 'company' OR ledger.kind = 'access' OR ledger.kind = 'session')";

fn are_signed_and_recorded() -> diesel::expression::SqlLiteral<Bool> {
    sql(SIGNED_AND_RECORDED)
}

/// A stored signing key.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys, treat_none_as_default_value = false)]
pub(super) struct KeyRow {
    pub(super) kid: KeyId,
    pub(super) algorithm: Algorithm,
    pub(super) state: KeyState,
    pub(super) sealed_key: Vec<u8>,
    pub(super) sealed_by: String,
    pub(super) created_at: Timestamp,
    pub(super) activated_at: Option<Timestamp>,
    pub(super) retired_at: Option<Timestamp>,
    pub(super) retiring_at: Option<Timestamp>,
    pub(super) revoked_at: Option<Timestamp>,
    pub(super) retiring_seq: Option<Sequence>,
    pub(super) purpose: Purpose,
}

impl KeyRow {
    pub(super) fn new(key: Key, sealed_key: Vec<u8>, sealed_by: String) -> Self {
        let life = key.life;
        Self {
            kid: key.kid,
            algorithm: key.role.algorithm,
            state: life.state(),
            sealed_key,
            sealed_by,
            created_at: life.created_at,
            activated_at: life.activated_at,
            retired_at: life.retired_at,
            retiring_at: life.retiring_at,
            revoked_at: life.revoked_at,
            retiring_seq: key.retiring_seq,
            purpose: key.role.purpose,
        }
    }

    pub(super) const fn role(&self) -> Role {
        Role {
            purpose: self.purpose,
            algorithm: self.algorithm,
        }
    }

    pub(super) const fn key(&self) -> Key {
        Key {
            kid: self.kid,
            role: self.role(),
            life: Life {
                created_at: self.created_at,
                activated_at: self.activated_at,
                retiring_at: self.retiring_at,
                retired_at: self.retired_at,
                revoked_at: self.revoked_at,
            },
            retiring_seq: self.retiring_seq,
        }
    }

    /// Returns the sealed key.
    pub(super) fn sealed(&self) -> Sealed {
        Sealed {
            value: self.sealed_key.clone(),
            by: self.sealed_by.clone(),
        }
    }

    /// Returns the name that the key is sealed with. `seal::SEALED` has the same expression in SQL.
    pub(super) fn context(&self) -> String {
        format!("signing key {} ({})", self.kid, self.role())
    }
}

/// Returns all keys that are not retired, the oldest first.
pub(super) fn usable(conn: &mut Conn) -> Result<Vec<KeyRow>> {
    Ok(signing_keys::table
        .filter(signing_keys::state.ne(KeyState::Retired))
        .order((signing_keys::created_at, signing_keys::kid))
        .select(KeyRow::as_select())
        .load(conn)?)
}

/// Returns every key that ever existed, the oldest first.
pub(super) fn all(conn: &mut Conn) -> Result<Vec<KeyRow>> {
    Ok(signing_keys::table
        .order((signing_keys::created_at, signing_keys::kid))
        .select(KeyRow::as_select())
        .load(conn)?)
}

pub(super) fn insert(conn: &mut Conn, row: &KeyRow) -> Result<()> {
    diesel::insert_into(signing_keys::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Records that a role needs keys. Doing so again changes nothing. The caller's transaction must
/// hold the lock on keys.
pub(super) fn demand(conn: &mut Conn, role: Role, now: Timestamp) -> Result<()> {
    if demands(conn)?.contains(&role) {
        return Ok(());
    }
    diesel::insert_into(key_demands::table)
        .values((
            key_demands::purpose.eq(role.purpose),
            key_demands::algorithm.eq(role.algorithm),
            key_demands::since.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Returns the roles that need keys, besides that of `tokens.algorithm`.
pub(super) fn demands(conn: &mut Conn) -> Result<Vec<Role>> {
    let rows: Vec<(Purpose, Algorithm)> = key_demands::table
        .order((key_demands::purpose, key_demands::algorithm))
        .select((key_demands::purpose, key_demands::algorithm))
        .load(conn)?;
    let role = |(purpose, algorithm)| Role { purpose, algorithm };
    Ok(rows.into_iter().map(role).collect())
}

/// Writes the life of a key. The secret of a retired key is deleted.
pub(super) fn set_life(conn: &mut Conn, kid: KeyId, life: &Life) -> Result<()> {
    let row = signing_keys::table.find(kid);
    diesel::update(row)
        .set((
            signing_keys::state.eq(life.state()),
            signing_keys::activated_at.eq(life.activated_at),
            signing_keys::retiring_at.eq(life.retiring_at),
            signing_keys::retired_at.eq(life.retired_at),
            signing_keys::revoked_at.eq(life.revoked_at),
        ))
        .execute(conn)?;
    if life.state() == KeyState::Retired {
        diesel::update(row)
            .set(signing_keys::sealed_key.eq(Vec::<u8>::new()))
            .execute(conn)?;
    }
    Ok(())
}

/// Writes the sequence of the announcing entry to the keys that have just ceased to sign. A node
/// that has not applied the entry may still sign with them.
pub(super) fn set_retiring_seq(conn: &mut Conn, seq: Sequence) -> Result<()> {
    let rows = signing_keys::table
        .filter(signing_keys::state.eq(KeyState::Retiring))
        .filter(signing_keys::retiring_seq.is_null());
    diesel::update(rows)
        .set(signing_keys::retiring_seq.eq(seq))
        .execute(conn)?;
    Ok(())
}

/// Returns the tokens of the ledger that a key signed and that have not expired by `horizon`, after
/// `after`, at most `limit`, in the order of the ledger. Operator tokens, which may be in no
/// ledger, are left out. Some of the tokens may be revoked, which only the feed records.
pub(super) fn tokens_of(
    conn: &mut Conn,
    kid: KeyId,
    after: Option<(OrganizationId, TokenId)>,
    horizon: Timestamp,
    limit: i64,
) -> Result<Vec<Claims>> {
    let mut query = ledger::table
        .filter(ledger::kid.eq(kid))
        .filter(are_signed_and_recorded())
        .filter(
            ledger::expires_at
                .is_null()
                .or(ledger::expires_at.gt(horizon)),
        )
        .filter(ledger::ends_at.is_null().or(ledger::ends_at.gt(horizon)))
        .select(Signed::as_select())
        .into_boxed();
    if let Some((organization, jti)) = after {
        query = query.filter(
            ledger::organization_id
                .gt(organization)
                .or(ledger::organization_id
                    .eq(organization)
                    .and(ledger::jti.gt(jti))),
        );
    }
    let found: Vec<Signed> = query
        .order((ledger::organization_id, ledger::jti))
        .limit(limit)
        .load(conn)?;
    Ok(found.into_iter().map(Signed::claims).collect())
}

/// Returns operator tokens of the ledger that a key signed and that have not expired at `now`, at most
/// `limit`. At most `look` lines of all keys are looked at, which may be too few: whether they were is
/// the second value. An index finds lines by their end, so those that end last are looked at first if
/// the key still signs, and those that end first otherwise. Some of the tokens may be revoked.
pub(super) fn operator_tokens_of(
    conn: &mut Conn,
    kid: KeyId,
    still_signs: bool,
    (limit, look): (i64, i64),
    now: Timestamp,
) -> Result<(Vec<Claims>, bool)> {
    let ends = ledger::table
        .filter(ledger::expires_at.gt(now))
        .select(ledger::expires_at)
        .into_boxed();
    let ends = if still_signs {
        ends.order(ledger::expires_at.desc())
    } else {
        ends.order(ledger::expires_at.asc())
    };
    let bound: Option<Option<Timestamp>> = ends.offset(look).first(conn).optional()?;
    let mut query = ledger::table
        .filter(ledger::expires_at.gt(now))
        .filter(ledger::kid.eq(kid))
        .filter(ledger::kind.eq(Kind::Operator))
        .select(Signed::as_select())
        .into_boxed();
    if let Some(bound) = bound.flatten() {
        query = if still_signs {
            query.filter(ledger::expires_at.gt(bound))
        } else {
            query.filter(ledger::expires_at.lt(bound))
        };
    }
    let found: Vec<Signed> = query.limit(limit).load(conn)?;
    let claims = found.into_iter().map(Signed::claims).collect();
    Ok((claims, bound.is_some()))
}

/// The columns of a line of the ledger that its claims need.
#[derive(Queryable, Selectable)]
#[diesel(table_name = ledger)]
struct Signed {
    organization_id: OrganizationId,
    jti: TokenId,
    kind: Kind,
    operator_id: Option<OperatorId>,
    client_id: Option<ClientId>,
    grant_id: Option<GrantId>,
    parent: Option<TokenId>,
    rev: Sequence,
    issued_at: Timestamp,
    expires_at: Option<Timestamp>,
}

impl Signed {
    fn claims(self) -> Claims {
        let client = self.client_id.as_ref().map(ClientId::tag);
        let token_use = match (self.kind, self.operator_id, client, self.expires_at) {
            (Kind::Operator, Some(operator), _, Some(expires_at)) => match self.parent {
                Some(parent) => TokenUse::Operator {
                    operator,
                    parent,
                    expires_at,
                },
                None => TokenUse::Company {
                    expires_at: Some(expires_at),
                },
            },
            (Kind::Session, Some(operator), _, Some(expires_at)) => TokenUse::Session {
                operator,
                expires_at,
                via: SessionVia::Password,
            },
            (Kind::Access, operator, Some(client), Some(expires_at)) => TokenUse::Access {
                client,
                grant: self.grant_id,
                operator,
                expires_at,
            },
            // A line that is not whole keeps its key, as a company token of its organization does.
            (.., expires_at) => TokenUse::Company { expires_at },
        };
        Claims {
            jti: self.jti,
            organization: self.organization_id,
            rev: self.rev,
            issued_at: self.issued_at,
            token_use,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key that signed a kind which the condition leaves out would retire before its tokens expire.
    #[test]
    fn the_condition_of_the_index_names_every_kind_that_is_signed_and_recorded() {
        let each = Kind::SIGNED_AND_RECORDED.map(|kind| format!("ledger.kind = '{kind}'"));
        assert_eq!(format!("({})", each.join(" OR ")), SIGNED_AND_RECORDED);
    }
}
