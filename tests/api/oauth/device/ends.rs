//! What ends device codes and bounds them, and calls at once on two nodes.

use lanyard::audit::Origin;
use lanyard::grant::UserCode;
use lanyard::grant::store::{NewDeviceCode, find_device_code_of_user, insert_device_code};

use super::super::world::FORM;
use super::*;
use crate::oauth::together::at_once;

fn digest(device: &Device) -> Digest {
    device.user_code.parse::<UserCode>().unwrap().digest()
}

on_both!(what_revokes_tokens_revokes_codes);
fn what_revokes_tokens_revokes_codes(server: &Server) {
    let acme = organization(server, "acme");
    let tv = television(server, &acme, &json!({}));
    let revoke = |path: &str| acme.post(path).send().with_status(204).status;
    let of_client = format!("/api/company/clients/{}/revoke-tokens", tv.id);

    // The client's, before and after the answer.
    let lan = acme.operator("Lan");
    let [pending, allowed] = [(); 2].map(|()| begin(&tv, "read"));
    assert!(allow(&tv, &allowed, lan, "read"));
    revoke(&of_client);
    for device in [&pending, &allowed] {
        assert_eq!(error(&poll(&tv, device)), refused("invalid_grant"));
    }
    // The operator's, after the answer. An answer after that is a new one.
    let of_operator = format!("/api/company/operators/{lan}/revoke-tokens");
    let [pending, allowed] = [(); 2].map(|()| begin(&tv, "read"));
    assert!(allow(&tv, &allowed, lan, "read"));
    revoke(&of_operator);
    assert_eq!(error(&poll(&tv, &allowed)), refused("invalid_grant"));
    assert!(allow(&tv, &pending, lan, "read"));
    poll(&tv, &pending).with_status(200);
    // An operator that is no longer active.
    let device = begin(&tv, "read");
    assert!(allow(&tv, &device, lan, "read"));
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"status": "inactive"}))
        .send()
        .with_status(200);
    assert_eq!(error(&poll(&tv, &device)), refused("invalid_grant"));
    // A client that was disabled, and is active again.
    let mai = acme.operator("Mai");
    let device = begin(&tv, "read");
    assert!(allow(&tv, &device, mai, "read"));
    for (status, expected) in [
        ("disabled", (401, "invalid_client".to_owned())),
        ("active", refused("invalid_grant")),
    ] {
        acme.patch(&format!("/api/company/clients/{}", tv.id))
            .json(&json!({"status": status}))
            .send()
            .with_status(200);
        assert_eq!(error(&poll(&tv, &device)), expected, "{status}");
    }
    // An organization that was suspended, and is active again.
    let device = begin(&tv, "read");
    assert!(allow(&tv, &device, mai, "read"));
    let (db, id) = (&server.app.db, OrganizationId(acme.id));
    let (origin, now) = (Origin::command_line(), server.app.clock.now());
    lanyard::organization::suspend(db, id, &origin, now).unwrap();
    server.follow();
    let failed = (401, "invalid_client".to_owned());
    assert_eq!(error(&poll(&tv, &device)), failed);
    lanyard::organization::resume(db, id, &origin, now).unwrap();
    server.follow();
    assert_eq!(error(&poll(&tv, &device)), refused("invalid_grant"));
}

on_both!(what_client_and_operator_may_hold_is_judged_at_the_end);
fn what_client_and_operator_may_hold_is_judged_at_the_end(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let tv = television(server, &acme, &json!({}));
    let device = begin(&tv, "read write");
    assert!(allow(&tv, &device, lan, "read write"));
    acme.patch(&format!("/api/company/clients/{}", tv.id))
        .json(&json!({"scopes": ["read"]}))
        .send()
        .with_status(200);
    assert_eq!(text(&poll(&tv, &device), "scope"), "read");
}

