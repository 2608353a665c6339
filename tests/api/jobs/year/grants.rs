//! The jobs of OAuth, day by day.

use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use lanyard::access::ScopeSet;
use lanyard::base::{
    ClientId, Digest, GrantId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId,
};
use lanyard::client::Directory;
use lanyard::db::schema::{
    browser_sessions, codes, consents, device_codes, device_guesses, ended_console_sessions,
    grants, opaque_tokens, page_requests, pushed_requests, refresh_tokens,
};
use lanyard::db::{Conn, Result};
use lanyard::grant::CodeState;
use lanyard::grant::store::{
    Grant, NewCode, NewDeviceCode, OpaqueToken, Settle, StoredRefreshToken, insert_code,
    insert_device_code, insert_grants, insert_opaque_tokens, insert_refresh_tokens,
    remember_consent, settle_code, take_place,
};
use serde_json::json;

use super::{DAYS, Year, after};
use crate::support::Server;

const ORGANIZATION: OrganizationId = OrganizationId(1);

fn write<T>(server: &Server, body: impl FnOnce(&mut Conn) -> Result<T>) -> T {
    server.app.db.write_blocking(body).unwrap()
}

/// Returns how many codes, grants, refresh tokens, opaque tokens, consents, device codes and wrong
/// user codes there are.
fn rows(server: &Server) -> [i64; 7] {
    let count = |conn: &mut Conn| -> Result<[i64; 7]> {
        Ok([
            codes::table.count().get_result(conn)?,
            grants::table.count().get_result(conn)?,
            refresh_tokens::table.count().get_result(conn)?,
            opaque_tokens::table.count().get_result(conn)?,
            consents::table.count().get_result(conn)?,
            device_codes::table.count().get_result(conn)?,
            device_guesses::table.count().get_result(conn)?,
        ])
    };
    server.app.db.read_blocking(count).unwrap()
}

/// A grant that is made at `now` by a code, with a consent, and whose tokens live a day.
fn sign_in(conn: &mut Conn, number: i64, now: Timestamp) -> Result<()> {
    let client: ClientId = "shop".parse().unwrap();
    let (operator, end) = (OperatorId(number), now.plus(Duration::from_hours(24)));
    let digest = |what: &str| Digest::of(&format!("{what} {number}"));
    let id = GrantId::generate(now);
    insert_code(
        conn,
        &NewCode {
            organization: ORGANIZATION,
            client: client.clone(),
            operator,
            digest: digest("code"),
            redirect_uri: None,
            challenge: None,
            dpop_jkt: None,
            scopes: ScopeSet::default(),
            resources: Vec::new(),
            nonce: None,
            auth_time: now,
            amr: "pwd".to_owned(),
            sid: None,
            rev: Sequence(0),
            expires_at: now.plus(Duration::from_mins(1)),
        },
    )?;
    settle_code(
        conn,
        &Settle {
            organization: ORGANIZATION,
            digest: digest("code"),
            state: CodeState::Redeemed,
            kept_until: end,
            now,
        },
    )?;
    insert_device_code(
        conn,
        &NewDeviceCode {
            organization: ORGANIZATION,
            client: client.clone(),
            digest: digest("device"),
            user_digest: digest("user"),
            asked: None,
            resources: Vec::new(),
            rev: Sequence(0),
            interval: Duration::from_secs(5),
            expires_at: now.plus(Duration::from_mins(10)),
            network: None,
        },
    )?;
    take_place(conn, &format!("network {number}"), 0, None, now)?;
    insert_grants(
        conn,
        &[Grant {
            organization: ORGANIZATION,
            id,
            client: client.clone(),
            operator,
            scopes: ScopeSet::default(),
            resources: Vec::new(),
            nonce: None,
            auth_time: now,
            amr: "pwd".to_owned(),
            sid: None,
            dpop_jkt: None,
            created_at: now,
            last_used_at: now,
            expires_at: end,
            ended_at: None,
        }],
    )?;
    insert_refresh_tokens(
        conn,
        &[StoredRefreshToken {
            organization: ORGANIZATION,
            digest: digest("refresh"),
            jti: TokenId::generate(now),
            grant: id,
            rev: Sequence(0),
            issued_at: now,
            expires_at: end,
            used: None,
        }],
    )?;
    insert_opaque_tokens(
        conn,
        &[OpaqueToken {
            organization: ORGANIZATION,
            digest: digest("opaque"),
            claims: "{}".to_owned(),
            expires_at: end,
        }],
    )?;
    let none = ScopeSet::default();
    remember_consent(conn, ORGANIZATION, &client, operator, &none, now)
}

/// A sign-in each day, whose tokens live a day, a device and a wrong user code: their rows exist on that day and on the two after it.
pub(super) fn purge_grants(server: &Server) {
    let mut year = Year::of(server, "purge_grants");
    for day in DAYS {
        write(server, |conn| sign_in(conn, day, after(day - 1)));
        year.pass();
        let kept = rows(server);
        assert!(kept.iter().all(|count| *count <= 3), "day {day}: {kept:?}");
    }
    assert_eq!(rows(server)[1], rows(server)[0]);
    assert!(year.end() >= 7 * (365 - 3));
}

