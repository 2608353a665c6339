//! Adds to the OpenAPI document what is the same for every operation.

use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{
    ContentBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder,
};

use crate::http::Surface;

const ERROR: &str = "An error: `error` is for programs, `error_description` says what was wrong and what to do. \
    429 and 503 say in `Retry-After` (seconds) when to retry; any other error is final.";

/// Gives each operation its own id, a summary without mark-up, a description of its success, and
/// the shape of its errors.
pub(super) fn complete(document: &mut OpenApi, surface: Surface) {
    let (name, schema) = surface.error_schema();
    let components = document.components.get_or_insert_default();
    components.schemas.entry(name.to_string()).or_insert(schema);
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
                complete_operation(operation, method, path, &name);
            }
        }
    }
}

fn complete_operation(operation: &mut Operation, method: &str, path: &str, error_body: &str) {
    let words = path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && *word != "api");
    let id: Vec<_> = std::iter::once(method).chain(words).collect();
    operation.operation_id = Some(id.join("_"));
    operation.summary = operation.summary.take().map(|text| text.replace('`', ""));
    bound_the_limit(operation);
    if let Some(RefOr::T(body)) = &mut operation.request_body
        && (method == "patch" || path.ends_with("/revoke-token"))
    {
        // Every member of these bodies is optional, and so is the body.
        body.required = Some(Required::False);
    }
    let refusals: Vec<_> = refusals(operation).collect();
    let responses = &mut operation.responses.responses;
    for response in responses.values_mut() {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            "Success".clone_into(&mut response.description);
        }
    }
    for (status, description) in refusals {
        responses
            .entry(status.to_owned())
            .or_insert_with(|| RefOr::T(error(description, error_body)));
    }
    responses.insert("default".to_owned(), RefOr::T(error(ERROR, error_body)));
}

/// Adds the bounds of `limit`: a page of any list has at most 1,000 items.
fn bound_the_limit(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter
            && parameter.name == "limit"
        {
            let bounded = ObjectBuilder::new()
                .schema_type(Type::Integer)
                .minimum(Some(1))
                .maximum(Some(1_000))
                .default(Some(100.into()))
                .build();
            parameter.schema = Some(bounded.into());
        }
    }
}

fn error(description: &str, body: &str) -> Response {
    let shape = Ref::from_schema_name(body);
    ResponseBuilder::new()
        .description(description)
        .content(
            "application/json",
            ContentBuilder::new().schema(Some(shape)).build(),
        )
        .build()
}

/// Returns the errors that follow from the form of an operation, each with its status and its
/// meaning. Errors of the operation's own rules, such as 409, are declared with the operation
/// itself.
fn refusals(operation: &Operation) -> impl Iterator<Item = (&'static str, &'static str)> {
    // `security(())` declares that an operation needs no credential.
    let secured = operation.security.as_ref().is_none_or(|ways| {
        let open = serde_json::json!({});
        ways.iter()
            .all(|way| serde_json::to_value(way).is_ok_and(|way| way != open))
    });
    let takes = |place: &ParameterIn| {
        operation.parameters.iter().flatten().any(|parameter| {
            matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == *place)
        })
    };
    let body = operation.request_body.is_some();
    let reads = body || takes(&ParameterIn::Query) || takes(&ParameterIn::Header);
    [
        (
            secured || reads,
            "400",
            "The request cannot be understood: a credential, a parameter or a member of the body",
        ),
        (
            secured,
            "401",
            "The credential is missing, malformed, expired or unknown",
        ),
        (
            secured || body,
            "403",
            "The credential was revoked or is of the wrong kind, or a secret came over plain HTTP",
        ),
        (
            takes(&ParameterIn::Path),
            "404",
            "There is no such record, or it is another organization's",
        ),
        (body, "408", "The body did not arrive completely in time"),
        (true, "413", "The body is too large"),
        (
            body,
            "415",
            "The body is no JSON in UTF-8, or it is compressed",
        ),
        (
            secured || body,
            "503",
            "A queue is full, the database is unreachable, or this node has lost its lease: `Retry-After` says when to try again",
        ),
    ]
    .into_iter()
    .filter(|(applies, ..)| *applies)
    .map(|(_, status, description)| (status, description))
}
