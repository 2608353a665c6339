//! The alerts that an organization receives about the use of its API keys.

use std::time::Duration;

use super::PolicyError;

/// The alerts that an organization receives about the use of its API keys. `None` stands for the
/// default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyAlerts {
    /// Whether a use from a new network is an alert.
    pub new_network: bool,
    /// After how many days without use the next use is an alert; 0 for never.
    pub silence_days: Option<i64>,
    /// An hour with more uses than this many times the mean is an alert; 0 for never.
    pub rate_factor: Option<i64>,
    /// An hour with this many uses or fewer is no alert.
    pub rate_floor: Option<i64>,
}

impl Default for KeyAlerts {
    fn default() -> Self {
        Self {
            new_network: true,
            silence_days: None,
            rate_factor: None,
            rate_floor: None,
        }
    }
}

impl KeyAlerts {
    /// Checks that every member is within its bounds.
    ///
    /// # Errors
    /// Returns the first member that is out of bounds.
    pub fn check(&self) -> Result<(), PolicyError> {
        let bounds = [
            (self.silence_days, "keyAlerts.silenceDays", 3_650),
            (self.rate_factor, "keyAlerts.rateFactor", 1_000_000),
            (self.rate_floor, "keyAlerts.rateFloor", 1_000_000_000_000),
        ];
        for (value, member, most) in bounds {
            if value.is_some_and(|value| !(0..=most).contains(&value)) {
                return Err(PolicyError {
                    member,
                    least: 0,
                    most,
                });
            }
        }
        Ok(())
    }

    /// Returns `silence_days`, or the default.
    #[must_use]
    pub fn silence_days(&self) -> i64 {
        self.silence_days.unwrap_or(30)
    }

    /// Returns for how long a key must be silent before its next use is an alert. `None` if there
    /// are no such alerts.
    #[must_use]
    pub fn silence(&self) -> Option<Duration> {
        let days = u64::try_from(self.silence_days()).unwrap_or_default();
        (days > 0).then(|| Duration::from_hours(24 * days))
    }

    /// Returns `rate_factor`, or the default.
    #[must_use]
    pub fn rate_factor(&self) -> i64 {
        self.rate_factor.unwrap_or(10)
    }

    /// Returns `rate_floor`, or the default.
    #[must_use]
    pub fn rate_floor(&self) -> i64 {
        self.rate_floor.unwrap_or(1_000)
    }
}

/// A change of [`KeyAlerts`]. `None` leaves a member, `Some(None)` resets it to the default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeyAlertsChange {
    /// [`KeyAlerts::new_network`].
    pub new_network: Option<Option<bool>>,
    /// [`KeyAlerts::silence_days`].
    pub silence_days: Option<Option<i64>>,
    /// [`KeyAlerts::rate_factor`].
    pub rate_factor: Option<Option<i64>>,
    /// [`KeyAlerts::rate_floor`].
    pub rate_floor: Option<Option<i64>>,
}

impl KeyAlertsChange {
    /// Resets every member to the default.
    pub const TO_DEFAULTS: Self = Self {
        new_network: Some(None),
        silence_days: Some(None),
        rate_factor: Some(None),
        rate_floor: Some(None),
    };

    pub(super) fn apply(self, alerts: &mut KeyAlerts) {
        if let Some(new_network) = self.new_network {
            alerts.new_network = new_network.unwrap_or(true);
        }
        let settings = [
            (&mut alerts.silence_days, self.silence_days),
            (&mut alerts.rate_factor, self.rate_factor),
            (&mut alerts.rate_floor, self.rate_floor),
        ];
        for (setting, change) in settings {
            if let Some(value) = change {
                *setting = value;
            }
        }
    }
}