/// A browser session, a console session that an act has ended, a request and a pushed request each day.
pub(super) fn purge_browser_sessions(server: &Server) {
    let mut year = Year::of(server, "purge_browser_sessions");
    for day in DAYS {
        let now = after(day - 1);
        write(server, |conn| {
            diesel::insert_into(browser_sessions::table)
                .values((
                    browser_sessions::digest.eq(Digest::of(&day.to_string())),
                    browser_sessions::sid.eq(TokenId::generate(now)),
                    browser_sessions::organization_id.eq(ORGANIZATION),
                    browser_sessions::operator_id.eq(OperatorId(1)),
                    browser_sessions::rev.eq(Sequence(0)),
                    browser_sessions::state.eq("signed_in"),
                    browser_sessions::amr.eq("pwd"),
                    browser_sessions::signed_in_at.eq(now),
                    browser_sessions::last_seen_at.eq(now),
                ))
                .execute(conn)?;
            diesel::insert_into(ended_console_sessions::table)
                .values((
                    ended_console_sessions::digest.eq(Digest::of(&day.to_string())),
                    ended_console_sessions::organization_id.eq(ORGANIZATION),
                    ended_console_sessions::operator_id.eq(OperatorId(1)),
                    ended_console_sessions::last_seen_at.eq(now),
                ))
                .execute(conn)?;
            diesel::insert_into(page_requests::table)
                .values((
                    page_requests::digest.eq(Digest::of(&day.to_string())),
                    page_requests::browser.eq(Digest::of("browser")),
                    page_requests::organization_id.eq(ORGANIZATION),
                    page_requests::client_id.eq("shop"),
                    page_requests::parameters.eq(""),
                    page_requests::expires_at.eq(now),
                ))
                .execute(conn)?;
            diesel::insert_into(pushed_requests::table)
                .values((
                    pushed_requests::organization_id.eq(ORGANIZATION),
                    pushed_requests::digest.eq(Digest::of(&day.to_string())),
                    pushed_requests::client_id.eq("shop"),
                    pushed_requests::parameters.eq("[]"),
                    pushed_requests::expires_at.eq(now),
                ))
                .execute(conn)?;
            Ok(())
        });
        year.pass();
        let left = server.app.db.read_blocking(|conn| -> Result<[i64; 4]> {
            Ok([
                browser_sessions::table.count().get_result(conn)?,
                ended_console_sessions::table.count().get_result(conn)?,
                page_requests::table.count().get_result(conn)?,
                pushed_requests::table.count().get_result(conn)?,
            ])
        });
        let left = left.unwrap();
        assert!(left.iter().all(|count| *count <= 2), "day {day}: {left:?}");
    }
    assert!(year.end() >= 4 * (365 - 2));
}

/// A browser session each day, which is counted on that day.
pub(super) fn count_sessions(server: &Server) {
    let mut year = Year::of(server, "count_sessions");
    for day in DAYS {
        let now = after(day);
        write(server, |conn| {
            diesel::insert_into(browser_sessions::table)
                .values((
                    browser_sessions::digest.eq(Digest::of(&day.to_string())),
                    browser_sessions::sid.eq(TokenId::generate(now)),
                    browser_sessions::organization_id.eq(ORGANIZATION),
                    browser_sessions::operator_id.eq(OperatorId(1)),
                    browser_sessions::rev.eq(Sequence(0)),
                    browser_sessions::state.eq("signed_in"),
                    browser_sessions::amr.eq("pwd"),
                    browser_sessions::signed_in_at.eq(now),
                    browser_sessions::last_seen_at.eq(now),
                ))
                .execute(conn)?;
            Ok(())
        });
        year.pass();
        let page = server.get("/metrics").send();
        let line = "lanyard_sessions_open{kind=\"browser\"} 1\n";
        assert!(page.text().contains(line), "day {day}: {page}");
    }
    assert_eq!(year.end(), 0);
}

/// A secret that is used each day.
pub(super) fn write_secret_uses(server: &Server) {
    let acme = server.organization("acme");
    let record = acme.client(&json!({"name": "Shop", "grants": ["client_credentials"]}));
    let id: ClientId = record["id"].as_str().unwrap().parse().unwrap();
    let secret = record["secret"].as_str().unwrap();
    let system = actix_web::rt::System::new();
    let directory = Arc::<Directory>::default();
    let found = system
        .block_on(directory.find(&server.app.db, &id))
        .unwrap();
    let found = found.unwrap();
    let mut year = Year::of(server, "write_secret_uses");
    for day in DAYS {
        let now = server.app.clock.now();
        server.app.clients.secret_uses.note(&found, secret, now);
        year.pass();
        let used = system
            .block_on(directory.look_up(&server.app.db, &id))
            .unwrap();
        let used = used.unwrap().secrets.current.unwrap().last_used_at;
        assert_eq!(used, Some(now), "day {day}");
    }
    assert_eq!(year.end(), 365);
}
