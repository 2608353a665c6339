//! The log as a file, with the same filters as the page.

use actix_web::web::Bytes;
use form_urlencoded::Serializer;
use futures_util::stream;

use super::filter::Wanted;
use super::{EXPORT, read_page};
use crate::audit::Page;
use crate::audit::export::{CHUNK, Format, note};
use crate::base::{OrganizationId, Seek};
use crate::console::download::download;
use crate::console::gate::{self, Answer};
use crate::console::host::Host;
use crate::console::page::{Action, Link};
use crate::console::platform;
use crate::console::refusal::Problem;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed, Visit};
use crate::db::{Conn, Db, Error, Party};
use crate::http::{Anyone, Call};

/// Returns the links to the files.
pub(super) fn links(signed: &Visit) -> Vec<Action> {
    let path = signed.area.pick(EXPORT, platform::audit::EXPORT);
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
                href: format!("{path}?{}", query.finish()),
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
    gate::show(call, of_organization).await
}

async fn of_organization(signed: &Signed) -> Outcome {
    export(signed, &signed.found.organization.login).await
}

/// Records the export, and sends the lines as they are read. `whose` is a part of the file's name.
pub(in crate::console) async fn export<H: Host>(signed: &H, whose: &str) -> Outcome {
    let Ok(format) = signed.asked("format").parse::<Format>() else {
        return Err(Problem::NotFound.into());
    };
    let mut ignored = Vec::new();
    let wanted = Wanted::read(signed, &mut ignored);
    if !ignored.is_empty() {
        // A file cannot say that a filter was ignored.
        return Err(Problem::Form.into());
    }
    let (owner, now) = (signed.owner(), signed.now);
    let organization = Some(owner).filter(|owner| *owner != OrganizationId::SERVICE);
    let (origin, names) = (signed.origin.clone(), wanted.names);
    let record = move |conn: &mut Conn| note(conn, organization, (format, &names), &origin, now);
    signed.app.db.write(record).await?;
    let page = Page {
        organization: None,
        filter: wanted.filter,
        seek: Seek::First,
        limit: CHUNK,
    };
    let party = organization.map_or_else(Party::current, Party::Organization);
    let db = signed.app.db.on_behalf_of(party);
    let file = stream::unfold(State::Head(page), move |state| {
        let db = db.clone();
        async move { step(&db, (owner, format), state).await }
    });
    let mut response = download(
        signed,
        whose,
        "audit",
        (format.as_str(), format.media_type()),
    );
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
async fn step(
    db: &Db,
    (owner, format): (OrganizationId, Format),
    mut state: State,
) -> Option<Chunk> {
    loop {
        let (bytes, next) = match state {
            State::Head(page) => (format.head(), State::Lines(page)),
            State::Lines(page) => {
                let asked = page.clone();
                let read = move |conn: &mut Conn| read_page(conn, owner, asked);
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
