use proptest::prelude::*;

use super::*;
use crate::feed::index::arbitrary::{claims, target};

proptest! {
    #[test]
    fn what_an_entry_names_comes_out_of_its_columns_again(target in target()) {
        prop_assert_eq!(Target::named(target.kind(), target.name()), Some(target));
    }

    #[test]
    fn an_entry_is_kept_as_long_as_anything_it_revokes_can_live(claims in claims()) {
        for target in claims.targets() {
            let own = Some(&claims).filter(|_| target == Target::of(&claims));
            let needed = target.needed(own, claims.issued_at);
            prop_assert!(needed.life >= claims.life(), "{:?}", target);
            prop_assert!(own.is_some() || target.kind().revokes().contains(&claims.kind()), "{:?}", target);
            prop_assert!(target.needed(None, claims.issued_at).life >= needed.life);
        }
    }
}
