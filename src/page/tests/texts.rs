//! The files of messages: the same in every language, none missing, none unused.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast;
use fluent_syntax::parser;

use super::samples::{Given, all};
use super::templates::{sources, templates};
use crate::page::{Language, Look};

/// The messages of a language, each with its places for values. A file that cannot be read whole,
/// or has a message twice, fails.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let resource = parser::parse(language.source()).expect("the file can be read");
    let mut found = BTreeMap::new();
    for entry in resource.body {
        match entry {
            ast::Entry::Message(message) => {
                let mut places = BTreeSet::new();
                of_pattern(&message.value.expect("a message has a text"), &mut places);
                assert!(message.attributes.is_empty());
                let id = message.id.name.to_owned();
                assert!(
                    found.insert(id.clone(), places).is_none(),
                    "{}: {id} twice",
                    language.tag()
                );
            }
            ast::Entry::Comment(_)
            | ast::Entry::GroupComment(_)
            | ast::Entry::ResourceComment(_) => {}
            other => panic!("{}: {other:?}", language.tag()),
        }
    }
    found
}

fn of_pattern(pattern: &ast::Pattern<&str>, places: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let ast::PatternElement::Placeable { expression } = element {
            match expression {
                ast::Expression::Inline(inline) => of_inline(inline, places),
                ast::Expression::Select { selector, variants } => {
                    of_inline(selector, places);
                    for variant in variants {
                        of_pattern(&variant.value, places);
                    }
                }
            }
        }
    }
}

fn of_inline(inline: &ast::InlineExpression<&str>, places: &mut BTreeSet<String>) {
    match inline {
        ast::InlineExpression::VariableReference { id } => {
            places.insert(id.name.to_owned());
        }
        other => panic!("messages have values only: {other:?}"),
    }
}

#[test]
fn every_language_has_the_same_messages_with_the_same_values() {
    let english = messages(Language::English);
    for language in Language::ALL {
        let theirs = messages(language);
        let ids =
            |messages: &BTreeMap<String, _>| messages.keys().cloned().collect::<BTreeSet<_>>();
        let (here, there) = (ids(&english), ids(&theirs));
        assert_eq!(
            here.difference(&there).collect::<Vec<_>>(),
            [""; 0],
            "missing in {}",
            language.tag()
        );
        assert_eq!(
            there.difference(&here).collect::<Vec<_>>(),
            [""; 0],
            "only in {}",
            language.tag()
        );
        for (id, places) in &theirs {
            assert_eq!(Some(places), english.get(id), "{}: {id}", language.tag());
        }
    }
}

/// A message that is not there, or lacks a value, is shown as its id in brackets.
#[test]
fn no_page_lacks_a_message() {
    for language in Language::ALL {
        for (name, html) in all(
            Look {
                language,
                ..Look::default()
            },
            &Given::ordinary(),
        ) {
            let shown = html.split('⟦').nth(1).map(|rest| rest.split('⟧').next());
            assert_eq!(shown, None, "{}: {name}", language.tag());
        }
    }
}

#[test]
fn every_message_is_used() {
    let code: String = sources()
        .into_iter()
        .chain(templates())
        .map(|(_, text)| text)
        .collect();
    let unused = |id: &String| !code.contains(&format!("\"{id}\""));
    let unused: Vec<_> = messages(Language::English)
        .into_keys()
        .filter(unused)
        .collect();
    assert_eq!(unused, [""; 0]);
}

/// A message that somebody forgot to translate is the same as the English one.
#[test]
fn every_message_is_translated() {
    let english: BTreeMap<_, _> = lines(Language::English);
    for language in [Language::Chinese, Language::Vietnamese] {
        for (id, text) in lines(language) {
            let same = english.get(&id) == Some(&text);
            let on_purpose = ["product", "title"].contains(&id.as_str());
            assert_eq!(same, on_purpose, "{}: {id}", language.tag());
        }
    }
}

fn lines(language: Language) -> BTreeMap<String, String> {
    let pairs = language
        .source()
        .lines()
        .filter_map(|line| line.split_once(" = "));
    pairs
        .map(|(id, text)| (id.to_owned(), text.to_owned()))
        .collect()
}
