//! Statements of fixed text that write many rows. On PostgreSQL one statement takes all rows, an
//! array for each column (`UNNEST`). On SQLite one prepared statement runs for each row. Each is
//! the fastest way on its database: what costs time is a round trip on PostgreSQL, and building and
//! comparing the text of a statement on SQLite. The text depends on the types only, so that it is
//! prepared once for each connection and found by its type.

use super::{Conn, Result};

/// A statement that writes rows. Its parameters are the fields of the row, in their order.
pub trait Statement: 'static {
    /// PostgreSQL: the text before and after the parameters, which are arrays and are written as a
    /// list.
    const POSTGRES: (&'static str, &'static str);
    /// SQLite: the whole text, for one row. It must name the last parameter.
    const SQLITE: &'static str;
}

/// Rows that statements of fixed text write; see [`rows!`](crate::rows). The type itself stands for
/// the statement that inserts.
pub trait Rows: Statement + Sized {
    /// Runs the statement for all rows, in their order. Does nothing if there are none. If it
    /// fails, some rows may have been written on SQLite.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    fn write<S: Statement>(conn: &mut Conn, rows: &[Self]) -> Result<()>;

    /// Inserts all rows, in their order.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    fn insert(conn: &mut Conn, rows: &[Self]) -> Result<()> {
        Self::write::<Self>(conn, rows)
    }
}

/// Declares a row of a table: a struct whose fields are named like the columns. Implements
/// [`Rows`](crate::db::Rows) for it.
#[macro_export]
macro_rules! rows {
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $row:ident in $table:ident { $first:ident: $of_first:ty $(, $column:ident: $of:ty)* $(,)? }
    ) => {
        $(#[$attribute])*
        $visibility struct $row {
            $first: $of_first,
            $($column: $of),*
        }

        const _: () = {
            use std::marker::PhantomData;

            use diesel::dsl::SqlTypeOf;
            use diesel::pg::{Pg, PgConnection};
            use diesel::prelude::*;
            use diesel::query_builder::{AstPass, QueryFragment, QueryId};
            use diesel::sql_types::Array;
            use diesel::sqlite::{Sqlite, SqliteConnection};
            use $crate::db::{Conn, Result, Rows, Statement};

            /// The rows as columns.
            struct Columns<'a, S> {
                $first: Vec<&'a $of_first>,
                $($column: Vec<&'a $of>,)*
                statement: PhantomData<S>,
            }

            /// One row.
            struct One<'a, S> {
                row: &'a $row,
                statement: PhantomData<S>,
            }

            impl<S: 'static> QueryId for Columns<'_, S> {
                type QueryId = Columns<'static, S>;
                const HAS_STATIC_QUERY_ID: bool = true;
            }

            impl<S: 'static> QueryId for One<'_, S> {
                type QueryId = One<'static, S>;
                const HAS_STATIC_QUERY_ID: bool = true;
            }

            impl<S: Statement> QueryFragment<Pg> for Columns<'_, S> {
                fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
                    out.push_sql(S::POSTGRES.0);
                    out.push_bind_param::<Array<SqlTypeOf<$table::$first>>, _>(&self.$first)?;
                    $(
                        out.push_sql(", ");
                        out.push_bind_param::<Array<SqlTypeOf<$table::$column>>, _>(&self.$column)?;
                    )*
                    out.push_sql(S::POSTGRES.1);
                    Ok(())
                }
            }

            impl<S: Statement> QueryFragment<Sqlite> for One<'_, S> {
                fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
                    out.push_sql(S::SQLITE);
                    out.push_bind_param_value_only::<SqlTypeOf<$table::$first>, _>(&self.row.$first)?;
                    $(out.push_bind_param_value_only::<SqlTypeOf<$table::$column>, _>(&self.row.$column)?;)*
                    Ok(())
                }
            }

            impl<S> RunQueryDsl<PgConnection> for Columns<'_, S> {}
            impl<S> RunQueryDsl<SqliteConnection> for One<'_, S> {}

            impl Statement for $row {
                const POSTGRES: (&'static str, &'static str) = (
                    concat!(
                        "INSERT INTO ", stringify!($table), " (",
                        stringify!($first) $(, ", ", stringify!($column))*,
                        ") SELECT * FROM UNNEST("
                    ),
                    ")",
                );
                const SQLITE: &'static str = concat!(
                    "INSERT INTO ", stringify!($table), " (",
                    stringify!($first) $(, ", ", stringify!($column))*,
                    ") VALUES (?" $(, $crate::rows!(@parameter $column))*, ")"
                );
            }

            impl Rows for $row {
                fn write<S: Statement>(conn: &mut Conn, rows: &[Self]) -> Result<()> {
                    if rows.is_empty() {
                        return Ok(());
                    }
                    match conn {
                        Conn::Postgres(conn) => {
                            let columns: Columns<'_, S> = Columns {
                                $first: rows.iter().map(|row| &row.$first).collect(),
                                $($column: rows.iter().map(|row| &row.$column).collect(),)*
                                statement: PhantomData,
                            };
                            columns.execute(conn)?;
                        }
                        Conn::Sqlite(conn) => {
                            for row in rows {
                                let one: One<'_, S> = One { row, statement: PhantomData };
                                one.execute(conn)?;
                            }
                        }
                    }
                    Ok(())
                }
            }
        };
    };
    (@parameter $column:ident) => {
        ", ?"
    };
}
