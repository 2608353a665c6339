//! All metrics of the service in one table, and the page that Prometheus reads (`OpenMetrics`
//! text).

mod classic;
mod count;
mod health;
pub mod http;
mod jobs;
mod labels;
mod page;
mod table;

pub use health::{Readiness, readiness};
pub use jobs::JobMetrics;
pub use labels::{
    DecisionLabels, KindLabels, OAuthLabels, OutcomeLabels, RequestLabels, StateLabels,
    VerdictLabels, WhyLabels,
};
pub use table::Metrics;
