//! `lanyard usage`: what an organization did.

use clap::Args;

use super::Common;
use super::output::{Failure, say_json, say_table};
use crate::base::{Clock, OrganizationId};
use crate::organization;
use crate::usage::{Count, Point, Range, Series, UsageView, read};

const EXAMPLES: &str = "\
Each node of the service writes what it has counted once a minute. A `-` is a number that is not known: no node ran then, or it \
has not written yet. `live` is how many company and operator tokens were valid, counted every five minutes while the ledger is on. \
Times are in UTC.

Examples:
  lanyard usage --organization 7
  lanyard usage --organization 7 --range month --json";

/// Show what an organization did: tokens checked, issued and revoked, sign-ins
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Usage {
    /// The organization's id
    #[arg(long, value_name = "ID")]
    organization: OrganizationId,
    /// hour (by minute), day (by quarter of an hour) or month (by day)
    #[arg(long, value_name = "RANGE", default_value = "day", value_parser = range)]
    range: Range,
    /// Print JSON, as GET /api/company/usage answers
    #[arg(long)]
    json: bool,
}

fn range(text: &str) -> Result<Range, &'static str> {
    text.parse().map_err(|_| "is hour, day or month")
}

/// What a column shows.
#[derive(Clone, Copy)]
enum Shown {
    /// When the span begins.
    At,
    /// The sum of these counts.
    Sum(&'static [Count]),
    /// How many tokens were valid.
    Live,
}

/// The columns of the table.
const COLUMNS: [(&str, Shown); 12] = [
    ("AT", Shown::At),
    ("VALID", Shown::Sum(&[Count::Valid])),
    ("EXPIRED", Shown::Sum(&[Count::Expired])),
    ("REVOKED", Shown::Sum(&[Count::Revoked])),
    ("INVALID", Shown::Sum(&[Count::Invalid])),
    (
        "ISSUED",
        Shown::Sum(&[
            Count::IssuedCompany,
            Count::IssuedOperator,
            Count::IssuedOauth,
        ]),
    ),
    ("KEY USED", Shown::Sum(&[Count::KeyUsed])),
    ("KEY REFUSED", Shown::Sum(&[Count::KeyRefused])),
    ("SIGNED IN", Shown::Sum(&[Count::SignedIn])),
    ("SIGN-IN REFUSED", Shown::Sum(&[Count::SignInRefused])),
    ("REVOCATIONS", Shown::Sum(&[Count::RevokedEntries])),
    ("LIVE", Shown::Live),
];

impl Usage {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (_, db) = common.existing_database()?;
        let (organization, range) = (self.organization, self.range);
        let now = Clock::System.now();
        let series = db.read_blocking(|conn| -> crate::db::Result<Option<Series>> {
            if !organization::exists(conn, organization)? {
                return Ok(None);
            }
            read(conn, organization, range, now).map(Some)
        })?;
        let series = series.ok_or_else(|| Failure::new("there is no organization with this id"))?;
        if self.json {
            return say_json(&UsageView::from(series));
        }
        let rows: Vec<_> = series.points.iter().map(row).collect();
        say_table(COLUMNS.map(|(head, _)| head), &rows)
    }
}

fn row(point: &Point) -> [String; 12] {
    let text = |number: Option<i64>| number.map_or_else(|| "-".to_owned(), |n| n.to_string());
    COLUMNS.map(|(_, shown)| match shown {
        Shown::At => point.at.to_string(),
        Shown::Sum(counts) => text(point.counts.map(|all| all.sum(counts))),
        Shown::Live => text(point.live),
    })
}
