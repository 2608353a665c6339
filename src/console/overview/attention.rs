//! What needs attention. Each query is bounded: by an index, or by how many records of the kind an
//! organization can have.

use std::time::Duration;

use crate::access::Roles;
use crate::api_key;
use crate::base::WebhookId;
use crate::client;
use crate::console::page::{Attention, Link};
use crate::console::visit::Signed;
use crate::console::{api_keys, audit_log, clients, operators, rotation, webhooks};
use crate::db;
use crate::operator;
use crate::organization;
use crate::usage::{self, Count, Range};
use crate::webhook;

/// How long before its end a key or a secret is shown.
const SOON: Duration = Duration::from_hours(30 * 24);

/// More webhooks than an organization can have.
const WEBHOOKS: i64 = 100;

/// Returns what needs attention. `due` is the number of company tokens that are due for rotation.
pub(super) async fn list(signed: &Signed, due: usize) -> db::Result<Vec<Attention>> {
    let (organization, now) = (signed.organization(), signed.now);
    let unused = organization::unused_tokens(&signed.app, organization).await?;
    let read = move |conn: &mut _| -> db::Result<[i64; 5]> {
        let keys = api_key::manage::count_expiring(conn, organization, SOON, now)?;
        let secrets = client::manage::count_expiring(conn, organization, SOON, now)?;
        let webhooks = webhook::list(conn, organization, WebhookId(0), WEBHOOKS)?;
        let gave_up = webhooks.iter().filter(|one| one.gave_up_at.is_some());
        let gave_up = i64::try_from(gave_up.count()).unwrap_or(i64::MAX);
        let factors = operator::count_without_factor(conn, organization, Roles::ADMIN)?;
        let day = usage::read(conn, organization, Range::Day, now)?;
        let refused = day.sum(&[Count::SignInRefused]);
        Ok([keys, secrets, gave_up, factors, refused])
    };
    let [keys, secrets, gave_up, factors, refused] = signed.app.db.read(read).await?;
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let audit = |actions: &[&str]| {
        let actions: Vec<_> = actions.iter().map(|one| format!("action={one}")).collect();
        format!("{}?{}", audit_log::PATH, actions.join("&"))
    };
    let all = [
        (
            "attention-due",
            number(due),
            format!("{}?due=1", rotation::PATH),
        ),
        (
            "attention-unused",
            number(unused),
            rotation::PATH.to_owned(),
        ),
        ("attention-keys", keys, api_keys::PATH.to_owned()),
        ("attention-secrets", secrets, clients::PATH.to_owned()),
        ("attention-webhooks", gave_up, webhooks::PATH.to_owned()),
        ("attention-factors", factors, operators::PATH.to_owned()),
        (
            "attention-sign-ins",
            refused,
            audit(&["login.failed", "operator.sign_in_failed"]),
        ),
    ];
    let attention = |(id, count, href): (&'static str, i64, String)| Attention {
        id,
        count,
        link: Link {
            href,
            label: signed.count(id, count),
        },
    };
    let all = all.into_iter().filter(|(_, count, _)| *count > 0);
    Ok(all.map(attention).collect())
}
