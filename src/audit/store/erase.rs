//! Overwrites texts of lines.

use diesel::prelude::*;

use super::chain::Row;
use crate::audit::chain::{Content, Covers, Sealed};
use crate::base::OrganizationId;
use crate::db::schema::audit;
use crate::db::{Conn, Result, Rows, Statement};

/// Returns lines of an organization after the one with the id `after`, the oldest first. Each is with
/// its covers if it is sealed; the outer `None` is a line that is not.
pub(in crate::audit) fn window(
    conn: &mut Conn,
    organization: OrganizationId,
    after: i64,
    limit: i64,
) -> Result<Vec<(Content, Option<Option<Covers>>)>> {
    let rows: Vec<Row> = audit::table
        .filter(audit::organization_id.eq(organization))
        .filter(audit::id.gt(after))
        .order(audit::id)
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    let line = |row: Row| {
        let is_sealed = row.batch.is_some();
        let sealed = Sealed::from(row);
        (sealed.content, is_sealed.then_some(sealed.covers))
    };
    Ok(rows.into_iter().map(line).collect())
}

crate::rows! {
    /// The texts of a line after some were erased. The id is the last column, as `Statement` requires.
    pub(in crate::audit) struct Texts in audit {
        address: Option<String>,
        request_id: Option<String>,
        detail: Option<String>,
        salts: Option<Vec<u8>>,
        id: i64,
    }
}

/// Overwrites texts, and how they enter the chain.
struct Erasing;

impl Statement for Erasing {
    const POSTGRES: (&'static str, &'static str) = (
        "UPDATE audit SET address = v.address, request_id = v.request_id, detail = v.detail, \
         salts = COALESCE(v.salts, audit.salts) FROM UNNEST(",
        ") AS v (address, request_id, detail, salts, id) WHERE audit.id = v.id",
    );
    const SQLITE: &'static str = "UPDATE audit SET address = ?1, request_id = ?2, detail = ?3, \
         salts = COALESCE(?4, salts) WHERE id = ?5";
}

impl Texts {
    pub(in crate::audit) fn of(line: Content, covers: Option<Covers>) -> Self {
        let [address, request_id, detail] = line.texts;
        Self {
            address,
            request_id,
            detail,
            salts: covers.map(Covers::to_bytes),
            id: line.id,
        }
    }
}

/// Writes the texts of lines.
pub(in crate::audit) fn write(conn: &mut Conn, lines: &[Texts]) -> Result<()> {
    Texts::write::<Erasing>(conn, lines)
}
