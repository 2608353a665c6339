//! Every metric: its name, its help and its type.

use std::sync::atomic::AtomicU64;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::{
    DecisionLabels, JobMetrics, KindLabels, OAuthLabels, OutcomeLabels, RequestLabels, StateLabels,
    VerdictLabels, WhyLabels,
};

/// The metrics of the service.
pub struct Metrics {
    pub(super) registry: Registry,
    pub(super) requests: Family<RequestLabels, Counter>,
    /// Valid tokens. The verdict counters are looked up once, because validation is the hot path.
    pub valid: Counter,
    /// Expired tokens.
    pub expired: Counter,
    /// Revoked tokens.
    pub revoked: Counter,
    /// Texts that are not tokens of this service.
    pub invalid: Counter,
    pub(super) issued: Family<KindLabels, Counter>,
    pub(super) oauth_requests: Family<OAuthLabels, Counter>,
    pub(super) logins: Family<OutcomeLabels, Counter>,
    pub(super) webhooks: Family<OutcomeLabels, Counter>,
    pub(super) ledger_batches: Histogram,
    /// The number of password checks that wait for a thread.
    pub hashing_waiting: Gauge,
    /// The number of revocations written by this node.
    pub revocations: Counter,
    /// The number of API keys that were looked up in the database.
    pub api_key_lookups: Counter,
    pub(super) authz_decisions: Family<DecisionLabels, Counter>,
    /// Whether the file of rules, as it is now, is in force.
    pub authz_rules_valid: Gauge,
    pub(super) sessions_open: Family<KindLabels, Gauge>,
    pub(super) feed_sequence: Gauge,
    pub(super) feed_entries: Gauge,
    pub(super) signing_keys: Family<StateLabels, Gauge>,
    pub(super) active_key_age: Gauge,
    /// The metrics of jobs, by name.
    pub jobs: JobMetrics,
    pub(super) streams: Gauge,
    pub(super) streams_ended: Family<WhyLabels, Counter>,
    pub(super) pool_in_use: Gauge,
    pub(super) pool_open: Gauge,
    pub(super) database_callers: Gauge,
    pub(super) started_at: Gauge<f64, AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Returns the table: name, help and type. The page adds the prefix `lanyard_`, and the suffix
    /// `_total` to counters.
    #[must_use]
    #[allow(clippy::too_many_lines, reason = "it is one table")]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("lanyard");
        let requests = Family::<RequestLabels, Counter>::default();
        let verdicts = Family::<VerdictLabels, Counter>::default();
        let issued = Family::<KindLabels, Counter>::default();
        let oauth_requests = Family::<OAuthLabels, Counter>::default();
        let logins = Family::<OutcomeLabels, Counter>::default();
        let webhooks = Family::<OutcomeLabels, Counter>::default();
        let ledger_batches =
            Histogram::new([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0]);
        let hashing_waiting = Gauge::default();
        let revocations = Counter::default();
        let api_key_lookups = Counter::default();
        let authz_decisions = Family::<DecisionLabels, Counter>::default();
        let authz_rules_valid = Gauge::default();
        authz_rules_valid.set(1);
        let sessions_open = Family::<KindLabels, Gauge>::default();
        let feed_sequence = Gauge::default();
        let feed_entries = Gauge::default();
        let streams = Gauge::default();
        let streams_ended = Family::<WhyLabels, Counter>::default();
        let pool_in_use = Gauge::default();
        let pool_open = Gauge::default();
        let database_callers = Gauge::default();
        let started_at = Gauge::<f64, AtomicU64>::default();

        registry.register(
            "http_requests",
            "Requests answered, by route and status",
            requests.clone(),
        );
        registry.register(
            "validations",
            "Tokens asked about, by verdict",
            verdicts.clone(),
        );
        registry.register(
            "tokens_issued",
            "Tokens handed out, by kind",
            issued.clone(),
        );
        registry.register(
            "oauth_requests",
            "Requests to endpoints of OAuth, by endpoint, grant and outcome",
            oauth_requests.clone(),
        );
        registry.register("logins", "Login attempts, by outcome", logins.clone());
        registry.register(
            "webhook_deliveries",
            "Attempts to deliver a message, by outcome",
            webhooks.clone(),
        );
        registry.register(
            "ledger_batch_lines",
            "Lines written in one ledger transaction",
            ledger_batches.clone(),
        );
        registry.register(
            "hashing_waiting",
            "Password checks that wait for a thread",
            hashing_waiting.clone(),
        );
        registry.register(
            "revocations",
            "Revocations written by this node",
            revocations.clone(),
        );
        registry.register(
            "api_key_lookups",
            "API keys looked up in the database",
            api_key_lookups.clone(),
        );
        registry.register(
            "authz_decisions",
            "Decisions of forward-auth, by status and kind of credential",
            authz_decisions.clone(),
        );
        registry.register(
            "authz_rules_valid",
            "Whether the rules of forward-auth in force are those of the file",
            authz_rules_valid.clone(),
        );
        registry.register(
            "sessions_open",
            "Sessions that are open, by kind, on all nodes together",
            sessions_open.clone(),
        );
        registry.register(
            "feed_sequence",
            "Last feed entry this node has applied",
            feed_sequence.clone(),
        );
        registry.register(
            "feed_entries",
            "Revocations held in memory",
            feed_entries.clone(),
        );
        let (signing_keys, active_key_age) = of_keys(&mut registry);
        let jobs = JobMetrics::register(&mut registry);
        registry.register(
            "streams",
            "Followers of the revocation list that are connected",
            streams.clone(),
        );
        registry.register(
            "streams_ended",
            "Streams of the revocation list that ended, by why",
            streams_ended.clone(),
        );
        registry.register(
            "database_connections_in_use",
            "Database connections at work",
            pool_in_use.clone(),
        );
        registry.register(
            "database_connections",
            "Database connections open",
            pool_open.clone(),
        );
        registry.register(
            "database_callers",
            "Requests at work with the database or waiting for it",
            database_callers.clone(),
        );
        registry.register_with_unit(
            "started_at",
            "When the process started",
            Unit::Seconds,
            started_at.clone(),
        );

        let verdict = |verdict| verdicts.get_or_create_owned(&VerdictLabels { verdict });
        Self {
            valid: verdict("valid"),
            expired: verdict("expired"),
            revoked: verdict("revoked"),
            invalid: verdict("invalid"),
            registry,
            requests,
            issued,
            oauth_requests,
            logins,
            webhooks,
            ledger_batches,
            hashing_waiting,
            revocations,
            api_key_lookups,
            authz_decisions,
            authz_rules_valid,
            sessions_open,
            feed_sequence,
            feed_entries,
            signing_keys,
            active_key_age,
            jobs,
            streams,
            streams_ended,
            pool_in_use,
            pool_open,
            database_callers,
            started_at,
        }
    }
}

fn of_keys(registry: &mut Registry) -> (Family<StateLabels, Gauge>, Gauge) {
    let states = Family::<StateLabels, Gauge>::default();
    let active_for = Gauge::default();
    registry.register(
        "signing_keys",
        "Signing keys this node holds, by state",
        states.clone(),
    );
    registry.register_with_unit(
        "active_key_age",
        "How long the key that signs has been signing",
        Unit::Seconds,
        active_for.clone(),
    );
    (states, active_for)
}
