//! The page with the text of an API key.

use super::{origin, path_of};
use crate::api_key::manage::Made;
use crate::console::answers::Page;
use crate::console::page::{Part, Phrase, Secret};
use crate::console::visit::{Outcome, Signed};

/// The page with the text of a key, which is shown once.
pub(super) fn page(signed: &Signed, made: &Made, heading: &str) -> Outcome {
    let key = &made.stored.key;
    let text = made.text.text().to_owned();
    let origin = origin(signed);
    let must_sign = key.settings.require_signature;
    let command = if must_sign {
        let id = key.id;
        format!("lanyard sign --key-id {id} --secret-file secret.txt {origin}/v1/profile")
    } else {
        format!(
            "curl -fsS {origin}/v1/profile -H 'X-API-Key: {text}'\ncurl -fsS {origin}/v1/profile -H \
             'Authorization: Bearer {text}'"
        )
    };
    let signing = made.secret.as_ref();
    let mut parts = Vec::new();
    if must_sign {
        parts.push(Part::Text(signed.phrase("key-sign-first")));
    }
    parts.push(Part::Secret(Secret {
        label: signed.text("api-key"),
        text,
        second: signing.map(|secret| (signed.text("signing-secret"), secret.text().to_owned())),
        curl: Some(command),
        stored: signed.link(path_of(key.id), "secret-stored"),
    }));
    let heading = Phrase::around(signed.language(), heading, &key.settings.name);
    signed.answer(&Page::new("secret", heading, parts))
}
