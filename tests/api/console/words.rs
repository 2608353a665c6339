//! What pages say: faults at their fields, receipts, times, devices, and what the overview shows.

use std::fmt::Write as _;

use super::import::{self, check, multipart};
use super::*;
use crate::support::on_both;

on_both!(a_refused_form_names_all_faults_and_keeps_what_was_typed);
fn a_refused_form_names_all_faults_and_keeps_what_was_typed(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let fields = [
        ("name", ""),
        ("email", "no address"),
        ("username", "lan"),
        ("password", "correct horse 2"),
        ("do", "create"),
    ];
    let answer = browser.submit(server, "/console/operators/new", "operator", &fields);
    answer.with_status(422);
    let page = Page { answer };
    check_page(&page);
    let html = page.html();
    assert!(html.contains("<title>Error: "));
    let errors = page.tag("errors").unwrap();
    assert!(errors.contains("role=\"alert\"") && errors.contains("tabindex=\"-1\""));
    for field in ["name", "email"] {
        assert!(html.contains(&format!("href=\"#{field}\"")), "{field}");
        assert!(html.contains(&format!("id=\"{field}-error\"")), "{field}");
        let input = html.split("<input").find(|tag| {
            let tag = tag.split('>').next().unwrap();
            tag.contains(&format!(" id=\"{field}\""))
        });
        let input = input.unwrap().split('>').next().unwrap();
        assert!(input.contains("aria-invalid=\"true\""), "{input}");
        let described = input.split("aria-describedby=\"").nth(1).unwrap();
        let described = described.split('"').next().unwrap();
        let error = format!("{field}-error");
        assert!(described.split(' ').any(|id| id == error), "{input}");
    }
    assert_eq!(page.value("email"), "no address");
    assert_eq!(page.value("username"), "lan");
    assert!(!html.contains("correct horse 2"));
}

on_both!(a_receipt_says_which_nodes_have_not_confirmed);
fn a_receipt_says_which_nodes_have_not_confirmed(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    acme.token_for(lan);
    let browser = admin(server, &acme);
    let other = server.another(&["feed.lease=1s"]);
    other.app.nodes.feed.stop();
    let path = format!("/console/operators/{lan}/revoke");
    let answer = browser.submit(server, &path, "confirm", &[("do", "revoke")]);
    let done = browser.follow(server, &answer);
    let data = |name: &str| done.data("receipt", name).unwrap();
    assert_eq!(
        (data("data-nodes"), data("data-confirmed")),
        ("2".into(), "1".into())
    );
    assert!(done.html().contains("1 of 2 nodes have confirmed"));
    let by_itself = "A node that has not confirmed refuses every token by itself";
    assert!(done.html().contains(by_itself));
}

on_both!(an_issued_token_is_shown_with_its_end_and_a_call);
fn an_issued_token_is_shown_with_its_end_and_a_call(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let path = format!("/console/operators/{}/issue", acme.operator("Lan"));
    let page = browser.open(server, &path);
    for minutes in ["15", "60", "480", "1440"] {
        assert!(
            page.html().contains(&format!("value=\"{minutes}\"")),
            "{minutes}"
        );
    }
    assert!(page.html().contains("value=\"60\" checked"));
    let fields = [("minutes", "60"), ("do", "issue")];
    let answer = browser.submit(server, &path, "issue", &fields);
    answer.with_status(200);
    let page = Page { answer };
    let html = page.html();
    assert!(html.contains("The token ends at 2030-01-01 01:00:00 +00:00."));
    assert!(html.contains("Shown once. Copy it now."));
    let tag = page.tag("secret").unwrap();
    assert!(
        tag.starts_with("<textarea") && tag.contains(" readonly"),
        "{tag}"
    );
    assert!(tag.contains(" id=\"secret\""));
    let call = html.split("data-testid=\"curl\"").nth(1).unwrap();
    let call = call.split("</pre>").next().unwrap();
    assert!(call.contains("validate-token") && call.contains(&page.text_of("secret")));
    assert!(html.contains("I have stored it"));
}

on_both!(sessions_name_the_device_in_words);
fn sessions_name_the_device_in_words(server: &Server) {
    let acme = server.organization("acme");
    operator(&acme, "olga", "admin");
    let agents = [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox, Linux",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0",
            "WeChat, Android",
        ),
        ("a program of ours", "unknown device"),
    ];
    let mut last = Browser::default();
    for (agent, _) in agents {
        let browser = Browser::default();
        let form = browser.open(server, "/console/sign-in").form("sign-in");
        let fields = [
            ("csrf", form.hidden("csrf")),
            ("login", "acme/olga"),
            ("password", PASSWORD),
            ("do", "sign-in"),
        ];
        let headers = [("origin", browser::ORIGIN), ("user-agent", agent)];
        let answer = browser.post_with(server, &form.action, &fields, &headers);
        answer.with_status(303);
        last = browser;
    }
    let page = last.open(server, "/console/sessions");
    for (agent, words) in agents {
        assert!(page.html().contains(words), "{agent}: {words}");
        assert!(!page.html().contains(agent), "{agent}");
    }
}

