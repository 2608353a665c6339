//! Tables to download: the operators, the faults of a table, the results of an import.

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use futures_util::stream;

use crate::audit::{self, Action, Event};
use crate::base::ImportId;
use crate::base::csv::{self, Sheet};
use crate::console::download::download;
use crate::console::gate::{self, Answer};
use crate::console::refusal::Problem;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::{Conn, Db, Error};
use crate::http::{Anyone, Call};
use crate::operator::directory::{Wanted, directory};
use crate::operator::import::{self, COLUMNS, Effect};

use super::filters::Filters;
use super::import::{open, said};

/// How many operators are read at once.
const BATCH: i64 = 1_000;

/// `GET /console/operators/export.csv`: the operators, as an import reads them.
pub(super) async fn operators(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |signed: &Signed| {
        let mut ignored = Vec::new();
        let filters = Filters::read(signed, &mut ignored).await?;
        if !ignored.is_empty() {
            // A file cannot say that a filter was ignored.
            return Err(Problem::Form.into());
        }
        let (origin, organization) = (&signed.origin, signed.organization());
        let event = Event::of(origin, Action::OperatorsExported, signed.now, organization)
            .detail(format!("filtered by {}", filters.names().join(", ")));
        let record = move |conn: &mut Conn| audit::record(conn, &event);
        signed.app.db.write(record).await?;
        let first = Sheet::begin(COLUMNS).into_bytes();
        let rows = Rows {
            db: signed.app.db.clone(),
            wanted: Wanted {
                limit: BATCH,
                ..filters.wanted(signed)
            },
        };
        let pieces = stream::unfold((Some(first), Some(rows)), |(first, rows)| async move {
            if let Some(first) = first {
                return Some((Ok(Bytes::from(first)), (None, rows)));
            }
            let (text, rows) = rows?.next().await?;
            Some((text.map(Bytes::from), (None, rows)))
        });
        let login = &signed.found.organization.login;
        Ok(download(signed, login, "operators", ("csv", csv::MEDIA_TYPE)).streaming(pieces))
    })
    .await
}

/// The operators that are not sent yet.
struct Rows {
    db: Db,
    wanted: Wanted,
}

impl Rows {
    /// Returns the next lines, and what comes after them. `None` at the end. An error of the database
    /// cuts the response off, so that nobody takes a part for the whole.
    async fn next(mut self) -> Option<(Result<Vec<u8>, Error>, Option<Self>)> {
        loop {
            let wanted = self.wanted.clone();
            let read = move |conn: &mut Conn| directory(conn, &wanted);
            let page = match self.db.read(read).await {
                Ok(found) => found.page,
                Err(error) => return Some((Err(error), None)),
            };
            let mut sheet = Sheet::part();
            for entry in &page.rows {
                import::add_line(&mut sheet, &entry.operator);
            }
            let rest = page.next.map(|seek| Self {
                wanted: Wanted {
                    seek,
                    ..self.wanted.clone()
                },
                db: self.db.clone(),
            });
            // An empty part would end the response.
            if !page.rows.is_empty() {
                return Some((Ok(sheet.into_bytes()), rest));
            }
            self = rest?;
        }
    }
}

/// `GET /console/operators/import/{id}/faults.csv`: the lines of a checked table that have faults.
pub(super) async fn faults(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        let id: ImportId = signed.id.parse().map_err(|_| Problem::NotFound)?;
        let Some((_, lines)) = open(signed, id).await? else {
            return Err(Problem::NotFound.into());
        };
        let mut sheet = Sheet::begin(["line", "column", "fault", "text"]);
        for checked in &lines {
            let Effect::Faulty(faults) = &checked.effect else {
                continue;
            };
            let line = checked.line.number.to_string();
            for fault in faults {
                let column = fault.column().map_or("", import::Column::as_str);
                let said = signed.text(said(*fault));
                sheet.line([line.as_str(), column, fault.as_str(), &said]);
            }
        }
        Ok(send(signed, "faults", sheet))
    })
    .await
}

/// Returns the response with a whole table.
fn send(signed: &Signed, what: &str, sheet: Sheet) -> HttpResponse {
    let login = &signed.found.organization.login;
    download(signed, login, what, ("csv", csv::MEDIA_TYPE)).body(sheet.into_bytes())
}

/// `GET /console/jobs/{id}/results.csv`: what became of each line of an import.
pub(in crate::console) async fn results(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |signed: &Signed| send_results(signed).await).await
}

async fn send_results(signed: &Signed) -> Outcome {
    let (_, done) = crate::console::jobs::find(signed).await?;
    let mut sheet = Sheet::begin(["line", "outcome", "id", "faults"]);
    for one in &done {
        let id = one.id.map(|id| id.to_string()).unwrap_or_default();
        let faults: Vec<&str> = one.faults.iter().map(|fault| fault.as_str()).collect();
        let (line, faults) = (one.line.to_string(), faults.join(" "));
        sheet.line([line.as_str(), one.outcome.as_str(), &id, &faults]);
    }
    Ok(send(signed, "import", sheet))
}
