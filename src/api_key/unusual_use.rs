//! Watching keys: which uses are unusual. Pure functions over what is stored of a key and a batch of
//! its uses.
//!
//! The law: of each kind, an alert about a key is sent at most once an hour, whatever node saw the
//! uses.

use std::collections::{BTreeMap, HashSet};
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

use crate::base::Timestamp;
use crate::organization::KeyAlerts;

/// For how many days a network is remembered after a use from it.
pub(super) const REMEMBERED: i64 = 90;

/// How many days the mean of an hour is made of.
pub(super) const MEAN_OF: i64 = 7;

/// The largest number of networks that are remembered of a key. A key that is used from so many
/// changes its network often, so a further network is not unusual.
pub(super) const MOST_NETWORKS: usize = 1_000;

/// The shortest time between two alerts of a kind.
const SPACING: Duration = Duration::from_hours(1);

/// The number of microseconds of an hour.
const HOUR: i64 = 3_600 * 1_000_000;

/// Returns the network that an address is remembered by: its /24, or /48 in IPv6.
pub(super) fn network_of(address: IpAddr) -> IpNet {
    let address = address.to_canonical();
    let length = if address.is_ipv4() { 24 } else { 48 };
    let network = IpNet::new(address, length).unwrap_or_else(|_| IpNet::from(address));
    network.trunc()
}

/// Returns the hour of an instant (hours since 1970-01-01).
pub(super) const fn hour_of(at: Timestamp) -> i64 {
    at.as_micros().div_euclid(HOUR)
}

/// When an alert of each kind was last sent; `None` if none was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) new_network: Option<Timestamp>,
    pub(super) woke_up: Option<Timestamp>,
    pub(super) rate_jump: Option<Timestamp>,
}

/// What is stored of a key.
#[derive(Debug, Clone)]
pub(super) struct Past {
    /// When it was made.
    pub(super) created_at: Timestamp,
    /// When it was last used before this batch; `None` if it was not.
    pub(super) last_used_at: Option<Timestamp>,
    /// The latest hour in which it was used, and how often. `None` before its first batch.
    pub(super) hour: Option<(i64, i64)>,
    /// The networks that it was used from in the last 90 days.
    pub(super) networks: HashSet<IpNet>,
    /// How often it was used on each day (days since 1970-01-01), this batch included.
    pub(super) days: BTreeMap<i64, i64>,
    /// When alerts were last sent.
    pub(super) sent: Sent,
}

impl Past {
    /// Returns what is stored of a key before its first batch.
    pub(super) fn unwatched(created_at: Timestamp, last_used_at: Option<Timestamp>) -> Self {
        Self {
            created_at,
            last_used_at,
            hour: None,
            networks: HashSet::new(),
            days: BTreeMap::new(),
            sent: Sent::default(),
        }
    }
}

/// What happened in a batch of uses of a key. Refusals are no uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// The first use and the last one.
    pub(super) span: Option<(Timestamp, Timestamp)>,
    /// How often it was used in each hour, in their order.
    pub(super) hours: Vec<(i64, i64)>,
    /// The networks that it was used from, each with its first use, in the order of these.
    pub(super) networks: Vec<(IpNet, Timestamp)>,
}

/// The largest number of networks in a batch. A key that is used from more at once changes its
/// network often, so the others are not unusual.
const MOST_IN_BATCH: usize = 16;

impl Seen {
    /// Counts a use.
    pub(super) fn note(&mut self, address: Option<IpAddr>, now: Timestamp) {
        let (first, last) = self.span.unwrap_or((now, now));
        self.span = Some((first.min(now), last.max(now)));
        let hour = hour_of(now);
        match self.hours.binary_search_by_key(&hour, |(hour, _)| *hour) {
            Ok(place) => {
                if let Some((_, requests)) = self.hours.get_mut(place) {
                    *requests += 1;
                }
            }
            Err(place) => self.hours.insert(place, (hour, 1)),
        }
        if let Some(network) = address.map(network_of)
            && self.networks.len() < MOST_IN_BATCH
            && self.networks.iter().all(|(other, _)| *other != network)
        {
            self.networks.push((network, now));
        }
    }
}

/// Something unusual.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Alert {
    /// A use from a new network.
    NewNetwork { network: IpNet, at: Timestamp },
    /// A use after a long time without any.
    WokeUp {
        last_used_at: Timestamp,
        at: Timestamp,
    },
    /// Many more uses in an hour than before.
    RateJump {
        requests: i64,
        mean: f64,
        at: Timestamp,
    },
}

