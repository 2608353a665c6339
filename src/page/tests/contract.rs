//! What every page promises: one form at most, its names and values, labels, headings, language.

use std::collections::BTreeSet;

use super::reading::{Read, Tag, read};
use super::samples::{COOKIE, Given, all};
use crate::page::{Language, Look, View, csrf};

/// Every page in every state, as a browser reads it.
fn pages(look: Look) -> Vec<(String, Read)> {
    let read = |(name, html): (String, String)| (name, read(&html));
    all(look, &Given::ordinary())
        .into_iter()
        .map(read)
        .collect()
}

fn page_of(read: &Read) -> &str {
    read.all("body")[0].get("data-page")
}

#[test]
fn a_page_that_asks_has_one_form_with_the_names_and_values_of_the_contract() {
    for (name, read) in pages(Look::default()) {
        let forms = read.all("form");
        let (path, fields, buttons): (_, &[&str], &[&str]) = match page_of(&read) {
            "sign-in" => (
                "/oauth/login",
                &["username", "password"],
                &["sign-in", "cancel"],
            ),
            "second-factor" => ("/oauth/second-factor", &["code"], &["verify", "cancel"]),
            "consent" => ("/oauth/consent", &[], &["allow", "cancel"]),
            "new-password" => (
                "/oauth/password",
                &["current", "new"],
                &["change", "cancel"],
            ),
            "device-code" => ("/oauth/device", &["user_code"], &["continue"]),
            "device-confirmation" => ("/oauth/device", &[], &["allow", "cancel"]),
            "sign-out" => ("/oauth/logout", &[], &["sign-out", "stay"]),
            "done" | "error" => {
                assert!(forms.is_empty(), "{name}");
                continue;
            }
            other => panic!("{name}: {other}"),
        };
        assert_eq!(forms.len(), 1, "{name}");
        assert_eq!(
            (forms[0].get("method"), forms[0].get("action")),
            ("post", path),
            "{name}"
        );
        let sent = |tag: &&&Tag| tag.has("name") && tag.get("type") != "hidden";
        let inputs = read.all("input");
        let named: Vec<_> = inputs
            .iter()
            .filter(sent)
            .map(|tag| tag.get("name"))
            .collect();
        assert_eq!(named, fields, "{name}");
        let all = read.all("button");
        let values: Vec<_> = all
            .iter()
            .map(|tag| (tag.get("name"), tag.get("value")))
            .collect();
        let expected: Vec<_> = buttons.iter().map(|value| ("do", *value)).collect();
        assert_eq!(values, expected, "{name}");
        assert!(all.iter().all(|tag| tag.get("type") == "submit"), "{name}");
    }
}

#[test]
fn a_form_carries_csrf_and_the_request_if_there_is_one() {
    for (name, read) in pages(Look::default()) {
        let inputs = read.all("input");
        let hidden = inputs.iter().filter(|tag| tag.get("type") == "hidden");
        let hidden: Vec<_> = hidden
            .map(|tag| (tag.get("name"), tag.get("value")))
            .collect();
        let request = ("request", "kQ3vT8mZ1xYwB0nR");
        match (page_of(&read), name.as_str()) {
            ("done" | "error", _) => assert!(hidden.is_empty(), "{name}"),
            ("device-code", _) | (_, "sign-in-alone") => assert_eq!(hidden.len(), 1, "{name}"),
            _ => assert_eq!(hidden[1..], [request], "{name}"),
        }
        if let Some((name, token)) = hidden.first() {
            assert_eq!(*name, "csrf");
            assert!(csrf::matches(COOKIE, token));
        }
    }
}

#[test]
fn what_was_typed_stays_and_passwords_do_not() {
    for (name, read) in pages(Look::default()) {
        for input in read.all("input") {
            if input.get("type") == "password" {
                assert_eq!(input.get("value"), "", "{name}");
            }
            if input.get("name") == "username" && name == "sign-in-wrong" {
                assert_eq!(input.get("value"), "olga@acme.example");
            }
            if input.get("name") == "user_code" && name == "device-code-unknown" {
                assert_eq!(input.get("value"), "BCDF-GHJK");
            }
        }
    }
}

#[test]
fn password_managers_find_their_fields() {
    let found: BTreeSet<_> = pages(Look::default())
        .iter()
        .flat_map(|(_, read)| read.all("input").into_iter().cloned().collect::<Vec<_>>())
        .filter(|input| input.get("type") != "hidden")
        .map(|input| {
            (
                input.get("id").to_owned(),
                input.get("autocomplete").to_owned(),
            )
        })
        .collect();
    let expected = [
        ("code", "one-time-code"),
        ("current", "current-password"),
        ("new", "new-password"),
        ("password", "current-password"),
        ("user_code", "off"),
        ("username", "username"),
    ];
    let expected = expected.map(|(id, value)| (id.to_owned(), value.to_owned()));
    assert_eq!(found, BTreeSet::from(expected));
}

