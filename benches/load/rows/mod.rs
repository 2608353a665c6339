//! The rows of the table. Each sets up what it measures and removes it afterwards.

mod api_keys;
mod authz;
mod client_credentials;
mod code;
mod compared;
mod exchange;
mod floods;
mod instructions;
mod introspect;
mod issue;
mod live;
mod login;
mod memory;
mod neighbours;
mod nodes;
mod page;
mod proxy;
mod purge;
mod refresh;
mod revocation;
mod signed;
mod startup;
mod validate;

use std::path::PathBuf;

use crate::Fallible;
use crate::baseline;
use crate::http::Answer;
use crate::lab::Lab;
use crate::process::Server;
use crate::report::Row;
use crate::service::{Caller, Installation, Service};
use compared::{Which, against_both, cpu, good, throughput};

pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) measure: fn(&Lab) -> Fallible<Vec<Row>>,
}

pub(crate) const ALL: &[Entry] = &[
    Entry {
        name: "instructions-validate-same",
        measure: instructions::validate_same,
    },
    Entry {
        name: "instructions-validate-in-turn",
        measure: instructions::validate_in_turn,
    },
    Entry {
        name: "instructions-introspect-jwt",
        measure: instructions::introspect_jwt,
    },
    Entry {
        name: "instructions-introspect-opaque",
        measure: instructions::introspect_opaque,
    },
    Entry {
        name: "instructions-authz-api-key",
        measure: instructions::authz_api_key,
    },
    Entry {
        name: "instructions-authz-access-token",
        measure: instructions::authz_access_token,
    },
    Entry {
        name: "validate-same",
        measure: validate::same,
    },
    Entry {
        name: "validate-10k",
        measure: validate::ten_thousand,
    },
    Entry {
        name: "validate-new-hs256",
        measure: validate::new_hs256,
    },
    Entry {
        name: "validate-new-eddsa",
        measure: validate::new_eddsa,
    },
    Entry {
        name: "issue-postgres",
        measure: issue::postgres,
    },
    Entry {
        name: "issue-sqlite",
        measure: issue::sqlite,
    },
    Entry {
        name: "issue-off-hs256",
        measure: issue::off_hs256,
    },
    Entry {
        name: "issue-off-eddsa",
        measure: issue::off_eddsa,
    },
    Entry {
        name: "introspect-jwt",
        measure: introspect::jwt,
    },
    Entry {
        name: "introspect-opaque",
        measure: introspect::opaque,
    },
    Entry {
        name: "introspect-oidc-provider",
        measure: introspect::against_oidc_provider,
    },
    Entry {
        name: "authz-api-key",
        measure: authz::api_key,
    },
    Entry {
        name: "authz-access-token",
        measure: authz::access_token,
    },
    Entry {
        name: "nginx-auth-request",
        measure: proxy::nginx,
    },
    Entry {
        name: "profile-api-key",
        measure: api_keys::profile,
    },
    Entry {
        name: "verify-many",
        measure: api_keys::verify_many,
    },
    Entry {
        name: "client-credentials-es256-sqlite",
        measure: client_credentials::es256_sqlite,
    },
    Entry {
        name: "client-credentials-es256-postgres",
        measure: client_credentials::es256_postgres,
    },
    Entry {
        name: "client-credentials-rs256",
        measure: client_credentials::rs256,
    },
    Entry {
        name: "code-sqlite",
        measure: code::sqlite,
    },
    Entry {
        name: "code-postgres",
        measure: code::postgres,
    },
    Entry {
        name: "exchange-sqlite",
        measure: exchange::sqlite,
    },
    Entry {
        name: "exchange-postgres",
        measure: exchange::postgres,
    },
    Entry {
        name: "refresh-sqlite",
        measure: refresh::sqlite,
    },
    Entry {
        name: "refresh-postgres",
        measure: refresh::postgres,
    },
    Entry {
        name: "signed-sqlite",
        measure: signed::sqlite,
    },
    Entry {
        name: "signed-postgres",
        measure: signed::postgres,
    },
    Entry {
        name: "page-sign-in",
        measure: page::sign_in,
    },
    Entry {
        name: "login-rate",
        measure: login::rate,
    },
    Entry {
        name: "login-storm",
        measure: login::storm,
    },
    Entry {
        name: "flood-unfinished",
        measure: floods::unfinished,
    },
    Entry {
        name: "flood-logins",
        measure: floods::logins,
    },
    Entry {
        name: "purge-sqlite",
        measure: purge::sqlite,
    },
    Entry {
        name: "purge-postgres",
        measure: purge::postgres,
    },
    Entry {
        name: "memory",
        measure: memory::measure,
    },
    Entry {
        name: "memory-api-keys",
        measure: api_keys::memory,
    },
    Entry {
        name: "memory-nonces",
        measure: signed::memory,
    },
    Entry {
        name: "startup-sqlite",
        measure: startup::sqlite,
    },
    Entry {
        name: "startup-postgres",
        measure: startup::postgres,
    },
    Entry {
        name: "revoke-descendants",
        measure: revocation::descendants,
    },
    Entry {
        name: "revoke-1-node",
        measure: revocation::one_node,
    },
    Entry {
        name: "revoke-3-nodes",
        measure: revocation::three_nodes,
    },
    Entry {
        name: "revoke-reach",
        measure: revocation::reach,
    },
    Entry {
        name: "revoke-stopped",
        measure: revocation::one_stopped,
    },
    Entry {
        name: "validate-revocations",
        measure: live::validate,
    },
    Entry {
        name: "start-revocations-sqlite",
        measure: live::start_sqlite,
    },
    Entry {
        name: "start-revocations-postgres",
        measure: live::start_postgres,
    },
    Entry {
        name: "validate-3-nodes",
        measure: nodes::validate,
    },
    Entry {
        name: "neighbour-synchronize-sqlite",
        measure: neighbours::synchronize_sqlite,
    },
    Entry {
        name: "neighbour-synchronize-postgres",
        measure: neighbours::synchronize_postgres,
    },
    Entry {
        name: "neighbour-forged",
        measure: neighbours::forged_lists,
    },
    Entry {
        name: "neighbour-webhooks",
        measure: neighbours::webhooks,
    },
    Entry {
        name: "neighbour-bodies",
        measure: neighbours::bodies,
    },
    Entry {
        name: "neighbour-logins",
        measure: neighbours::logins,
    },
];

