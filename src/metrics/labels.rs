//! The labels of the metrics. No id of an organization, an operator or a key is a label: there would
//! be too many series.

use prometheus_client::encoding::EncodeLabelSet;

/// Labels of a request: the pattern of the route, never the path as the client wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabels {
    pub(super) route: &'static str,
    pub(super) status: u16,
}

/// Labels of a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct VerdictLabels {
    pub(super) verdict: &'static str,
}

/// Labels of an issued token, or of a session.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct KindLabels {
    pub(super) kind: &'static str,
}

/// Labels of a login or of a webhook message.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OutcomeLabels {
    pub(super) outcome: &'static str,
}

/// Labels of a request to an endpoint of OAuth.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OAuthLabels {
    pub(super) endpoint: &'static str,
    pub(super) grant: &'static str,
    pub(super) outcome: &'static str,
}

/// Labels of a decision of forward-auth.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct DecisionLabels {
    pub(super) status: u16,
    pub(super) kind: &'static str,
}

/// Labels of signing keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct StateLabels {
    pub(super) state: &'static str,
}

/// Labels of a stream that ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct WhyLabels {
    pub(super) why: &'static str,
}
