//! The flag `--listen`, and the error text if listening fails.

use std::io::ErrorKind;

use clap::Args;

use super::output::Failure;
use crate::config::Listen as Config;
use crate::server::ListenError;

#[derive(Args)]
pub(super) struct Listen {
    /// Address and port to listen on, or unix: and a path; may be repeated
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Vec<String>,
}

impl Listen {
    /// Returns the setting; `None` if the flag was not given.
    pub(super) fn setting(&self) -> Option<(&'static str, String)> {
        (!self.listen.is_empty()).then(|| ("http.listen", self.listen.join(",")))
    }
}

/// Returns the error for a failed listen, with advice.
pub(super) fn failure(error: &ListenError) -> Failure {
    let ListenError::Place(place, why) = error else {
        return Failure::new(error);
    };
    let advice = match (place, why.kind()) {
        (Config::Unix(_), ErrorKind::AddrInUse) => {
            "another program listens there, or a file is in its place that is no socket".to_owned()
        }
        (Config::Unix(_), _) => return Failure::new(error),
        (Config::Tcp(address), ErrorKind::AddrInUse) => {
            let mut other = *address;
            other.set_port(address.port().checked_add(1).unwrap_or(8080));
            format!(
                "another program listens there, perhaps another Lanyard; choose another port: --listen {other} \
                 (or http.listen, LANYARD_HTTP_LISTEN)"
            )
        }
        (_, ErrorKind::AddrNotAvailable) => {
            "this machine has no such address; set http.listen to one of its own, or to 0.0.0.0 for all".to_owned()
        }
        (_, ErrorKind::PermissionDenied) => {
            "ports under 1024 are for privileged programs; choose a higher one with --listen".to_owned()
        }
        _ => return Failure::new(error),
    };
    Failure::new(format_args!("cannot listen on {place}: {advice}"))
}
