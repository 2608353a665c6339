//! Finds an entry of a sorted part.

use super::Spot;

/// Returns the value of a key. The search begins where the key is expected, takes steps that double
/// until it has passed the key, and halves what is between the last two. So it reads few entries if
/// the expectation is good, and never more than twice as many as a search by halves.
pub(super) fn find<K: Spot, V: Copy>(entries: &[(K, V)], key: &K) -> Option<V> {
    let order = key.order();
    let is_before = |entry: &(K, V)| entry.0.order() < order;
    let expected = key.expected_at(entries.len());
    let near = match entries.get(expected..) {
        Some(rest @ [first, ..]) if is_before(first) => up(rest, is_before),
        _ => down(entries.get(..=expected).unwrap_or(entries), is_before),
    };
    let at = near.partition_point(is_before);
    near.get(at)
        .filter(|(found, _)| found == key)
        .map(|(_, value)| *value)
}

/// Returns entries that contain the key if `rest` does. The first one of `rest` is before it.
fn up<T>(mut rest: &[T], is_before: impl Fn(&T) -> bool) -> &[T] {
    let mut step = 1;
    while let Some(further) = rest.get(step..) {
        match further.first() {
            Some(entry) if is_before(entry) => rest = further,
            _ => return rest.get(..=step).unwrap_or(rest),
        }
        step *= 2;
    }
    rest
}

/// Returns entries that contain the key if `rest` does. The last one of `rest` is not before it.
fn down<T>(mut rest: &[T], is_before: impl Fn(&T) -> bool) -> &[T] {
    let mut step = 1;
    while let Some(at) = rest.len().checked_sub(step + 1) {
        match rest.get(at) {
            Some(entry) if !is_before(entry) => rest = rest.get(..=at).unwrap_or(rest),
            _ => return rest.get(at..).unwrap_or(rest),
        }
        step *= 2;
    }
    rest
}
