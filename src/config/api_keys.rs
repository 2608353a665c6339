//! `[api_keys]`: how often the use of API keys is written.

use std::time::Duration;

use super::{parse, reader::Reader};

/// How often the use of API keys is written.
#[derive(Clone, Debug)]
pub struct ApiKeys {
    /// How often a node writes the uses of keys, and looks for what is unusual in them.
    pub flush: Duration,
}

impl ApiKeys {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let bounds = Duration::from_secs(1)..=Duration::from_mins(10);
        let flush = Duration::from_secs(10);
        Self {
            flush: reader.setting("api_keys.flush", flush, parse::duration(bounds)),
        }
    }
}
