//! Overwrites what identifies an operator.

use diesel::prelude::*;

use crate::base::search_words::folded;
use crate::base::{ApiKeyId, Digest, OperatorId, OrganizationId, TokenId, WebhookId};
use crate::db::schema::{
    api_key_networks, api_key_usage, api_keys, browser_sessions, console_sessions, deliveries,
    device_codes, ledger, opaque_tokens, operator_addresses, operator_words, operators,
    recovery_codes, totp, wechat_openids, wechat_unionids,
};
use crate::db::{Conn, Result};
use crate::operator::Operator;

/// Returns the ids by which WeChat knows an operator.
pub(in crate::operator) fn wechat_ids(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
) -> Result<Vec<String>> {
    let mut ids: Vec<String> = wechat_openids::table
        .filter(wechat_openids::organization_id.eq(organization))
        .filter(wechat_openids::operator_id.eq(operator))
        .select(wechat_openids::openid)
        .load(conn)?;
    let more: Vec<String> = wechat_unionids::table
        .filter(wechat_unionids::organization_id.eq(organization))
        .filter(wechat_unionids::operator_id.eq(operator))
        .select(wechat_unionids::unionid)
        .load(conn)?;
    ids.extend(more);
    Ok(ids)
}

/// Returns tokens of an operator, after one of them, whose rows of the ledger have an address or a
/// note.
pub(in crate::operator) fn with_addresses(
    conn: &mut Conn,
    (organization, operator): (OrganizationId, OperatorId),
    after: Option<TokenId>,
    limit: i64,
) -> Result<Vec<TokenId>> {
    let mut query = ledger::table
        .filter(ledger::organization_id.eq(organization))
        .filter(ledger::operator_id.eq(operator))
        .filter(ledger::address.is_not_null().or(ledger::note.is_not_null()))
        .select(ledger::jti)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(ledger::jti.gt(after));
    }
    Ok(query.order(ledger::jti).limit(limit).load(conn)?)
}

