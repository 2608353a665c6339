//! The conditional statements that many requests share: each says for each row what it did,
//! also if rows of one statement exclude one another.

use std::time::Duration;

use diesel::prelude::*;
use lanyard::base::{Digest, GrantId, OrganizationId, Timestamp};
use lanyard::db::schema::{codes, grants, refresh_tokens};
use lanyard::db::{Conn, Result};
use lanyard::grant::CodeState;
use lanyard::grant::refresh_successor::Salt;
use lanyard::grant::store::{
    Extend, FirstUseOf, Settle, end_grant, extend_grants, settle_codes, use_refresh_tokens,
};
use serde_json::json;

use super::world::{client, organization, tokens};
use crate::support::{Server, on_both};

fn write<T>(server: &Server, body: impl FnOnce(&mut Conn) -> Result<T>) -> T {
    server.app.db.write_blocking(body).unwrap()
}

on_both!(codes_of_one_statement_have_their_own_outcomes);
fn codes_of_one_statement_have_their_own_outcomes(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    let now = server.app.clock.now();
    let own = OrganizationId(acme.id);
    let settle = |code: &str, organization: OrganizationId, at: Timestamp| Settle {
        organization,
        digest: Digest::of(code),
        state: CodeState::Redeemed,
        kept_until: now.plus(Duration::from_hours(1)),
        now: at,
    };
    let [one, two, three] = [(); 3].map(|()| shop.code(lan, "read"));
    let late = now.plus(Duration::from_mins(1));
    let all = [
        settle(&one, own, now),
        settle("of nobody", own, now),
        settle(&two, own, now),
        settle(&one, own, now),
        settle(&three, OrganizationId(acme.id + 1), now),
        settle(&three, own, late),
    ];
    let settled = write(server, |conn| settle_codes(conn, &all));
    // Of the two with the same code, one.
    assert_ne!(settled[0], settled[3]);
    assert_eq!(
        (&settled[1..3], &settled[4..]),
        (&[false, true][..], &[false, false][..])
    );
    assert_eq!(write(server, |conn| settle_codes(conn, &all)), [false; 6]);
    assert!(write(server, |conn| settle_codes(conn, &[])).is_empty());
    let states = |conn: &mut Conn| -> Result<Vec<(CodeState, Timestamp)>> {
        let three = [&one, &two, &three].map(|code| Digest::of(code));
        three
            .into_iter()
            .map(|digest| {
                let code = codes::table.find((own, digest));
                Ok(code.select((codes::state, codes::expires_at)).first(conn)?)
            })
            .collect()
    };
    let kept = (CodeState::Redeemed, now.plus(Duration::from_hours(1)));
    let states = server.app.db.read_blocking(states).unwrap();
    assert_eq!(states[..2], [kept, kept]);
    assert_eq!(states[2].0, CodeState::Issued);
}

on_both!(grants_of_one_statement_have_their_own_outcomes);
fn grants_of_one_statement_have_their_own_outcomes(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    for _ in 0..2 {
        shop.redeem(&shop.code(lan, "read")).with_status(200);
    }
    let (own, now) = (OrganizationId(acme.id), server.app.clock.now());
    let read = |conn: &mut Conn| -> Result<Vec<(GrantId, Timestamp)>> {
        let columns = (grants::id, grants::expires_at);
        Ok(grants::table.select(columns).order(grants::id).load(conn)?)
    };
    let stored = server.app.db.read_blocking(read).unwrap();
    let (live, ended) = (stored[0].0, stored[1].0);
    write(server, |conn| end_grant(conn, own, ended, now));
    let extend = |grant: GrantId, until: Timestamp| Extend {
        organization: own,
        grant,
        until,
        now,
    };
    let (sooner, later) = (now, now.plus(Duration::from_hours(24 * 365)));
    let all = [
        extend(live, later),
        extend(ended, later),
        extend(live, sooner),
        extend(GrantId::generate(now), later),
    ];
    let extended = write(server, |conn| extend_grants(conn, &all));
    assert_eq!(extended, [true, false, true, false]);
    let after = server.app.db.read_blocking(read).unwrap();
    assert_eq!(after, [(live, later), stored[1]]);
}

on_both!(refresh_tokens_of_one_statement_have_their_own_outcomes);
fn refresh_tokens_of_one_statement_have_their_own_outcomes(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    let [one, two] = [(); 2].map(|()| tokens(&shop.redeem(&shop.code(lan, "read"))).1);
    let (own, now) = (OrganizationId(acme.id), server.app.clock.now());
    let use_of = |token: &str, successor: &str, at: Timestamp| FirstUseOf {
        organization: own,
        digest: Digest::of(token),
        at,
        salt: Salt::generate(),
        successor: Digest::of(successor),
        successor_expires_at: now.plus(Duration::from_hours(1)),
    };
    let late = now.plus(Duration::from_hours(24 * 400));
    let all = [
        use_of(&one, "a", now),
        use_of(&one, "b", now),
        use_of(&two, "c", late),
        use_of("of nobody", "d", now),
    ];
    let used = write(server, |conn| use_refresh_tokens(conn, &all));
    assert_ne!(used[0], used[1]);
    assert_eq!(used[2..], [false, false]);
    let successor = server.app.db.read_blocking(|conn| -> Result<_> {
        let row = refresh_tokens::table.find((own, Digest::of(&one)));
        Ok(row
            .select(refresh_tokens::successor)
            .first::<Option<Digest>>(conn)?)
    });
    let winner = if used[0] { "a" } else { "b" };
    assert_eq!(successor.unwrap(), Some(Digest::of(winner)));
}
