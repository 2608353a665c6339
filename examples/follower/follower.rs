//! Follows the revocation list, and validates tokens with it.

use std::io::{BufRead, BufReader};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use jsonwebtoken::{Validation, decode, decode_header};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::keys::Keys;
use crate::revocations::{Claims, Revocations, Row};

/// A stream is considered closed after this time without a byte; the service sends something every
/// 15 s.
const SILENCE: Duration = Duration::from_secs(45);

/// How far the issuer's clock may be ahead of this one (seconds).
const CLOCK_SKEW: i64 = 120;

/// The longest time from the issue to the expiry of an operator token (seconds).
const LONGEST_LIFE: i64 = 86_400;

/// The longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

pub(crate) struct Settings {
    pub(crate) url: String,
    pub(crate) login: String,
    pub(crate) password: String,
    pub(crate) issuer: String,
    /// The largest allowed age of the list; beyond it no token is valid.
    pub(crate) bound: Duration,
}

/// Why a token is not valid.
pub(crate) enum Doubt {
    /// The token is not valid, and never will be.
    Refused(&'static str),
    /// It is not known whether the token is valid.
    Unknown(String),
}

/// The time on a clock that is never set and that continues while the machine sleeps.
#[allow(
    clippy::disallowed_methods,
    reason = "an agent has no clock but its machine's"
)]
pub(crate) fn boot_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::try_from(time).unwrap_or_default()
}

#[allow(
    clippy::disallowed_methods,
    reason = "an agent has no clock but its machine's"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}

/// What was received.
#[derive(Default)]
struct State {
    revocations: Revocations,
    /// The organization that owns the list; `None` before the first login.
    organization: Option<i64>,
    /// The id of the last event.
    last: i64,
    /// Every revoke that had returned at this time (boot time) was received; `None` if nothing is
    /// known yet.
    as_of: Option<Duration>,
    /// Why nothing more can be received; `None` if the stream continues.
    fault: Option<&'static str>,
}

pub(crate) struct Follower {
    settings: Arc<Settings>,
    state: Arc<Mutex<State>>,
    keys: Mutex<Keys>,
}

impl Follower {
    /// Starts to follow the list, on a thread that ends with the process.
    pub(crate) fn start(settings: Settings) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_per_read(Some(SILENCE))
            .build()
            .new_agent();
        let settings = Arc::new(settings);
        let state = Arc::new(Mutex::new(State::default()));
        let reader = Reader {
            agent: agent.clone(),
            settings: Arc::clone(&settings),
            state: Arc::clone(&state),
            token: None,
        };
        std::thread::spawn(move || reader.follow());
        Self {
            keys: Mutex::new(Keys::new(agent, &settings.url)),
            settings,
            state,
        }
    }

    /// Returns the verdict on a token, and the age of the data on which it is based.
    pub(crate) fn judge(&self, token: &str) -> Value {
        // The age is read first, and the revocations after it: they are never older than the age
        // that is reported.
        let as_of = self.state.lock().as_of;
        let verdict = self.check(token).and_then(|claims| {
            self.check_staleness(as_of)?;
            Ok(claims)
        });
        let stale = as_of.map(|as_of| boot_time().saturating_sub(as_of).as_secs_f64());
        match verdict {
            Ok(claims) => json!({
                "verdict": "valid",
                "operatorId": claims.operator_id,
                "expiresAt": DateTime::from_timestamp(claims.exp, 0)
                    .map(|end| end.to_rfc3339_opts(SecondsFormat::Secs, true)),
                "staleSeconds": stale,
            }),
            Err(Doubt::Refused(why)) => {
                json!({"verdict": "refused", "why": why, "staleSeconds": stale})
            }
            Err(Doubt::Unknown(why)) => {
                json!({"verdict": "unknown", "why": why, "staleSeconds": stale})
            }
        }
    }

    fn check(&self, token: &str) -> Result<Claims, Doubt> {
        let header = decode_header(token).map_err(|_| Doubt::Refused("malformed"))?;
        let kid = header.kid.ok_or(Doubt::Refused("malformed"))?;
        let claims: Claims = {
            let mut keys = self.keys.lock();
            let (algorithm, key) = keys.get(&kid)?;
            if header.alg != *algorithm {
                return Err(Doubt::Refused("the key is for another algorithm"));
            }
            let mut signature_only = Validation::new(*algorithm);
            signature_only.required_spec_claims.clear();
            signature_only.validate_exp = false;
            signature_only.validate_aud = false;
            let signed: Value = decode(token, key, &signature_only)
                .map_err(|_| Doubt::Refused("the signature is wrong"))?
                .claims;
            let not_ours = |_| Doubt::Refused("not an operator token of this service");
            serde_json::from_value(signed).map_err(not_ours)?
        };
        if claims.iss != self.settings.issuer || claims.token_use != "operator" {
            return Err(Doubt::Refused("not an operator token of this service"));
        }
        let state = self.state.lock();
        match state.organization {
            None => return Err(Doubt::Unknown("nothing received yet".to_owned())),
            // The revocations of the token are in the list of another organization.
            Some(own) if own != claims.organization_id => {
                return Err(Doubt::Refused("of another organization"));
            }
            Some(_) => {}
        }
        if state.revocations.revokes(&kid, &claims) {
            return Err(Doubt::Refused("revoked"));
        }
        let now = now().timestamp();
        if state.revocations.have_seen_end(&claims) || claims.exp <= now {
            return Err(Doubt::Refused("expired"));
        }
        if claims.iat > now + CLOCK_SKEW || claims.exp > claims.iat + LONGEST_LIFE {
            let why = "issued by a clock that was wrong, or judged by one";
            return Err(Doubt::Refused(why));
        }
        Ok(claims)
    }

    fn check_staleness(&self, as_of: Option<Duration>) -> Result<(), Doubt> {
        let state = self.state.lock();
        let why = state.fault.map_or(String::new(), |why| format!(", {why}"));
        if let Some(kind) = &state.revocations.foreign {
            let why = format!("a revocation of a kind that is not known here: {kind}");
            return Err(Doubt::Unknown(why));
        }
        let Some(as_of) = as_of else {
            return Err(Doubt::Unknown(format!("nothing received yet{why}")));
        };
        let age = boot_time().saturating_sub(as_of);
        if age > self.settings.bound {
            let seconds = age.as_secs();
            return Err(Doubt::Unknown(format!("stale for {seconds} s{why}")));
        }
        Ok(())
    }
}

