//! Importing operators from a table, and exporting them: a check first, then the act, then what became
//! of each line.

use lanyard::jobs::SERVICE;

use super::*;
use crate::support::on_both;

pub(super) const PATH: &str = "/console/operators/import";

/// Returns a form with these fields and this file, and its content type.
pub(super) fn multipart(fields: &[(&str, &str)], file: Option<&[u8]>) -> (Vec<u8>, String) {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part =
            format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(part.into_bytes());
    }
    if let Some(file) = file {
        body.extend(
            b"--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"operators.csv\"\r\nContent-Type: text/csv\r\n\r\n",
        );
        body.extend(file);
        body.extend(b"\r\n");
    }
    body.extend(b"--cut--\r\n");
    (body, "multipart/form-data; boundary=cut".to_owned())
}

/// Sends a form of a page with these fields and this file.
pub(super) fn send(
    server: &Server,
    browser: &Browser,
    page: &Page,
    form: &str,
    fields: &[(&str, &str)],
    file: Option<&[u8]>,
) -> Page {
    let form = page.form(form);
    let hidden = form.hidden.iter();
    let hidden = hidden.map(|(name, value)| (name.as_str(), value.as_str()));
    let all: Vec<_> = hidden.chain(fields.iter().copied()).collect();
    let (body, content_type) = multipart(&all, file);
    let answer = browser.post_body(server, &form.action, &content_type, body);
    Page { answer }
}

/// Checks a table, and returns the page that says what it would do.
pub(super) fn check(server: &Server, browser: &Browser, file: &[u8]) -> Page {
    let page = browser.open(server, PATH);
    let fields = [("encoding", "auto"), ("do", "check")];
    send(server, browser, &page, "import-form", &fields, Some(file))
}

/// Runs the job that applies the next lines.
pub(super) fn go_on(server: &Server) {
    let job = SERVICE.iter().find(|job| job.name == "import_operators");
    (job.unwrap().run)(&server.app, server.app.clock.now()).unwrap();
}

pub(super) fn sums(page: &Page) -> [String; 5] {
    let names = [
        "data-create",
        "data-update",
        "data-deactivate",
        "data-unchanged",
        "data-errors",
    ];
    names.map(|name| page.data("import", name).unwrap())
}

on_both!(a_table_is_checked_and_then_applied);
fn a_table_is_checked_and_then_applied(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let [an, binh] = ["An", "Binh"].map(|name| acme.operator(name));
    let token = acme.token_for(binh);
    let table = format!(
        "id;name;email;status;phone\r\n{an};Nguyễn Văn An;an@example.com;active;1\r\n{binh};Binh;;inactive;2\r\n;Cam;cam@example.com;active;3\r\n"
    );
    let page = check(server, &browser, table.as_bytes());
    page.answer.with_status(200);
    check_page(&page);
    assert_eq!(sums(&page), ["1", "1", "1", "0", "0"]);
    assert!(page.html().contains("phone"), "unknown columns are named");
    // Nothing is written yet.
    assert_eq!(acme.get("/api/company/operators").send().items().len(), 3);
    let applied = send(server, &browser, &page, "apply", &[("do", "apply")], None);
    let page = browser.follow(server, &applied.answer);
    assert_eq!(page.name(), "job");
    assert_eq!(page.data("receipt", "data-confirmed").as_deref(), Some("1"));
    let found = acme
        .get(&format!("/api/company/operators/{an}"))
        .send()
        .json();
    assert_eq!(found["name"], "Nguyễn Văn An");
    let verdict = acme.verdict(&token);
    assert_eq!(verdict["error"], "Token revoked");
    let lines: Vec<_> = audit(&acme, 4)
        .into_iter()
        .map(|(action, _)| action)
        .collect();
    assert!(
        lines.contains(&"operators.imported".to_owned()),
        "{lines:?}"
    );
    // The same form sent again applies nothing.
    let fields = [("do", "apply")];
    let page = browser.open(server, PATH);
    let csrf = page.form("import-form").hidden("csrf").to_owned();
    let job = applied.answer.header("location").unwrap().to_owned();
    let id = job.rsplit('/').next().unwrap().to_owned();
    let (body, content_type) = multipart(&[("csrf", &csrf), ("import", &id), fields[0]], None);
    let again = browser.post_body(server, PATH, &content_type, body);
    assert_eq!(again.status, 409);
    // What was exported is imported without a change.
    let export = browser.get(server, "/console/operators/export.csv?status=all");
    export.with_status(200);
    assert_eq!(
        export.header("content-type"),
        Some("text/csv; charset=utf-8")
    );
    let name = export.header("content-disposition").unwrap();
    assert!(
        name.starts_with("attachment; filename=\"operators-acme-"),
        "{name}"
    );
    let text = export.text().to_owned();
    assert!(
        text.starts_with("\u{feff}id,externalId,name,email,role,status\r\n"),
        "{text}"
    );
    let page = check(server, &browser, text.as_bytes());
    assert_eq!(sums(&page), ["0", "0", "0", "4", "0"]);
    assert!(!page.has_form("apply"));
}

