//! The issuer of tokens: signs them, writes them to the ledger, and counts them.

use std::net::IpAddr;
use std::sync::Arc;

use super::{Draft, IssueError, LastTokens, Recorded};
use crate::base::{KeyId, OrganizationId};
use crate::ledger::{Issued, Writer};
use crate::metrics::Metrics;
use crate::signing_keys::Role;
use crate::token::{
    AccessClaims, Actor, Algorithm, Claims, IdTokenClaims, KeyError, Kind, Purpose, SessionClaims,
    Typ,
};
use crate::usage::{Count, Usage};
use crate::validate::Validator;

/// Signs tokens, writes them to the ledger, and counts them.
pub struct Issuer {
    validator: Arc<Validator>,
    ledger: Writer,
    records_operator_tokens: bool,
    metrics: Arc<Metrics>,
    usage: Arc<Usage>,
    last_tokens: LastTokens,
}

impl Issuer {
    /// Makes an issuer that signs with the keys of `validator`. `records_operator_tokens` says
    /// whether operator tokens are written to the ledger. The other kinds always are.
    #[must_use]
    pub fn new(
        validator: Arc<Validator>,
        ledger: Writer,
        records_operator_tokens: bool,
        metrics: Arc<Metrics>,
        usage: Arc<Usage>,
    ) -> Self {
        Self {
            validator,
            ledger,
            records_operator_tokens,
            metrics,
            usage,
            last_tokens: LastTokens::default(),
        }
    }

    /// Returns the id of the key that signs new tokens.
    #[must_use]
    pub fn active_key(&self) -> KeyId {
        self.validator.ring().active().kid
    }

    /// Returns the line of a token that the active key will sign. `address` is the address of the
    /// caller.
    #[must_use]
    pub fn draft(&self, claims: Claims, address: Option<IpAddr>) -> Draft {
        Draft {
            claims,
            kid: self.active_key(),
            parent: None,
            address,
        }
    }

    /// Signs claims with the active key. Returns the text and the id of the key. The text is in no
    /// ledger yet.
    ///
    /// # Errors
    /// Returns [`KeyError`] if the cryptographic library fails.
    pub fn sign(&self, claims: &Claims) -> Result<(String, KeyId), KeyError> {
        let ring = self.validator.ring();
        let key = ring.active();
        let text = key.sign(claims, self.validator.issuer())?;
        Ok((text, key.kid))
    }

    /// Issues a token: signs it, writes its line with those of other callers (group commit), and
    /// counts it. Returns its text once the line is committed.
    ///
    /// # Errors
    /// Returns the [`IssueError`].
    pub async fn issue(
        &self,
        claims: Claims,
        address: Option<IpAddr>,
    ) -> Result<String, IssueError> {
        let (text, kid) = self.sign(&claims).map_err(IssueError::Key)?;
        self.record(text, kid, claims, address).await
    }

    /// Does the same for an operator token that was exchanged: `act` acts for the operator.
    ///
    /// # Errors
    /// Returns the [`IssueError`].
    pub async fn issue_acted(
        &self,
        claims: Claims,
        act: &Actor,
        address: Option<IpAddr>,
    ) -> Result<String, IssueError> {
        let (text, kid) = {
            let ring = self.validator.ring();
            let key = ring.active();
            let signed = key.sign_acted(&claims, act, self.validator.issuer());
            (signed.map_err(IssueError::Key)?, key.kid)
        };
        self.record(text, kid, claims, address).await
    }

    async fn record(
        &self,
        text: String,
        kid: KeyId,
        claims: Claims,
        address: Option<IpAddr>,
    ) -> Result<String, IssueError> {
        if self.records_operator_tokens {
            let issued = Issued {
                claims,
                kid: Some(kid),
                client: None,
                subject: None,
                address,
            };
            self.ledger
                .write(issued)
                .await
                .map_err(IssueError::Ledger)?;
        }
        self.count(&claims);
        Ok(text)
    }

