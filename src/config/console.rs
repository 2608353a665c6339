//! `[console]`: how long sessions of the console last.

use std::time::Duration;

use super::{parse, reader::Reader};

/// The settings of the console.
#[derive(Clone, Debug)]
pub struct Console {
    /// How long a session may be idle.
    pub session_idle: Duration,
    /// How long a session lasts at most.
    pub session_lifetime: Duration,
    /// How long a session on the pages of the platform may be idle.
    pub platform_session_idle: Duration,
    /// How long a session on the pages of the platform lasts at most.
    pub platform_session_lifetime: Duration,
    /// How long after a sign-in, or after the password or a code was given again, what reveals or
    /// widens something may be done without giving it again.
    pub reauthenticate_after: Duration,
}

impl Console {
    pub(super) fn read(reader: &mut Reader) -> Self {
        // `token::CONSOLE_SESSION_LIMIT`.
        let (second, most) = (Duration::from_secs(1), Duration::from_hours(24 * 7));
        Self {
            session_idle: reader.setting(
                "console.session_idle",
                Duration::from_mins(30),
                parse::duration(second..=most),
            ),
            session_lifetime: reader.setting(
                "console.session_lifetime",
                Duration::from_hours(12),
                parse::duration(second..=most),
            ),
            platform_session_idle: reader.setting(
                "console.platform_session_idle",
                Duration::from_mins(15),
                parse::duration(second..=most),
            ),
            platform_session_lifetime: reader.setting(
                "console.platform_session_lifetime",
                Duration::from_hours(4),
                parse::duration(second..=most),
            ),
            reauthenticate_after: reader.setting(
                "console.reauthenticate_after",
                Duration::from_mins(15),
                parse::duration(second..=most),
            ),
        }
    }
}
