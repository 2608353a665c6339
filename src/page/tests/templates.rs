//! The templates: no text stands in them.

use std::fs;
use std::path::Path;

/// All files below a folder of the repository whose names have this ending, with what is in them.
fn files(folder: &Path, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|has| has == ending) {
            found.push((
                path.display().to_string(),
                fs::read_to_string(&path).unwrap(),
            ));
        }
    }
    found
}

/// All templates.
pub(super) fn templates() -> Vec<(String, String)> {
    files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"),
        "html",
    )
}

/// The code of the pages and of the console, without tests.
pub(super) fn sources() -> Vec<(String, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = files(&source.join("page"), "rs");
    all.extend(files(&source.join("console"), "rs"));
    let code = |(path, text): (String, String)| {
        let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
        (!path.contains("/tests/")).then_some((path, code))
    };
    all.into_iter().filter_map(code).collect()
}

/// A template without what stands between `open` and `close`, each piece replaced by `with`.
fn without(template: &str, open: &str, close: &str, with: &str) -> String {
    let mut rest = template;
    let mut left = String::new();
    while let Some((before, after)) = rest.split_once(open) {
        left.push_str(before);
        left.push_str(with);
        rest = after.split_once(close).expect("what is opened is closed").1;
    }
    left + rest
}

/// What a template writes as it stands: tags and text, with `·` for what is put in.
fn literal(template: &str) -> String {
    let template = without(template, "{#", "#}", "");
    let template = without(&template, "{%", "%}", "");
    without(&template, "{{", "}}", "·")
}

/// The text of a template outside of its tags.
fn text(template: &str) -> String {
    without(&literal(template), "<", ">", " ")
        .replace('·', " ")
        .trim()
        .to_owned()
}

/// The values of attributes that people read or hear, as far as they stand in a template.
fn spoken(template: &str) -> Vec<String> {
    let literal = literal(template);
    let mut found = Vec::new();
    for attribute in [
        "aria-label",
        "aria-description",
        "title",
        "alt",
        "placeholder",
        "label",
    ] {
        for after in literal.split(&format!(" {attribute}=\"")).skip(1) {
            found.push(after.split('"').next().unwrap().replace('·', ""));
        }
    }
    found
}

#[test]
fn no_text_stands_in_a_template() {
    let templates = templates();
    assert!(templates.len() > 10, "{}", templates.len());
    for (path, template) in templates {
        assert_eq!(text(&template), "", "{path}");
        assert!(spoken(&template).iter().all(String::is_empty), "{path}");
    }
}

#[test]
fn text_in_a_template_is_seen() {
    assert_eq!(
        text("<p class=\"a\">{{ self.text(\"a\") }}, Olga</p>{% if a %}{# note #}"),
        ", Olga"
    );
    assert_eq!(
        text("{%- for x in y %}\n<a href=\"{{ x }}\">{{ x }}</a>\n"),
        ""
    );
    assert_eq!(text("<p>&nbsp;</p>"), "&nbsp;");
    assert_eq!(
        spoken("<nav aria-label=\"Pages {{ n }}\"><p title=\"{{ t }}\">"),
        ["Pages ", ""]
    );
}

#[test]
fn nothing_in_a_template_switches_escaping_off() {
    for (path, template) in templates() {
        assert!(
            !template.contains("|safe") && !template.contains("| safe"),
            "{path}"
        );
        assert!(!template.contains("autoescape"), "{path}");
    }
}
