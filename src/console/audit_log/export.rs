//! The log as a file, with the same filters as the page.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Bytes;
use form_urlencoded::Serializer;
use futures_util::stream;

use super::EXPORT;
use super::filter::Wanted;
use crate::audit::export::{CHUNK, Format, note};
use crate::audit::{self, Page};
use crate::base::Seek;
use crate::console::gate::{self, Answer};
use crate::console::headers;
use crate::console::page::{Action, Link};
use crate::console::refusal::Problem;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::{Conn, Db, Error, Party};
use crate::http::{Anyone, Call};

/// Returns the links to the files.
pub(super) fn links(signed: &Signed) -> Vec<Action> {
    let link = |format: Format, id: &str| {
        let mut query = Serializer::new(String::new());
        query.append_pair("format", format.as_str());
        for (name, value) in &signed.query {
            if !["format", "follow", "cursor", "limit"].contains(&name.as_str()) {
                query.append_pair(name, value);
            }
        }
        Action {
            link: Link {
                href: format!("{EXPORT}?{}", query.finish()),
                label: signed.text(id),
            },
            primary: false,
        }
    };
    vec![
        link(Format::Csv, "audit-export-csv"),
        link(Format::JsonLines, "audit-export-jsonl"),
    ]
}

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, export).await
}

/// Records the export, and sends the lines as they are read.
async fn export(signed: &Signed) -> Outcome {
    let Ok(format) = signed.asked("format").parse::<Format>() else {
        return Err(Problem::NotFound.into());
    };
    let mut ignored = Vec::new();
    let wanted = Wanted::read(signed, &mut ignored);
    if !ignored.is_empty() {
        // A file cannot say that a filter was ignored.
        return Err(Problem::Form.into());
    }
    let (organization, now) = (signed.organization(), signed.now);
    let (origin, names) = (signed.origin.clone(), wanted.names);
    let record =
        move |conn: &mut Conn| note(conn, Some(organization), (format, &names), &origin, now);
    signed.app.db.write(record).await?;
    let page = Page {
        organization: Some(organization),
        filter: wanted.filter,
        seek: Seek::First,
        limit: CHUNK,
    };
    let db = signed
        .app
        .db
        .on_behalf_of(Party::Organization(organization));
    let file = stream::unfold(State::Head(page), move |state| {
        let db = db.clone();
        async move { step(&db, format, state).await }
    });
    let at = now.to_string().replace(['-', ':'], "");
    let name = format!(
        "audit-{}-{at}.{format}",
        plain(&signed.found.organization.login)
    );
    let mut response = HttpResponse::Ok();
    for header in headers::OF_PAGES {
        response.insert_header(header);
    }
    response
        .insert_header((CONTENT_TYPE, format.media_type()))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ));
    Ok(response.streaming(Box::pin(file)))
}

/// What comes next.
enum State {
    Head(Page),
    Lines(Page),
    End,
}

type Chunk = (Result<Bytes, Error>, State);

/// Returns the next part of the file, which is never empty: an empty one would end the response. After
/// an error the connection is cut, so that nobody takes the file for whole.
async fn step(db: &Db, format: Format, mut state: State) -> Option<Chunk> {
    loop {
        let (bytes, next) = match state {
            State::Head(page) => (format.head(), State::Lines(page)),
            State::Lines(page) => {
                let asked = page.clone();
                let read = move |conn: &mut Conn| audit::page(conn, asked);
                match db.read(read).await {
                    Ok(found) => {
                        let (lines, next) = (found.page.rows, found.page.next);
                        (format.lines(lines), State::after(page, next))
                    }
                    Err(why) => {
                        tracing::warn!(%why, "an export of the audit log was cut off");
                        return Some((Err(why), State::End));
                    }
                }
            }
            State::End => return None,
        };
        if !bytes.is_empty() {
            return Some((Ok(bytes.into()), next));
        }
        state = next;
    }
}

impl State {
    fn after(page: Page, next: Option<Seek<i64>>) -> Self {
        match next {
            Some(seek) => Self::Lines(Page { seek, ..page }),
            None => Self::End,
        }
    }
}

/// Returns a login as a part of a file's name: letters, digits and `-`.
fn plain(login: &str) -> String {
    let keep = |char: char| {
        if char.is_ascii_alphanumeric() {
            char
        } else {
            '-'
        }
    };
    login.chars().map(keep).collect()
}
