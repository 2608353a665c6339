//! Erasing a person: the operator is deleted, and what identifies it is overwritten wherever this
//! service keeps it. The record and the lines of the audit log stay, so what was done stays provable
//! by the operator's id.
//!
//! It goes in parts, each a transaction of its own and safe to repeat. The names are overwritten in
//! the last one, so an erasure that was cut off is completed by the next call. Not reached are
//! backups, exports, messages that webhooks have received, and the logs of the program.

mod messages;
mod names;

use self::names::Names;
use super::{ManageError, Operator, OperatorStatus, import, manage, store};
use crate::app::App;
use crate::audit::chain::{Content, ERASED, TEXTS};
use crate::audit::{self, Action, Actor, Event, Origin};
use crate::base::{Digest, OperatorId, OrganizationId, Timestamp, TokenId, WebhookId};
use crate::db::{Conn, Db, Records, Result as DbResult, serialize_within};
use crate::feed::{self, Entry, Fact, Needed, Record};
use crate::outbox::EventKind;
use crate::revocation::{self, Receipt};

/// How many lines of the audit log one part looks at.
const LINES: i64 = 2_000;

/// How many rows of the ledger, or opaque tokens, one part looks at.
const TOKENS: i64 = 1_000;

/// The kinds of messages that can have something of a person.
const PERSONAL: [EventKind; 2] = [EventKind::ApiKeyNewNetwork, EventKind::ApiKeyQuarantined];

/// How many messages one part looks at.
const MESSAGES: i64 = 500;

/// What was overwritten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Erased {
    /// How many lines of the audit log.
    pub lines: usize,
    /// How many rows of the ledger.
    pub tokens: usize,
}

/// An erasure that goes on.
struct Erasure {
    organization: OrganizationId,
    operator: OperatorId,
    names: Names,
    /// The API keys that stand for the operator, as lines of the audit log name them.
    keys: Vec<String>,
    /// The last line of the audit log that was looked at.
    line: i64,
    next: Part,
    erased: Erased,
}

/// What the next transaction looks at.
#[derive(Clone, PartialEq, Eq)]
enum Part {
    /// Lines of the audit log.
    Lines,
    /// Rows of the ledger after this one.
    Tokens(Option<TokenId>),
    /// Opaque tokens after this one.
    Opaque(Option<Digest>),
    /// Copies of messages to webhooks of this owner, after this one.
    Messages(OrganizationId, Option<(WebhookId, String)>),
    /// The record, and all that belongs to it.
    Record,
}

/// Erases an operator of the organization. Every token of it is revoked on every node when this
/// returns. A second call finds nothing more to overwrite, unless a backup was restored meanwhile.
///
/// # Errors
/// Returns the [`ManageError`]. What was overwritten before stays so.
pub async fn erase(
    app: &App,
    organization: OrganizationId,
    operator: OperatorId,
    origin: Origin,
) -> Result<(Erased, Receipt), ManageError> {
    let (db, now) = (&app.db, app.clock.now());
    let feed = || app.nodes.feed.clone();
    let begin = {
        let origin = origin.clone();
        move |conn: &mut Conn| Erasure::begin(conn, organization, operator, &origin, now)
    };
    let (mut erasure, receipt) = revocation::enforce(db, feed(), begin).await?;
    while erasure.next != Part::Record {
        let part = move |conn: &mut Conn| erasure.part(conn);
        erasure = db.write(part).await?;
    }
    let finish = move |conn: &mut Conn| erasure.finish(conn, &origin, now);
    let (erased, _) = revocation::enforce(db, feed(), finish).await?;
    Ok((erased, receipt))
}

/// Like [`erase`], for a process that is not a node.
///
/// # Errors
/// Returns the [`ManageError`]. What was overwritten before stays so.
pub fn erase_from_cli(
    db: &Db,
    organization: OrganizationId,
    operator: OperatorId,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Erased, Option<Receipt>), ManageError> {
    let begin = |conn: &mut Conn| Erasure::begin(conn, organization, operator, origin, now);
    let (mut erasure, receipt) = revocation::enforce_from_cli(db, |_| true, begin)?;
    while erasure.next != Part::Record {
        erasure = db.write_blocking(|conn| erasure.part(conn))?;
    }
    let finish = |conn: &mut Conn| erasure.finish(conn, origin, now);
    let (erased, _) = revocation::enforce_from_cli(db, |_| true, finish)?;
    Ok((erased, receipt))
}

