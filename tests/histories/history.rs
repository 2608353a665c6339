//! What clients record: when they sent which request about what, and what the answer was. All times
//! are of the boot clock: the start is taken before the request is sent, and the end after the
//! answer is read.

mod api_keys;
mod kind;

pub(crate) use api_keys::{ApiKeyNumber, Hold, NonceUse, Once, SignedRequest};
pub(crate) use kind::Kind;

use std::time::Duration;

use lanyard::base::clock::boot_time;

/// The time from before the request to after the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: Duration,
    pub(crate) end: Duration,
}

impl Span {
    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }

    fn length(self) -> Duration {
        self.end.saturating_sub(self.start)
    }
}

/// Returns the span from `start` to now.
pub(crate) fn since(start: Duration) -> Span {
    Span {
        start,
        end: boot_time(),
    }
}

/// The index of a token in [`History::tokens`].
pub(crate) type TokenNumber = usize;

/// The index of a signing key in [`History::keys`].
pub(crate) type KeyNumber = usize;

/// The number of an OAuth client of the world.
pub(crate) type AppNumber = usize;

/// The number of a grant: one sign-in of an operator at an OAuth client.
pub(crate) type GrantNumber = usize;

/// A token that was issued.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    /// The key that signed it; `None` if it is not signed.
    pub(crate) key: Option<KeyNumber>,
    pub(crate) organization: usize,
    pub(crate) kind: Kind,
    pub(crate) issued: Span,
    pub(crate) node: usize,
    /// The requested life; `None` for the longest allowed, which no history reaches.
    pub(crate) life: Option<Duration>,
}

/// What a revocation revokes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Token(TokenNumber),
    /// A company token and all tokens derived from it.
    CompanyToken(TokenNumber),
    /// All tokens that an operator was issued so far.
    Operator(i64),
    /// All tokens that an OAuth client was issued so far.
    App(AppNumber),
    /// A grant: all tokens that follow from it.
    Grant(GrantNumber),
    /// All tokens that an organization was issued so far.
    Organization(usize),
    /// All tokens that a key has signed.
    Key(KeyNumber),
    /// An API key, with its texts and its signing secrets.
    ApiKey(ApiKeyNumber),
}

/// A revocation that a client requested.
#[derive(Clone, Debug)]
pub(crate) struct Revoke {
    pub(crate) target: Target,
    pub(crate) at: Span,
    /// Whether the answer confirmed it. If not, it may have been done all the same, or may be done
    /// later.
    pub(crate) returned: bool,
    /// The node or command that was used.
    pub(crate) through: String,
}

/// The verdict of a node on a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Valid,
    Revoked,
    /// Not valid; the answer does not say why.
    Inactive,
    /// Neither; no other verdict is correct for a token here.
    Other(String),
}

/// A verdict: the answer to a validation, or implied by whether a token was accepted as a
/// credential.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) token: TokenNumber,
    pub(crate) at: Span,
    pub(crate) node: usize,
    pub(crate) verdict: Verdict,
}

/// A call that presented a refresh token.
#[derive(Clone, Debug)]
pub(crate) struct Refresh {
    pub(crate) presented: TokenNumber,
    pub(crate) at: Span,
    pub(crate) node: usize,
    /// The status of the answer; `None` if there was no answer.
    pub(crate) status: Option<u16>,
    /// The refresh token in the answer.
    pub(crate) successor: Option<TokenNumber>,
    /// Whether the client has no grace: presenting a used token ends its grant.
    pub(crate) strict: bool,
}

/// The time in which an operator is inactive: from a deactivation that returned to the start of the
/// next activation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leave {
    pub(crate) operator: i64,
    pub(crate) from: Duration,
    pub(crate) until: Duration,
}

/// A wall clock that was wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WrongClock {
    /// The node with that clock; `None` for the clock of a command.
    pub(crate) node: Option<usize>,
    pub(crate) at: Span,
}

