//! Statements of PostgreSQL that concern many rows at once: they take an array for each column
//! (`UNNEST`), so a group of callers costs one round trip. The text of a statement never changes, so
//! it is prepared once for each connection, and the number of its parameters does not grow with the
//! rows. On SQLite, where there are no round trips, a prepared statement of one row runs for each.
//! Its text never changes either, and is not made again for each row.

/// Declares a statement of PostgreSQL: a struct with a vector for each parameter, in the order of
/// `$1`, `$2`, …, which are arrays in the text. It is run with `load`, and returns a row of the type
/// after the arrow for each row that it affects.
#[macro_export]
macro_rules! set_statement {
    (
        $(#[$attribute:meta])*
        struct $name:ident { $($column:ident: $of:ty as $sql:ty),+ $(,)? } -> $returned:ty = $text:expr;
    ) => {
        $(#[$attribute])*
        struct $name<'a> {
            $($column: Vec<&'a $of>),+
        }

        const _: () = {
            use diesel::pg::{Pg, PgConnection};
            use diesel::prelude::*;
            use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
            use diesel::sql_types::Array;

            impl QueryId for $name<'_> {
                type QueryId = $name<'static>;
                const HAS_STATIC_QUERY_ID: bool = true;
            }

            impl Query for $name<'_> {
                type SqlType = $returned;
            }

            impl QueryFragment<Pg> for $name<'_> {
                fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
                    out.push_sql($text);
                    $(out.push_bind_param_value_only::<Array<$sql>, _>(&self.$column)?;)+
                    Ok(())
                }
            }

            impl RunQueryDsl<PgConnection> for $name<'_> {}
        };
    };
}

/// Declares a statement of SQLite about one row: a struct with a value for each parameter, in the
/// order of `?1`, `?2`, … in the text. It is run with `execute`.
#[macro_export]
macro_rules! row_statement {
    (
        $(#[$attribute:meta])*
        struct $name:ident<$life:lifetime> { $($column:ident: $of:ty as $sql:ty),+ $(,)? } = $text:expr;
    ) => {
        $(#[$attribute])*
        struct $name<$life> {
            $($column: $of),+
        }

        const _: () = {
            use diesel::prelude::*;
            use diesel::query_builder::{AstPass, QueryFragment, QueryId};
            use diesel::sqlite::{Sqlite, SqliteConnection};

            impl QueryId for $name<'_> {
                type QueryId = $name<'static>;
                const HAS_STATIC_QUERY_ID: bool = true;
            }

            impl QueryFragment<Sqlite> for $name<'_> {
                fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
                    out.push_sql($text);
                    $(out.push_bind_param_value_only::<$sql, _>(&self.$column)?;)+
                    Ok(())
                }
            }

            impl RunQueryDsl<SqliteConnection> for $name<'_> {}
        };
    };
}

/// Rows in the order of their keys. Statements of several nodes that lock rows in the same order
/// cause no deadlock.
pub struct Sorted<'a, T>(Vec<(usize, &'a T)>);

impl<'a, T> Sorted<'a, T> {
    /// Sorts rows by their keys.
    pub fn by<K: Ord>(rows: &'a [T], key: impl Fn(&T) -> K) -> Self {
        let mut sorted: Vec<_> = rows.iter().enumerate().collect();
        sorted.sort_by_key(|(_, row)| key(row));
        Self(sorted)
    }

    /// Returns a column of the rows, in the order of the keys.
    #[must_use]
    pub fn column<C: ?Sized>(&self, of: impl Fn(&'a T) -> &'a C) -> Vec<&'a C> {
        self.0.iter().map(|(_, row)| of(row)).collect()
    }

    /// Returns for each row, in the order in which they were given, whether its number is among
    /// `numbers`. They are those of `WITH ORDINALITY`: the place in the order of the keys, from 1.
    #[must_use]
    pub fn are_among(&self, numbers: &[i64]) -> Vec<bool> {
        let mut among = vec![false; self.0.len()];
        for number in numbers {
            let place = usize::try_from(*number).ok().and_then(|n| n.checked_sub(1));
            let row = place.and_then(|place| self.0.get(place));
            if let Some(row) = row.and_then(|(row, _)| among.get_mut(*row)) {
                *row = true;
            }
        }
        among
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outcomes_of_sorted_rows_are_in_the_order_of_the_rows() {
        let rows = [3, 1, 2];
        let sorted = Sorted::by(&rows, |row| *row);
        assert_eq!(sorted.column(|row| row), [&1, &2, &3]);
        assert_eq!(sorted.are_among(&[1, 3]), [true, true, false]);
        assert_eq!(sorted.are_among(&[0, 4, -1]), [false; 3]);
    }
}
