//! The use of an organization, as the API and the command line show it.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Count, Point, Series};
use crate::base::Timestamp;

/// The use of an organization in a range.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Usage)]
pub struct UsageView {
    /// `hour`, `day` or `month`.
    range: &'static str,
    /// The span of each point (seconds).
    step: u64,
    /// The points, oldest first.
    items: Vec<PointView>,
}

/// What an organization did in a span. A number that is not known is null: no node of the service ran,
/// or the span has not been written yet.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UsagePoint)]
struct PointView {
    /// When the span began.
    at: Timestamp,
    /// Operator tokens that it asked about and that were valid.
    valid: Option<i64>,
    /// Those that had expired.
    expired: Option<i64>,
    /// Those that were revoked.
    revoked: Option<i64>,
    /// Texts that were no operator tokens of its own.
    invalid: Option<i64>,
    /// Company tokens that were issued.
    issued_company: Option<i64>,
    /// Operator tokens that were issued.
    issued_operator: Option<i64>,
    /// Access tokens of OAuth that were issued.
    issued_oauth: Option<i64>,
    /// Uses of its API keys.
    key_used: Option<i64>,
    /// Refusals of its API keys.
    key_refused: Option<i64>,
    /// Logins and sign-ins.
    signed_in: Option<i64>,
    /// Logins and sign-ins that failed.
    sign_in_refused: Option<i64>,
    /// Entries of its revocation list.
    revoked_entries: Option<i64>,
    /// Company and operator tokens that were valid, counted every five minutes; null also if the ledger
    /// is off.
    live: Option<i64>,
}

impl From<Series> for UsageView {
    fn from(series: Series) -> Self {
        Self {
            range: series.range.as_str(),
            step: series.range.grain().step().as_secs(),
            items: series.points.into_iter().map(PointView::from).collect(),
        }
    }
}

impl From<Point> for PointView {
    fn from(point: Point) -> Self {
        let of = |count| point.counts.map(|counts| counts.of(count));
        Self {
            at: point.at,
            valid: of(Count::Valid),
            expired: of(Count::Expired),
            revoked: of(Count::Revoked),
            invalid: of(Count::Invalid),
            issued_company: of(Count::IssuedCompany),
            issued_operator: of(Count::IssuedOperator),
            issued_oauth: of(Count::IssuedOauth),
            key_used: of(Count::KeyUsed),
            key_refused: of(Count::KeyRefused),
            signed_in: of(Count::SignedIn),
            sign_in_refused: of(Count::SignInRefused),
            revoked_entries: of(Count::RevokedEntries),
            live: point.live,
        }
    }
}
