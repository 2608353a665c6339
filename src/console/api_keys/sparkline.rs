//! The uses of a key in the last 30 days: their sum, and a small line.

use std::fmt::Write;

use crate::base::Timestamp;
use crate::console::page::Cell;
use crate::console::visit::Visit;

/// How many days are shown.
const DAYS: usize = 30;

/// The drawing: 60 wide, 16 high, with room for the width of the line.
const WIDTH: i64 = 58;
const HIGH: i64 = 1;
const LOW: i64 = 15;

/// Returns the days that are shown, the oldest first.
pub(super) fn days(now: Timestamp) -> Vec<i64> {
    let today = now.as_seconds().div_euclid(86_400);
    let first = today - i64::try_from(DAYS).unwrap_or_default() + 1;
    (first..=today).collect()
}

/// Returns what a cell has about a key. `uses` are the days with their requests.
pub(super) fn cell(visit: &Visit, days: &[i64], uses: Option<&Vec<(i64, i64)>>) -> Vec<Cell> {
    let none = Vec::new();
    let uses = uses.unwrap_or(&none);
    let of = |day: &i64| {
        uses.iter()
            .find(|(one, _)| one == day)
            .map_or(0, |one| one.1)
    };
    let numbers: Vec<i64> = days.iter().map(of).collect();
    let sum: i64 = numbers.iter().sum();
    let text = Cell::Text(visit.language().number(sum));
    if sum == 0 {
        return vec![text];
    }
    vec![text, Cell::Spark(path(&numbers))]
}

/// Returns the line through some numbers, which are not negative.
fn path(numbers: &[i64]) -> String {
    let most = numbers.iter().copied().max().unwrap_or_default().max(1);
    let last = i64::try_from(numbers.len()).unwrap_or(1) - 1;
    let mut path = String::new();
    for (place, number) in numbers.iter().enumerate() {
        let place = i64::try_from(place).unwrap_or_default();
        let x = 1 + WIDTH * place / last.max(1);
        let high = i128::from(LOW - HIGH) * i128::from(*number) / i128::from(most);
        let y = LOW - i64::try_from(high).unwrap_or_default();
        let to = if place == 0 { 'M' } else { 'L' };
        // Writing to a text cannot fail.
        let _ = write!(path, "{to}{x} {y}");
    }
    path
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_days_end_with_today() {
        let days = days(Timestamp::from_seconds(40 * 86_400 + 7));
        assert_eq!((days.len(), days[0], days[29]), (30, 11, 40));
    }

    #[test]
    fn the_highest_number_is_at_the_top_and_zero_at_the_bottom() {
        assert_eq!(path(&[0, 10, 5]), "M1 15L30 1L59 8");
        assert_eq!(path(&[7]), "M1 1");
    }

    proptest! {
        #[test]
        fn every_number_is_within_the_drawing(numbers in prop::collection::vec(0..=i64::MAX, 1..40)) {
            for point in path(&numbers).split(['M', 'L']).skip(1) {
                let (x, y) = point.split_once(' ').unwrap();
                let (x, y): (i64, i64) = (x.parse().unwrap(), y.parse().unwrap());
                prop_assert!((1..=59).contains(&x) && (1..=15).contains(&y), "{}", point);
            }
        }
    }
}
