//! `[authz]`: forward-auth.

use std::path::PathBuf;

use super::{parse, reader::Reader};

/// The settings of forward-auth.
#[derive(Clone, Debug)]
pub struct Authz {
    /// The file of rules. `None`: no request is admitted.
    pub rules_file: Option<PathBuf>,
}

impl Authz {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            rules_file: reader.optional("authz.rules_file", parse::readable_file),
        }
    }
}
