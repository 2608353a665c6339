//! `[login]`: the cost of password hashing, and the limits on login attempts.

use std::{num::NonZeroU32, time::Duration};

use super::{http::Threads, parse, reader::Reader};

/// The cost of password hashing, and the limits on login attempts.
#[expect(clippy::struct_field_names, reason = "named as the keys are")]
#[derive(Clone, Debug)]
pub struct Login {
    /// bcrypt's cost, 4 to 31. Each step doubles the time.
    pub bcrypt_cost: u32,
    /// The number of threads that hash passwords.
    pub hash_threads: Threads,
    /// How many logins may wait for those threads. When the queue is full, the address with the
    /// most waiting gets 503.
    pub hash_queue: usize,
    /// Whether login attempts are limited at all.
    pub throttle: bool,
    /// The rate limit for one address.
    pub per_address: Rate,
    /// The rate limit for one login, over all addresses.
    pub per_login: Rate,
    /// How many failed attempts in a row, by one address on one login, cause a lockout.
    pub lockout_after: NonZeroU32,
    /// How long a lockout lasts.
    pub lockout: Duration,
}

/// A token-bucket rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The size of the bucket.
    pub burst: NonZeroU32,
    /// How many attempts are added to the bucket each second.
    pub per_second: NonZeroU32,
}

impl Rate {
    fn read(reader: &mut Reader, keys: [&'static str; 2], defaults: [u32; 2]) -> Self {
        let [burst, per_second] = keys;
        let [default_burst, default_per_second] = defaults.map(count);
        Self {
            burst: reader.setting(burst, default_burst, parse::positive(1_000_000)),
            per_second: reader.setting(per_second, default_per_second, parse::positive(1_000_000)),
        }
    }
}

impl Login {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            bcrypt_cost: reader.setting("login.bcrypt_cost", 12, parse::whole(4..=31)),
            hash_threads: reader.setting("login.hash_threads", Threads::ONE_A_CORE, Threads::parse),
            hash_queue: reader.setting("login.hash_queue", 64, parse::whole(1..=100_000)),
            throttle: reader.setting("login.throttle", true, parse::boolean),
            per_address: Rate::read(
                reader,
                ["login.per_address_burst", "login.per_address_per_second"],
                [30, 1],
            ),
            per_login: Rate::read(
                reader,
                ["login.per_login_burst", "login.per_login_per_second"],
                [60, 2],
            ),
            lockout_after: reader.setting(
                "login.lockout_after",
                count(30),
                parse::positive(1_000_000),
            ),
            lockout: reader.setting(
                "login.lockout",
                Duration::from_mins(5),
                parse::duration(Duration::from_secs(1)..=Duration::from_hours(24)),
            ),
        }
    }
}

/// Returns a default as a count, at least 1.
fn count(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}