/// What follows from a batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Outcome {
    /// What is to be sent.
    pub(super) alerts: Vec<Alert>,
    /// The latest hour, and the uses in it.
    pub(super) hour: Option<(i64, i64)>,
    /// When alerts were last sent, these included.
    pub(super) sent: Sent,
    /// The networks to remember: new ones, and those that were seen again.
    pub(super) networks: Vec<IpNet>,
}

/// Decides what follows from a batch of uses.
pub(super) fn decide(past: &Past, seen: &Seen, wanted: &KeyAlerts) -> Outcome {
    let mut outcome = Outcome {
        hour: past.hour,
        sent: past.sent,
        ..Outcome::default()
    };
    let Some((first, last)) = seen.span else {
        return outcome;
    };
    look_at_networks(past, seen, wanted, &mut outcome);
    if let Some(last_used_at) = past.last_used_at
        && let Some(silence) = wanted.silence()
        && last_used_at.plus(silence) <= first
        && may_send(&mut outcome.sent.woke_up, first)
    {
        outcome.alerts.push(Alert::WokeUp {
            last_used_at,
            at: first,
        });
    }
    for (place, (hour, requests)) in seen.hours.iter().enumerate() {
        let so_far = match outcome.hour {
            // Another node has written uses of a later hour.
            Some((latest, _)) if latest > *hour => continue,
            Some((latest, before)) if latest == *hour => before,
            _ => 0,
        };
        let requests = so_far.saturating_add(*requests);
        outcome.hour = Some((*hour, requests));
        let later = seen.hours.iter().skip(place + 1);
        let mean = Mean::before(past, (*hour, requests), later);
        if mean.is_exceeded_by(requests, wanted) && may_send(&mut outcome.sent.rate_jump, last) {
            outcome.alerts.push(Alert::RateJump {
                requests,
                mean: mean.value(),
                at: last,
            });
        }
    }
    outcome
}

fn look_at_networks(past: &Past, seen: &Seen, wanted: &KeyAlerts, outcome: &mut Outcome) {
    let mut known = past.networks.len();
    // A key that was in use before it was watched: its networks are learned without alerts.
    let learns = past.hour.is_none() && past.last_used_at.is_some();
    let mut is_first = past.hour.is_none();
    for (network, at) in &seen.networks {
        if past.networks.contains(network) {
            outcome.networks.push(*network);
            is_first = false;
            continue;
        }
        if known >= MOST_NETWORKS {
            continue;
        }
        known += 1;
        outcome.networks.push(*network);
        let is_new = !learns && !is_first;
        is_first = false;
        if is_new && wanted.new_network && may_send(&mut outcome.sent.new_network, *at) {
            outcome.alerts.push(Alert::NewNetwork {
                network: *network,
                at: *at,
            });
        }
    }
}

/// Returns whether an alert may be sent at an instant, and notes that it is. A clock that was set back
/// does not keep alerts from being sent.
fn may_send(sent: &mut Option<Timestamp>, at: Timestamp) -> bool {
    let apart = |last: Timestamp| last.plus(SPACING) <= at || at.plus(SPACING) <= last;
    let may = sent.is_none_or(apart);
    if may {
        *sent = Some(at);
    }
    may
}

/// The uses of the days before an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mean {
    requests: i64,
    hours: i64,
}

impl Mean {
    /// Counts the 7 days before the day of an hour, and the day up to this hour; not from before the
    /// key was made. `later` are hours after it that `past` counts already.
    fn before<'a>(
        past: &Past,
        (hour, requests): (i64, i64),
        later: impl Iterator<Item = &'a (i64, i64)>,
    ) -> Self {
        let day = hour.div_euclid(24);
        let days = past.days.range(day - MEAN_OF..=day);
        let sum: i64 = days.map(|(_, requests)| *requests).sum();
        let later = later.filter(|(other, _)| other.div_euclid(24) == day);
        let later: i64 = later.map(|(_, requests)| *requests).sum();
        let since = hour_of(past.created_at).max((day - MEAN_OF) * 24);
        Self {
            requests: (sum - requests - later).max(0),
            hours: (hour - since).max(1),
        }
    }

    /// Whether so many uses in an hour are an alert by the thresholds of the organization.
    fn is_exceeded_by(self, requests: i64, wanted: &KeyAlerts) -> bool {
        let factor = wanted.rate_factor();
        factor > 0
            && requests > wanted.rate_floor()
            && i128::from(requests) * i128::from(self.hours)
                > i128::from(factor) * i128::from(self.requests)
    }

    /// Returns the mean, rounded to hundredths.
    #[allow(clippy::cast_precision_loss, reason = "it is shown to people")]
    fn value(self) -> f64 {
        (self.requests as f64 * 100.0 / self.hours as f64).round() / 100.0
    }
}

#[cfg(test)]
mod tests;
