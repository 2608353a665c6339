//! What revokes an exchanged token besides its own targets.

use super::Target;
use crate::token::{Ancestor, Lineage};

impl Lineage {
    /// Returns every target that would revoke an exchanged token with the tokens that it comes
    /// from, apart from those that its own claims name: operator, grant and organization are the
    /// same for all.
    pub fn targets(&self) -> impl Iterator<Item = Target> {
        let each =
            |ancestor: &Ancestor| [Target::Token(ancestor.jti), Target::Client(ancestor.client)];
        self.ancestors().iter().flat_map(each)
    }
}
