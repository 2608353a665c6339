//! The signature base: the text that is signed (RFC 9421, section 2.5).

use super::{Component, Message, SignatureError};

/// Returns the signature base of a request. `parameters` is the value of `@signature-params`: the
/// list of the components with its parameters, as sent.
///
/// No two requests with other values of the components have the same base: every component is one
/// line, and no value can contain the end of one.
///
/// # Errors
/// Returns [`SignatureError::Missing`], [`SignatureError::NotAscii`] or [`SignatureError::Host`].
pub fn signature_base(
    message: &Message<'_>,
    components: &[Component],
    parameters: &str,
) -> Result<String, SignatureError> {
    let mut base = String::new();
    for component in components {
        base.push('"');
        base.push_str(component.name());
        base.push_str("\": ");
        base.push_str(&component.value(message)?);
        base.push('\n');
    }
    base.push_str("\"@signature-params\": ");
    base.push_str(parameters);
    Ok(base)
}
