//! `lanyard token` with what it changes: revoking, and issuing, labelling, rotating and retiring.

mod explain;

use serde_json::{Value, json};

use crate::harness::{Ended, Folder, Service};

struct Scene {
    folder: Folder,
    service: Service,
    company: String,
}

fn scene() -> Scene {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    let company = folder.populate(&service);
    Scene {
        folder,
        service,
        company,
    }
}

impl Scene {
    fn issue(&self) -> String {
        let body = json!({"id": 1});
        self.service
            .post_as(&self.company, "/api/operator/get-token", &body)
            .string()
    }

    fn jti(&self, token: &str) -> String {
        let report = self
            .folder
            .run_piped(&["token", "inspect", "-", "--offline", "--json"], token);
        report.json()["jti"].as_str().unwrap().to_owned()
    }

    /// Runs a command on a token. Panics if the output contains the token's text.
    fn on(&self, command: &str, token: &str, flags: &[&str]) -> Ended {
        let arguments = [&["token", command, "-"][..], flags].concat();
        let ended = self.folder.run_piped(&arguments, token);
        assert!(!format!("{ended:?}").contains(token), "{ended:?}");
        ended
    }

    fn judge(&self, company: &str, token: &str) -> Value {
        let body = json!({"token": token});
        let answer = self
            .service
            .post_as(company, "/api/operator/validate-token", &body);
        answer.json()["error"].clone()
    }
}

#[test]
fn a_token_is_revoked_by_its_text_or_its_id_while_the_service_runs() {
    let scene = scene();
    let (one, two, three) = (scene.issue(), scene.issue(), scene.issue());
    let done = scene.on("revoke", &one, &[]).ok();
    let id = scene.jti(&one);
    assert!(
        done.starts_with(&format!("operator token {id} is revoked\nsequence 2, "))
            && done.ends_with("1 of 1 nodes confirmed\n"),
        "{done}"
    );
    assert_eq!(scene.judge(&scene.company, &one), "Token revoked");

    let id = scene.jti(&two);
    let done = scene.folder.run(&["token", "revoke", &id, "--json"]).json();
    assert_eq!(
        (&done["jti"], &done["kind"], &done["organizationId"]),
        (&json!(id), &json!("operator"), &json!(1))
    );
    assert_eq!(done["revocation"]["sequence"], 3);
    assert_eq!(scene.judge(&scene.company, &two), "Token revoked");
    let again = scene.folder.run(&["token", "revoke", &id]).ok();
    assert_eq!(
        again,
        format!("operator token {id} was revoked before\nnothing had to be written\n")
    );

    assert_eq!(scene.judge(&scene.company, &three), Value::Null);
    let id = scene.jti(&scene.company);
    let done = scene.folder.run(&["token", "revoke", &id]).ok();
    assert!(
        done.starts_with(&format!(
            "company token {id} is revoked, with all that derives from it\nsequence 4, "
        )),
        "{done}"
    );
    let fresh = scene.service.log_in("a", "secret").string();
    assert_eq!(scene.judge(&fresh, &three), "Token revoked");
    let answer = scene
        .service
        .get_as(&scene.company, "/api/company/organization");
    assert_eq!(answer.status, 403);
}

#[test]
fn what_is_no_token_here_is_not_revoked() {
    let scene = scene();
    let cut = &scene.company[..scene.company.len() - 4];
    for (text, explanation) in [
        ("hello", "it is no token of this service: a token has three"),
        // Whether the rest is valid base64 depends on its last character.
        (cut, "the signature is wrong"),
        (
            "00000000-0000-7000-8000-000000000000",
            "the ledger has no token of this id",
        ),
    ] {
        let why = scene.folder.run(&["token", "revoke", text]).refused();
        assert!(why.contains(explanation), "{why}");
    }
    let answer = scene
        .service
        .get_as(&scene.company, "/api/company/organization");
    assert_eq!(answer.status, 200);
}

