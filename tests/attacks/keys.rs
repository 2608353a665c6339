//! The pairs of requests about API keys. A text or an id that nobody has presented for a minute costs
//! a look-up in the database, which takes longer: texts cannot be guessed, and ids are no secret. So
//! the pairs are of texts and ids that were presented before.

use lanyard::api_key::{Environment, KeyText, Prefix};
use lanyard::authn::signature::{Fields, Message, Signer, sign};
use lanyard::base::Clock;
use serde_json::{Value, json};

use crate::database::{Database, on_both};
use crate::dice::Dice;
use crate::http::request;
use crate::service::{Installation, PASSWORD, Service};
use crate::timing::{Pair, compare};

const KEYS: &str = "/api/v1/api-keys";

/// How many texts and ids of each kind take turns.
const MANY: u64 = 20;

on_both!(whose_key_it_is, whose_id_it_is, who_has_signed);

struct House {
    // This field is dropped first.
    service: Service,
    _installation: Installation,
    company: String,
    /// Keys of the organization, with signing secrets. They are revoked.
    own: Vec<Value>,
    /// Keys of another organization, with signing secrets.
    others: Vec<Value>,
}

impl House {
    fn new(database: &Database) -> Self {
        let installation = Installation::new(&database.url(), &[]);
        let service = installation.serve();
        let mut client = service.client();
        let mut keys = |login: &str| {
            installation.populate(login);
            let body = json!({"login": login, "password": PASSWORD}).to_string();
            let company = client.call("POST", "/api/company/get-token", "", &body);
            let company = company.answer().string();
            let body = json!({"name": "till", "signing": true}).to_string();
            let made: Vec<Value> = (0..MANY)
                .map(|_| client.call("POST", KEYS, &company, &body).answer().json())
                .collect();
            (company, made)
        };
        let (_, others) = keys("beta");
        let (company, own) = keys("acme");
        for key in &own {
            let path = format!("{KEYS}/{}", text(key, "id"));
            let gone = client.call("DELETE", &path, &company, "").answer();
            assert_eq!(gone.status, 204, "{gone:?}");
        }
        Self {
            service,
            _installation: installation,
            company,
            own,
            others,
        }
    }
}

fn text<'a>(key: &'a Value, member: &str) -> &'a str {
    key[member].as_str().unwrap()
}

fn pick<'a, T>(dice: &mut Dice, all: &'a [T]) -> &'a T {
    let count = u64::try_from(all.len()).unwrap();
    &all[usize::try_from(dice.within(0..count)).unwrap()]
}

/// Returns texts of no key.
fn unknown() -> Vec<String> {
    let draw = |_| {
        KeyText::draw(Prefix::Ak, Environment::Live)
            .text()
            .to_owned()
    };
    (0..MANY).map(draw).collect()
}

/// Returns ids of no key.
fn unknown_ids() -> Vec<String> {
    let draw = |_| lanyard::base::ApiKeyId::draw().to_string();
    (0..MANY).map(draw).collect()
}

fn whose_key_it_is(database: &Database) {
    let house = House::new(database);
    let unknown = unknown();
    let profile = |text: &str| request("GET", "/v1/profile", text, "");
    let verify = |text: &str| {
        let body = json!({"key": text}).to_string();
        request("POST", &format!("{KEYS}/verify"), &house.company, &body)
    };
    let texts = |keys: &[Value]| -> Vec<String> {
        let texts = keys.iter().map(|key| text(key, "key").to_owned());
        texts.collect()
    };
    let (revoked, others) = (texts(&house.own), texts(&house.others));
    let pairs = [
        Pair {
            name: "unknown key and revoked key, at /v1/profile".to_owned(),
            status: 401,
            kinds: [
                Box::new(|dice| profile(pick::<String>(dice, &unknown))),
                Box::new(|dice| profile(pick::<String>(dice, &revoked))),
            ],
        },
        Pair {
            name: "unknown key and another organization's, at verify".to_owned(),
            status: 200,
            kinds: [
                Box::new(|dice| verify(pick::<String>(dice, &unknown))),
                Box::new(|dice| verify(pick::<String>(dice, &others))),
            ],
        },
    ];
    compare(&house.service, &pairs);
}

fn whose_id_it_is(database: &Database) {
    let house = House::new(database);
    let unknown = unknown_ids();
    let record = |id: &str| request("GET", &format!("{KEYS}/{id}"), &house.company, "");
    let pairs = [Pair {
        name: "unknown id and another organization's".to_owned(),
        status: 404,
        kinds: [
            Box::new(|dice| record(pick::<String>(dice, &unknown))),
            Box::new(|dice| record(text(pick::<Value>(dice, &house.others), "id"))),
        ],
    }];
    compare(&house.service, &pairs);
}

struct NoFields;

impl Fields for NoFields {
    fn lines(&self, _: &str) -> Vec<&[u8]> {
        Vec::new()
    }
}

/// Returns a request that is signed with a secret that is not the key's.
fn wrongly_signed(dice: &mut Dice, id: &str) -> String {
    let nonce = format!("{:032}", dice.within(0..u64::MAX));
    let message = Message {
        method: "GET",
        scheme: "http",
        authority: Some("localhost"),
        path_and_query: "/v1/profile",
        request_target: "/v1/profile",
        fields: &NoFields,
        has_body: false,
    };
    let by = Signer {
        key: id,
        secret: "hs_live_00000000000000000000000000000000000000",
        now: Clock::System.now(),
        nonce: &nonce,
    };
    let (input, signature) = sign(&message, &by).unwrap();
    let signed = format!("\r\nSignature-Input: {input}\r\nSignature: {signature}\r\n");
    request("GET", "/v1/profile", "", "").replacen("\r\n", &signed, 1)
}

fn who_has_signed(database: &Database) {
    let house = House::new(database);
    let unknown = unknown_ids();
    let pairs = [Pair {
        name: "signature of an unknown key and wrong signature".to_owned(),
        status: 401,
        kinds: [
            Box::new(|dice| {
                let id = pick::<String>(dice, &unknown);
                wrongly_signed(dice, id)
            }),
            Box::new(|dice| {
                let id = text(pick::<Value>(dice, &house.others), "id");
                wrongly_signed(dice, id)
            }),
        ],
    }];
    compare(&house.service, &pairs);
}
