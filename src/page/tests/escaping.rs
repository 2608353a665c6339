//! What somebody else gave is shown as it is, and never read as HTML.

use proptest::prelude::*;

use super::reading::read;
use super::samples::{Given, all};
use crate::page::{Language, Look};

/// Texts that have broken pages before, and any other.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<script>alert(1)</script>",
        "</title><script src=//evil.example>",
        "\"><img src=x onerror=alert(1)>",
        "' autofocus onfocus='alert(1)",
        "</textarea></form><form action=https://evil.example>",
        "<!--",
        "-->",
        "]]>",
        "&lt;b&gt;",
        "&#60;script&#62;",
        "{{ 7 * 7 }}",
        "{ $name }",
        "{ product }",
        "\u{202e}\u{2066}",
        "\u{e000}",
        "\\u003c",
        "%3Cscript%3E",
        "javascript:alert(1)",
        " \t",
        "Acme & Söhne",
    ]);
    let any = "[^\u{0}-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}\u{fdd0}-\u{fdef}]{1,12}";
    prop::collection::vec(prop_oneof![pieces.prop_map(str::to_owned), any], 1..5)
        // A description of white space only is none.
        .prop_map(|pieces| pieces.concat() + "!")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_changes_the_elements_of_a_page(text in hostile(), at in 0_usize..3) {
        let look = Look { language: Language::ALL[at], ..Look::default() };
        let ordinary = all(look, &Given::everywhere("x"));
        let strange = all(look, &Given::everywhere(&text));
        for ((name, ordinary), (_, strange)) in ordinary.iter().zip(&strange) {
            let (ordinary, strange) = (read(ordinary), read(strange));
            prop_assert_eq!(ordinary.skeleton(), strange.skeleton(), "{}", name);
            for (was, is) in ordinary.tags.iter().zip(&strange.tags) {
                for (attribute, value) in &was.attributes {
                    let expected = if value == "x" { &text } else { value };
                    let link = ["href", "action"].contains(&attribute.as_str());
                    // Links have it encoded as a part of the query; where they lead stays the same.
                    let path = |url: &str| url.split('?').next().map(str::to_owned);
                    if link {
                        prop_assert_eq!(path(value), path(is.get(attribute)), "{}", name);
                    } else {
                        prop_assert_eq!(expected, is.get(attribute), "{}: {}", name, attribute);
                    }
                }
            }
        }
    }

    #[test]
    fn a_name_is_shown_as_it_is(text in hostile()) {
        for (name, html) in all(Look::default(), &Given::everywhere(&text)) {
            if ["sign-in", "consent", "device-confirmation", "sign-out"].contains(&name.as_str()) {
                prop_assert!(read(&html).text.contains(&format!("\n{text}\n")), "{}", name);
            }
        }
    }
}

#[test]
fn a_client_that_is_called_a_script_is_shown_as_text() {
    let name = "<script>alert('1')</script>";
    let pages = all(
        Look::default(),
        &Given {
            client: name.to_owned(),
            ..Given::ordinary()
        },
    );
    let (_, consent) = pages.iter().find(|(page, _)| page == "consent").unwrap();
    assert!(!consent.contains("<script"));
    assert!(consent.contains("&#60;script&#62;alert(&#39;1&#39;)&#60;/script&#62;"));
    assert!(read(consent).text.contains(name));
}