on_both!(faults_are_shown_and_left_out_only_when_asked);
fn faults_are_shown_and_left_out_only_when_asked(server: &Server) {
    let acme = server.organization("acme");
    let other = server.organization("other");
    let theirs = other.operator("Theirs");
    let browser = admin(server, &acme);
    let table = format!("id,name,email\n,Cam,nobody\n{theirs},X,\n,=1+1,ok@example.com\n");
    let page = check(server, &browser, table.as_bytes());
    assert_eq!(sums(&page), ["1", "0", "0", "0", "2"]);
    let csv = browser.get(
        server,
        &format!("{PATH}/{}/faults.csv", page.form("apply").hidden("import")),
    );
    let faults = csv.with_status(200).text();
    assert!(faults.contains("2,email,email_invalid,"), "{faults}");
    assert!(
        faults.contains("3,id,operator_unknown,"),
        "another's operator is unknown: {faults}"
    );
    let refused = send(server, &browser, &page, "apply", &[("do", "apply")], None);
    assert_eq!(refused.answer.status, 422);
    let fields = [("skip_faults", "1"), ("do", "apply")];
    let applied = send(server, &browser, &refused, "apply", &fields, None);
    let page = browser.follow(server, &applied.answer);
    assert!(page.tag("refused").is_some());
    let job = applied.answer.header("location").unwrap().to_owned();
    let results = browser.get(server, &format!("{job}/results.csv"));
    let results = results.with_status(200).text().to_owned();
    assert!(
        results.contains("2,refused,,email_invalid\r\n"),
        "{results}"
    );
    assert!(results.contains("4,created,"), "{results}");
    let export = browser
        .get(server, "/console/operators/export.csv")
        .text()
        .to_owned();
    assert!(
        export.contains(",'=1+1,"),
        "spreadsheets run nothing: {export}"
    );
    // Another organization, and another account, see neither the check nor the result.
    let theirs = Browser::signed_in(server, "other", &other.password);
    for path in [&job, &format!("{job}/results.csv")] {
        assert_eq!(theirs.get(server, path).status, 404);
    }
}

on_both!(an_operator_that_was_changed_after_the_check_is_left_as_it_is);
fn an_operator_that_was_changed_after_the_check_is_left_as_it_is(server: &Server) {
    let acme = server.organization("acme");
    let an = acme.operator("An");
    let browser = admin(server, &acme);
    let table = format!("id,externalId,name\n{an},,From the table\n,u-9,New\n");
    let page = check(server, &browser, table.as_bytes());
    assert_eq!(sums(&page), ["1", "1", "0", "0", "0"]);
    let path = format!("/api/company/operators/{an}");
    acme.patch(&path)
        .json(&json!({"name": "Meanwhile"}))
        .send()
        .with_status(200);
    let meanwhile = json!({"name": "Somebody", "externalId": "u-9"});
    acme.post("/api/company/operators")
        .json(&meanwhile)
        .send()
        .with_status(201);
    let applied = send(server, &browser, &page, "apply", &[("do", "apply")], None);
    let page = browser.follow(server, &applied.answer);
    assert_eq!(
        page.html().matches("was changed after the check").count(),
        2
    );
    let found = acme.get(&path).send().json();
    assert_eq!(found["name"], "Meanwhile");
    let found = acme.get("/api/company/operators?externalId=u-9").send();
    assert_eq!(found.items()[0]["name"], "Somebody");
}

