//! The audit log of an organization, or of the platform: read, follow and export it, and see whether
//! the chain over it is whole.

mod actor;
mod chain;
pub(super) mod export;
mod filter;
mod lines;

use self::actor::Names;
use self::filter::Wanted;
pub(super) use self::lines::table;
use self::lines::table_with;
use super::answers::Page;
use super::gate::{self, Answer};
use super::host::Host;
use super::page::{Empty, Follow, Part};
use super::platform;
use super::sent::Sent;
use super::visit::{Outcome, Signed, Visit};
use crate::audit::{self, Action, seal};
use crate::base::{OrganizationId, Seek};
use crate::db::{self, Conn};
use crate::http::{Anyone, Call, Endpoint};

pub(super) const PATH: &str = "/console/audit";

const EXPORT: &str = "/console/audit/export";

/// How often a page that follows the log shows new lines (seconds).
const EVERY: u32 = 5;

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page(PATH, get),
        Endpoint::page(EXPORT, export::get),
    ]
}

async fn get(call: Call<Anyone, Sent>) -> Answer {
    let visit = Visit::of(&call)?;
    // New lines come without anybody doing something, so following is no use of the session.
    let is_use = !follows(&visit);
    gate::show_as(visit, is_use, show::<Signed>).await
}

/// Returns the path of the log.
fn base(visit: &Visit) -> &'static str {
    visit.area.pick(PATH, platform::audit::PATH)
}

/// Reads lines of the log of an organization, or of the platform.
fn read_page(
    conn: &mut Conn,
    owner: OrganizationId,
    page: audit::Page,
) -> db::Result<audit::Found> {
    if owner == OrganizationId::SERVICE {
        return audit::platform_page(conn, &page);
    }
    let organization = Some(owner);
    audit::page(
        conn,
        &audit::Page {
            organization,
            ..page
        },
    )
}

/// Whether the page shows new lines by itself.
pub(super) fn follows(visit: &Visit) -> bool {
    visit.asked("follow") == "1"
}

/// Shows the log.
pub(super) async fn show<H: Host>(signed: &H) -> Outcome {
    let mut ignored = Vec::new();
    let limit = signed.limit(&mut ignored);
    let wanted = Wanted::read(signed, &mut ignored);
    let follows = follows(signed);
    let seek: Seek<i64> = if follows { Seek::First } else { signed.seek() };
    let is_filtered = !seek.is_first() || !wanted.names.is_empty();
    let owner = signed.owner();
    let page = audit::Page {
        organization: None,
        filter: wanted.filter.clone(),
        seek,
        limit,
    };
    let read = move |conn: &mut _| {
        let found = read_page(conn, owner, page)?;
        let names = Names::of(conn, owner, &found.page.rows)?;
        let of = Some(owner).filter(|owner| *owner != OrganizationId::SERVICE);
        Ok::<_, db::Error>((found, names, seal::state(conn, of)?))
    };
    let (found, names, state) = signed.app.db.read(read).await?;

    let mut parts = Vec::new();
    parts.extend(signed.ignored(&ignored));
    parts.push(Part::Filter(filter::form(signed, &wanted)));
    parts.push(Part::Actions(export::links(signed)));
    parts.push(Part::Follow(follow(signed, follows)));
    parts.push(chain::facts(signed, &state));
    if !found.page.rows.is_empty() {
        parts.push(Part::Table(table_with(signed, &found.page.rows, &names)));
    } else if is_filtered {
        parts.push(Part::Nothing {
            text: signed.text("nothing-found"),
            clear: signed.link(base(signed), "filter-clear"),
        });
    } else {
        parts.push(Part::Empty(Empty {
            text: signed.text(signed.area.pick("audit-empty", "platform-audit-empty")),
            action: None,
            command: None,
        }));
    }
    if let Some(at) = found.looked_up_to {
        let how_far = vec![signed.time(at)];
        parts.push(Part::Facts(
            "looked-back",
            vec![(signed.text("audit-looked-back"), how_far)],
        ));
    }
    if !follows {
        parts.push(Part::Pages(signed.pages(&found.page)));
    }
    let page = Page::new("audit", signed.phrase("audit-log"), parts);
    if follows {
        // What the last act has to say stays for the page that somebody opens.
        signed.answers(&page)
    } else {
        signed.shows(page).await
    }
}

/// The button that begins to follow the log, or pauses that.
fn follow(signed: &Visit, follows: bool) -> Follow {
    let kept = signed.query.iter();
    let kept = kept.filter(|(name, _)| !["follow", "cursor"].contains(&name.as_str()));
    let mut hidden: Vec<_> = kept.cloned().collect();
    if !follows {
        hidden.push(("follow".to_owned(), "1".to_owned()));
    }
    Follow {
        action: base(signed).to_owned(),
        hidden,
        label: signed.text(if follows {
            "audit-pause"
        } else {
            "audit-follow"
        }),
        every: follows.then_some(EVERY),
    }
}

