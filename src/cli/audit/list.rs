//! `lanyard audit list`.

use clap::Args;

use super::filters::Filters;
use crate::audit::{Line, LineView};
use crate::cli::output::{Failure, say, say_json, say_table};
use crate::db::Db;

#[derive(Args)]
pub(in crate::cli) struct List {
    #[command(flatten)]
    filters: Filters,
    /// At most this many lines
    #[arg(long, value_name = "N", default_value_t = 50,
        value_parser = clap::value_parser!(i64).range(1..=10_000))]
    limit: i64,
    /// Print JSON, one line of the log a line
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(&self, db: &Db) -> Result<(), Failure> {
        self.filters.check(db)?;
        let most = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let mut lines: Vec<Line> = Vec::new();
        self.filters.read(db, self.limit, |more| {
            lines.extend(more);
            Ok(lines.len() < most)
        })?;
        lines.truncate(most);
        if self.json {
            return lines
                .into_iter()
                .try_for_each(|line| say_json(&LineView::from(line)));
        }
        if lines.is_empty() {
            return say("no line matches");
        }
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let row = |line: Line| {
            [
                line.id.to_string(),
                line.at.to_string(),
                line.actor,
                line.action.as_str().to_owned(),
                or_dash(line.target),
                line.occurrences.to_string(),
                or_dash(line.address),
                or_dash(line.request_id),
                or_dash(line.detail),
            ]
        };
        let rows: Vec<_> = lines.into_iter().map(row).collect();
        say_table(
            [
                "ID", "TIME", "ACTOR", "ACTION", "SUBJECT", "COUNT", "ADDRESS", "REQUEST", "DETAIL",
            ],
            &rows,
        )
    }
}
