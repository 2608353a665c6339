//! `[sessions]`: where operators sign in.

use super::{parse, reader::Reader};

/// Where operators sign in.
#[derive(Clone, Debug)]
pub struct Sessions {
    /// The login of the organization that a username without one belongs to. `None` for the only
    /// organization that there is.
    pub organization: Option<String>,
}

impl Sessions {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            organization: reader.optional("sessions.organization", parse::line(800)),
        }
    }
}
