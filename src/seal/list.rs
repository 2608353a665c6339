//! The list of everything that is sealed.

/// A column of the database that holds sealed values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedColumn {
    /// The table.
    pub table: &'static str,
    /// The column with the sealed value. Its name begins with `sealed_`. An empty value stands for
    /// a deleted secret.
    pub column: &'static str,
    /// The column of the same table with the fingerprint of the master key that sealed the value.
    pub by: &'static str,
    /// The name that a value is bound to when it is sealed, as an SQL expression over the row.
    pub name: &'static str,
    /// An SQL condition over the row: false if the value is never unsealed again. Resealing leaves
    /// such a value as it is if it cannot be unsealed.
    pub needed: &'static str,
    /// The row of `sequences` that writers of the column lock first.
    pub sequence: &'static str,
    /// What the values are, in words for people.
    pub what: &'static str,
    /// The same as the name of a JSON member.
    pub member: &'static str,
}

/// Everything that is sealed. A new sealed column is added here and nowhere else.
#[rustfmt::skip]
pub const SEALED: &[SealedColumn] = &[
    SealedColumn { table: "signing_keys", column: "sealed_key", by: "sealed_by", name: "'signing key ' || kid || ' (' || algorithm || CASE purpose WHEN 'tokens' THEN '' ELSE ', ' || purpose END || ')'", needed: "revoked_at IS NULL", sequence: "keys", what: "keys", member: "keys" },
    SealedColumn { table: "webhooks", column: "sealed_secret", by: "sealed_by", name: "'webhook ' || id", needed: "TRUE", sequence: "webhooks", what: "secrets of webhooks", member: "webhooks" },
    SealedColumn { table: "totp", column: "sealed_secret", by: "sealed_by", name: "'totp ' || organization_id || ' ' || operator_id", needed: "TRUE", sequence: "operators", what: "second factors", member: "totp" },
    SealedColumn { table: "api_key_secrets", column: "sealed_secret", by: "sealed_by", name: "'api key ' || key_id", needed: "EXISTS (SELECT 1 FROM api_keys k WHERE k.organization_id = api_key_secrets.organization_id AND k.id = api_key_secrets.key_id AND k.status <> 'revoked')", sequence: "api_key_secrets", what: "signing secrets of API keys", member: "apiKeySecrets" },
    SealedColumn { table: "operator_imports", column: "sealed_lines", by: "sealed_by", name: "'import ' || organization_id || ' ' || id", needed: "state IN ('checked', 'running')", sequence: "operator_imports", what: "imports of operators", member: "operatorImports" },
    SealedColumn { table: "platform_admins", column: "sealed_secret", by: "sealed_by", name: "'platform admin ' || id", needed: "TRUE", sequence: "platform_admins", what: "second factors of platform admins", member: "platformAdmins" },
    SealedColumn { table: "wechat_apps", column: "sealed_secret", by: "sealed_by", name: "'wechat app ' || app_id", needed: "TRUE", sequence: "organizations", what: "secrets of WeChat apps", member: "wechatApps" },
];
