//! How the rest of the program counts and measures.

use prometheus_client::metrics::counter::Counter;

use super::{
    DecisionLabels, KindLabels, Metrics, OAuthLabels, OutcomeLabels, RequestLabels, StateLabels,
    WhyLabels,
};

impl Metrics {
    /// Returns the counter of a route's responses with one status.
    #[must_use]
    pub fn requests(&self, route: &'static str, status: u16) -> Counter {
        self.requests
            .get_or_create_owned(&RequestLabels { route, status })
    }

    /// Returns the counter of issued tokens of a kind.
    #[must_use]
    pub fn issued(&self, kind: crate::token::Kind) -> Counter {
        self.issued.get_or_create_owned(&KindLabels {
            kind: kind.as_str(),
        })
    }

    /// Counts a request to an endpoint of OAuth. `grant` is `none` if the request names no grant;
    /// `outcome` is the code of the error, if there was one.
    pub fn oauth_request(
        &self,
        endpoint: &'static str,
        grant: &'static str,
        outcome: &'static str,
    ) {
        let labels = OAuthLabels {
            endpoint,
            grant,
            outcome,
        };
        self.oauth_requests.get_or_create(&labels).inc();
    }

    /// Counts a decision of forward-auth. `kind` is that of the credential, `public`, or `none`.
    pub fn authz_decision(&self, status: u16, kind: &'static str) {
        let labels = DecisionLabels { status, kind };
        self.authz_decisions.get_or_create(&labels).inc();
    }

    /// Counts a login: `accepted`, `refused`, `throttled` or `busy`.
    pub fn login(&self, outcome: &'static str) {
        self.logins.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Records how many sessions of a kind are open on all nodes together.
    pub fn sessions_open(&self, kind: &'static str, count: i64) {
        let labels = KindLabels { kind };
        self.sessions_open.get_or_create(&labels).set(count);
    }

    /// Counts a stream that ended: `left`, `slow`, `refused`, `stale` or `stopped`.
    pub fn stream_ended(&self, why: &'static str) {
        self.streams_ended.get_or_create(&WhyLabels { why }).inc();
    }

    /// Counts a delivery attempt: `delivered`, `retried` (there will be another attempt) or
    /// `failed`.
    pub fn webhook(&self, outcome: &'static str) {
        self.webhooks
            .get_or_create(&OutcomeLabels { outcome })
            .inc();
    }

    /// Records the size of a ledger transaction.
    #[allow(
        clippy::cast_precision_loss,
        reason = "a batch has far fewer than 2^52 lines"
    )]
    pub fn ledger_batch(&self, lines: usize) {
        self.ledger_batches.observe(lines as f64);
    }

    /// Records the number of signing keys in each state, and how long the active key has been
    /// signing (seconds).
    pub fn keys(&self, states: impl IntoIterator<Item = (&'static str, usize)>, active_for: i64) {
        for (state, count) in states {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.signing_keys
                .get_or_create(&StateLabels { state })
                .set(count);
        }
        self.active_key_age.set(active_for);
    }

    /// Records the start time.
    #[allow(
        clippy::cast_precision_loss,
        reason = "microseconds are not needed here"
    )]
    pub fn started(&self, now: crate::base::Timestamp) {
        self.started_at.set(now.as_seconds() as f64);
    }
}
