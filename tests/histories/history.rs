//! What clients note: when, of whom, what, and what they were told. All times are of the boot clock, taken before the request
//! is sent and after the answer is read.

use std::time::Duration;

use lanyard::base::clock::boot_time;

/// From before the request to after the answer.
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

/// From `start` to now.
pub(crate) fn since(start: Duration) -> Span {
    Span {
        start,
        end: boot_time(),
    }
}

/// A token's place in [`History::tokens`].
pub(crate) type TokenNumber = usize;

/// A signing key's place in [`History::keys`].
pub(crate) type KeyNumber = usize;

/// A token that was handed out.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) key: KeyNumber,
    pub(crate) organization: usize,
    pub(crate) kind: Kind,
    pub(crate) issued: Span,
    pub(crate) node: usize,
    /// How long it was asked to live; none: as long as may be, which no history lasts.
    pub(crate) life: Option<Duration>,
}

/// What it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Company,
    Operator { operator: i64, parent: TokenNumber },
}

/// What a revocation kills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Token(TokenNumber),
    /// A company token and all derived from it.
    CompanyToken(TokenNumber),
    /// All that an operator was issued so far.
    Operator(i64),
    /// All that an organization was issued so far.
    Organization(usize),
    /// All that a key has signed.
    Key(KeyNumber),
}

/// A revocation that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Revoke {
    pub(crate) target: Target,
    pub(crate) at: Span,
    /// Whether the answer said that it is done. If not, it may have been done all the same, or may yet be.
    pub(crate) returned: bool,
    /// Through what.
    pub(crate) through: String,
}

/// What a node says of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Valid,
    Revoked,
    /// Neither; no token here is anything else.
    Other(String),
}

/// A verdict: asked for, or implied by how a token was taken as a credential.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) token: TokenNumber,
    pub(crate) at: Span,
    pub(crate) node: usize,
    pub(crate) verdict: Verdict,
}

/// An operator out of service: from a deactivation that returned to the start of the next activation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leave {
    pub(crate) operator: i64,
    pub(crate) from: Duration,
    pub(crate) until: Duration,
}

/// A wall clock that was wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WrongClock {
    /// Whose; none: that of a command.
    pub(crate) node: Option<usize>,
    pub(crate) at: Span,
}

/// A call, for counting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) at: Span,
    pub(crate) node: usize,
    /// The answer's status, if there was one.
    pub(crate) status: Option<u16>,
}

impl Call {
    /// Whether it was answered, and not put off: 408 says a process that stood still for long before it had read the request.
    pub(crate) fn is_served(&self) -> bool {
        self.status
            .is_some_and(|status| ![408, 503].contains(&status))
    }
}

/// All that was noted.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    pub(crate) began: Duration,
    /// Their names.
    pub(crate) keys: Vec<String>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) revokes: Vec<Revoke>,
    pub(crate) looks: Vec<Look>,
    pub(crate) leaves: Vec<Leave>,
    pub(crate) wrong_clocks: Vec<WrongClock>,
    pub(crate) calls: Vec<Call>,
    /// Answers that nothing explains.
    pub(crate) odd: Vec<String>,
    /// What was done to nodes, networks and the database, and when.
    pub(crate) faults: Vec<(Duration, String)>,
}

impl History {
    /// The number of a key.
    pub(crate) fn key(&mut self, name: String) -> KeyNumber {
        let known = self.keys.iter().position(|key| *key == name);
        known.unwrap_or_else(|| {
            self.keys.push(name);
            self.keys.len() - 1
        })
    }
}

impl Target {
    /// Whether it is this token that is meant, or one under it.
    pub(crate) fn covers(self, number: TokenNumber, token: &Token) -> bool {
        match (self, token.kind) {
            (Self::Token(one), _) | (Self::CompanyToken(one), Kind::Company) => one == number,
            (Self::CompanyToken(one), Kind::Operator { parent, .. }) => one == parent,
            (Self::Operator(one), Kind::Operator { operator, .. }) => one == operator,
            (Self::Operator(_), Kind::Company) => false,
            (Self::Organization(one), _) => one == token.organization,
            (Self::Key(one), _) => one == token.key,
        }
    }

    /// Whether it kills only what was issued before it.
    fn is_of_the_past(self) -> bool {
        matches!(self, Self::Operator(_) | Self::Organization(_))
    }
}

impl Revoke {
    /// Whether it returned, but not before `limit`.
    pub(crate) fn is_late(&self, limit: Duration) -> bool {
        self.returned && self.at.length() > limit
    }

    /// Whether a token that it covers is dead once it has returned.
    pub(crate) fn must_kill(&self, token: &Token) -> bool {
        self.returned && (!self.target.is_of_the_past() || token.issued.end < self.at.start)
    }

    /// Whether a token that it covers can have been killed by it.
    pub(crate) fn may_kill(&self, token: &Token) -> bool {
        !self.target.is_of_the_past() || !self.returned || token.issued.start < self.at.end
    }

    /// Whether a node asked for this long may not know the key of the token yet: a key that is revoked while it signs is replaced
    /// at once, and until the revoke has returned a node may not have heard of the new one.
    pub(crate) fn may_hide(&self, token: &Token, asked: Span) -> bool {
        matches!(self.target, Target::Key(_))
            && self.at.start < token.issued.end
            && self.at.start < asked.end
            && (!self.returned || asked.start < self.at.end)
    }
}