/// Removes the addresses and notes of tokens.
pub(in crate::operator) fn forget_addresses(
    conn: &mut Conn,
    organization: OrganizationId,
    tokens: &[TokenId],
) -> Result<()> {
    let those = ledger::table.filter(ledger::organization_id.eq(organization));
    diesel::update(those.filter(ledger::jti.eq_any(tokens)))
        .set((
            ledger::address.eq(None::<String>),
            ledger::note.eq(None::<String>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Returns opaque tokens of an organization after one of them, with their claims.
pub(in crate::operator) fn opaque_tokens(
    conn: &mut Conn,
    organization: OrganizationId,
    after: Option<Digest>,
    limit: i64,
) -> Result<Vec<(Digest, String)>> {
    let mut query = opaque_tokens::table
        .filter(opaque_tokens::organization_id.eq(organization))
        .select((opaque_tokens::digest, opaque_tokens::claims))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(opaque_tokens::digest.gt(after));
    }
    Ok(query.order(opaque_tokens::digest).limit(limit).load(conn)?)
}

/// Deletes opaque tokens.
pub(in crate::operator) fn delete_opaque(
    conn: &mut Conn,
    organization: OrganizationId,
    digests: &[Digest],
) -> Result<()> {
    let those = opaque_tokens::table.filter(opaque_tokens::organization_id.eq(organization));
    diesel::delete(those.filter(opaque_tokens::digest.eq_any(digests))).execute(conn)?;
    Ok(())
}

/// Overwrites the record of an operator. `name` becomes its name.
pub(in crate::operator) fn overwrite(
    conn: &mut Conn,
    operator: &Operator,
    name: &str,
) -> Result<()> {
    let none = None::<String>;
    diesel::update(operators::table.find((operator.organization, operator.id)))
        .set((
            operators::name.eq(name),
            operators::name_fold.eq(folded(name)),
            operators::external_id.eq(&none),
            operators::email.eq(&none),
            operators::email_key.eq(&none),
            operators::email_fold.eq(&none),
            operators::username.eq(&none),
            operators::username_fold.eq(&none),
            operators::password_hash.eq(&none),
            operators::tier.eq(&none),
            operators::avatar.eq(&none),
            operators::language.eq(&none),
            operators::updated_at.eq(operator.version),
        ))
        .execute(conn)?;
    Ok(())
}

/// Returns the API keys that stand for an operator.
pub(in crate::operator) fn own_keys(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
) -> Result<Vec<ApiKeyId>> {
    Ok(api_keys::table
        .filter(api_keys::organization_id.eq(organization))
        .filter(api_keys::operator_id.eq(operator))
        .select(api_keys::id)
        .load(conn)?)
}

/// Deletes what belongs to an operator: its words, second factor, identities of WeChat, networks and
/// sessions; and the addresses of the API keys that stand for it.
pub(in crate::operator) fn forget(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
) -> Result<()> {
    // Each of these tables names the operator in the same columns.
    macro_rules! delete {
        ($($table:ident),+) => {$(
            let own = $table::table
                .filter($table::organization_id.eq(organization))
                .filter($table::operator_id.eq(operator));
            diesel::delete(own).execute(conn)?;
        )+};
    }
    delete!(
        recovery_codes,
        totp,
        wechat_openids,
        wechat_unionids,
        operator_addresses,
        operator_words,
        browser_sessions
    );
    let devices = device_codes::table
        .filter(device_codes::organization_id.eq(organization))
        .filter(device_codes::operator_id.eq(operator));
    diesel::update(devices)
        .set(device_codes::network.eq(None::<String>))
        .execute(conn)?;
    for key in own_keys(conn, organization, operator)? {
        diesel::update(api_keys::table.find((organization, key)))
            .set((
                api_keys::last_used_address.eq(None::<String>),
                api_keys::refused_address.eq(None::<String>),
            ))
            .execute(conn)?;
        let days = api_key_usage::table
            .filter(api_key_usage::organization_id.eq(organization))
            .filter(api_key_usage::key_id.eq(key));
        diesel::update(days)
            .set(api_key_usage::last_address.eq(None::<String>))
            .execute(conn)?;
        let networks = api_key_networks::table
            .filter(api_key_networks::organization_id.eq(organization))
            .filter(api_key_networks::key_id.eq(key));
        diesel::delete(networks).execute(conn)?;
    }
    Ok(())
}

/// Returns what console sessions of an organization have to say on their next pages.
pub(in crate::operator) fn notices(
    conn: &mut Conn,
    organization: OrganizationId,
) -> Result<Vec<(Digest, String)>> {
    let rows: Vec<(Digest, Option<String>)> = console_sessions::table
        .filter(console_sessions::organization_id.eq(organization))
        .filter(console_sessions::notice.is_not_null())
        .order(console_sessions::jti)
        .select((console_sessions::digest, console_sessions::notice))
        .load(conn)?;
    let notice = |(digest, notice): (Digest, Option<String>)| Some((digest, notice?));
    Ok(rows.into_iter().filter_map(notice).collect())
}

/// Removes what a console session has to say.
pub(in crate::operator) fn clear_notice(conn: &mut Conn, session: &Digest) -> Result<()> {
    diesel::update(console_sessions::table.find(session))
        .set(console_sessions::notice.eq(None::<String>))
        .execute(conn)?;
    Ok(())
}

/// Returns copies of messages of some kinds to the webhooks of an owner, each with its body, in the order
/// of their ids.
pub(in crate::operator) fn messages(
    conn: &mut Conn,
    owner: OrganizationId,
    kinds: &[&str],
    after: Option<(WebhookId, String)>,
    limit: i64,
) -> Result<Vec<((WebhookId, String), String)>> {
    let mut query = deliveries::table
        .filter(deliveries::organization_id.eq(owner))
        .filter(deliveries::event.eq_any(kinds))
        .order((deliveries::webhook_id, deliveries::id))
        .limit(limit)
        .select(((deliveries::webhook_id, deliveries::id), deliveries::body))
        .into_boxed();
    if let Some((webhook, id)) = after {
        let same = deliveries::webhook_id.eq(webhook);
        let later = deliveries::webhook_id.gt(webhook);
        query = query.filter(later.or(same.and(deliveries::id.gt(id))));
    }
    Ok(query.load(conn)?)
}

/// Overwrites the body of a message.
pub(in crate::operator) fn set_message(
    conn: &mut Conn,
    owner: OrganizationId,
    (webhook, id): &(WebhookId, String),
    body: &str,
) -> Result<()> {
    diesel::update(deliveries::table.find((owner, webhook, id)))
        .set(deliveries::body.eq(body))
        .execute(conn)?;
    Ok(())
}
