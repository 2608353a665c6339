//! An operator with a session of each kind: of `/auth/login`, of the pages and of the console. What ends
//! them ends all of them, on every node, when the call returns.

use lanyard::audit::Origin;
use lanyard::base::OrganizationId;
use lanyard::organization;
use serde_json::json;

use super::*;
use crate::support::on_both;

/// The sessions of an operator, of each kind one.
struct Three {
    bearer: String,
    pages: Browser,
    console: Browser,
}

impl Three {
    fn begin(scene: &Scene<'_>, username: &str, password: &str) -> Self {
        let server = scene.server;
        let pages = Browser::new();
        let page = pages.open(server, &scene.authorize(&[]));
        let fields = [
            ("username", username),
            ("password", password),
            ("do", "sign-in"),
        ];
        let answer = pages.submit(server, &page, &fields);
        value(&returned(&answer, CALLBACK), "code");
        let console = Browser::new();
        let page = console.open(server, "/console/sign-in");
        let login = format!("{}/{username}", scene.acme.login);
        let fields = [
            ("login", login.as_str()),
            ("password", password),
            ("do", "sign-in"),
        ];
        console.submit(server, &page, &fields).with_status(303);
        Self {
            bearer: scene.acme.session(username, password),
            pages,
            console,
        }
    }

    /// Returns which of them are valid at a node, in the order of the members.
    fn valid(&self, scene: &Scene<'_>, node: &Server) -> [bool; 3] {
        let profile = node.get("/v1/profile").bearer(&self.bearer).send();
        // Copies: an answer may take the cookie away.
        let pages = Browser::with_cookie(self.pages.cookie());
        let console = Browser::with_cookie(self.console.cookie());
        let console = console.get(node, "/console");
        assert!([200, 303].contains(&console.status), "{console}");
        [
            profile.status == 200,
            scene.is_signed_in(node, &pages),
            console.status == 200,
        ]
    }
}

/// Adds an admin, who may have all three. Returns its id.
fn admin(scene: &Scene<'_>, username: &str) -> i64 {
    let id = operator(&scene.acme, username, username);
    let path = format!("/api/company/operators/{id}");
    let role = json!({"role": "admin"});
    scene.acme.patch(&path).json(&role).send().with_status(200);
    id
}

/// Does something to an operator: the path of its record, and its id.
type Act<'a> = &'a dyn Fn(&str, i64) -> Answer;

