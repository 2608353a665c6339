//! How many tokens are valid.

use std::collections::BTreeMap;

use diesel::dsl::{count_star, exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::live::floor;
use crate::base::{OrganizationId, Timestamp, TokenId};
use crate::db::schema::{feed, ledger, organizations, signing_keys};
use crate::db::{Conn, Result};
use crate::token::Kind;

/// The words of the entries that revoke company and operator tokens, as in the feed.
const TOKEN: &str = "token";
const COMPANY_TOKEN: &str = "company_token";
const OPERATOR: &str = "operator";
const ORGANIZATION: &str = "organization";

/// Loads the numbers of the lines that these filters leave and that nothing revokes.
macro_rules! count {
    ($conn:expr, $now:expr, $kind:expr, $end:expr) => {{
        let own = || feed::organization_id.eq(ledger::organization_id);
        let itself = feed::table
            .filter(own())
            .filter(feed::kind.eq_any([TOKEN, COMPANY_TOKEN]))
            .filter(feed::jti.eq(ledger::jti.nullable()));
        let parent = feed::table
            .filter(own())
            .filter(feed::kind.eq(COMPANY_TOKEN))
            .filter(feed::jti.eq(ledger::parent));
        let operator = feed::table
            .filter(own())
            .filter(feed::kind.eq(OPERATOR))
            .filter(feed::jti.is_null())
            .filter(feed::operator_id.eq(ledger::operator_id))
            .filter(feed::seq.gt(ledger::rev));
        let everything = feed::table
            .filter(own())
            .filter(feed::kind.eq(ORGANIZATION))
            .filter(feed::jti.is_null())
            .filter(feed::operator_id.is_null())
            .filter(feed::seq.gt(ledger::rev));
        let of_everybody = feed::table
            .filter(feed::organization_id.eq(OrganizationId::SERVICE))
            .filter(feed::kind.eq(ORGANIZATION))
            .filter(feed::jti.is_null())
            .filter(feed::operator_id.is_null())
            .filter(feed::seq.gt(ledger::rev));
        let key = signing_keys::table
            .filter(signing_keys::kid.nullable().eq(ledger::kid))
            .filter(signing_keys::revoked_at.is_not_null());
        let found: Vec<(OrganizationId, i64)> = ledger::table
            .filter($kind)
            .filter($end)
            .filter(ledger::ends_at.is_null().or(ledger::ends_at.gt($now)))
            .filter(not(exists(itself)))
            .filter(not(exists(parent)))
            .filter(not(exists(operator)))
            .filter(not(exists(everything)))
            .filter(not(exists(of_everybody)))
            .filter(not(exists(key)))
            .group_by(ledger::organization_id)
            .select((ledger::organization_id, count_star()))
            .load($conn)?;
        found
    }};
}

/// Returns how many company and operator tokens of each organization are valid at `now`, in the order
/// of the organizations. Those that have none are left out. Two queries look at the lines: of operator
/// tokens at those of the last 24 hours, which are the end of each organization's lines; of company
/// tokens at those of their own index. For each line they look, by the index `feed_concerning`, at the
/// entries of the feed that revoke it.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn count_live(conn: &mut Conn, now: Timestamp) -> Result<Vec<(OrganizationId, i64)>> {
    let everyone = organizations::table.select(organizations::id);
    let first = floor(Kind::Operator, now).unwrap_or(TokenId([0; 16]));
    let of_operators = ledger::kind
        .eq(Kind::Operator)
        .and(ledger::organization_id.eq_any(everyone))
        .and(ledger::jti.ge(first));
    let mut numbers: BTreeMap<_, _> = count!(conn, now, of_operators, ledger::expires_at.gt(now))
        .into_iter()
        .collect();
    // Written out as in the partial index: SQLite does not use that index for a bound parameter.
    let of_companies = sql::<Bool>("ledger.kind = 'company'");
    let unless_expired = ledger::expires_at.is_null().or(ledger::expires_at.gt(now));
    for (organization, number) in count!(conn, now, of_companies, unless_expired) {
        *numbers.entry(organization).or_default() += number;
    }
    Ok(numbers.into_iter().collect())
}