on_both!(a_client_has_so_many_live_codes);
fn a_client_has_so_many_live_codes(server: &Server) {
    let acme = organization(server, "acme");
    let tv = television(server, &acme, &json!({}));
    let device = begin(&tv, "read");
    let user_digest = digest(&device);
    let app = &server.app;
    let found = app
        .db
        .read_blocking(|conn| find_device_code_of_user(conn, user_digest))
        .unwrap()
        .unwrap();
    let fill = |conn: &mut lanyard::db::Conn| -> lanyard::db::Result<()> {
        for number in 1..1_000 {
            let new = NewDeviceCode {
                organization: found.organization,
                client: found.code.client.clone(),
                digest: Digest::of(&format!("device {number}")),
                user_digest: Digest::of(&format!("user {number}")),
                asked: None,
                resources: Vec::new(),
                rev: found.rev,
                interval: found.code.interval,
                expires_at: found.code.expires_at,
                network: None,
            };
            assert!(insert_device_code(conn, &new)?);
        }
        Ok(())
    };
    app.db.write_blocking(fill).unwrap();
    server.wait(60);
    let one_more = tv.post(ENDPOINT, &[]);
    assert_eq!(one_more.with_status(429).header("retry-after"), Some("540"));
    server.wait(540);
    begin(&tv, "read");
}

on_both!(one_network_does_not_keep_devices_elsewhere_out);
fn one_network_does_not_keep_devices_elsewhere_out(server: &Server) {
    let acme = organization(server, "acme");
    let tv = television(server, &acme, &json!({"authMethod": "none"}));
    let begin_from = |from| {
        let call = server.post(ENDPOINT).from(from);
        call.body(FORM, tv.body(&[])).send()
    };
    for _ in 0..100 {
        begin_from([127, 0, 0, 2]).with_status(200);
    }
    let refused = begin_from([127, 0, 0, 2]);
    assert_eq!(refused.with_status(429).header("retry-after"), Some("600"));
    begin_from([127, 0, 0, 3]).with_status(200);
}

on_both!(polls_at_once_on_two_nodes_yield_one_answer);
fn polls_at_once_on_two_nodes_yield_one_answer(server: &Server) {
    let other = &server.another(&["oauth.issuer=http://localhost:8080"]);
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let tv = television(server, &acme, &json!({}));
    other.follow();
    let node = |number: usize| {
        if number.is_multiple_of(2) {
            server
        } else {
            other
        }
    };

    // Of polls at once, one is in time.
    let device = begin(&tv, "read");
    let answers = at_once(12, |number| poll_at(node(number), &tv, &device));
    let errors: Vec<_> = answers.iter().map(error).collect();
    let in_time = |one: &&(u16, String)| **one == refused("authorization_pending");
    assert_eq!(errors.iter().filter(in_time).count(), 1, "{errors:?}");
    let late = |one: &(u16, String)| *one == refused("slow_down") || one.0 == 503;
    assert_eq!(
        errors.iter().filter(|one| late(one)).count(),
        11,
        "{errors:?}"
    );

    // Of redemptions at once, one is answered, and its tokens stay.
    assert!(allow(&tv, &device, lan, "read"));
    let answers = at_once(30, |number| poll_at(node(number), &tv, &device));
    let good: Vec<_> = answers.iter().filter(|one| one.status == 200).collect();
    assert_eq!(good.len(), 1);
    for answer in answers
        .iter()
        .filter(|one| ![200, 503].contains(&one.status))
    {
        assert_eq!(error(answer), refused("invalid_grant"));
    }
    let (_, refresh) = tokens(good[0]);
    tokens(&tv.refresh(&refresh));

    // An answer and its opposite at once: one of them is stored, and the device receives that one.
    for _ in 0..5 {
        let device = begin(&tv, "read");
        let both = std::thread::scope(|scope| {
            let yes = scope.spawn(|| allow(&tv, &device, lan, "read"));
            let no = scope.spawn(|| refuse(&tv, &device));
            (yes.join().unwrap(), no.join().unwrap())
        });
        let answer = poll(&tv, &device);
        match both {
            (true, false) => assert_eq!(answer.status, 200),
            (false, true) => assert_eq!(error(&answer), refused("access_denied")),
            both => panic!("{both:?}"),
        }
    }
}
