//! Tables to download: the operators, the faults of a table, the results of an import.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, HttpResponseBuilder};
use futures_util::stream;

use crate::audit::{self, Action, Event};
use crate::base::ImportId;
use crate::console::gate::{self, Answer};
use crate::console::headers;
use crate::console::refusal::Problem;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::{Conn, Db, Error};
use crate::http::{Anyone, Call};
use crate::operator::directory::{Wanted, directory};
use crate::operator::import::{self, COLUMNS, Effect, Fault};

use super::filters::Filters;
use super::import::{open, said};

/// How many operators are read at once.
const BATCH: i64 = 1_000;

/// Excel reads a file as UTF-8 if it begins with this mark.
const MARK: &str = "\u{feff}";

/// Returns the response for a table, without its body. The name has the organization's login, as far as
/// it is ASCII, and the time.
fn head(signed: &Signed, what: &str) -> HttpResponseBuilder {
    let login = &signed.found.organization.login;
    let login: String = login
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .collect();
    let at: String = signed.now.to_string();
    let at: String = at.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut response = HttpResponse::Ok();
    for header in headers::OF_PAGES {
        response.insert_header(header);
    }
    response.insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"));
    let name = format!("attachment; filename=\"{what}-{login}-{at}.csv\"");
    response.insert_header((CONTENT_DISPOSITION, name));
    response
}

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
        let first = format!("{MARK}{}", import::record(COLUMNS));
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
        Ok(head(signed, "operators").streaming(pieces))
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
    async fn next(mut self) -> Option<(Result<String, Error>, Option<Self>)> {
        loop {
            let wanted = self.wanted.clone();
            let read = move |conn: &mut Conn| directory(conn, &wanted);
            let page = match self.db.read(read).await {
                Ok(found) => found.page,
                Err(error) => return Some((Err(error), None)),
            };
            let lines = page.rows.iter().map(|entry| {
                let cells = import::cells(&entry.operator);
                import::record(cells.iter().map(String::as_str))
            });
            let lines: String = lines.collect();
            let rest = page.next.map(|seek| Self {
                wanted: Wanted {
                    seek,
                    ..self.wanted.clone()
                },
                db: self.db.clone(),
            });
            // An empty part would end the response.
            if !lines.is_empty() {
                return Some((Ok(lines), rest));
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
        let mut text = format!(
            "{MARK}{}",
            import::record(["line", "column", "fault", "text"])
        );
        for checked in &lines {
            if let Effect::Faulty(faults) = &checked.effect {
                for fault in faults {
                    text.push_str(&fault_line(signed, checked.line.number, *fault));
                }
            }
        }
        Ok(head(signed, "faults").body(text))
    })
    .await
}

fn fault_line(signed: &Signed, line: u64, fault: Fault) -> String {
    let column = fault.column().map_or("", import::Column::as_str);
    let said = signed.text(said(fault));
    import::record([line.to_string().as_str(), column, fault.as_str(), &said])
}

/// `GET /console/jobs/{id}/results.csv`: what became of each line of an import.
pub(in crate::console) async fn results(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |signed: &Signed| send_results(signed).await).await
}

async fn send_results(signed: &Signed) -> Outcome {
    let (_, done) = crate::console::jobs::find(signed).await?;
    let mut text = format!(
        "{MARK}{}",
        import::record(["line", "outcome", "id", "faults"])
    );
    for one in &done {
        let id = one.id.map(|id| id.to_string()).unwrap_or_default();
        let faults: Vec<&str> = one.faults.iter().map(|fault| fault.as_str()).collect();
        let cells = [
            &one.line.to_string(),
            one.outcome.as_str(),
            &id,
            &faults.join(" "),
        ];
        text.push_str(&import::record(cells));
    }
    Ok(head(signed, "import").body(text))
}
