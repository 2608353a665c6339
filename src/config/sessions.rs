//! `[sessions]`: the organization of names that contain none.

use super::{parse, reader::Reader};

/// The settings of `/auth/login`.
#[derive(Clone, Debug)]
pub struct Sessions {
    /// The login of the organization that a username without a login belongs to. `None` if it
    /// belongs to the only organization; if there are several, such a username is unknown.
    pub organization: Option<String>,
}

impl Sessions {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            organization: reader.optional("sessions.organization", parse::login),
        }
    }
}
