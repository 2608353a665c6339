//! Lines of the audit log as a file: CSV for spreadsheets, or a JSON object on each line.

use super::{Action, Event, Line, LineView, Origin, record};
use crate::base::csv::{self, Sheet};
use crate::base::words::words;
use crate::base::{OrganizationId, Timestamp};
use crate::db::{Conn, Result};

words! {
    /// The format of an export.
    pub enum Format {
        /// CSV (RFC 4180) in UTF-8 with a byte order mark, as spreadsheets read it.
        Csv = "csv",
        /// A JSON object on each line.
        JsonLines = "jsonl",
    }
}

/// How many lines of the log are read at a time.
pub const CHUNK: i64 = 500;

/// The columns of the CSV.
const COLUMNS: [&str; 10] = [
    "id",
    "at",
    "actor",
    "action",
    "target",
    "count",
    "address",
    "requestId",
    "detail",
    "sequence",
];

impl Format {
    /// Returns the media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => csv::MEDIA_TYPE,
            Self::JsonLines => "application/jsonl; charset=utf-8",
        }
    }

    /// Returns what the file begins with.
    #[must_use]
    pub fn head(self) -> Vec<u8> {
        match self {
            Self::Csv => Sheet::begin(COLUMNS).into_bytes(),
            Self::JsonLines => Vec::new(),
        }
    }

    /// Returns the part of the file for these lines.
    #[must_use]
    pub fn lines(self, lines: Vec<Line>) -> Vec<u8> {
        match self {
            Self::Csv => {
                let mut sheet = Sheet::part();
                for line in lines {
                    sheet.line(cells(line).iter().map(String::as_str));
                }
                sheet.into_bytes()
            }
            Self::JsonLines => {
                let mut bytes = Vec::new();
                for line in lines {
                    // Serializing texts, numbers and instants cannot fail.
                    let json = serde_json::to_string(&LineView::from(line)).unwrap_or_default();
                    bytes.extend(json.into_bytes());
                    bytes.push(b'\n');
                }
                bytes
            }
        }
    }
}

/// Records that lines were exported. `filters` are the names of the filters, without their values,
/// which may be personal.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn note(
    conn: &mut Conn,
    organization: Option<OrganizationId>,
    (format, filters): (Format, &[&str]),
    origin: &Origin,
    now: Timestamp,
) -> Result<()> {
    let detail = match filters {
        [] => format!("{format}; all lines"),
        some => format!("{format}; filtered by {}", some.join(", ")),
    };
    let event = Event {
        organization,
        through: origin.through,
        address: origin.address,
        request_id: origin.request_id.clone(),
        ..Event::new(Action::AuditExported, origin.actor.clone(), now)
    };
    record(conn, &event.detail(detail))
}

fn cells(line: Line) -> [String; COLUMNS.len()] {
    let number = |number: Option<i64>| number.map(|number| number.to_string());
    [
        line.id.to_string(),
        line.at.to_string(),
        line.actor,
        line.action.as_str().to_owned(),
        line.target.unwrap_or_default(),
        line.occurrences.to_string(),
        line.address.unwrap_or_default(),
        line.request_id.unwrap_or_default(),
        line.detail.unwrap_or_default(),
        number(line.feed_seq.map(|seq| seq.0)).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Sequence;

    fn line(detail: &str) -> Line {
        Line {
            id: 7,
            at: Timestamp::from_seconds(1_893_456_000),
            actor: "operator:3".to_owned(),
            action: Action::TokenRevoked,
            target: None,
            occurrences: 1,
            address: Some("192.0.2.7".to_owned()),
            request_id: None,
            detail: Some(detail.to_owned()),
            feed_seq: Some(Sequence(4)),
        }
    }

    #[test]
    fn a_spreadsheet_reads_the_csv_and_runs_no_formula() {
        let head = String::from_utf8(Format::Csv.head()).unwrap();
        assert_eq!(
            head,
            "\u{feff}id,at,actor,action,target,count,address,requestId,detail,sequence\r\n"
        );
        let row = |detail: &str| {
            let bytes = Format::Csv.lines(vec![line(detail)]);
            String::from_utf8(bytes).unwrap()
        };
        let start = "7,2030-01-01T00:00:00Z,operator:3,token.revoked,,1,192.0.2.7,,";
        assert_eq!(
            row("Lan, \"An\""),
            format!("{start}\"Lan, \"\"An\"\"\",4\r\n")
        );
        for formula in ["=1+1", "+1", "-1", "@x", "\t=1"] {
            assert_eq!(row(formula), format!("{start}'{formula},4\r\n"));
        }
    }

    #[test]
    fn json_lines_are_as_the_api_has_them() {
        let bytes = Format::JsonLines.lines(vec![line("=1+1"), line("x")]);
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.lines().count(), 2);
        insta::assert_snapshot!(text.lines().next().unwrap(), @r#"{"id":7,"at":"2030-01-01T00:00:00Z","actor":"operator:3","action":"token.revoked","target":null,"count":1,"address":"192.0.2.7","requestId":null,"detail":"=1+1","sequence":4}"#);
    }
}
