//! How many tokens are valid.

use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;

use crate::base::{OrganizationId, Timestamp};
use crate::db::schema::{feed, ledger, signing_keys};
use crate::db::{Conn, Result};
use crate::token::Kind;

/// The words of the entries that revoke company and operator tokens, as in the feed.
const TOKEN: &str = "token";
const COMPANY_TOKEN: &str = "company_token";
const OPERATOR: &str = "operator";
const ORGANIZATION: &str = "organization";

/// Returns how many company and operator tokens of each organization are valid at `now`, in the order
/// of the organizations. Those that have none are left out. The one query looks at every line of the
/// ledger that has not expired, and for each, by the index `feed_concerning`, at the entries of the
/// feed that revoke it.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn count_live(conn: &mut Conn, now: Timestamp) -> Result<Vec<(OrganizationId, i64)>> {
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
    Ok(ledger::table
        .filter(ledger::kind.eq_any([Kind::Company, Kind::Operator]))
        .filter(ledger::expires_at.is_null().or(ledger::expires_at.gt(now)))
        .filter(ledger::ends_at.is_null().or(ledger::ends_at.gt(now)))
        .filter(not(exists(itself)))
        .filter(not(exists(parent)))
        .filter(not(exists(operator)))
        .filter(not(exists(everything)))
        .filter(not(exists(of_everybody)))
        .filter(not(exists(key)))
        .group_by(ledger::organization_id)
        .order(ledger::organization_id)
        .select((ledger::organization_id, count_star()))
        .load(conn)?)
}
