//! The pairs of requests: an attacker must not be able to distinguish the two of a pair.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::database::{Database, on_both};
use crate::dice::Dice;
use crate::http::{Client, form, request};
use crate::oauth::{App, INTROSPECT, ISSUER, PASSWORD, TOKEN, Tokens, set_credentials};
use crate::service::{Installation, Service};
use crate::timing::{Make, Pair, compare};

const REVOKE: &str = "/oauth/revoke";

on_both!(
    who_is_registered,
    who_can_sign_in,
    whose_token_an_opaque_one_is,
    whose_token_a_refresh_token_is,
);

/// A service with an operator that signs in as `lan`, and two clients of one organization.
struct House {
    // This field is dropped first.
    service: Service,
    installation: Installation,
    shop: App,
    other: App,
}

impl House {
    fn new(database: &Database) -> Self {
        let installation = Installation::new(&database.url(), &[ISSUER]);
        let service = installation.serve();
        let operator = installation.populate("acme");
        let mut client = service.client();
        let company = client.login("acme");
        set_credentials(&mut client, &company, operator, "lan");
        let register = |client: &mut Client| {
            let members = json!({"tokenFormat": "opaque", "refreshGraceSeconds": 3_600});
            App::register(client, &company, &members)
        };
        Self {
            shop: register(&mut client),
            other: register(&mut client),
            service,
            installation,
        }
    }
}

/// Returns random characters of `alphabet`.
fn random(dice: &mut Dice, alphabet: &[u8], length: usize) -> String {
    let count = u64::try_from(alphabet.len()).unwrap();
    (0..length)
        .map(|_| char::from(alphabet[usize::try_from(dice.within(0..count)).unwrap()]))
        .collect()
}

const HEXADECIMAL: &[u8] = b"0123456789abcdef";
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";

/// Returns the id of no client, of the form of every id.
fn unknown_id(dice: &mut Dice) -> String {
    let mut part = |length| random(dice, HEXADECIMAL, length);
    let [first, second, third, last] = [8, 4, 3, 12].map(&mut part);
    format!("{first}-{second}-4{third}-a{}-{last}", part(3))
}

fn in_the_body(id: &str, secret: &str) -> String {
    let parameters = [
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
    ];
    form(TOKEN, "", &parameters)
}

fn as_basic(id: &str, secret: &str) -> String {
    let basic = BASE64_STANDARD.encode(format!("{id}:{secret}"));
    let parameters = [("grant_type", "client_credentials")];
    form(TOKEN, &format!("Basic {basic}"), &parameters)
}

fn who_is_registered(database: &Database) {
    let house = House::new(database);
    let length = house.shop.secret.len();
    let pair = |name: &str, write: fn(&str, &str) -> String| {
        let id = house.shop.id.clone();
        let unknown: Make<'_> =
            Box::new(move |dice| write(&unknown_id(dice), &random(dice, LETTERS, length)));
        Pair {
            name: format!("unknown client and wrong secret, {name}"),
            status: 401,
            kinds: [
                unknown,
                Box::new(move |dice| write(&id, &random(dice, LETTERS, length))),
            ],
        }
    };
    let pairs = [pair("in the body", in_the_body), pair("as Basic", as_basic)];
    compare(&house.service, &pairs);
}

fn who_can_sign_in(database: &Database) {
    let house = House::new(database);
    let log_in = |name: &str, password: &str| {
        let body = json!({"username": name, "password": password}).to_string();
        request("POST", "/auth/login", "", &body)
    };
    let by_password = |name: &str, password: &str| {
        let (_, name) = name.split_once('/').unwrap();
        let parameters = [
            ("grant_type", "password"),
            ("username", name),
            ("password", password),
        ];
        house.shop.form(TOKEN, &parameters)
    };
    let ways: [(&str, u16, &dyn Fn(&str, &str) -> String); 2] = [
        ("at /auth/login", 401, &log_in),
        ("in the password grant", 400, &by_password),
    ];
    let unknown = ways.map(|(name, status, write)| {
        let unknown: Make<'_> = Box::new(|dice| {
            let name = format!("acme/{}", random(dice, LETTERS, 3));
            write(&name, &random(dice, LETTERS, 20))
        });
        Pair {
            name: format!("unknown user and wrong password, {name}"),
            status,
            kinds: [
                unknown,
                Box::new(|dice| write("acme/lan", &random(dice, LETTERS, 20))),
            ],
        }
    });
    compare(&house.service, &unknown);
    // The right password of an account that may not sign in takes as long as a wrong one.
    let right = ["acme/minh", "gone/hoa"].map(|name| Pair {
        name: format!("the right password of {name}, which may not sign in, and a wrong one"),
        status: 401,
        kinds: [
            Box::new(move |_| log_in(name, PASSWORD)),
            Box::new(move |dice| log_in("acme/lan", &random(dice, LETTERS, 20))),
        ],
    });
    may_not_sign_in(&house);
    compare(&house.service, &right);
}

/// Adds an inactive operator, and an operator of an organization that is suspended.
fn may_not_sign_in(house: &House) {
    let mut client = house.service.client();
    let acme = client.login("acme");
    let minh = json!({"name": "Minh", "username": "minh", "password": PASSWORD}).to_string();
    let minh = client.call("POST", "/api/company/operators", &acme, &minh);
    let path = format!("/api/company/operators/{}", minh.answer().json()["id"]);
    let inactive = json!({"status": "inactive"}).to_string();
    let inactive = client.call("PATCH", &path, &acme, &inactive).answer();
    assert_eq!(inactive.status, 200, "{inactive:?}");
    let hoa = house.installation.populate("gone");
    let gone = client.login("gone");
    set_credentials(&mut client, &gone, hoa, "hoa");
    let id = client.call("GET", "/api/company/organization", &gone, "");
    let id = id.answer().json()["id"].to_string();
    let arguments = ["organization", "suspend", &id];
    let output = house.installation.lanyard(&arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// Compares an unknown text of the form of a token with tokens of another client.
fn whose(house: &House, what: &str, tokens: &[String]) {
    let length = tokens[0].len();
    let pairs = [INTROSPECT, REVOKE].map(|path| {
        let unknown: Make<'_> = Box::new(move |dice| {
            let text = random(dice, HEXADECIMAL, length);
            house.shop.form(path, &[("token", &text)])
        });
        Pair {
            name: format!("unknown {what} and another client's at {path}"),
            status: 200,
            kinds: [
                unknown,
                Box::new(move |dice| {
                    let count = u64::try_from(tokens.len()).unwrap();
                    let number = usize::try_from(dice.within(0..count)).unwrap();
                    house.shop.form(path, &[("token", &tokens[number])])
                }),
            ],
        }
    });
    compare(&house.service, &pairs);
}

fn whose_token_an_opaque_one_is(database: &Database) {
    let house = House::new(database);
    let mut client = house.service.client();
    let signed_in = house.other.sign_in(&mut client, "lan");
    whose(&house, "opaque token", &[signed_in.access]);
}

fn whose_token_a_refresh_token_is(database: &Database) {
    let house = House::new(database);
    let mut client = house.service.client();
    let signed_in = house.other.sign_in(&mut client, "lan");
    whose(
        &house,
        "refresh token",
        std::slice::from_ref(&signed_in.refresh),
    );
    // A used one has a successor, which is looked up too.
    Tokens::of(
        &house
            .other
            .refresh(&mut client, &signed_in.refresh)
            .answer(),
    );
    whose(&house, "used refresh token", &[signed_in.refresh]);
}
