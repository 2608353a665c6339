//! Filters by a number of days, such as "not used for 30 days".

use std::time::Duration;

use super::page::Choice;
use super::visit::Visit;

/// The numbers that a filter offers.
const OFFERED: [u32; 3] = [7, 30, 90];

/// The largest number that can be asked for: ten years.
const MOST: u32 = 3_650;

/// Returns the number of days in a parameter of the query. `None` if it is absent, or no number that
/// can be asked for.
pub(super) fn asked(visit: &Visit, name: &str) -> Option<u32> {
    let days = visit.asked(name).trim().parse().ok();
    days.filter(|days| (1..=MOST).contains(days))
}

/// Returns how long so many days are.
pub(super) fn span(days: u32) -> Duration {
    Duration::from_hours(24) * days
}

/// Returns the choices of the filter: any, those that are offered, and the one that is chosen.
pub(super) fn choices(visit: &Visit, chosen: Option<u32>) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", visit.text("any"), chosen.is_none())];
    let other = chosen.filter(|days| !OFFERED.contains(days));
    for days in OFFERED.into_iter().chain(other) {
        let label = visit.count("unused-for-days", days.into());
        choices.push(Choice::new(days.to_string(), label, chosen == Some(days)));
    }
    choices
}
