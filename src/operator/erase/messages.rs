//! What a message to a webhook keeps of a person. The message that an endpoint has received cannot be
//! changed; the copy of it that this service keeps is.

use serde_json::Value;

use super::names::Names;
use crate::audit::chain::ERASED;
use crate::base::OrganizationId;

/// Returns the body of a message of `organization` without what identifies a person: the network from
/// which one of its API keys was used, and a reason that has one of its names. `None` if the body has
/// neither. `is_own` returns whether a key is the person's.
pub(super) fn without(
    body: &str,
    organization: OrganizationId,
    is_own: impl Fn(&str) -> bool,
    names: &Names,
) -> Option<String> {
    let mut message: Value = serde_json::from_str(body).ok()?;
    let data = message.get_mut("data")?;
    if data.get("organizationId")?.as_i64() != Some(organization.0) {
        return None;
    }
    let text = |name: &str| data.get(name).and_then(Value::as_str);
    let own = text("keyId").is_some_and(is_own);
    let has_network = own && text("network").is_some_and(|network| network != ERASED);
    let has_name = text("reason").is_some_and(|reason| names.are_surely_in(reason));
    for (name, marked) in [("network", has_network), ("reason", has_name)] {
        if marked && let Some(value) = data.get_mut(name) {
            *value = Value::from(ERASED);
        }
    }
    (has_network || has_name).then(|| message.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_of_an_own_key_and_a_reason_with_the_name_are_erased() {
        let names = Names::of(vec!["Nguyễn An".to_owned()]);
        let without = |body: &str| without(body, OrganizationId(7), |key| key == "key_own", &names);
        let network = |organization: i64, key: &str| {
            format!(
                r#"{{"data":{{"keyId":"{key}","network":"192.0.2.0/24","organizationId":{organization}}},"type":"x"}}"#
            )
        };
        let gone =
            r#"{"data":{"keyId":"key_own","network":"(erased)","organizationId":7},"type":"x"}"#;
        assert_eq!(without(&network(7, "key_own")).as_deref(), Some(gone));
        assert_eq!(without(gone), None, "nothing is left to erase");
        assert_eq!(without(&network(7, "key_other")), None);
        assert_eq!(without(&network(8, "key_own")), None);
        let reason = |reason: &str| {
            format!(r#"{{"data":{{"organizationId":7,"reason":{reason}}},"type":"x"}}"#)
        };
        let gone = reason("\"(erased)\"");
        assert_eq!(without(&reason("\"seen by NGUYỄN AN\"")), Some(gone));
        for other in ["\"leak\"", "null", "7"] {
            assert_eq!(without(&reason(other)), None);
        }
        for odd in ["", "[]", "{}", r#"{"data":7}"#] {
            assert_eq!(without(odd), None);
        }
    }
}
