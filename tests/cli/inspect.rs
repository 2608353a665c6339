//! `lanyard token inspect`: what a token contains, and why it would be refused.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::harness::{Folder, Service, until};

struct Scene {
    folder: Folder,
    service: Service,
    company: String,
    operator: String,
}

fn scene() -> Scene {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    let company = folder.populate(&service);
    let issued = service.post_as(&company, "/api/operator/get-token", &json!({"id": 1}));
    Scene {
        operator: issued.string(),
        folder,
        service,
        company,
    }
}

impl Scene {
    /// Returns the exit code and the report. Panics if either contains the token.
    fn inspect(&self, token: &str, flags: &[&str]) -> (i32, Value) {
        let arguments = [&["token", "inspect", "-", "--json"][..], flags].concat();
        let ended = self.folder.run_piped(&arguments, token);
        for segment in token.trim().split('.').filter(|segment| segment.len() > 20) {
            assert!(!format!("{ended:?}").contains(segment), "{ended:?}");
        }
        (ended.code, ended.json())
    }

    /// Returns the codes of the reasons for which a token is refused.
    fn reasons(&self, token: &str) -> Vec<String> {
        let (code, report) = self.inspect(token, &[]);
        assert_eq!(
            (code, &report["verdict"]),
            (1, &json!("refused")),
            "{report}"
        );
        let reasons = report["reasons"].as_array().unwrap();
        reasons
            .iter()
            .map(|reason| reason["code"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// Returns the token with another header, payload or both.
fn forged(
    token: &str,
    header: impl FnOnce(&mut Value),
    payload: impl FnOnce(&mut Value),
) -> String {
    let parts: Vec<_> = token.split('.').collect();
    let read = |text: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
    };
    let (mut head, mut body) = (read(parts[0]), read(parts[1]));
    header(&mut head);
    payload(&mut body);
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let written = |old: &str, new: &Value| {
        // A part that is not changed stays the same, byte for byte.
        if read(old) == *new {
            old.to_owned()
        } else {
            encode(new)
        }
    };
    format!(
        "{}.{}.{}",
        written(parts[0], &head),
        written(parts[1], &body),
        parts[2]
    )
}

#[test]
fn good_tokens_are_distinguished_and_found_valid() {
    let scene = scene();
    let (code, company) = scene.inspect(&scene.company, &[]);
    assert_eq!(
        (code, &company["verdict"]),
        (0, &json!("valid")),
        "{company}"
    );
    assert_eq!(
        (&company["kind"], &company["expiresAt"]),
        (&json!("company"), &Value::Null)
    );
    let (code, operator) = scene.inspect(&scene.operator, &[]);
    assert_eq!(
        (code, &operator["verdict"]),
        (0, &json!("valid")),
        "{operator}"
    );
    assert_eq!(
        (
            &operator["kind"],
            &operator["organizationId"],
            &operator["operatorId"],
            &operator["alg"]
        ),
        (&json!("operator"), &json!(1), &json!(1), &json!("HS256"))
    );
    assert_eq!(operator["parent"], company["jti"]);

    for dressed in [
        format!("\"{}\"\n", scene.operator),
        format!("Bearer {}", scene.operator),
    ] {
        assert_eq!(scene.inspect(&dressed, &[]).0, 0);
    }
    let text = scene.folder.run(&["token", "inspect", &scene.operator]);
    assert_eq!(text.code, 0);
    assert!(
        text.out.starts_with("kind          operator token\n"),
        "{}",
        text.out
    );
    assert!(
        text.out.contains("\nvalid: ") && !text.out.contains(&scene.operator),
        "{}",
        text.out
    );
}

#[test]
fn whatever_speaks_against_a_token_is_named() {
    let scene = scene();
    let token = &scene.operator;
    let same = |_: &mut Value| {};
    let head =
        |name: &'static str, value: Value| forged(token, move |head| head[name] = value, same);
    let body =
        |name: &'static str, value: Value| forged(token, same, move |body| body[name] = value);
    let (cut, _) = token.rsplit_once('.').unwrap();
    for (token, codes) in [
        (String::new(), &["malformed"][..]),
        ("hello".to_owned(), &["malformed"]),
        (cut.to_owned(), &["malformed"]),
        ("x".repeat(5_000), &["malformed"]),
        (format!("{token}.x"), &["malformed"]),
        (format!("{cut}.***"), &["malformed", "signature"]),
        (format!("{cut}.AAAA"), &["signature"]),
        (body("rev", json!(2)), &["signature"]),
        (body("operator_id", json!(2)), &["claims", "signature"]),
        (
            body("nbf", json!(4_000_000_000_i64)),
            &["claims", "signature"],
        ),
        (body("operator_id", json!("2")), &["claims", "signature"]),
        (body("iss", json!("elsewhere")), &["claims", "signature"]),
        (body("token_use", json!("admin")), &["claims", "signature"]),
        (
            body("token_use", json!("company")),
            &["claims", "signature"],
        ),
        (body("exp", json!(1)), &["claims", "expired", "signature"]),
        (body("exp", Value::Null), &["claims", "signature"]),
        (head("kid", json!("nobody")), &["key"]),
        (head("kid", json!(7)), &["key"]),
        (head("alg", json!("nOnE")), &["unsigned", "algorithm"]),
        (head("alg", json!("HS512")), &["algorithm", "algorithm"]),
        (head("alg", json!("ES256")), &["algorithm"]),
        (head("jku", json!("https://x")), &["header", "header"]),
        (head("typ", json!("JOSE")), &["header"]),
    ] {
        assert_eq!(scene.reasons(&token), codes, "{token}");
    }
    let (_, report) = scene.inspect("e30x!.e30.AAAA", &[]);
    assert!(
        report["reasons"][0]["text"]
            .as_str()
            .unwrap()
            .starts_with("the header is not base64url")
    );
}

#[test]
fn the_end_and_revocation_are_shown() {
    let scene = scene();
    let soon = chrono::Utc::now() + chrono::Duration::seconds(2);
    let body = json!({"id": 1, "expiresAt": soon.to_rfc3339()});
    let short = scene
        .service
        .post_as(&scene.company, "/api/operator/get-token", &body)
        .string();
    until("the token expires", || scene.inspect(&short, &[]).0 == 1);
    assert_eq!(scene.reasons(&short), ["expired"]);

    let own = json!({"token": scene.operator});
    let revoked = scene
        .service
        .post_as(&scene.company, "/api/operator/revoke-token", &own);
    assert_eq!(revoked.status, 204);
    assert_eq!(scene.reasons(&scene.operator), ["revoked"]);
    assert_eq!(scene.inspect(&scene.company, &[]).0, 0);
    scene.folder.run(&["organization", "suspend", "1"]).ok();
    let (_, report) = scene.inspect(&scene.company, &[]);
    let printed = report["reasons"][0]["text"].as_str().unwrap();
    assert!(
        printed.starts_with("all tokens of its organization were revoked, at 20"),
        "{printed}"
    );
}

#[test]
fn what_cannot_be_known_without_the_database_is_not_said() {
    let scene = scene();
    let token = &scene.operator;
    let unchecked = |flags: &[&str]| {
        let (code, report) = scene.inspect(token, flags);
        assert_eq!(
            (code, &report["verdict"]),
            (2, &json!("unknown")),
            "{report}"
        );
        assert_eq!(report["kind"], "operator");
        assert_eq!(report["authentic"], Value::Null);
        report["unchecked"].to_string()
    };
    assert!(unchecked(&["--offline"]).contains("--offline"));
    assert!(unchecked(&["--database", "sqlite:elsewhere.db"]).contains("there is no database"));
    assert!(!scene.folder.path().join("elsewhere.db").exists());
    let other = "00".repeat(32);
    let printed = unchecked(&["--set", &format!("master_key={other}")]);
    assert!(
        printed.contains("not the master key") && !printed.contains(&other),
        "{printed}"
    );
    let unreachable = unchecked(&[
        "--database",
        "postgres://u:hunter2@127.0.0.1:1/x",
        "--set",
        &format!("master_key={other}"),
    ]);
    assert!(
        unreachable.contains("127.0.0.1") && !unreachable.contains("hunter2"),
        "{unreachable}"
    );

    let unsigned = forged(token, |head| head["alg"] = json!("none"), |_| {});
    assert_eq!(
        scene.inspect(&unsigned, &["--offline"]).0,
        1,
        "no key is needed to refuse this"
    );
    let broken = scene
        .folder
        .run(&["token", "inspect", "x", "--set", "log.level=loud"]);
    assert_eq!(broken.code, 2, "{broken:?}");
}
