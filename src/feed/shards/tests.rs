use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::base::TokenId;

impl Merge for u32 {
    /// Shows the order of the two.
    fn merge(self, newer: Self) -> Self {
        self.wrapping_mul(31).wrapping_add(newer)
    }
}

/// Ids that meet often, and ids as they are drawn.
fn id() -> impl Strategy<Value = TokenId> {
    prop_oneof![
        (0u8..40).prop_map(|byte| TokenId([byte; 16])),
        any::<[u8; 16]>().prop_map(TokenId),
    ]
}

#[derive(Debug, Clone)]
enum Step {
    Write(Vec<(TokenId, u32)>),
    Retain(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        prop::collection::vec((id(), any::<u32>()), 0..60).prop_map(Step::Write),
        (1u32..4).prop_map(Step::Retain),
    ]
}

proptest! {
    #[test]
    fn it_is_a_map(steps in prop::collection::vec(step(), 1..12), others in prop::collection::vec(id(), 0..20), parts in 1usize..9) {
        let map = Shards::new(parts);
        let mut model: BTreeMap<TokenId, u32> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Write(entries) => {
                    let mut draft = map.draft();
                    for (key, value) in entries {
                        draft.put(key, value);
                        model.entry(key).and_modify(|held| *held = held.merge(value)).or_insert(value);
                    }
                    draft.publish();
                }
                Step::Retain(divisor) => {
                    let before = model.len();
                    model.retain(|_, value| *value % divisor == 0);
                    prop_assert_eq!(map.retain(|value| *value % divisor == 0), before - model.len());
                }
            }
            prop_assert_eq!(map.len(), model.len());
            for key in model.keys().chain(&others) {
                prop_assert_eq!(map.get(key), model.get(key).copied());
            }
            prop_assert_eq!(map.count(|value| value % 2 == 0), model.values().filter(|value| *value % 2 == 0).count());
        }
    }
}

#[test]
fn what_is_expected_elsewhere_is_found() {
    /// A number of which nothing is known, or whose place is guessed wrongly.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Number(u32, usize);
    impl Spot for Number {
        type Order = u32;
        fn spot(&self) -> usize {
            0
        }
        fn order(&self) -> u32 {
            self.0
        }
        fn expected_at(&self, _: usize) -> usize {
            self.1
        }
    }
    for count in 0..40u32 {
        for expected in [0, 1, 7, 20, 39, 40, 1_000] {
            let entries: Vec<_> = (0..count)
                .map(|n| (Number(2 * n + 1, expected), n))
                .collect();
            for number in 0..2 * count + 2 {
                let found = find(&entries, &Number(number, expected));
                let there = (number % 2 == 1 && number < 2 * count).then_some(number / 2);
                assert_eq!(found, there, "{number} of {count} from {expected}");
            }
        }
    }
}
