//! Writes API keys into the tables of a database without the service.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use lanyard::api_key::{Environment, KeyText, Prefix};
use lanyard::base::Digest;

use crate::Fallible;

diesel::table! {
    api_key_texts (organization_id, digest) {
        organization_id -> BigInt,
        digest -> Binary,
        key_id -> Text,
        ends_at -> Nullable<BigInt>,
    }
}

/// Stores copies of the only key in an SQLite file that no process serves, each with a text of its
/// own. Returns the texts.
pub(crate) fn fill_sqlite(file: &Path, count: usize) -> Fallible<Vec<String>> {
    let mut connection = SqliteConnection::establish(&file.to_string_lossy())?;
    let texts: Vec<String> = (0..count)
        .map(|_| {
            KeyText::draw(Prefix::Ak, Environment::Live)
                .text()
                .to_owned()
        })
        .collect();
    connection.transaction::<_, diesel::result::Error, _>(|conn| {
        conn.batch_execute(&format!(
            "CREATE TEMP TABLE one AS SELECT * FROM api_keys LIMIT 1;
             CREATE TEMP TABLE many AS
                 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
                 SELECT i, one.* FROM n, one;
             UPDATE many SET id = printf('key_%016d', i);
             ALTER TABLE many DROP COLUMN i;
             INSERT INTO api_keys SELECT * FROM many;
             DROP TABLE many"
        ))?;
        for (number, text) in (1..).zip(&texts) {
            diesel::insert_into(api_key_texts::table)
                .values((
                    api_key_texts::organization_id.eq(1),
                    api_key_texts::digest.eq(Digest::of(text).0.to_vec()),
                    api_key_texts::key_id.eq(format!("key_{number:016}")),
                ))
                .execute(conn)?;
        }
        Ok(())
    })?;
    Ok(texts)
}