const HS256: (&str, &str) = ("LANYARD_TOKENS_ALGORITHM", "HS256");
const EDDSA: (&str, &str) = ("LANYARD_TOKENS_ALGORITHM", "EdDSA");
const LEDGER_OFF: (&str, &str) = ("LANYARD_LEDGER_MODE", "off");
const THROTTLE_OFF: (&str, &str) = ("LANYARD_LOGIN_THROTTLE", "false");

/// The number of connections of every load on a server.
const CONNECTIONS: usize = 64;

/// A served installation with a caller, and the baseline that gives the same answers.
struct Arena {
    folder: PathBuf,
    installation: Installation,
    service: Service,
    caller: Caller,
    token: String,
    /// The answer to a validation of `token`.
    verdict: Answer,
    /// The answer with `token`.
    issued: Answer,
    baseline: Server,
}

impl Arena {
    fn new(
        lab: &Lab,
        name: &str,
        database: Option<String>,
        settings: &[(&str, &str)],
    ) -> Fallible<Self> {
        let folder = lab.folder(name)?;
        let installation = Installation::new(&folder, database, settings)?;
        let service = installation.serve()?;
        let caller = installation.populate(&service)?;
        let issued = service.issue(&caller)?;
        let token: String = serde_json::from_slice(&issued.body)?;
        let verdict = service.validate(&caller, &token)?;
        let baseline = baseline::start(&verdict, &issued)?;
        Ok(Self {
            folder,
            installation,
            service,
            caller,
            token,
            verdict,
            issued,
            baseline,
        })
    }

    /// Starts a baseline that does the cryptography of the answers, too.
    fn signing_baseline(&self, algorithm: (&str, &str)) -> Fallible<Server> {
        baseline::start_signing(&self.verdict, &self.issued, algorithm.1)
    }
}
