//! The members of bodies and the parameters of queries that name a record, or look as if they did.

use serde_json::{Value, json};

use self::Named::{
    Client, CompanyToken, Message, Operator, OperatorToken, OtherId, Request, Resource, Scope,
};

/// What is named.
#[derive(Clone, Copy)]
pub(super) enum Named {
    Operator,
    /// An operator, by its `externalId`.
    OtherId,
    Client,
    Resource,
    /// A scope or a role that the organization has defined.
    Scope,
    OperatorToken,
    CompanyToken,
    /// A message to an endpoint.
    Message,
    /// A request that was made, by its `X-Request-Id`.
    Request,
}

/// A request that names something: the method, the path with own ids in place of `{client}`, `{key}`
/// and `{webhook}`, and the body. Without a body the text is appended to the path.
pub(super) type Call = (&'static str, &'static str, Option<fn(&str) -> Value>);

/// Members that name a record, each with a request.
pub(super) const TABLE: [(&str, Named, Call); 24] = [
    (
        "POST /api/operator/get-token id",
        Operator,
        (
            "POST",
            "/api/operator/get-token",
            Some(|id| json!({"id": number(id)})),
        ),
    ),
    (
        "POST /api/operator/synchronize id",
        Operator,
        (
            "POST",
            "/api/operator/synchronize",
            Some(|id| json!([{"id": number(id), "name": "Mine"}])),
        ),
    ),
    (
        "POST /api/operator/validate-token token",
        OperatorToken,
        (
            "POST",
            "/api/operator/validate-token",
            Some(|token| json!({"token": token})),
        ),
    ),
    (
        "POST /api/operator/validate-tokens tokens",
        OperatorToken,
        (
            "POST",
            "/api/operator/validate-tokens",
            Some(|token| json!({"tokens": [token, 7]})),
        ),
    ),
    (
        "POST /api/operator/revoke-token token",
        OperatorToken,
        (
            "POST",
            "/api/operator/revoke-token",
            Some(|token| json!({"token": token})),
        ),
    ),
    (
        "POST /api/company/revoke-token token",
        CompanyToken,
        (
            "POST",
            "/api/company/revoke-token",
            Some(|token| json!({"token": token})),
        ),
    ),
    (
        "GET /api/company/tokens operatorId",
        Operator,
        ("GET", "/api/company/tokens?operatorId=", None),
    ),
    (
        "GET /api/company/tokens clientId",
        Client,
        ("GET", "/api/company/tokens?clientId=", None),
    ),
    (
        "GET /api/company/grants operatorId",
        Operator,
        ("GET", "/api/company/grants?operatorId=", None),
    ),
    (
        "GET /api/company/grants clientId",
        Client,
        ("GET", "/api/company/grants?clientId=", None),
    ),
    (
        "GET /api/company/audit actor",
        Operator,
        ("GET", "/api/company/audit?actor=operator:", None),
    ),
    (
        "GET /api/company/audit target",
        Operator,
        ("GET", "/api/company/audit?target=operator:", None),
    ),
    (
        "GET /api/company/audit requestId",
        Request,
        ("GET", "/api/company/audit?requestId=", None),
    ),
    (
        "GET /api/company/operators externalId",
        OtherId,
        ("GET", "/api/company/operators?externalId=", None),
    ),
    (
        "POST /api/company/clients operatorId",
        Operator,
        (
            "POST",
            "/api/company/clients",
            Some(|id| with("operatorId", json!(number(id)))),
        ),
    ),
    (
        "PATCH /api/company/clients/{id} operatorId",
        Operator,
        (
            "PATCH",
            "/api/company/clients/{client}",
            Some(|id| json!({"operatorId": number(id)})),
        ),
    ),
    (
        "POST /api/company/clients scopes",
        Scope,
        (
            "POST",
            "/api/company/clients",
            Some(|name| with("scopes", json!([name]))),
        ),
    ),
    (
        "PATCH /api/company/clients/{id} scopes",
        Scope,
        (
            "PATCH",
            "/api/company/clients/{client}",
            Some(|name| json!({"scopes": [name]})),
        ),
    ),
    (
        "POST /api/company/clients audience",
        Resource,
        (
            "POST",
            "/api/company/clients",
            Some(|uri| with("audience", json!([uri]))),
        ),
    ),
    (
        "PATCH /api/company/clients/{id} audience",
        Resource,
        (
            "PATCH",
            "/api/company/clients/{client}",
            Some(|uri| json!({"audience": [uri]})),
        ),
    ),
    (
        "POST /api/company/resources scopes",
        Scope,
        (
            "POST",
            "/api/company/resources",
            Some(|name| json!({"uri": "https://mine.example/", "name": "Mine", "scopes": [name]})),
        ),
    ),
    (
        "POST /api/company/webhooks/{id}/retry deliveryId",
        Message,
        (
            "POST",
            "/api/company/webhooks/{webhook}/retry",
            Some(|id| json!({"deliveryId": id})),
        ),
    ),
    (
        "PATCH /api/v1/api-keys/{id} scopes",
        Scope,
        (
            "PATCH",
            "/api/v1/api-keys/{key}",
            Some(|name| json!({"scopes": [name]})),
        ),
    ),
    (
        "PATCH /api/v1/api-keys/{id} role",
        Scope,
        (
            "PATCH",
            "/api/v1/api-keys/{key}",
            Some(|name| json!({"role": name})),
        ),
    ),
];

/// Members that name a record and are in the table of `anothers`.
pub(super) const IN_ANOTHERS: [&str; 8] = [
    "GET /api/v1/api-keys created_by",
    "GET /api/v1/api-keys/usage key_id",
    "POST /api/v1/api-keys operator_id",
    "POST /api/v1/api-keys role",
    "POST /api/v1/api-keys scopes",
    "POST /api/v1/api-keys/verify key",
    "POST /api/v1/api-keys/verify-many keys",
    "PUT /api/v1/roles/{name} scopes",
];

/// Members that look as if they named a record: what is new is named with them, they are words of the
/// caller's own, or who has the text may know what it is.
pub(super) const NAMING_NOTHING: [&str; 13] = [
    "POST /api/company/operators externalId",
    "POST /api/company/operators role",
    "PATCH /api/company/operators/{id} externalId",
    "PATCH /api/company/operators/{id} role",
    "POST /api/operator/synchronize externalId",
    "POST /api/operator/synchronize role",
    "POST /api/v1/api-keys/verify role",
    "POST /api/v1/api-keys/verify scopes",
    "POST /api/v1/auth/wechat/login app_id",
    "POST /api/v1/leaked-keys key",
    "POST /api/v1/wechat-apps app_id",
    "POST /api/v1/wechat-apps role",
    "PATCH /api/v1/wechat-apps/{app_id} role",
];

/// Returns a new client with a member.
fn with(member: &str, value: Value) -> Value {
    let mut client = json!({"name": "Mine", "grants": ["client_credentials"]});
    client[member] = value;
    client
}

fn number(text: &str) -> i64 {
    text.parse().unwrap()
}
