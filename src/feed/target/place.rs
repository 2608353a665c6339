//! Where the index holds a target: the places, and how ids of different kinds are kept apart.

use super::TargetKind;
use crate::base::{OrganizationId, TokenId};

/// Where the index holds a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::feed) enum Place {
    /// Among the ids of 128 bits that are revoked.
    Id(TokenId),
    /// Among the operators and clients whose tokens, or sessions, are revoked if they were issued
    /// before.
    Subtree(Subtree),
    /// With the organization itself.
    Organization,
    /// Not in the index: the ring of signing keys or the record of an API key says it.
    Elsewhere,
}

/// A kind of target, an organization and a number, in 16 bytes. An organization's id is at most
/// 2^53 − 1, so the kind has the topmost byte to itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::feed) struct Subtree {
    kind_and_organization: i64,
    number: i64,
}

impl Subtree {
    pub(super) const fn new(kind: TargetKind, organization: OrganizationId, number: i64) -> Self {
        Self {
            kind_and_organization: organization.0 ^ ((kind as i64) << 56),
            number,
        }
    }

    /// A number whose lowest bits differ from subtree to subtree.
    pub(in crate::feed) const fn spread(self) -> i64 {
        self.kind_and_organization ^ self.number
    }
}

/// Makes the id different for each kind. All ids are UUIDs of version 7 (RFC 9562, 5.7), so the
/// four bits of the version are the same in each of them; here they encode the kind. So an entry
/// for an id of one kind never affects an id of another kind.
pub(super) const fn id_of(kind: TargetKind, mut id: TokenId) -> TokenId {
    id.0[6] ^= (kind as u8) << 4;
    id
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::Timestamp;
    use crate::feed::index::arbitrary::target;
    use crate::feed::target::Target;

    proptest! {
        #[test]
        fn a_place_is_one_targets_alone(one in target(), other in target(), organization in 1i64..1 << 53) {
            let place = |target: Target| target.place(OrganizationId(organization));
            prop_assert!(one == other || place(one) != place(other) || place(one) == Place::Elsewhere);
        }
    }

    #[test]
    fn ids_of_different_kinds_never_meet() {
        let id = TokenId::generate(Timestamp::from_seconds(1_800_000_000));
        let another = TokenId::generate(Timestamp::from_seconds(1_800_000_000));
        for (number, kind) in TargetKind::ALL.into_iter().enumerate() {
            assert_ne!(id_of(kind, id), id_of(kind, another));
            for other in &TargetKind::ALL[..number] {
                assert_ne!(id_of(kind, id), id_of(*other, id));
                assert_ne!(id_of(kind, id), id_of(*other, another));
            }
        }
    }
}