#[test]
fn every_field_has_a_label_and_what_describes_it_is_there() {
    for (name, read) in pages(Look::default()) {
        let ids: Vec<_> = read
            .tags
            .iter()
            .filter(|tag| tag.has("id"))
            .map(|tag| tag.get("id"))
            .collect();
        let once: BTreeSet<_> = ids.iter().collect();
        assert_eq!(once.len(), ids.len(), "{name}: an id twice");
        let labels: Vec<_> = read
            .all("label")
            .into_iter()
            .map(|tag| tag.get("for"))
            .collect();
        for input in read
            .all("input")
            .into_iter()
            .filter(|tag| tag.get("type") != "hidden")
        {
            assert!(labels.contains(&input.get("id")), "{name}");
            for id in input.get("aria-describedby").split_whitespace() {
                assert!(ids.contains(&id), "{name}: {id}");
            }
            let wrong = input.get("aria-invalid") == "true";
            let error = format!("{}-error", input.get("id"));
            assert_eq!(
                wrong,
                input.get("aria-describedby").contains(&error),
                "{name}"
            );
        }
        for link in read
            .all("a")
            .into_iter()
            .filter_map(|tag| tag.get("href").strip_prefix('#'))
        {
            assert!(ids.contains(&link), "{name}: {link}");
        }
    }
}

#[test]
fn a_refused_form_says_so_first_and_has_the_focus_there() {
    for (name, read) in pages(Look::default()) {
        let alerts: Vec<_> = read
            .tags
            .iter()
            .filter(|tag| tag.get("role") == "alert")
            .collect();
        let refused = ["wrong", "missing", "unknown", "throttled", "unusable"];
        let refused = page_of(&read) != "error" && refused.iter().any(|word| name.ends_with(word));
        assert_eq!(alerts.len(), usize::from(refused), "{name}");
        assert_eq!(read.text.contains("Error: "), refused, "{name}");
        let focused: Vec<_> = read
            .tags
            .iter()
            .filter(|tag| tag.has("autofocus"))
            .collect();
        assert!(focused.len() <= 1, "{name}");
        if refused {
            assert_eq!(focused, alerts, "{name}");
        }
    }
}

#[test]
fn a_page_has_one_heading_a_main_part_and_a_way_to_skip_to_it() {
    for (name, read) in pages(Look::default()) {
        assert_eq!(read.mistakes, Vec::<String>::new(), "{name}");
        for element in ["h1", "main", "header", "footer", "title"] {
            assert_eq!(read.all(element).len(), 1, "{name}: {element}");
        }
        assert_eq!(read.all("main")[0].get("id"), "main");
        assert_eq!(read.all("a")[0].get("href"), "#main");
        for forbidden in ["script", "style", "img", "iframe", "object", "base"] {
            assert!(read.all(forbidden).is_empty(), "{name}: {forbidden}");
        }
        for tag in &read.tags {
            let inline = |name: &&String| *name == "style" || name.starts_with("on");
            assert_eq!(tag.attributes.keys().find(inline), None, "{name}");
        }
    }
}

#[test]
fn a_page_says_its_language_and_links_to_itself_in_the_others() {
    for language in Language::ALL {
        let look = Look {
            language,
            ..Look::default()
        };
        for (name, read) in pages(look) {
            assert_eq!(read.all("html")[0].get("lang"), language.tag());
            let links = read
                .all("a")
                .into_iter()
                .filter(|tag| tag.has("hreflang"))
                .collect::<Vec<_>>();
            if ["done", "error"].contains(&page_of(&read)) {
                assert!(links.is_empty(), "{name}");
                continue;
            }
            let tags: Vec<_> = links.iter().map(|link| link.get("hreflang")).collect();
            assert_eq!(tags, ["en", "zh-CN", "vi"], "{name}");
            let current = links
                .iter()
                .filter(|link| link.has("aria-current"))
                .collect::<Vec<_>>();
            assert_eq!(current.len(), 1, "{name}");
            assert_eq!(current[0].get("hreflang"), language.tag(), "{name}");
            for link in links {
                assert!(
                    link.get("href")
                        .contains(&format!("lang={}", link.get("hreflang"))),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn view_and_chosen_language_go_on_to_the_next_page() {
    for (view, name) in [
        (View::Web, "web"),
        (View::Wap, "wap"),
        (View::Tmall, "tmall"),
    ] {
        let look = Look {
            view,
            ..Look::default()
        }
        .switched_to(Language::Vietnamese);
        for (_, read) in pages(look) {
            let body = read.all("body")[0];
            assert_eq!((body.get("data-view"), body.get("class")), (name, name));
            for form in read.all("form") {
                let query = form.get("action").split_once('?').unwrap().1;
                let kept = if view == View::Web {
                    "lang=vi".to_owned()
                } else {
                    format!("lang=vi&view={name}")
                };
                assert_eq!(query, kept);
            }
        }
    }
}

#[test]
fn the_sign_in_page_links_to_the_page_for_a_new_password() {
    let page = |wanted: &str| {
        let mut pages = pages(Look::default()).into_iter();
        let (_, read) = pages.find(|(name, _)| name == wanted).unwrap();
        read.all("a")
            .into_iter()
            .map(|tag| tag.get("href").to_owned())
            .collect::<Vec<_>>()
    };
    assert!(page("sign-in").contains(&"/oauth/password?request=kQ3vT8mZ1xYwB0nR".to_owned()));
    assert!(page("sign-in-alone").contains(&"/oauth/password".to_owned()));
}
