//! Notices that the file of rules has changed.

use prometheus_client::metrics::gauge::Gauge;

use super::{Reload, RulesFile};

/// Looks at the file, and puts its rules into force if they have changed. A file with faults is
/// reported once, and `valid` is 0 until it has none. Returns 1 if the rules have changed.
pub fn reload(file: &RulesFile, valid: &Gauge) -> usize {
    match file.reload() {
        Reload::Unchanged => 0,
        Reload::Taken => {
            valid.set(1);
            tracing::info!(
                rules = file.rules().count(),
                "the rules of authz.rules_file have changed"
            );
            1
        }
        Reload::Refused(why) => {
            valid.set(0);
            tracing::error!(%why, "the rules of authz.rules_file have faults; those before them stay in force");
            0
        }
    }
}
