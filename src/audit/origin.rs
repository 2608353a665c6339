//! Who did something, and from where.

use std::fmt;
use std::net::IpAddr;

use super::Through;
use crate::base::{ApiKeyId, ClientId, OperatorId, PlatformAdminId, TokenId};

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The service itself.
    System,
    /// A user of the command line.
    CommandLine,
    /// A caller without a credential.
    Anonymous,
    /// The bearer of a company token.
    Company(TokenId),
    /// An operator: the bearer of its token, or the user who signed in with its name and password.
    Operator(OperatorId),
    /// An OAuth client.
    Client(ClientId),
    /// The bearer of an API key.
    ApiKey(ApiKeyId),
    /// The organization itself, in a console session that is no operator's.
    Session(TokenId),
    /// An admin of the platform.
    PlatformAdmin(PlatformAdminId),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::CommandLine => f.write_str("command-line"),
            Self::Anonymous => f.write_str("anonymous"),
            Self::Company(jti) => write!(f, "company-token:{jti}"),
            Self::Operator(id) => write!(f, "operator:{id}"),
            Self::Client(id) => write!(f, "client:{id}"),
            Self::ApiKey(id) => write!(f, "api_key:{id}"),
            Self::Session(jti) => write!(f, "session:{jti}"),
            Self::PlatformAdmin(id) => write!(f, "platform-admin:{id}"),
        }
    }
}

/// Who made a request, and from where. An operation passes this to the log.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Who made the request.
    pub actor: Actor,
    /// The token or the session of the operator that made it. `None` if no operator did, or if it
    /// has proved itself in another way, such as by its password.
    pub through: Option<Through>,
    /// The client's address.
    pub address: Option<IpAddr>,
    /// The request's id.
    pub request_id: Option<String>,
}

impl From<Actor> for Origin {
    /// Returns the origin of what no request has caused.
    fn from(actor: Actor) -> Self {
        Self::without_request(actor)
    }
}

impl Origin {
    const fn without_request(actor: Actor) -> Self {
        Self {
            actor,
            through: None,
            address: None,
            request_id: None,
        }
    }

    /// Returns the origin of what the service itself does.
    #[must_use]
    pub const fn system() -> Self {
        Self::without_request(Actor::System)
    }

    /// Returns the origin of a command-line user.
    #[must_use]
    pub const fn command_line() -> Self {
        Self::without_request(Actor::CommandLine)
    }
}
