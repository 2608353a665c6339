use super::*;
use proptest::prelude::*;

const ACME: OrganizationId = OrganizationId(1);
const NOW: Timestamp = Timestamp(0);

fn operator(id: i64) -> Operator {
    Operator {
        organization: ACME,
        id: OperatorId(id),
        profile: Profile {
            name: format!("Operator {id}"),
            external_id: Some(format!("chat-{id}")),
            ..Profile::default()
        },
        status: OperatorStatus::Active,
        created_at: NOW,
        password: None,
        second_factor: false,
        version: NOW,
    }
}

fn row(id: Option<i64>, external_id: Option<i64>) -> Row {
    Row {
        id: id.map(OperatorId),
        change: Change {
            name: Some("Lan".to_owned()),
            external_id: external_id.map(|id| Some(format!("chat-{id}"))),
            ..Change::default()
        },
    }
}

/// Returns the operators afterwards, in no particular order.
fn end(rows: &[Row]) -> Vec<(i64, Option<String>, String)> {
    let present = Present((1..=4).map(operator).collect());
    let plan = plan(ACME, present, rows.to_vec(), NOW).unwrap();
    assert_eq!(plan.places.len(), rows.len());
    let mut end: Vec<_> = plan
        .parties
        .into_iter()
        .map(|party| {
            let Operator { id, profile, .. } = party.after;
            (id.0, profile.external_id, profile.name)
        })
        .collect();
    end.sort();
    end
}

#[test]
fn whom_a_row_concerns() {
    let end_of = |rows: &[Row]| {
        let ends: Vec<_> = end(rows)
            .into_iter()
            .map(|(id, external_id, _)| format!("{id} {}", external_id.unwrap_or_default()))
            .collect();
        ends.join(", ")
    };
    let (swap, back) = (row(Some(1), Some(2)), row(Some(2), Some(1)));
    assert_eq!(end_of(&[swap, back]), "1 chat-2, 2 chat-1");
    let (moved, taken) = (row(Some(1), Some(9)), row(None, Some(1)));
    assert_eq!(
        end_of(&[moved.clone(), taken.clone()]),
        "0 chat-1, 1 chat-9"
    );
    assert_eq!(end_of(&[taken, moved]), "0 chat-1, 1 chat-9");
    let (same, named) = (row(None, Some(3)), row(Some(3), None));
    assert_eq!(end_of(&[same, named]), "3 chat-3");
    assert_eq!(
        end_of(&[row(None, Some(7)), row(None, Some(7))]),
        "0 chat-7"
    );
}

proptest! {
    #[test]
    fn the_order_of_a_list_does_not_matter(
        rows in prop::collection::vec((prop::option::of(1..=4i64), prop::option::of(1..=7i64)), 0..8),
        seed in any::<u64>(),
    ) {
        // Two rows that give one operator different external ids contradict each other. The later
        // one wins.
        let mut given = std::collections::HashSet::new();
        let rows: Vec<_> = rows
            .into_iter()
            .filter(|(id, _)| id.is_none_or(|id| given.insert(id)))
            .map(|(id, external_id)| row(id, external_id))
            .collect();
        let mut other = rows.clone();
        other.sort_by_key(|row| {
            use std::hash::BuildHasher;
            let hasher = foldhash::fast::FixedState::with_seed(seed);
            let what = (row.id.map(|id| id.0), row.change.external_id.clone());
            hasher.hash_one(what)
        });
        prop_assert_eq!(end(&rows), end(&other));
    }
}
