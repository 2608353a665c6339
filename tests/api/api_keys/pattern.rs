//! The regular expression that is published for scanners of source code: it finds every key, and
//! nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use data_encoding::HEXLOWER;
use lanyard::api_key::text::PATTERN;
use lanyard::api_key::{Environment, KeyText, Prefix, SigningSecret};
use proptest::prelude::*;
use regex::Regex;

fn pattern() -> Regex {
    Regex::new(PATTERN).unwrap()
}

/// Returns the hits in a text.
fn hits(text: &str) -> Vec<String> {
    let pattern = pattern();
    let hits = pattern.find_iter(text);
    hits.map(|hit| hit.as_str().to_owned()).collect()
}

/// The files of the repository, without what builds and tools leave there.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "node_modules"].contains(&name.as_str()) {
                files(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

#[test]
fn the_sources_of_this_repository_have_no_hit() {
    let mut found = Vec::new();
    files(Path::new(env!("CARGO_MANIFEST_DIR")), &mut found);
    assert!(found.len() > 800, "{}", found.len());
    let mut bytes = 0;
    for file in found {
        let content = fs::read(&file).unwrap();
        bytes += content.len();
        let mut hits = hits(&String::from_utf8_lossy(&content));
        // A test writes a text with a wrong checksum.
        hits.retain(|hit| !hit.ends_with(&"0".repeat(38)));
        assert_eq!(hits, [""; 0], "{}", file.display());
    }
    assert!(bytes > 3_000_000, "{bytes}");
}

#[test]
fn the_pattern_is_documented_as_it_is() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/keys.md");
    assert!(fs::read_to_string(docs).unwrap().contains(PATTERN));
}

/// What looks like a key to people, and is none.
#[test]
fn what_is_nearly_a_key_is_no_hit() {
    let key = KeyText::draw(Prefix::Sk, Environment::Live);
    let drawn = key.text().strip_prefix("sk_live_").unwrap();
    for near in [
        format!("sk_live_{}", &drawn[1..]),
        format!("sk_live_{drawn}0"),
        format!("pk_live_{drawn}"),
        format!("sk-live-{drawn}"),
        format!("sk_prod_{drawn}"),
        format!("task_live_{drawn}"),
        format!("_sk_live_{drawn}"),
        format!("sk_live_{drawn}_"),
        format!("SK_LIVE_{drawn}"),
        format!("sk_live_{}", "-".repeat(38)),
    ] {
        assert_eq!(hits(&near), [""; 0], "{near}");
    }
}

/// Guide 000 prints an example that has the form. The checksum shows that it is none.
#[test]
fn the_example_of_the_guide_is_no_key() {
    let example = format!("sk_live_{}1234567890", "51AbCdEfGhIjKlMnOpQrStUvWxYz");
    assert_eq!(hits(&example), [example.as_str()]);
    assert_eq!(lanyard::api_key::text::environment(&example), None);
}

/// Text as it is found in repositories: encodings of random bytes, ids, minified code.
fn noise() -> impl Strategy<Value = String> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..600);
    prop_oneof![
        bytes().prop_map(|bytes| STANDARD.encode(bytes)),
        bytes().prop_map(|bytes| URL_SAFE_NO_PAD.encode(bytes)),
        bytes().prop_map(|bytes| HEXLOWER.encode(&bytes)),
        prop::collection::vec(any::<u128>(), 1..40).prop_map(|ids| {
            let ids = ids.into_iter().map(|id| uuid::Uuid::from_u128(id).to_string());
            ids.collect::<Vec<_>>().join(",")
        }),
        "[0-9A-Za-z]{0,400}",
        "[0-9A-Za-z_]{0,400}",
        // Minified code: short words, with those that begin a key among them.
        prop::collection::vec(
            "(function|var|[a-z]|_|\\$|=|\\(|\\)|\\{|\\}|;|,|ak|sk|hs|_live|_test|_live_|_test_|[0-9A-Za-z]{1,37})",
            0..80
        )
        .prop_map(|words| words.concat()),
    ]
}

proptest! {
    #[test]
    fn what_is_found_elsewhere_is_no_key(text in noise()) {
        for hit in hits(&text) {
            // Only short words put together can have the form; their checksum is wrong.
            prop_assert!(text.contains("_live_") || text.contains("_test_"));
            prop_assert_eq!(lanyard::api_key::text::environment(&hit), None);
        }
    }

    #[test]
    fn every_key_is_found_wherever_it_stands(
        before in "[ \t\n\"'=:,(\\[{<>/@#$%&*+;?-]?",
        after in "[ \t\n\"'=:,)\\]}<>/@#$%&*+;?.-]?",
        kind in 0u8..3, test in any::<bool>(), around in "[a-z ]{0,20}",
    ) {
        let environment = if test { Environment::Test } else { Environment::Live };
        let key = match kind {
            0 => KeyText::draw(Prefix::Ak, environment).text().to_owned(),
            1 => KeyText::draw(Prefix::Sk, environment).text().to_owned(),
            _ => SigningSecret::draw(environment).text().to_owned(),
        };
        let before = if before.is_empty() { String::new() } else { format!("{around}{before}") };
        let after = if after.is_empty() { String::new() } else { format!("{after}{around}") };
        let text = format!("{before}{key}{after}");
        prop_assert_eq!(hits(&text), [key]);
    }
}