/// Why a stream ended, or did not start.
enum End {
    /// It may be requested again, after at least this time.
    Again(Duration),
    /// It may not be requested again.
    Final(&'static str),
}

/// A failure to connect or to read may be temporary.
impl From<ureq::Error> for End {
    fn from(_: ureq::Error) -> Self {
        Self::Again(Duration::ZERO)
    }
}

struct Reader {
    agent: ureq::Agent,
    settings: Arc<Settings>,
    state: Arc<Mutex<State>>,
    token: Option<String>,
}

impl Reader {
    fn follow(mut self) {
        let mut tries = 0;
        loop {
            let before = self.state.lock().as_of;
            let wait = match self.read_stream() {
                End::Again(wait) => wait,
                End::Final(why) => {
                    self.state.lock().fault = Some(why);
                    return;
                }
            };
            // A stream that made progress is followed by the next one at once; otherwise the pauses
            // grow.
            tries = if self.state.lock().as_of == before {
                tries + 1
            } else {
                0
            };
            let most = Duration::from_millis(250 << tries.min(10)).min(LONGEST_PAUSE);
            std::thread::park_timeout(most.mul_f64(share(boot_time())).max(wait));
        }
    }

    fn read_stream(&mut self) -> End {
        self.try_to_read()
            .err()
            .unwrap_or(End::Again(Duration::ZERO))
    }

    fn try_to_read(&mut self) -> Result<(), End> {
        let token = match &self.token {
            Some(token) => token.clone(),
            None => self.log_in()?,
        };
        let last = self.state.lock().last;
        // Taken before the request: the service measures the time since then, so the result cannot
        // be later than it really is.
        let asked = boot_time();
        let answer = self
            .agent
            .get(format!("{}/api/company/revocations", self.settings.url))
            .header("accept", "text/event-stream")
            .header("authorization", format!("Bearer {token}"))
            .header("last-event-id", last.to_string())
            .call()?;
        if answer.status() != 200 {
            if [401, 403].contains(&answer.status().as_u16()) {
                self.token = None;
            }
            return Err(End::Again(retry_after(&answer)));
        }
        self.token = Some(token);
        let (mut name, mut data) = (String::new(), String::new());
        for line in BufReader::new(answer.into_body().into_reader()).lines() {
            let line = line.map_err(ureq::Error::from)?;
            match line.split_once(": ") {
                Some(("event", value)) => value.clone_into(&mut name),
                Some(("data", value)) => value.clone_into(&mut data),
                _ if line.is_empty() && !data.is_empty() => {
                    self.receive(&name, &data, asked)?;
                    data.clear();
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn receive(&self, name: &str, data: &str, asked: Duration) -> Result<(), End> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Head {
            seq: i64,
            elapsed_ms: u64,
            #[serde(default)]
            oldest_rev: i64,
        }
        let again = |_| End::Again(Duration::ZERO);
        let mut state = self.state.lock();
        match name {
            "revocation" => {
                let row: Row = serde_json::from_str(data).map_err(again)?;
                state.last = row.seq;
                state.revocations.take(row);
            }
            "head" => {
                let Head {
                    seq,
                    elapsed_ms,
                    oldest_rev,
                } = serde_json::from_str(data).map_err(again)?;
                state.last = seq;
                state.revocations.forget(oldest_rev);
                let as_of = asked + Duration::from_millis(elapsed_ms);
                state.as_of = state.as_of.max(Some(as_of));
            }
            _ => {}
        }
        Ok(())
    }

    fn log_in(&self) -> Result<String, End> {
        let Settings {
            url,
            login,
            password,
            ..
        } = &*self.settings;
        let mut answer = self
            .agent
            .post(format!("{url}/api/company/get-token"))
            .send_json(json!({"login": login, "password": password}))?;
        match answer.status().as_u16() {
            200 => {}
            401 => return Err(End::Final("the login was refused")),
            _ => return Err(End::Again(retry_after(&answer))),
        }
        let token: String = answer.body_mut().read_json()?;
        let organization: Value = self
            .agent
            .get(format!("{url}/api/company/organization"))
            .header("authorization", format!("Bearer {token}"))
            .call()?
            .body_mut()
            .read_json()?;
        match organization.get("id").and_then(Value::as_i64) {
            Some(id) => self.state.lock().organization = Some(id),
            None => return Err(End::Again(Duration::ZERO)),
        }
        Ok(token)
    }
}

fn retry_after(answer: &ureq::http::Response<ureq::Body>) -> Duration {
    let header = answer.headers().get("retry-after");
    let seconds = header.and_then(|value| value.to_str().ok()?.parse().ok());
    Duration::from_secs(seconds.unwrap_or_default())
}

/// Returns a number between 0 and 1, so that followers that were disconnected together do not
/// reconnect together.
fn share(now: Duration) -> f64 {
    f64::from(now.subsec_nanos() % 1_000) / 1_000.0
}
