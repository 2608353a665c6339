//! The connection of a client to one node: the request, the answer, and what both imply about the
//! credential that was sent.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use lanyard::base::clock::boot_time;

use crate::history::{Call, Kind, Look, Span, TokenNumber, Verdict, since};
use crate::http::{Answer, Connection, Outcome, form_of, request};
use crate::nodes::Node;
use crate::service::PASSWORD;
use crate::world::{LOGIN, Organization, World, text_of};

/// Longer than a revoke may wait for other nodes, and longer than any node is suspended.
const ANSWERED_WITHIN: Duration = Duration::from_secs(12);

/// Where a proxy asks about a request that it received.
pub(crate) const AUTHZ: &str = "/authz";

/// What a proxy says about a request.
pub(crate) const DESCRIBED: &str = "X-Forwarded-Method: GET\r\nX-Forwarded-Proto: https\r\n\
     X-Forwarded-Host: api.example.com\r\nX-Forwarded-Uri: /v1/orders\r\n";

/// A request.
pub(crate) struct Question<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    /// The token that is sent as the credential; `None` for a login, and for a call with an OAuth
    /// client's own credential.
    pub(crate) credential: Option<TokenNumber>,
    /// JSON, or a form at the endpoints of OAuth.
    pub(crate) body: String,
    /// The statuses that are expected besides 503 and the refusal of a revoked credential.
    pub(crate) expected: &'a [u16],
}

impl Question<'_> {
    fn bytes(&self, credential: Option<&str>) -> String {
        if self.path == AUTHZ {
            let credential = credential.unwrap_or_default();
            return request(self.method, self.path, credential, &self.body).replacen(
                "\r\n",
                &format!("\r\n{DESCRIBED}"),
                1,
            );
        }
        if !self.path.starts_with("/oauth/") {
            let credential = credential.unwrap_or_default();
            return request(self.method, self.path, credential, &self.body);
        }
        let bearer = credential.map(|text| format!("Bearer {text}"));
        form_of(self.path, &bearer.unwrap_or_default(), &self.body)
    }
}

/// The outcome of a request.
pub(crate) struct Reply {
    pub(crate) at: Span,
    /// Whether the request was sent at all.
    pub(crate) sent: bool,
    pub(crate) answer: Option<Answer>,
}

/// An answer that has not arrived yet.
pub(crate) struct Late {
    connection: Connection,
    start: Duration,
}

pub(crate) struct Line<'a> {
    pub(crate) world: &'a World<'a>,
    pub(crate) node: &'a Node,
    connection: Option<(SocketAddr, Connection)>,
}

impl Reply {
    /// Returns the answer, if it has this status.
    pub(crate) fn with(&self, status: u16) -> Option<&Answer> {
        self.answer
            .as_ref()
            .filter(|answer| answer.status == status)
    }

    /// Returns whether the request was refused before anything was done.
    pub(crate) fn is_refused(&self) -> bool {
        !self.sent
            || self.answer.as_ref().is_some_and(|answer| {
                (400..500).contains(&answer.status) || description(answer).starts_with("stale: ")
            })
    }
}

impl<'a> Line<'a> {
    pub(crate) fn to(world: &'a World<'a>, node: usize) -> Self {
        let node = &world.nodes[node];
        Self {
            world,
            node,
            connection: None,
        }
    }

    /// Sends a request, and waits for the answer.
    pub(crate) fn ask(&mut self, question: &Question<'_>) -> Reply {
        self.try_ask(question, ANSWERED_WITHIN)
            .unwrap_or_else(|late| self.nothing(late.start, true))
    }

    /// Sends a request, and waits for the answer at most for `patience`.
    pub(crate) fn try_ask(
        &mut self,
        question: &Question<'_>,
        patience: Duration,
    ) -> Result<Reply, Late> {
        let text = question.credential.map(|token| self.world.text(token));
        self.try_send(question, &question.bytes(text.as_deref()), patience)
    }

    /// Sends the bytes of a request, and waits for the answer.
    pub(crate) fn send(&mut self, question: &Question<'_>, bytes: &str) -> Reply {
        self.try_send(question, bytes, ANSWERED_WITHIN)
            .unwrap_or_else(|late| self.nothing(late.start, true))
    }

