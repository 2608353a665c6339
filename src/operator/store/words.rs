//! The table `operator_words`.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::Row;
use crate::base::{OperatorId, OrganizationId};
use crate::db::schema::operator_words::{self, self as table};
use crate::db::schema::{operator_words_filled, operators};
use crate::db::{Conn, Result, Rows, Statement};
use crate::operator::Operator;

/// The one row of `operator_words_filled`.
const FILLED: i64 = 1;

crate::rows! {
    #[allow(clippy::struct_field_names, reason = "they are the columns")]
    struct Word in operator_words {
        organization_id: OrganizationId,
        word: String,
        // The last column. The statement names it, as `Statement` requires.
        operator_id: OperatorId,
    }
}

/// Adds a word, unless it is there.
struct Add;

impl Statement for Add {
    const POSTGRES: (&'static str, &'static str) = (
        "INSERT INTO operator_words (organization_id, word, operator_id) SELECT * FROM UNNEST(",
        ") ON CONFLICT DO NOTHING",
    );
    const SQLITE: &'static str = "INSERT OR IGNORE INTO operator_words (organization_id, word, operator_id) VALUES (?1, ?2, ?3)";
}

/// Removes a word.
struct Remove;

impl Statement for Remove {
    const POSTGRES: (&'static str, &'static str) = (
        "DELETE FROM operator_words USING UNNEST(",
        ") AS v (organization_id, word, operator_id) WHERE operator_words.organization_id = v.organization_id \
         AND operator_words.word = v.word AND operator_words.operator_id = v.operator_id",
    );
    const SQLITE: &'static str =
        "DELETE FROM operator_words WHERE organization_id = ?1 AND word = ?2 AND operator_id = ?3";
}

/// What changes in the words of an operator.
pub(in crate::operator) struct WordsChange {
    /// The operator.
    pub(in crate::operator) of: OperatorId,
    /// The words that it has no longer.
    pub(in crate::operator) removed: Vec<String>,
    /// The words that it has from now on.
    pub(in crate::operator) added: Vec<String>,
}

/// Changes the words of operators. A transaction of many operators holds SQLite's one writer, so
/// nothing is written that stays as it is.
pub(in crate::operator) fn change_words(
    conn: &mut Conn,
    organization: OrganizationId,
    changes: Vec<WordsChange>,
) -> Result<()> {
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for change in changes {
        let row = |word| Word {
            organization_id: organization,
            word,
            operator_id: change.of,
        };
        removed.extend(change.removed.into_iter().map(row));
        added.extend(change.added.into_iter().map(row));
    }
    Word::write::<Remove>(conn, &removed)?;
    Word::write::<Add>(conn, &added)
}

/// Replaces the words of operators.
pub(in crate::operator) fn set_words(
    conn: &mut Conn,
    organization: OrganizationId,
    of: &[(OperatorId, BTreeSet<String>)],
) -> Result<()> {
    let ids: Vec<OperatorId> = of.iter().map(|(id, _)| *id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let old = table::table
        .filter(table::organization_id.eq(organization))
        .filter(table::operator_id.eq_any(&ids));
    diesel::delete(old).execute(conn)?;
    let rows: Vec<Word> = of
        .iter()
        .flat_map(|(id, words)| {
            words.iter().map(|word| Word {
                organization_id: organization,
                word: word.clone(),
                operator_id: *id,
            })
        })
        .collect();
    Word::insert(conn, &rows)
}

/// Returns the operators with a word that begins with `start`, each once. `None` if more than `most`
/// words begin with it.
pub(in crate::operator) fn with_word(
    conn: &mut Conn,
    organization: OrganizationId,
    start: &str,
    most: i64,
) -> Result<Option<Vec<OperatorId>>> {
    let mut query = table::table
        .filter(table::organization_id.eq(organization))
        .filter(table::word.ge(start))
        .select(table::operator_id)
        .into_boxed();
    if let Some(end) = after_all(start) {
        query = query.filter(table::word.lt(end));
    }
    let mut found: Vec<OperatorId> = query.limit(most + 1).load(conn)?;
    if i64::try_from(found.len()).is_ok_and(|count| count > most) {
        return Ok(None);
    }
    found.sort_unstable();
    found.dedup();
    Ok(Some(found))
}

/// Returns the first text after all that begin with `start`, in the order of code points. `None` if
/// there is none.
pub(super) fn after_all(start: &str) -> Option<String> {
    let mut chars: Vec<char> = start.chars().collect();
    while let Some(last) = chars.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

/// Returns the next operators, of all organizations, whose words are not filled in yet. On PostgreSQL
/// their rows are locked, so that no change of them comes between.
pub(in crate::operator) fn without_words(conn: &mut Conn, limit: i64) -> Result<Vec<Operator>> {
    let last: i64 = operator_words_filled::table
        .find(FILLED)
        .select(operator_words_filled::up_to)
        .first(conn)?;
    let ids: Vec<OperatorId> = operators::table
        .filter(operators::id.gt(OperatorId(last)))
        .order(operators::id)
        .limit(limit)
        .select(operators::id)
        .load(conn)?;
    if let Conn::Postgres(conn) = conn {
        let those = operators::table.filter(operators::id.eq_any(&ids));
        let locked = those.order(operators::id).select(operators::id);
        locked.for_update().load::<OperatorId>(conn)?;
    }
    let rows: Vec<Row> = operators::table
        .filter(operators::id.eq_any(&ids))
        .order(operators::id)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|row| Operator::from((row, None)))
        .collect())
}

/// Notes that the words of all operators up to this one are filled in.
pub(in crate::operator) fn filled_up_to(conn: &mut Conn, id: OperatorId) -> Result<()> {
    diesel::update(operator_words_filled::table.find(FILLED))
        .set(operator_words_filled::up_to.eq(id.0))
        .execute(conn)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::after_all;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_begins_with_a_text_is_before_the_end(start in "\\PC{1,4}", more in "\\PC{0,4}", other in "\\PC{0,6}") {
            let end = after_all(&start);
            let longer = format!("{start}{more}");
            prop_assert!(longer >= start);
            if let Some(end) = &end {
                prop_assert!(longer < *end);
                let is_between = other >= start && other < *end;
                prop_assert_eq!(is_between, other.starts_with(&start));
            }
        }
    }
}
