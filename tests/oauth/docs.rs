//! The shell lines that `docs/oauth.md` prints, with only the reader's own values in them.

use std::collections::HashMap;

use serde_json::{Deserializer, Value, json};

use crate::browser::{Answer, Browser, parameter};
use crate::script;
use crate::service::{COMPANY_PASSWORD, Client, PASSWORD, Service};

const PAGE: &str = include_str!("../../docs/oauth.md");

/// The sections whose lines need what a program makes: keys and proofs, or a person's answer in
/// between. The clients that others wrote do the same in other tests.
const BY_PROGRAMS: [&str; 3] = [
    "Devices",
    "A key instead of a secret",
    "Bind tokens to a key",
];

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Returns the blocks of a section that begin with this fence, without what indents them.
fn blocks(section: &str, fence: &str) -> Vec<String> {
    let (_, rest) = PAGE
        .split_once(&format!("\n## {section}\n"))
        .unwrap_or_else(|| panic!("there is no section {section}"));
    let text = rest.split("\n## ").next().unwrap();
    let mut lines = text.lines().map(str::trim_start);
    let mut blocks = Vec::new();
    while lines.any(|line| line == fence) {
        let block = lines.by_ref().take_while(|line| *line != "```");
        blocks.push(block.fold(String::new(), |block, line| block + line + "\n"));
    }
    blocks
}

/// A reader of the page.
struct Reader {
    service: Service,
    /// The variables that the lines use.
    values: HashMap<&'static str, String>,
    /// The number of curl commands that were run.
    run: usize,
}

impl Reader {
    fn set(&mut self, client: &Client) {
        self.values.insert("CLIENT_ID", client.id.clone());
        self.values.insert("CLIENT_SECRET", client.secret.clone());
    }

    /// Pastes every block of a section into a shell. Returns what was printed, which is JSON.
    fn paste(&mut self, section: &str) -> Vec<Value> {
        let blocks = blocks(section, "```sh");
        blocks
            .iter()
            .flat_map(|block| self.paste_block(block))
            .collect()
    }

