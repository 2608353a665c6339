//! Computes the keys by which names are compared, for rows from before these keys existed. SQL
//! cannot fold text, so this part of the migrations is done here.
//!
//! Two names that used to differ may have the same key. Then the older row gets the key and the
//! younger row gets none. The younger row is matched by its former key (`login_key`), and is
//! reported until it is changed.

use std::fmt;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::schema::{operators, organizations};
use super::{Conn, Db, Result, serialize_writes};
use crate::base::{OperatorId, OrganizationId, caseless};

/// The number of rows read by one statement.
const PAGE: i64 = 500;

/// A name whose key an older row already has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Collision {
    /// A login.
    Login {
        /// The organization that has this login.
        organization: OrganizationId,
        /// The login as stored.
        login: String,
    },
    /// The email address of an operator.
    Email {
        /// The operator's organization.
        organization: OrganizationId,
        /// The operator that has this email.
        operator: OperatorId,
        /// The email as stored.
        email: String,
    },
}

impl fmt::Display for Collision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Login {
                organization,
                login,
            } => write!(
                f,
                "the login {login:?} of organization {organization} is now the same as that of an older organization; it works \
                 only as it was typed before: change it with `lanyard organization set-login`"
            ),
            Self::Email {
                organization,
                operator,
                email,
            } => write!(
                f,
                "the email {email:?} of operator {operator} of organization {organization} is now the same as that of an older \
                 operator of it: change one of them"
            ),
        }
    }
}

/// Gives each name without a key its key, unless an older row has that key. Returns the names that
/// are left, at most `limit` of each kind. This is repeated because an older release may have added
/// names since the migration, and because a key may have become free.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn settle_names(db: &Db, limit: i64) -> Result<Vec<Collision>> {
    if colliding_names(db, 1)?.is_empty() {
        return Ok(Vec::new());
    }
    db.write_blocking(settle)?;
    colliding_names(db, limit)
}

/// Returns the names without a key, at most `limit` of each kind.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn colliding_names(db: &Db, limit: i64) -> Result<Vec<Collision>> {
    db.read_blocking(|conn| unsettled(conn, limit))
}

/// Gives each name without a key its key, in the caller's transaction.
///
/// # Errors
/// Returns an error if the database call fails.
pub(super) fn settle(conn: &mut Conn) -> Result<()> {
    serialize_writes(conn, "organizations")?;
    serialize_writes(conn, "operators")?;
    if let Conn::Postgres(conn) = conn {
        // Changes of operators lock only their own organization, so all of them are blocked here.
        conn.batch_execute("LOCK TABLE operators IN SHARE ROW EXCLUSIVE MODE")?;
    }
    settle_logins(conn)?;
    settle_emails(conn)
}

fn unsettled(conn: &mut Conn, limit: i64) -> Result<Vec<Collision>> {
    let logins: Vec<(OrganizationId, String)> = organizations::table
        .filter(organizations::login_fold.is_null())
        .order(organizations::id)
        .limit(limit)
        .select((organizations::id, organizations::login))
        .load(conn)?;
    let emails: Vec<(OrganizationId, OperatorId, Option<String>)> = operators::table
        .filter(operators::email.is_not_null())
        .filter(operators::email_fold.is_null())
        .order((operators::organization_id, operators::id))
        .limit(limit)
        .select((operators::organization_id, operators::id, operators::email))
        .load(conn)?;
    let logins = logins
        .into_iter()
        .map(|(organization, login)| Collision::Login {
            organization,
            login,
        });
    let emails = emails
        .into_iter()
        .map(|(organization, operator, email)| Collision::Email {
            organization,
            operator,
            email: email.unwrap_or_default(),
        });
    Ok(logins.chain(emails).collect())
}

fn settle_logins(conn: &mut Conn) -> Result<()> {
    let mut after = OrganizationId(0);
    loop {
        let page: Vec<(OrganizationId, String)> = organizations::table
            .filter(organizations::login_fold.is_null())
            .filter(organizations::id.gt(after))
            .order(organizations::id)
            .limit(PAGE)
            .select((organizations::id, organizations::login))
            .load(conn)?;
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        after = *last;
        for (id, login) in page {
            let key = caseless::key(&login);
            let taken: i64 = organizations::table
                .filter(organizations::login_fold.eq(&key))
                .count()
                .get_result(conn)?;
            if taken == 0 {
                diesel::update(organizations::table.find(id))
                    .set(organizations::login_fold.eq(&key))
                    .execute(conn)?;
            }
        }
    }
}

fn settle_emails(conn: &mut Conn) -> Result<()> {
    let (mut organization, mut after) = (OrganizationId(0), OperatorId(0));
    loop {
        let page: Vec<(OrganizationId, OperatorId, Option<String>, String)> = operators::table
            .filter(operators::email.is_not_null())
            .filter(operators::email_fold.is_null())
            .filter(
                operators::organization_id
                    .gt(organization)
                    .or(operators::organization_id
                        .eq(organization)
                        .and(operators::id.gt(after))),
            )
            .order((operators::organization_id, operators::id))
            .limit(PAGE)
            .select((
                operators::organization_id,
                operators::id,
                operators::email,
                operators::status,
            ))
            .load(conn)?;
        let Some((last_organization, last, ..)) = page.last() else {
            return Ok(());
        };
        (organization, after) = (*last_organization, *last);
        for (organization, id, email, status) in page {
            let key = caseless::key(&email.unwrap_or_default());
            let taken: i64 = operators::table
                .filter(operators::organization_id.eq(organization))
                .filter(operators::email_fold.eq(&key))
                .filter(operators::status.ne("deleted"))
                .count()
                .get_result(conn)?;
            if taken == 0 || status == "deleted" {
                diesel::update(operators::table.find((organization, id)))
                    .set(operators::email_fold.eq(&key))
                    .execute(conn)?;
            }
        }
    }
}
