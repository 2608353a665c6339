//! The cost of bcrypt: each step doubles the work.

/// Returns the cost of a stored hash; `None` if the text is not a hash.
pub(super) fn cost_of(hash: &str) -> Option<u32> {
    let parts = hash.parse::<bcrypt::HashParts>().ok()?;
    Some(parts.get_cost())
}

/// Returns the costs of the hashes that must still be made, so that a check of a hash of cost
/// `paid` (`None` if no hash was checked) does as much work as one hash of cost `all`: 2^paid +
/// 2^paid + 2^(paid + 1) + … + 2^(all - 1) = 2^all.
pub(super) fn rest(paid: Option<u32>, all: u32) -> std::ops::Range<u32> {
    match paid {
        None => all..all + 1,
        Some(paid) => paid..all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_cost_is_read_from_the_hash() {
        assert_eq!(cost_of(&bcrypt::hash("x", 5).unwrap()), Some(5));
        assert_eq!(cost_of("x"), None);
    }

    proptest! {
        #[test]
        fn every_refusal_is_the_same_work(paid in prop::option::of(4u32..=31), more in 0u32..28) {
            let all = (paid.unwrap_or(4) + more).min(31);
            let work = |cost: u32| 1u64 << cost;
            let done = paid.map_or(0, work) + rest(paid, all).map(work).sum::<u64>();
            prop_assert_eq!(done, work(all));
        }
    }
}
