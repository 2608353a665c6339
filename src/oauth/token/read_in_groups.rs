//! What requests for tokens read, in groups: a few statements for each organization, whatever the
//! number of requests. Everything is read after the request was added to the group.

use std::collections::{BTreeMap, HashMap};

use crate::base::{Digest, OperatorId, OrganizationId};
use crate::db::{Access, Conn, Group, Result};
use crate::grant::store::{self, Grant, StoredCode, StoredRefreshToken};
use crate::operator::{self, Operator};

/// The organization of a client, and the digest of a text that the client has sent.
pub(super) type Key = (OrganizationId, Digest);

/// A code, with its operator. `None` if there is no such operator.
pub(super) type FoundCode = (StoredCode, Option<Operator>);

/// A refresh token, its grant, and the grant's operator. `None` if there is no such operator.
pub(super) type FoundRefreshToken = (StoredRefreshToken, Grant, Option<Operator>);

/// Reads codes. `None` if there is no such code.
pub struct CodeReads;

impl Group for CodeReads {
    type Item = Key;
    type Outcome = Option<FoundCode>;
    const ACCESS: Access = Access::Read;

    fn run(&self, conn: &mut Conn, items: &[Key]) -> Result<Vec<Self::Outcome>> {
        let mut all = HashMap::new();
        for (organization, digests) in by_organization(items) {
            let codes = store::find_codes(conn, organization, &digests)?;
            let operators = codes.values().map(|code| code.operator);
            let operators = operators_of(conn, organization, operators)?;
            all.extend(codes.into_iter().map(|(digest, code)| {
                let operator = operators.get(&code.operator).cloned();
                ((organization, digest), (code, operator))
            }));
        }
        Ok(items.iter().map(|key| all.get(key).cloned()).collect())
    }
}

/// Reads refresh tokens. `None` if there is no such token.
pub struct RefreshTokenReads;

impl Group for RefreshTokenReads {
    type Item = Key;
    type Outcome = Option<FoundRefreshToken>;
    const ACCESS: Access = Access::Read;

    fn run(&self, conn: &mut Conn, items: &[Key]) -> Result<Vec<Self::Outcome>> {
        let mut all = HashMap::new();
        for (organization, digests) in by_organization(items) {
            let tokens = store::find_refresh_tokens_and_grants(conn, organization, &digests)?;
            let operators = tokens.iter().map(|(_, grant)| grant.operator);
            let operators = operators_of(conn, organization, operators)?;
            all.extend(tokens.into_iter().map(|(token, grant)| {
                let operator = operators.get(&grant.operator).cloned();
                ((organization, token.digest), (token, grant, operator))
            }));
        }
        Ok(items.iter().map(|key| all.get(key).cloned()).collect())
    }
}

fn by_organization(keys: &[Key]) -> BTreeMap<OrganizationId, Vec<Digest>> {
    let mut digests: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (organization, digest) in keys {
        digests.entry(*organization).or_default().push(*digest);
    }
    digests
}

fn operators_of(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: impl Iterator<Item = OperatorId>,
) -> Result<HashMap<OperatorId, Operator>> {
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    let found = operator::among(conn, organization, &ids)?;
    Ok(found
        .into_iter()
        .map(|operator| (operator.id, operator))
        .collect())
}