/// The message for an act.
const fn act(action: Action) -> &'static str {
    match action {
        Action::LoggedIn => "act-logged-in",
        Action::LoginFailed => "act-login-failed",
        Action::OrganizationCreated => "act-organization-created",
        Action::OrganizationUpdated => "act-organization-updated",
        Action::OrganizationSuspended => "act-organization-suspended",
        Action::OrganizationResumed => "act-organization-resumed",
        Action::OrganizationTokensRevoked => "act-organization-tokens-revoked",
        Action::LoginSet => "act-login-set",
        Action::PasswordSet => "act-password-set",
        Action::OperatorCreated => "act-operator-created",
        Action::OperatorUpdated => "act-operator-updated",
        Action::OperatorDeactivated => "act-operator-deactivated",
        Action::OperatorActivated => "act-operator-activated",
        Action::OperatorDeleted => "act-operator-deleted",
        Action::OperatorsImported => "act-operators-imported",
        Action::OperatorsExported => "act-operators-exported",
        Action::OperatorErased => "act-operator-erased",
        Action::OperatorTokensRevoked => "act-operator-tokens-revoked",
        Action::SignedIn => "act-signed-in",
        Action::SignInFailed => "act-sign-in-failed",
        Action::CredentialsSet => "act-credentials-set",
        Action::TotpSet => "act-totp-set",
        Action::SessionEnded => "act-session-ended",
        Action::SessionDisowned => "act-session-disowned",
        Action::ClientCreated => "act-client-created",
        Action::ClientUpdated => "act-client-updated",
        Action::ClientSecretRotated => "act-client-secret-rotated",
        Action::ClientDeleted => "act-client-deleted",
        Action::ClientTokensRevoked => "act-client-tokens-revoked",
        Action::GrantCreated => "act-grant-created",
        Action::GrantRevoked => "act-grant-revoked",
        Action::RefreshReused => "act-refresh-reused",
        Action::ResourceUpdated => "act-resource-updated",
        Action::ApiKeyCreated => "act-api-key-created",
        Action::ApiKeyUpdated => "act-api-key-updated",
        Action::ApiKeyRotated => "act-api-key-rotated",
        Action::ApiKeyRevoked => "act-api-key-revoked",
        Action::ApiKeyQuarantined => "act-api-key-quarantined",
        Action::ApiKeyReleased => "act-api-key-released",
        Action::ApiKeyLeakReported => "act-api-key-leak-reported",
        Action::ApiKeyNewNetwork => "act-api-key-new-network",
        Action::ApiKeyWokeUp => "act-api-key-woke-up",
        Action::ApiKeyRateJump => "act-api-key-rate-jump",
        Action::WechatAppCreated => "act-wechat-app-created",
        Action::WechatAppUpdated => "act-wechat-app-updated",
        Action::WechatAppDeleted => "act-wechat-app-deleted",
        Action::WechatIdentityConflict => "act-wechat-identity-conflict",
        Action::WechatFailed => "act-wechat-failed",
        Action::ScopeUpdated => "act-scope-updated",
        Action::RoleUpdated => "act-role-updated",
        Action::TokenRevoked => "act-token-revoked",
        Action::CompanyTokenRevoked => "act-company-token-revoked",
        Action::CompanyTokenRotated => "act-company-token-rotated",
        Action::CompanyTokenIssued => "act-company-token-issued",
        Action::OperatorTokenIssued => "act-operator-token-issued",
        Action::CompanyTokenLabelled => "act-company-token-labelled",
        Action::CompanyTokenRetired => "act-company-token-retired",
        Action::RotationEnforced => "act-rotation-enforced",
        Action::RotationDue => "act-rotation-due",
        Action::WebhookCreated => "act-webhook-created",
        Action::WebhookUpdated => "act-webhook-updated",
        Action::WebhookDeleted => "act-webhook-deleted",
        Action::WebhookRetried => "act-webhook-retried",
        Action::WebhookGone => "act-webhook-gone",
        Action::WebhookGaveUp => "act-webhook-gave-up",
        Action::KeyCreated => "act-key-created",
        Action::KeyActivated => "act-key-activated",
        Action::KeySuperseded => "act-key-superseded",
        Action::KeyRetired => "act-key-retired",
        Action::KeyRevoked => "act-key-revoked",
        Action::KeysResealed => "act-keys-resealed",
        Action::JobRequested => "act-job-requested",
        Action::PlatformAdminCreated => "act-platform-admin-created",
        Action::PlatformAdminDeleted => "act-platform-admin-deleted",
        Action::PlatformAdminSignedIn => "act-platform-admin-signed-in",
        Action::PlatformAdminSignInFailed => "act-platform-admin-sign-in-failed",
        Action::AuditExported => "act-audit-exported",
        Action::DatabaseRestored => "act-database-restored",
    }
}