on_both!(dates_have_one_order_in_every_language);
fn dates_have_one_order_in_every_language(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    for lang in ["en", "zh-CN", "vi"] {
        let path = format!("/console/audit?lang={lang}&tz=Asia/Ho_Chi_Minh");
        let page = browser.open(server, &path);
        assert!(page.html().contains("2030-01-01 07:00:00 +07:00"), "{lang}");
    }
}

on_both!(the_overview_shows_what_was_done_last_and_what_is_due);
fn the_overview_shows_what_was_done_last_and_what_is_due(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    for number in 0..12 {
        acme.operator(&format!("Operator {number}"));
    }
    let page = browser.open(server, "/console");
    let rows = |page: &Page| {
        let table = page.html().split("data-testid=\"audit\"").nth(1).unwrap();
        let table = table.split("</table>").next().unwrap();
        table.matches("<tr data-id").count()
    };
    assert_eq!(rows(&page), 10);
    let due = |page: &Page| {
        let figure = page
            .html()
            .split("data-testid=\"figure-due\"")
            .nth(1)
            .unwrap();
        let value = figure.split("class=\"value\">").nth(1).unwrap();
        value.split('<').next().unwrap().to_owned()
    };
    assert_eq!(due(&page), "0");
    let policy = json!({"tokenPolicy": {"rotationPeriodDays": 1}});
    acme.patch("/api/company/organization")
        .json(&policy)
        .send()
        .with_status(200);
    server.wait(2 * 86_400);
    let browser = Browser::signed_in(server, "acme/olga", PASSWORD);
    assert_eq!(due(&browser.open(server, "/console")), "1");
}

on_both!(a_session_that_is_disowned_is_refused_until_its_tokens_have_ended);
fn a_session_that_is_disowned_is_refused_until_its_tokens_have_ended(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let page = browser.open(server, "/console/sessions");
    let row = page.html().split("<tr data-id=\"").nth(1).unwrap();
    let session = row.split('"').next().unwrap().to_owned();
    let form = row.split("name=\"csrf\" value=\"").nth(1).unwrap();
    let csrf = form.split('"').next().unwrap();
    let fields = [
        ("csrf", csrf),
        ("session", session.as_str()),
        ("do", "disown"),
    ];
    browser
        .post(server, "/console/sessions", &fields)
        .with_status(303);
    let entries = acme.get("/api/company/revocations").send().items();
    let entry = entries
        .iter()
        .find(|entry| entry["jti"] == session.as_str());
    let entry = entry.unwrap();
    assert_eq!(entry["kind"], "company_token");
    // It could last 12 hours, and a token of it a day more.
    assert_eq!(entry["until"], "2030-01-02T12:00:00Z");
}

on_both!(a_table_shows_its_faults_first_and_is_kept_for_an_hour);
fn a_table_shows_its_faults_first_and_is_kept_for_an_hour(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let table = b"name,email\nAn,an@example.com\nBinh,nobody\n";
    let page = check(server, &browser, table);
    let rows = page.html().split("data-testid=\"import-rows\"").nth(1);
    let rows = rows.unwrap();
    assert!(
        rows.find("data-id=\"3\"") < rows.find("data-id=\"2\""),
        "{rows}"
    );
    let id = page.form("apply").hidden("import").to_owned();
    for _ in 0..3 {
        server.wait(20 * 60);
        browser.open(server, "/console");
    }
    let asked = browser.open(server, "/console/re-authenticate");
    let fields = [("password", PASSWORD), ("do", "confirm")];
    browser
        .send(server, &asked.form("re-authenticate"), &fields)
        .with_status(303);
    let csrf = browser.open(server, import::PATH);
    let csrf = csrf.form("import-form").hidden("csrf").to_owned();
    let fields = [
        ("csrf", csrf.as_str()),
        ("import", id.as_str()),
        ("skip_faults", "1"),
        ("do", "apply"),
    ];
    let (body, content_type) = multipart(&fields, None);
    let late = browser.post_body(server, import::PATH, &content_type, body);
    late.with_status(409);
    assert_eq!(acme.get("/api/company/operators").send().items().len(), 1);
}

on_both!(a_table_is_bounded_in_bytes);
fn a_table_is_bounded_in_bytes(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let mut table = "name\n".to_owned();
    while table.len() < 5 * 1024 * 1024 {
        writeln!(table, "{}", "a".repeat(1_000)).unwrap();
    }
    let page = check(server, &browser, table.as_bytes());
    page.answer.with_status(413);
    check_page(&page);
    assert_eq!(page.name(), "problem");
}

on_both!(the_page_of_a_job_reloads_while_it_runs);
fn the_page_of_a_job_reloads_while_it_runs(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let id = super::import_job::begun(server, &browser);
    let path = format!("/console/jobs/{id}");
    let reload = "<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>";
    let page = browser.open(server, &path);
    assert!(page.html().contains(reload) && page.html().contains("<progress"));
    assert!(page.has_form("job"));
    let stopped = browser.submit(server, &path, "job", &[("do", "stop")]);
    let page = browser.follow(server, &stopped);
    assert!(!page.html().contains(reload) && !page.has_form("job"));
}