on_both!(importing_asks_for_a_proof_and_then_shows_the_check_again);
fn importing_asks_for_a_proof_and_then_shows_the_check_again(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let table = b"name,email,role\nCam,,admin\nLan,nobody,\n";
    let page = check(server, &browser, table);
    server.wait(16 * 60);
    let fields = [("skip_faults", "1"), ("do", "apply")];
    let asked = send(server, &browser, &page, "apply", &fields, None);
    asked.answer.with_status(403);
    assert_eq!(asked.name(), "re-authenticate");
    assert_eq!(acme.get("/api/company/operators").send().items().len(), 1);
    let form = asked.form("re-authenticate");
    let answer = browser.send(server, &form, &[("password", PASSWORD), ("do", "confirm")]);
    let page = Page { answer };
    assert_eq!(sums(&page), ["1", "0", "0", "0", "1"]);
    let ticked = "name=\"skip_faults\" value=\"1\" checked";
    assert!(page.html().contains(ticked), "what was chosen stays");
    let applied = send(server, &browser, &page, "apply", &fields, None);
    browser.follow(server, &applied.answer);
    assert_eq!(acme.get("/api/company/operators").send().items().len(), 2);
}

on_both!(what_was_checked_before_a_person_is_erased_cannot_be_applied);
fn what_was_checked_before_a_person_is_erased_cannot_be_applied(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let binh = acme.operator("Binh");
    let page = check(server, &browser, b"name\nBinh again\n");
    let path = format!("/console/operators/{binh}/erase");
    let erased = browser.submit(server, &path, "confirm", &[("do", "erase")]);
    browser.follow(server, &erased);
    let refused = send(server, &browser, &page, "apply", &[("do", "apply")], None);
    refused.answer.with_status(409);
}

on_both!(what_is_no_table_is_refused_at_its_field);
fn what_is_no_table_is_refused_at_its_field(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let page = browser.open(server, PATH);
    check_page(&page);
    let long = format!("name\n{}", "a\n".repeat(20_001));
    for (fields, file, said) in [
        (vec![], None, "Choose a file"),
        (vec![("rows", "phone\n1\n")], None, "must name at least one"),
        (vec![("rows", "name,name\nx\n")], None, "twice"),
        (
            vec![("encoding", "utf-8")],
            Some(&b"name\n\xff\n"[..]),
            "not text in the encoding utf-8",
        ),
        (vec![], Some(long.as_bytes()), "more than 20,000 lines"),
    ] {
        let all = [&fields[..], &[("do", "check")]].concat();
        let refused = send(server, &browser, &page, "import-form", &all, file);
        assert_eq!(refused.answer.status, 422, "{fields:?}");
        assert!(
            refused.text_of("errors").contains(said),
            "{}",
            refused.text_of("errors")
        );
    }
    let pasted = [
        ("rows", "name\temail\nLan\tlan@example.com\n"),
        ("do", "check"),
    ];
    let checked = send(server, &browser, &page, "import-form", &pasted, None);
    assert_eq!(sums(&checked), ["1", "0", "0", "0", "0"]);
    // A form of another kind.
    let answer = browser.post(server, PATH, &[("do", "check")]);
    assert_eq!(answer.status, 415);
    // An auditor sees neither the form nor the act.
    operator(&acme, "audrey", "auditor");
    let auditor = Browser::signed_in(server, "acme/audrey", PASSWORD);
    assert_eq!(auditor.get(server, PATH).status, 403);
    let page = auditor.open(server, "/console/sessions");
    let csrf = page.form("others").hidden("csrf").to_owned();
    let fields = [
        ("csrf", csrf.as_str()),
        ("rows", "name\nLan\n"),
        ("do", "check"),
    ];
    let (body, content_type) = multipart(&fields, None);
    auditor
        .post_body(server, PATH, &content_type, body)
        .with_status(403);
}