    /// Signs a session with the active key. Returns the text and the id of the key. The text is in
    /// no ledger yet.
    ///
    /// # Errors
    /// Returns [`IssueError::Key`] if the cryptographic library fails.
    pub fn sign_session(&self, session: &SessionClaims<'_>) -> Result<(String, KeyId), IssueError> {
        let payload = serde_json::to_vec(session).map_err(|_| IssueError::Key(KeyError))?;
        let ring = self.validator.ring();
        let key = ring.active();
        let text = key.sign_payload(Kind::Session, Typ::Jwt, &payload);
        Ok((text.map_err(IssueError::Key)?, key.kid))
    }

    /// Signs an access token with the key of an algorithm, under a header of type `typ`; `JWT` is
    /// that of profile `suitecrm`. Returns the text and the id of the key. The text is in no ledger
    /// yet.
    ///
    /// # Errors
    /// Returns [`IssueError::NoSigner`] if no key of that algorithm signs yet, and
    /// [`IssueError::Key`] if the cryptographic library fails.
    pub fn sign_access(
        &self,
        access: &AccessClaims<'_>,
        algorithm: Algorithm,
        typ: Typ,
    ) -> Result<(String, KeyId), IssueError> {
        let payload = serde_json::to_vec(access).map_err(|_| IssueError::Key(KeyError))?;
        let role = Role {
            purpose: Purpose::Tokens,
            algorithm,
        };
        let ring = self.validator.ring();
        let key = ring.signer(role).ok_or(IssueError::NoSigner(role))?;
        let text = match typ {
            Typ::Jwt => key.sign_for_suitecrm(access.jti, &payload),
            Typ::AccessToken => key.sign_payload(Kind::Access, typ, &payload),
        };
        Ok((text.map_err(IssueError::Key)?, key.kid))
    }

    /// Signs an ID token with the RS256 key that signs nothing else.
    ///
    /// # Errors
    /// Returns an error as [`Issuer::sign_access`] does.
    pub fn sign_id_token(&self, claims: &IdTokenClaims<'_>) -> Result<String, IssueError> {
        let payload = serde_json::to_vec(claims).map_err(|_| IssueError::Key(KeyError))?;
        let role = Role::ID_TOKENS;
        let ring = self.validator.ring();
        let key = ring.signer(role).ok_or(IssueError::NoSigner(role))?;
        key.sign_id_token(&payload).map_err(IssueError::Key)
    }

    /// Writes the line of a token with those of other callers (group commit), and counts the token.
    /// Returns once the line is committed.
    ///
    /// # Errors
    /// Returns [`IssueError::Ledger`].
    pub async fn write(&self, issued: Issued) -> Result<(), IssueError> {
        let claims = issued.claims;
        self.ledger
            .write(issued)
            .await
            .map_err(IssueError::Ledger)?;
        self.count(&claims);
        Ok(())
    }

    /// Counts a token whose line was written in a transaction of the caller, which is committed, and
    /// notes that its operator got one.
    pub fn count(&self, claims: &Claims) {
        self.count_kind(claims.organization, claims.kind());
        self.last_tokens.note(claims);
    }

    /// Counts a token that goes with another one, which is counted by [`Issuer::count`].
    pub fn count_kind(&self, organization: OrganizationId, kind: Kind) {
        self.metrics.issued(kind).inc();
        if let Some(count) = Count::of_issued(kind) {
            self.usage.note(organization, count);
        }
    }

    /// Signs a token whose line is committed, and counts it unless it was issued before. Returns
    /// its text.
    ///
    /// # Errors
    /// Returns [`IssueError::NoSuchKey`] if this node does not have the key of the line, and
    /// [`IssueError::Key`] if the cryptographic library fails.
    pub fn hand_out(&self, recorded: &Recorded) -> Result<String, IssueError> {
        let text = recorded.sign(&self.validator.ring(), self.validator.issuer())?;
        if recorded.is_new {
            self.count(recorded.claims());
        }
        Ok(text)
    }

    /// Returns when operators got their last tokens, as far as this node has issued them.
    #[must_use]
    pub const fn last_tokens(&self) -> &LastTokens {
        &self.last_tokens
    }

    /// Returns whether operator tokens are written to the ledger.
    #[must_use]
    pub const fn writes_all(&self) -> bool {
        self.records_operator_tokens
    }

    /// Writes the lines that still wait, and stops the ledger's threads.
    pub fn stop(&self) {
        self.ledger.stop();
    }
}