/// Returns those of some opaque tokens that are the operator's: their claims have its email.
fn own(page: Vec<(Digest, String)>, operator: OperatorId) -> Vec<Digest> {
    let is_own = |claims: &str| {
        let claims: Option<serde_json::Value> = serde_json::from_str(claims).ok();
        let of = claims.and_then(|claims| claims.get("operator_id")?.as_i64());
        of == Some(operator.0)
    };
    let own = page.into_iter().filter(|(_, claims)| is_own(claims));
    own.map(|(digest, _)| digest).collect()
}

impl Operator {
    /// Returns whether the operator was erased, so that it has no name.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.status == OperatorStatus::Deleted && self.profile.name == ERASED
    }
}

impl Erasure {
    /// Deletes the operator if it is not deleted, and notes its names.
    fn begin(
        conn: &mut Conn,
        organization: OrganizationId,
        operator: OperatorId,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<(Self, Vec<Entry>), ManageError> {
        serialize_within(conn, Records::Operators, organization)?;
        let record = manage::get(conn, organization, operator)?;
        let entries = if record.status == OperatorStatus::Deleted {
            Vec::new()
        } else {
            manage::delete(conn, organization, operator, origin, now)?
        };
        let names = names_of(conn, &record)?;
        let keys = store::own_keys(conn, organization, operator)?;
        // Earlier versions wrote `api-key:`.
        let keys = keys
            .iter()
            .flat_map(|key| [format!("api_key:{key}"), format!("api-key:{key}")]);
        let erasure = Self {
            organization,
            operator,
            names,
            keys: keys.collect(),
            line: 0,
            next: Part::Lines,
            erased: Erased::default(),
        };
        Ok((erasure, entries))
    }

    /// Does the next part, in the caller's transaction.
    fn part(mut self, conn: &mut Conn) -> Result<Self, ManageError> {
        let (organization, operator) = (self.organization, self.operator);
        match self.next.clone() {
            Part::Lines => {
                if !self.lines(conn)? {
                    self.next = Part::Tokens(None);
                }
            }
            Part::Tokens(after) => {
                let of = (organization, operator);
                let tokens = store::with_addresses(conn, of, after, TOKENS)?;
                store::forget_addresses(conn, organization, &tokens)?;
                self.erased.tokens += tokens.len();
                self.next = match tokens.last() {
                    Some(last) => Part::Tokens(Some(*last)),
                    None => Part::Opaque(None),
                };
            }
            Part::Opaque(after) => {
                let page = store::opaque_tokens(conn, organization, after, TOKENS)?;
                self.next = match page.last() {
                    Some((last, _)) => Part::Opaque(Some(*last)),
                    None => Part::Messages(organization, None),
                };
                store::delete_opaque(conn, organization, &own(page, operator))?;
            }
            Part::Messages(owner, after) => {
                let last = self.messages(conn, owner, after)?;
                self.next = match last {
                    Some(last) => Part::Messages(owner, Some(last)),
                    // The endpoints of the service receive the messages of every organization.
                    None if owner == organization => Part::Messages(OrganizationId::SERVICE, None),
                    None => Part::Record,
                };
            }
            Part::Record => {}
        }
        Ok(self)
    }

    /// Looks at some copies of messages to webhooks. Returns the last one. `None` if there are no more.
    fn messages(
        &self,
        conn: &mut Conn,
        owner: OrganizationId,
        after: Option<(WebhookId, String)>,
    ) -> DbResult<Option<(WebhookId, String)>> {
        let kinds = PERSONAL.map(EventKind::as_str);
        let page = store::messages(conn, owner, &kinds, after, MESSAGES)?;
        let is_own = |key: &str| self.keys.contains(&format!("api_key:{key}"));
        let last = page.last().map(|(which, _)| which.clone());
        for (which, body) in page {
            let (organization, names) = (self.organization, &self.names);
            if let Some(body) = messages::without(&body, organization, is_own, names) {
                store::set_message(conn, owner, &which, &body)?;
            }
        }
        Ok(last)
    }

    /// Looks at some lines of the audit log. Returns whether there may be more.
    fn lines(&mut self, conn: &mut Conn) -> DbResult<bool> {
        let own = format!("operator:{}", self.operator);
        let (names, keys) = (&self.names, &self.keys);
        let which = |line: &Content| which(line, &own, keys, names);
        let step = audit::erase::step(conn, self.organization, self.line, LINES, &which)?;
        self.erased.lines += step.erased;
        self.line = step.last.unwrap_or(self.line);
        Ok(step.last.is_some())
    }

    /// Looks at the lines of the audit log that were written meanwhile, and overwrites the record and
    /// all that belongs to it. Tables that were checked for an import are deleted, since they may have
    /// the names; they can be checked again.
    fn finish(
        mut self,
        conn: &mut Conn,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<(Erased, Vec<Entry>), ManageError> {
        let (organization, operator) = (self.organization, self.operator);
        serialize_within(conn, Records::Operators, organization)?;
        let mut record = manage::get(conn, organization, operator)?;
        // A line with a lower id may have been committed later than those that were looked at.
        self.line = self.line.saturating_sub(LINES);
        while self.lines(conn)? {}
        record.version = record.next_version(now);
        store::overwrite(conn, &record, ERASED)?;
        store::forget(conn, organization, operator)?;
        import::forget(conn, organization, operator)?;
        store::end_console_sessions(conn, organization, &[operator], None)?;
        for (digest, notice) in store::notices(conn, organization)? {
            if self.names.are_in(&notice) {
                store::clear_notice(conn, &digest)?;
            }
        }
        let Erased { lines, tokens } = self.erased;
        let event = Event::of(origin, Action::OperatorErased, now, organization);
        let event = Event {
            // The last line about a person who erases itself has no address either.
            address: origin
                .address
                .filter(|_| origin.actor != Actor::Operator(operator)),
            ..event
        };
        let event = event.target(format!("operator:{operator}")).detail(format!(
            "overwritten: {lines} lines of the audit log, {tokens} rows of the ledger"
        ));
        audit::record(conn, &event)?;
        let changed = Fact::Changed(Record::Operator(operator));
        let entry = feed::append(conn, organization, changed, now, Needed::in_passing(now))?;
        Ok((self.erased, vec![entry]))
    }
}

/// Returns what identifies a person in a text.
fn names_of(conn: &mut Conn, record: &Operator) -> DbResult<Names> {
    let profile = record.profile.clone();
    let mut names = vec![profile.name];
    names.extend(
        [
            profile.external_id,
            profile.email,
            profile.username,
            profile.avatar,
        ]
        .into_iter()
        .flatten(),
    );
    names.extend(store::wechat_ids(conn, record.organization, record.id)?);
    Ok(Names::of(names))
}

/// Returns which texts of a line are erased: the address if the person made the request, the network
/// from which an API key of the person was used, and each other text that has one of its names. In
/// lines that have nothing to do with the person, a name that is shorter than three bytes is taken for
/// another word.
fn which(line: &Content, own: &str, keys: &[String], names: &Names) -> [bool; TEXTS] {
    let is_actor = line.actor == own;
    let is_about = line.target.as_deref() == Some(own);
    let is_sent_by_it =
        is_about && (line.actor == "anonymous" || line.actor.starts_with("client:"));
    let [_, request_id, detail] = &line.texts;
    let has = |text: &Option<String>| {
        text.as_deref().is_some_and(|text| {
            if is_actor || is_about {
                names.are_in(text)
            } else {
                names.are_surely_in(text)
            }
        })
    };
    let is_own_key = |target: &String| keys.contains(target);
    let has_network = line.action == Action::ApiKeyNewNetwork.as_str()
        && line.target.as_ref().is_some_and(is_own_key);
    [
        is_actor || is_sent_by_it,
        has(request_id),
        has_network || has(detail),
    ]
}
