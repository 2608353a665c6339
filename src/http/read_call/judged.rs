//! The head of a request, judged.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::web::{Bytes, Data};

use crate::app::App;
use crate::authn::signature::{self, Signed};
use crate::authn::{self, Answer, Authenticator, Outcome, RequestLine};
use crate::base::{Sequence, Timestamp};
use crate::db::Party;
use crate::http::call::Call;
use crate::http::incoming_body::ReceivedBody;
use crate::http::rare_headers::Rare;
use crate::http::signed_request::Parts;
use crate::http::transport::{peer, transport};
use crate::http::{ApiError, Body, Credential, credential, role, rotation};

/// Which time the credential of a request is judged.
#[derive(Clone, Copy)]
pub(super) enum Round {
    /// The first time.
    First,
    /// Once more, after its body.
    Again,
}

/// The state of this node when the credential was judged.
pub(super) struct AsOf {
    pub(super) now: Timestamp,
    /// The applied sequence, read before the credential is judged.
    pub(super) rev: Sequence,
    pub(super) app: Data<Arc<App>>,
}

impl AsOf {
    /// Judges the transport, and begins to judge the credential.
    pub(super) fn begin<C: Credential, B: Body>(
        request: &HttpRequest,
        rare: Rare,
        round: Round,
    ) -> Result<(Self, Answer), ApiError> {
        let app = request
            .app_data::<Data<Arc<App>>>()
            .cloned()
            .ok_or_else(ApiError::internal)?;
        if C::REQUIRED || B::LIMIT.is_some() {
            transport(&app, request)?;
        }
        let (now, rev) = (app.clock.now(), app.nodes.feed.applied());
        let answer = if C::REQUIRED {
            let address = || {
                let proxies = &app.settings.proxies;
                proxies.client(peer(request), request.headers())
            };
            let by = Authenticator {
                validator: &app.tokens.validator,
                uses: &app.tokens.uses,
                app: &app,
                address: &address,
            };
            let headers = request.headers();
            let signed = if rare.signature_input {
                let parts = Parts::of(&app, request);
                signature::authenticate(by, &parts.message(), headers, now)
            } else {
                None
            };
            let answer = signed.unwrap_or_else(|| {
                let line = RequestLine {
                    method: request.method().as_str(),
                    origin: None,
                    path: request.path(),
                };
                let headers = rare.credentials_in(headers);
                match round {
                    Round::First => authn::authenticate(by, line, &headers, now),
                    Round::Again => authn::authenticate_again(by, line, &headers, now),
                }
            });
            if C::NEEDS_ROLE {
                role::with_role(&app, answer)
            } else {
                answer
            }
        } else {
            Answer::Ready(Outcome::NotRequested)
        };
        Ok((Self { now, rev, app }, answer))
    }
}

/// A request whose head was judged.
pub(super) struct Judged<C> {
    pub(super) who: C,
    pub(super) as_of: AsOf,
    /// The signature, whose nonce is not used yet. `None` if the request is not signed.
    pub(super) signed: Option<Arc<Signed>>,
}

impl<C: Credential> Judged<C> {
    pub(super) fn of(
        request: &HttpRequest,
        as_of: AsOf,
        outcome: Outcome,
    ) -> Result<Self, ApiError> {
        let mut signed = None;
        let who = match outcome {
            Outcome::ApiKey(key) => C::admit_key(key)?,
            Outcome::Signed(request) => {
                let key = Arc::clone(&request.verified);
                signed = Some(request);
                C::admit_key(key)?
            }
            outcome => {
                let principal = credential::principal(&outcome)?;
                if let Some(principal) = &principal {
                    rotation::note(&as_of.app, request, principal.token(), as_of.now);
                }
                C::admit(principal)?
            }
        };
        if let Some(organization) = who.organization() {
            Party::Organization(organization).enter();
        }
        Ok(Self { who, as_of, signed })
    }

    pub(super) fn call<B: Body>(
        self,
        request: &HttpRequest,
        body: Option<ReceivedBody>,
    ) -> Result<Call<C, B>, ApiError> {
        let (bytes, reservation) = body.map_or_else(
            || (Bytes::new(), None),
            |body| (body.bytes, Some(body.reservation)),
        );
        Ok(Call {
            who: self.who,
            body: B::parse(request, &bytes)?,
            now: self.as_of.now,
            rev: self.as_of.rev,
            app: self.as_of.app,
            request: request.clone(),
            _reservation: reservation,
        })
    }
}
