//! Versions of records that have no counter.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::Digest;

/// Returns the version of a record with these values. It stays the same as long as they do, so a
/// writer can find out whether the record was changed after it was read.
#[must_use]
pub fn version_of(values: &Value) -> String {
    URL_SAFE_NO_PAD.encode(Digest::of(&values.to_string()).0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn it_changes_with_each_value() {
        let version = version_of(&json!(["a", 1, null]));
        assert_eq!(version, version_of(&json!(["a", 1, null])));
        for other in [
            json!(["b", 1, null]),
            json!(["a", null, 1]),
            json!(["a1", null]),
        ] {
            assert_ne!(version, version_of(&other));
        }
    }
}