    fn try_send(
        &mut self,
        question: &Question<'_>,
        bytes: &str,
        patience: Duration,
    ) -> Result<Reply, Late> {
        let start = boot_time();
        let Some((address, mut connection)) = self.connect() else {
            return Ok(self.nothing(start, false));
        };
        connection.set_patience(patience);
        if connection.send(bytes.as_bytes()).is_err() {
            return Ok(self.nothing(start, true));
        }
        match connection.receive() {
            Outcome::Answered(answer) => {
                if answer.header("connection") != Some("close") {
                    self.connection = Some((address, connection));
                }
                Ok(record(self.world, self.node, question, start, answer))
            }
            Outcome::Nothing(why) if is_late(why.kind()) => Err(Late { connection, start }),
            Outcome::Nothing(_) | Outcome::Torn(_) => Ok(self.nothing(start, true)),
        }
    }

    fn connect(&mut self) -> Option<(SocketAddr, Connection)> {
        let address = self.node.address();
        if let Some(held) = self.connection.take()
            && Some(held.0) == address
        {
            return Some(held);
        }
        Some((address?, Connection::open(address?).ok()?))
    }

    fn nothing(&self, start: Duration, sent: bool) -> Reply {
        let at = since(start);
        self.world.call(Call {
            at,
            node: self.node.number,
            status: None,
        });
        Reply {
            at,
            sent,
            answer: None,
        }
    }

    /// Logs an organization in. Returns the company token.
    pub(crate) fn log_in(&mut self, organization: &Organization) -> Option<TokenNumber> {
        let body = serde_json::json!({"login": organization.login, "password": PASSWORD});
        let reply = self.ask(&Question {
            method: "POST",
            path: LOGIN,
            credential: None,
            body: body.to_string(),
            expected: &[200],
        });
        let text = text_of(reply.with(200)?)?;
        let node = self.node.number;
        Some(self.world.add(
            text,
            Kind::Company,
            organization.number,
            reply.at,
            node,
            None,
        ))
    }

    /// Replaces the credential of an organization, if it is the one that was refused.
    pub(crate) fn renew(&mut self, reply: &Reply, organization: &Organization, used: TokenNumber) {
        // 401: the clock of its issuer was wrong, or the clock of this node is.
        let refused =
            reply.with(403).or(reply.with(401)).is_some() && organization.credential() == used;
        if refused && let Some(token) = self.log_in(organization) {
            organization.use_credential(token);
        }
    }
}

impl Late {
    /// Continues to wait, as long as it takes.
    pub(crate) fn wait(
        mut self,
        world: &World<'_>,
        node: &Node,
        question: &Question<'_>,
    ) -> Option<Reply> {
        self.connection.set_patience(ANSWERED_WITHIN);
        match self.connection.receive() {
            Outcome::Answered(answer) => Some(record(world, node, question, self.start, answer)),
            Outcome::Nothing(_) | Outcome::Torn(_) => None,
        }
    }
}

fn is_late(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Records an answer: it is counted, and shows whether the credential was valid.
fn record(
    world: &World<'_>,
    node: &Node,
    question: &Question<'_>,
    start: Duration,
    answer: Answer,
) -> Reply {
    let at = since(start);
    let call = Call {
        at,
        node: node.number,
        status: Some(answer.status),
    };
    world.call(call);
    let revoked = answer.status == 403 && answer.json()["error"] == "token_revoked";
    let served = call.is_served();
    // The checker decides whether a credential may be refused: it has the record of which key was
    // replaced, and when.
    let refused = revoked || (answer.status == 401 && question.credential.is_some());
    if served && !refused && !question.expected.contains(&answer.status) {
        world.odd(format!(
            "{} {} at node {}: {answer:?}",
            question.method, question.path, node.number
        ));
    }
    let verdict = match answer.status {
        _ if !served => None,
        _ if revoked => Some(Verdict::Revoked),
        // Only the API of guide 002 says that a credential is revoked.
        401 if !question.path.starts_with("/api/") => Some(Verdict::Inactive),
        401 => Some(Verdict::Other(description(&answer))),
        _ => Some(Verdict::Valid),
    };
    if let (Some(token), Some(verdict)) = (question.credential, verdict) {
        world.look(Look {
            token,
            at,
            node: node.number,
            verdict,
        });
    }
    Reply {
        at,
        sent: true,
        answer: Some(answer),
    }
}

fn description(answer: &Answer) -> String {
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    body["error_description"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}
