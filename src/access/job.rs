//! Notices that the file of rules has changed.

use super::{Reload, RulesFile};
use crate::metrics::Metrics;

/// Looks at the file, and puts its rules into force if they have changed. A file with faults is
/// reported once. Returns 1 if the rules have changed.
pub fn reload(file: &RulesFile, metrics: &Metrics) -> usize {
    match file.reload() {
        Reload::Unchanged => 0,
        Reload::Taken => {
            metrics.authz_rules_valid.set(1);
            tracing::info!(
                rules = file.rules().count(),
                "the rules of authz.rules_file have changed"
            );
            1
        }
        Reload::Refused(why) => {
            metrics.authz_rules_valid.set(0);
            tracing::error!(%why, "the rules of authz.rules_file have faults; those before them stay in force");
            0
        }
    }
}