    fn paste_block(&mut self, block: &str) -> Vec<Value> {
        if block.starts_with("lanyard operator") {
            // The operator of the page is there already.
            return Vec::new();
        }
        let operator = self.service.operator.to_string();
        let script = block
            .replace("correct horse battery", PASSWORD)
            .replace(
                r#""password":"…""#,
                &format!(r#""password":"{COMPANY_PASSWORD}""#),
            )
            .replace("operators/31", &format!("operators/{operator}"))
            .replace("--operator 31", &format!("--operator {operator}"))
            .replace("operator_id=31", &format!("operator_id={operator}"))
            .replace(r#""operatorId":31"#, &format!(r#""operatorId":{operator}"#))
            .replace("--organization ID", "--organization 1");
        self.run += commands(block);
        let printed = self.service.shell(&script, &self.values);
        let values = Deserializer::from_str(&printed).into_iter();
        values
            .collect::<Result<_, _>>()
            .unwrap_or_else(|why| panic!("{why}: {script}{printed}"))
    }

    /// Sends a browser to a client's authorization URL as the page prints it. Returns the code.
    fn code(&self, client: &Client, redirect_uri: &str, scope: &str) -> String {
        let blocks = blocks("Authorization code", "```text");
        let url = blocks[0]
            .trim()
            .replace("ISSUER", &self.service.issuer)
            .replace("CLIENT_ID", &client.id)
            .replace("REDIRECT_URI", redirect_uri)
            .replace("openid%20read", scope)
            .replace("STATE", "state")
            .replace("=CHALLENGE", &format!("={CHALLENGE}"));
        let callback = Browser::new(&self.service).open(&url, Answer::Allow);
        parameter(&callback, "code").unwrap_or_else(|| panic!("no code: {callback}"))
    }

    /// Sends what each guide sends to a path of its own, with its client.
    fn follow_guides(&mut self, cron: &Client, psdm: &Client) {
        let guides = blocks("The guides' requests", "```sh");
        assert_eq!(guides.len(), 3);
        self.set(cron);
        let answer = self.paste_block(&guides[0]).remove(0);
        assert_eq!(
            (&answer["scope"], &answer["expires_in"]),
            (&json!("read"), &json!(3_600))
        );
        self.set(psdm);
        let redirect_uri = "http://oauth.net/";
        let code = self.code(psdm, redirect_uri, "read");
        self.values.insert("CODE", code);
        self.values.insert("REDIRECT_URI", redirect_uri.to_owned());
        let exchange = blocks("Authorization code", "```sh");
        let answer = self.service.shell(&exchange[0], &self.values);
        let answer: Value = serde_json::from_str(&answer).unwrap();
        self.values
            .insert("REFRESH", text(&answer, "refresh_token"));
        let answer = self.paste_block(&guides[1]).remove(0);
        assert_eq!(answer["re_expires_in"], 31_536_000);
        assert_eq!(answer["psdm_user_id"], self.service.operator);
        let profile = self.paste_block(&guides[2]).remove(0);
        assert_eq!(profile["username"], "lan");
    }
}

fn commands(block: &str) -> usize {
    let lines = block.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.matches("curl -").count()).sum()
}

fn text(value: &Value, member: &str) -> String {
    let text = value[member].as_str();
    text.unwrap_or_else(|| panic!("no {member}: {value}"))
        .to_owned()
}

#[test]
fn every_line_of_the_page_works() {
    if !["curl", "bash"]
        .iter()
        .all(|program| script::interpreter(program, &["--version"]))
    {
        return;
    }
    let service = Service::start_with(&[("LANYARD_OAUTH_REGISTRATION", "true")]);
    let values = HashMap::from([
        ("ISSUER", service.issuer.clone()),
        ("COMPANY", service.company.clone()),
        ("VERIFIER", VERIFIER.to_owned()),
    ]);
    let mut reader = Reader {
        service,
        values,
        run: 0,
    };

    let made = reader.paste("Operators who sign in");
    assert!(made[0]["recoveryCodes"].is_array(), "{made:?}");
    // The password grant and `/auth/login` are for operators without a second factor.
    let totp = format!("/api/company/operators/{}/totp", reader.service.operator);
    reader.service.call("DELETE", &totp, &json!({}));
    reader.paste("Scopes and roles");

    // Both ways make the same clients.
    let made = reader.paste("Register a client");
    let named: Vec<_> = made.iter().filter(|one| one["name"].is_string()).collect();
    assert_eq!(made.len(), 2 * named.len());
    let client = |name: &str| {
        let found = named.iter().find(|one| one["name"] == name).unwrap();
        Client {
            id: text(found, "id"),
            secret: text(found, "secret"),
        }
    };

    let registered = reader.paste("Clients that register themselves");
    text(&registered[0], "client_secret");

    let callback = "https://app.example.com/callback";
    let members = json!({
        "name": "Shop", "redirectUris": [callback], "scopes": ["openid", "read"],
        "grants": ["authorization_code", "refresh_token", "token_exchange"],
    });
    let shop = reader.service.register(&members);
    reader.set(&shop);
    reader.values.insert("REDIRECT_URI", callback.to_owned());
    let code = reader.code(&shop, callback, "openid%20read");
    reader.values.insert("CODE", code);
    let answer = reader.paste("Authorization code").remove(0);
    for member in ["access_token", "refresh_token", "id_token"] {
        text(&answer, member);
    }
    assert_eq!(
        (
            &answer["token_type"],
            &answer["expires_in"],
            &answer["scope"]
        ),
        (&json!("Bearer"), &json!(3_600), &json!("openid read"))
    );
    reader
        .values
        .insert("REFRESH", text(&answer, "refresh_token"));
    let answer = reader.paste("Refresh token").remove(0);
    let (access, refresh) = (
        text(&answer, "access_token"),
        text(&answer, "refresh_token"),
    );

    reader.set(&client("ProcureBot"));
    reader.paste("Client credentials");
    reader.set(&client("Desktop"));
    reader.paste("Password");

    reader.follow_guides(&client("Cron"), &client("PSDM"));

    reader.set(&shop);
    reader.values.insert("ACCESS", access);
    reader.values.insert("REFRESH", refresh);
    let seen = reader.paste("Check a token");
    assert_eq!(seen[0]["active"], true);
    assert_eq!(seen[0]["username"], "lan");
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[2]["sub"], reader.service.operator.to_string());
    reader.values.insert("REDIRECT_URI", callback.to_owned());
    reader.values.insert("STATE", "state".to_owned());
    reader.values.insert("CHALLENGE", CHALLENGE.to_owned());
    let pushed = reader.paste("Push the request");
    assert_eq!(pushed[0]["expires_in"], 60);
    let company = reader.service.company.clone();
    reader.values.insert("COMPANY_TOKEN", company);
    let exchanged = reader.paste("Token exchange");
    assert_eq!(exchanged[0]["scope"], "read");
    assert_eq!(exchanged.len(), 2);
    reader.paste("Revoke a token");
    let ended = blocks("Check a token", "```sh");
    let ended = reader.service.shell(&ended[0], &reader.values);
    assert!(ended.contains(r#"{"active":false}"#), "{ended}");

    let rest: usize = BY_PROGRAMS
        .iter()
        .flat_map(|section| blocks(section, "```sh"))
        .map(|block| commands(&block))
        .sum();
    assert_eq!(reader.run + rest, commands(PAGE), "every line was run");
}