/// A call, for counting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) at: Span,
    pub(crate) node: usize,
    /// The status of the answer; `None` if there was no answer.
    pub(crate) status: Option<u16>,
}

impl Call {
    /// Returns whether it was answered and not refused temporarily. A process that was suspended
    /// for long before it read the request answers 408, and one that has not come to the lists of
    /// an organization yet answers 429.
    pub(crate) fn is_served(&self) -> bool {
        self.status
            .is_some_and(|status| ![408, 429, 503].contains(&status))
    }
}

/// Everything that was recorded.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    pub(crate) began: Duration,
    /// The names of the keys.
    pub(crate) keys: Vec<String>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) revokes: Vec<Revoke>,
    pub(crate) looks: Vec<Look>,
    pub(crate) refreshes: Vec<Refresh>,
    /// The number of grants.
    pub(crate) grants: GrantNumber,
    pub(crate) leaves: Vec<Leave>,
    /// The ids of the API keys.
    pub(crate) api_keys: Vec<String>,
    pub(crate) holds: Vec<Hold>,
    /// The signed requests; each has something that no other has, and that is accepted once.
    pub(crate) signed: Vec<SignedRequest>,
    pub(crate) nonce_uses: Vec<NonceUse>,
    pub(crate) wrong_clocks: Vec<WrongClock>,
    pub(crate) calls: Vec<Call>,
    /// Answers that no fault explains.
    pub(crate) odd: Vec<String>,
    /// The faults of nodes, networks and the database, and when they began.
    pub(crate) faults: Vec<(Duration, String)>,
}

impl History {
    /// Returns the number of a key.
    pub(crate) fn key(&mut self, name: String) -> KeyNumber {
        let known = self.keys.iter().position(|key| *key == name);
        known.unwrap_or_else(|| {
            self.keys.push(name);
            self.keys.len() - 1
        })
    }
}

impl Target {
    /// Returns whether the target includes this token, itself or through an ancestor.
    pub(crate) fn covers(self, number: TokenNumber, token: &Token) -> bool {
        match self {
            Self::Token(one) => one == number,
            Self::CompanyToken(one) => match token.kind {
                Kind::Company => one == number,
                Kind::Operator { parent, .. } => one == parent,
                _ => false,
            },
            Self::Operator(one) => token.kind.operator() == Some(one),
            Self::App(one) => token.kind.app() == Some(one),
            Self::Grant(one) => token.kind.grant() == Some(one),
            // Its API keys stay.
            Self::Organization(one) => one == token.organization && token.kind.api_key().is_none(),
            Self::Key(one) => token.key == Some(one),
            Self::ApiKey(one) => token.kind.api_key() == Some(one),
        }
    }

    /// Returns whether it revokes only tokens that were issued before it.
    fn is_of_the_past(self) -> bool {
        matches!(
            self,
            Self::Operator(_) | Self::App(_) | Self::Organization(_)
        )
    }
}

impl Revoke {
    /// Returns whether it returned, but not before `limit`.
    pub(crate) fn is_late(&self, limit: Duration) -> bool {
        self.returned && self.at.length() > limit
    }

    /// Returns whether a token that it covers must be revoked once it has returned.
    pub(crate) fn must_revoke(&self, token: &Token) -> bool {
        self.returned && (!self.target.is_of_the_past() || token.issued.end < self.at.start)
    }

    /// Returns whether it can have revoked a token that it covers.
    pub(crate) fn may_revoke(&self, token: &Token) -> bool {
        !self.target.is_of_the_past() || !self.returned || token.issued.start < self.at.end
    }

    /// Returns whether a node that received a request in the span `asked` may not have the key of
    /// the token yet: a key that is revoked while it signs is replaced at once, and until the
    /// revoke has returned a node may not have read the new key.
    pub(crate) fn may_hide(&self, token: &Token, asked: Span) -> bool {
        matches!(self.target, Target::Key(_))
            && self.at.start < token.issued.end
            && self.at.start < asked.end
            && (!self.returned || asked.start < self.at.end)
    }
}