on_both!(
    whatever_ends_sessions_ends_those_of_every_kind,
    "oauth.issuer=http://localhost:8080",
    "login.throttle=false"
);
#[allow(clippy::too_many_lines, reason = "most of it is one table of acts")]
fn whatever_ends_sessions_ends_those_of_every_kind(server: &Server) {
    let scene = Scene::with(server, &json!({"consent": "skip"}));
    let two = &server.another(&["oauth.issuer=http://localhost:8080"]);
    let acme = &scene.acme;
    let change = |path: &str, members: &serde_json::Value| acme.patch(path).json(members).send();
    let all = [false; 3];
    let acts: [(&str, Act<'_>, [bool; 3]); 13] = [
        (
            "inactive",
            &|path, _| change(path, &json!({"status": "inactive"})),
            all,
        ),
        ("deleted", &|path, _| acme.delete(path).send(), all),
        (
            "password",
            &|path, _| change(path, &json!({"password": "another"})),
            all,
        ),
        (
            "same password",
            &|path, _| change(path, &json!({"password": PASSWORD})),
            all,
        ),
        (
            "username",
            &|path, _| change(path, &json!({"username": "somebody"})),
            all,
        ),
        (
            "synchronized",
            &|_, id| {
                let list = json!([{"id": id, "username": "somebody.else"}]);
                acme.post("/api/operator/synchronize").json(&list).send()
            },
            all,
        ),
        (
            "credentials set",
            &|path, _| {
                let credentials = json!({"username": "new.name", "password": PASSWORD});
                let put = acme.put(&format!("{path}/credentials"));
                put.json(&credentials).send()
            },
            all,
        ),
        (
            "credentials removed",
            &|path, _| acme.delete(&format!("{path}/credentials")).send(),
            all,
        ),
        (
            "revoke-tokens",
            &|path, _| acme.post(&format!("{path}/revoke-tokens")).send(),
            all,
        ),
        // Only the console is for admins and auditors, and asks for a second factor again.
        (
            "role",
            &|path, _| change(path, &json!({"role": "sales"})),
            [true, true, false],
        ),
        (
            "second factor",
            &|path, _| acme.post(&format!("{path}/totp")).send(),
            [true, true, false],
        ),
        (
            "name",
            &|path, _| change(path, &json!({"name": "Somebody"})),
            [true; 3],
        ),
        (
            "tier",
            &|path, _| change(path, &json!({"tier": "gold"})),
            [true; 3],
        ),
    ];
    for (number, (what, act, left)) in acts.iter().enumerate() {
        let username = format!("op{number}");
        let id = admin(&scene, &username);
        let three = Three::begin(&scene, &username, PASSWORD);
        two.follow();
        let valid = || [server, two].map(|node| three.valid(&scene, node));
        assert_eq!(valid(), [[true; 3]; 2], "{what}");
        let answer = act(&format!("/api/company/operators/{id}"), id);
        if *left == [true; 3] {
            answer.with_status(200);
        } else {
            answer.with_revocation();
        }
        assert_eq!(valid(), [*left; 2], "{what}");
    }
    // Everything of the organization.
    admin(&scene, "last");
    let three = Three::begin(&scene, "last", PASSWORD);
    let (app, id) = (&server.app, OrganizationId(acme.id));
    organization::revoke_all(&app.db, id, &Origin::command_line(), app.clock.now()).unwrap();
    for node in [server, two] {
        node.follow();
        assert_eq!(three.valid(&scene, node), all);
    }
}

on_both!(
    a_new_password_of_ones_own_leaves_the_session_it_was_set_in,
    "oauth.issuer=http://localhost:8080",
    "login.throttle=false"
);
fn a_new_password_of_ones_own_leaves_the_session_it_was_set_in(server: &Server) {
    let scene = Scene::with(server, &json!({"consent": "skip"}));
    let two = &server.another(&["oauth.issuer=http://localhost:8080"]);
    for (door, left) in [
        ("/auth/password", [true, false, false]),
        ("/oauth/password", [false, true, false]),
    ] {
        let username = door.split('/').nth(1).unwrap();
        admin(&scene, username);
        let [own, other] = [(); 2].map(|()| Three::begin(&scene, username, PASSWORD));
        let new = "battery staple";
        if door == "/auth/password" {
            let body = json!({"current": PASSWORD, "new": new});
            server
                .post(door)
                .bearer(&own.bearer)
                .json(&body)
                .send()
                .with_revocation();
        } else {
            let page = own.pages.open(server, door);
            let fields = [("current", PASSWORD), ("new", new), ("do", "change")];
            own.pages.submit(server, &page, &fields).with_status(303);
        }
        for node in [server, two] {
            assert_eq!(own.valid(&scene, node), left, "{door}");
            assert_eq!(other.valid(&scene, node), [false; 3], "{door}");
        }
        Three::begin(&scene, username, new);
    }
}

on_both!(
    only_sessions_of_programs_and_of_the_console_are_in_the_ledger,
    "oauth.issuer=http://localhost:8080"
);
fn only_sessions_of_programs_and_of_the_console_are_in_the_ledger(server: &Server) {
    let scene = Scene::with(server, &json!({"consent": "skip"}));
    admin(&scene, "olga");
    let three = Three::begin(&scene, "olga", PASSWORD);
    let listed = |kind: &str| {
        let path = format!("/api/company/tokens?kind={kind}");
        scene.acme.get(&path).send().items()
    };
    assert_eq!(listed("session").len(), 1);
    let console = listed("console");
    assert_eq!(console.len(), 1);
    // The one of the console is no token: its id revokes nothing where tokens are named.
    let body = json!({"token": console[0]["jti"]});
    let call = scene.acme.post("/api/company/revoke-token").json(&body);
    call.send().with_status(404);
    assert_eq!(three.valid(&scene, server), [true; 3]);
    assert_eq!(scene.acme.judge(&three.bearer), "Invalid token");
}