#[test]
fn company_tokens_are_added_labelled_rotated_and_retired() {
    let scene = scene();
    let works = |token: &str| {
        let answer = scene.service.get_as(token, "/api/company/organization");
        answer.status == 200
    };
    let add = ["token", "add", "--organization", "1", "--label", "Till 3"];
    let added = scene.folder.run(&[&add[..], &["--json"]].concat()).json();
    let token = added["token"].as_str().unwrap().to_owned();
    let id = added["jti"].as_str().unwrap().to_owned();
    assert!(works(&token));
    let plain = scene.folder.run(&add).ok();
    assert!(works(plain.trim_end()));
    let none = ["token", "add", "--organization", "7"];
    let none = scene.folder.run(&none).refused();
    assert!(none.contains("there is no organization"), "{none}");

    let labelled = scene.folder.run(&["token", "label", &id, "Till 4"]).ok();
    assert_eq!(labelled, format!("company token {id} is “Till 4”\n"));
    let bare = scene.folder.run(&["token", "label", &id, ""]).ok();
    assert_eq!(bare, format!("company token {id} has no label\n"));

    let rotate = ["token", "rotate", &id, "--overlap", "600", "--json"];
    let rotated = scene.folder.run(&rotate).json();
    let successor = rotated["token"].as_str().unwrap().to_owned();
    assert!(rotated["previousExpiresAt"].is_string(), "{rotated}");
    assert!(works(&token) && works(&successor));
    let again = scene.folder.run(&["token", "rotate", &id]).refused();
    assert!(again.contains("rotate its successor"), "{again}");
    let next = rotated["jti"].as_str().unwrap();
    let long = ["token", "rotate", next, "--overlap", "99999999"];
    let long = scene.folder.run(&long).refused();
    assert!(long.contains("longer than the policy"), "{long}");

    let retired = scene.folder.run(&["token", "retire", &id]).ok();
    assert!(
        retired.starts_with(&format!("company token {id} has ended\nsequence "))
            && retired.ends_with("1 of 1 nodes confirmed\n"),
        "{retired}"
    );
    assert!(!works(&token) && works(&successor));
    let operator = scene.jti(&scene.issue());
    for command in ["rotate", "retire"] {
        let why = scene.folder.run(&["token", command, &operator]).refused();
        assert!(why.contains("there is no company token"), "{why}");
    }
}

#[test]
fn an_operator_token_is_issued_and_revoked_with_the_line_it_comes_from() {
    let scene = scene();
    let issue = ["operator", "token", "--organization", "1", "1"];
    let token = scene.folder.run(&issue).ok();
    let token = token.trim_end();
    assert_eq!(scene.judge(&scene.company, token), Value::Null);
    let noted = [&issue[..], &["--minutes", "15", "--note", "x", "--json"]].concat();
    let noted = scene.folder.run(&noted).json();
    let text = noted["token"].as_str().unwrap();
    let report = scene.on("explain", text, &["--json"]).json();
    assert_eq!(report["note"], "x");
    assert_eq!(report["expiresAt"], noted["expiresAt"]);
    let parent = report["parent"].as_str().unwrap();
    let prose = scene.on("explain", text, &[]).ok();
    let from = format!("derived from console session {parent}.");
    assert!(prose.contains(&from), "{prose}");
    scene.folder.run(&["token", "revoke", parent]).ok();
    assert_eq!(scene.judge(&scene.company, text), "Token revoked");
    assert_eq!(scene.judge(&scene.company, token), Value::Null);
    for (arguments, why) in [
        (["--organization", "1", "7"], "there is no operator"),
        (["--organization", "7", "1"], "there is no organization"),
    ] {
        let refused = [&["operator", "token"][..], &arguments].concat();
        let refused = scene.folder.run(&refused).refused();
        assert!(refused.contains(why), "{refused}");
    }
    let long = [&issue[..], &["--minutes", "1441"]].concat();
    let long = scene.folder.run(&long).refused();
    assert!(long.contains("at most 1440 minutes"), "{long}");
}

#[test]
fn an_operator_token_is_revoked_with_its_operator_and_its_organization() {
    let scene = scene();
    let issue = || {
        let issue = ["operator", "token", "--organization", "1", "1"];
        scene.folder.run(&issue).ok().trim_end().to_owned()
    };
    let of_operator = issue();
    let revoke = ["operator", "revoke", "--organization", "1", "1"];
    scene.folder.run(&revoke).ok();
    assert_eq!(scene.judge(&scene.company, &of_operator), "Token revoked");
    let later = issue();
    assert_eq!(scene.judge(&scene.company, &later), Value::Null);
    scene.folder.run(&["organization", "revoke-all", "1"]).ok();
    let company = ["token", "add", "--organization", "1"];
    let company = scene.folder.run(&company).ok();
    assert_eq!(scene.judge(company.trim_end(), &later), "Token revoked");
}
