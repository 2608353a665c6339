//! `lanyard operator export`.

use clap::Args;

use super::{Listed, Of, PAGE};
use crate::audit::{self, Action, Event, Origin};
use crate::base::csv::Sheet;
use crate::base::{Clock, Seek};
use crate::cli::output::{Failure, say_bytes, say_json};
use crate::db::Db;
use crate::operator::import::{COLUMNS, add_line};
use crate::operator::{self, Filter, ManageError, OperatorStatus};
use crate::organization;

#[derive(Args)]
pub(in crate::cli) struct Export {
    #[command(flatten)]
    of: Of,
    /// Only operators with this status: active, inactive or deleted; without it all that are not
    /// deleted
    #[arg(long)]
    status: Option<String>,
    /// Print JSON, one operator a line
    #[arg(long)]
    json: bool,
}

impl Export {
    pub(super) fn run(&self, db: &Db) -> Result<(), Failure> {
        let organization = self.of.organization;
        let status: Option<OperatorStatus> = match &self.status {
            Some(word) => Some(
                word.parse()
                    .map_err(|_| Failure::new("--status must be active, inactive or deleted"))?,
            ),
            None => None,
        };
        if !db.read_blocking(|conn| organization::exists(conn, organization))? {
            return Err(Failure::new(ManageError::UnknownOrganization));
        }
        let (origin, now) = (Origin::command_line(), Clock::System.now());
        let event = Event::of(&origin, Action::OperatorsExported, now, organization);
        db.write_blocking(|conn| audit::record(conn, &event))?;
        let mut filter = Filter {
            organization,
            status,
            external_id: None,
            seek: Seek::First,
            limit: PAGE,
        };
        if !self.json {
            say_bytes(&Sheet::begin(COLUMNS).into_bytes())?;
        }
        loop {
            let page = db.read_blocking(|conn| operator::list(conn, &filter))?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            filter.seek = Seek::After(last.id);
            let mut sheet = Sheet::part();
            for operator in &page {
                if self.json {
                    say_json(&Listed::of(operator))?;
                } else {
                    add_line(&mut sheet, operator);
                }
            }
            say_bytes(&sheet.into_bytes())?;
        }
    }
}
