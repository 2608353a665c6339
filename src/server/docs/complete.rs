//! What is true of every operation, told once.

use utoipa::Modify;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};

const ERROR: &str = "An error: `error` is for programs, `error_description` says what was wrong and what to do. \
    429 and 503 tell in `Retry-After` (seconds) when to try again; any other is final.";

/// Gives each operation an id of its own, a summary without mark-up, words for its success, and the shape of its errors.
pub(super) struct Complete;

impl Modify for Complete {
    fn modify(&self, document: &mut OpenApi) {
        for (path, item) in &mut document.paths.paths {
            let operations = [
                ("get", &mut item.get),
                ("post", &mut item.post),
                ("put", &mut item.put),
                ("patch", &mut item.patch),
                ("delete", &mut item.delete),
            ];
            for (method, operation) in operations {
                if let Some(operation) = operation {
                    complete(operation, method, path);
                }
            }
        }
    }
}

fn complete(operation: &mut Operation, method: &str, path: &str) {
    let words = path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && *word != "api");
    let id: Vec<_> = std::iter::once(method).chain(words).collect();
    operation.operation_id = Some(id.join("_"));
    operation.summary = operation.summary.take().map(|text| text.replace('`', ""));
    let responses = &mut operation.responses.responses;
    for response in responses.values_mut() {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            "Success".clone_into(&mut response.description);
        }
    }
    let shape = Ref::from_schema_name("ErrorBody");
    let error = ResponseBuilder::new().description(ERROR).content(
        "application/json",
        ContentBuilder::new().schema(Some(shape)).build(),
    );
    responses.insert("default".to_owned(), RefOr::T(error.build()));
}
