//! The check of a table.

use super::{page, shown};
use crate::console::page::FormError;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{ApiError, Multipart};
use crate::operator::import::{self, Encoding, ReadError, TableError, TextError};

/// Returns the fields of the form, and its file.
pub(super) async fn read<const LIMIT: usize>(
    body: Multipart<LIMIT>,
) -> Result<(Sent, Vec<u8>), ApiError> {
    let mut file = Vec::new();
    let mut fields = Vec::new();
    for field in body.fields().await? {
        if field.name == "file" {
            file = field.bytes;
            continue;
        }
        let value = String::from_utf8(field.bytes)
            .map_err(|_| ApiError::invalid_request("a field of the form is not in UTF-8"))?;
        if !value.is_empty() {
            fields.push((field.name, value));
        }
    }
    Ok((Sent::of(fields), file))
}

/// Checks a table and shows what it would do. Nothing is written but what was checked.
pub(super) async fn check(signed: &Signed, file: Vec<u8>) -> Outcome {
    let sent = &signed.sent;
    let rows = sent.text("rows");
    let (bytes, encoding, field) = if file.is_empty() {
        // What is pasted is in the encoding of the page.
        (rows.as_bytes().to_vec(), Encoding::Utf8, "rows")
    } else {
        let encoding = sent.text("encoding").parse().unwrap_or(Encoding::Auto);
        (file, encoding, "file")
    };
    let refuse = |field, text: String| {
        let error = FormError {
            field: Some(field),
            text,
        };
        signed.answer(&page(signed, sent, vec![error]))
    };
    if bytes.is_empty() {
        return refuse("file", signed.text("import-nothing-given"));
    }
    let pool = &signed.app.requests.background;
    let organization = signed.organization();
    let read = pool
        .run(organization, bytes.len(), move || {
            Some(import::read(&bytes, encoding))
        })
        .await
        .map_err(ApiError::from)?;
    let (table, encoding) = match read {
        Ok(read) => read,
        Err(why) => {
            let field = match why {
                ReadError::Text(_) => "encoding",
                _ => field,
            };
            return refuse(field, fault(signed, &why));
        }
    };
    let masters_of = signed.app.clone();
    let (origin, now) = (signed.origin.clone(), signed.now);
    let lines = table.lines;
    // Reading comes first, in a transaction that keeps no writer waiting. What changes afterwards is
    // noticed when the lines are applied.
    let compare = move |conn: &mut Conn| import::check(conn, organization, lines);
    let checked = signed.app.db.read(compare).await?;
    let save = move |conn: &mut Conn| {
        let masters = masters_of.tokens.keys.masters();
        import::save(conn, masters, organization, &checked, &origin, now)
    };
    let (id, unknown) = (signed.app.db.write(save).await?, table.unknown);
    let mut notes = Vec::new();
    if field == "file" {
        notes.push(signed.text_with("import-read-as", "encoding", encoding.as_str()));
    }
    if !unknown.is_empty() {
        notes.push(signed.text_with("import-unknown", "names", &unknown.join(", ")));
    }
    shown::checked(signed, sent, id, notes).await
}

/// Says why a table cannot be read.
fn fault(signed: &Signed, why: &ReadError) -> String {
    match why {
        ReadError::TooLarge => signed.text("import-too-large"),
        ReadError::Text(TextError(encoding)) => {
            signed.text_with("import-not-text", "encoding", encoding.as_str())
        }
        ReadError::Table(TableError::Empty | TableError::NoColumns) => {
            signed.text("import-no-columns")
        }
        ReadError::Table(TableError::Twice(column)) => {
            signed.text_with("import-column-twice", "column", column.as_str())
        }
        ReadError::Table(TableError::TooLong) => signed.text("import-too-long"),
        ReadError::Table(TableError::Line(line)) => {
            signed.text_with("import-line-unreadable", "line", &line.to_string())
        }
    }
}
