//! `[webhooks]`: how messages are delivered to webhooks.

use std::time::Duration;

use super::{parse, reader::Reader};

/// How messages are delivered to webhooks.
#[derive(Clone, Debug)]
pub struct Webhooks {
    /// Whether webhooks may go to addresses outside the public internet, and over plain HTTP.
    pub allow_private: bool,
    /// How long an endpoint may take to answer.
    pub timeout: Duration,
    /// How many attempts are made before a message is given up.
    pub max_attempts: i64,
}

impl Webhooks {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let bounds = Duration::from_millis(100)..=Duration::from_mins(1);
        let timeout = Duration::from_secs(10);
        Self {
            allow_private: reader.setting("webhooks.allow_private", false, parse::boolean),
            timeout: reader.setting("webhooks.timeout", timeout, parse::duration(bounds)),
            max_attempts: reader.setting("webhooks.max_attempts", 8, parse::whole(1..=20)),
        }
    }
}
