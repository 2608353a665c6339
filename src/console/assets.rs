//! The stylesheet and the script of the console, inside the binary.

use std::fmt::Write;
use std::sync::LazyLock;

use actix_web::HttpResponse;
use aws_lc_rs::digest;

use crate::http::{Anyone, ApiError, Call};

/// The console has what the pages of OAuth have, and more.
const STYLESHEET: &str = concat!(
    include_str!("../../templates/page.css"),
    include_str!("../../templates/console/console.css")
);

const SCRIPT: &str = include_str!("../../templates/console/console.js");

/// The path of a file.
pub(super) const PATH: &str = "/console/assets/{name}";

/// A file that pages load.
#[derive(Debug)]
pub(crate) struct Asset {
    /// Its path. It has a hash of the content, so a browser may keep the file for ever.
    pub(crate) path: String,
    pub(crate) content: &'static str,
    kind: &'static str,
}

/// The stylesheet and the script.
pub(crate) fn all() -> &'static [Asset; 2] {
    static ASSETS: LazyLock<[Asset; 2]> = LazyLock::new(|| {
        let of = |name: &str, ending: &str, content, kind| Asset {
            path: PATH.replace("{name}", &format!("{name}.{}.{ending}", hash(content))),
            content,
            kind,
        };
        [
            of("console", "css", STYLESHEET, "text/css; charset=utf-8"),
            of("console", "js", SCRIPT, "text/javascript; charset=utf-8"),
        ]
    });
    &ASSETS
}

/// The first 64 bits of the SHA-256, in hexadecimal.
fn hash(content: &str) -> String {
    let digest = digest::digest(&digest::SHA256, content.as_bytes());
    let first = digest.as_ref().iter().take(8);
    first.fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(super) async fn get(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    let path = call.request_path();
    let found = all().iter().find(|asset| asset.path == path);
    let asset = found.ok_or_else(ApiError::not_found)?;
    Ok(HttpResponse::Ok()
        .insert_header(("Content-Type", asset.kind))
        .insert_header(("Cache-Control", "public, max-age=31536000, immutable"))
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .body(asset.content))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The templates of the console, one after the other.
    fn templates() -> String {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/console");
        let files = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path());
        let pages = files.filter(|path| path.extension().is_some_and(|ending| ending == "html"));
        pages
            .map(|path| fs::read_to_string(path).unwrap())
            .collect()
    }

    /// `atMost` as a part of a name of an attribute: `at-most`.
    fn hyphenated(name: &str) -> String {
        name.chars().fold(String::new(), |mut text, letter| {
            if letter.is_ascii_uppercase() {
                text.push('-');
            }
            text.push(letter.to_ascii_lowercase());
            text
        })
    }

    #[test]
    fn the_script_reads_only_what_the_templates_write() {
        let templates = templates();
        let mut read = 0;
        for rest in SCRIPT.split("dataset.").skip(1) {
            let name = rest
                .split(|letter: char| !letter.is_ascii_alphanumeric())
                .next();
            let name = name.unwrap();
            let is_set = rest[name.len()..].starts_with(" = ");
            let attribute = format!("data-{}=\"", hyphenated(name));
            assert!(is_set || templates.contains(&attribute), "{attribute}");
            read += usize::from(!is_set);
        }
        assert!(read > 5, "{read}");
        // One question, one list that is followed: two handlers for one thing hinder each other.
        for selector in ["dialog[data-seconds]", "main[data-reload]", ".printed time"] {
            assert_eq!(SCRIPT.matches(selector).count(), 1, "{selector}");
        }
    }

    #[test]
    fn what_is_printed_has_no_secret_and_says_when_it_was_printed() {
        let print = STYLESHEET.split("@media print {").last().unwrap();
        let hidden = print.split('}').next().unwrap();
        for selector in [
            "nav",
            "#secret",
            "#second-secret",
            ".secret pre",
            ".picture",
            "[data-testid=\"totp-secret\"]",
            "body:not(.prints-codes) .codes",
        ] {
            let listed = [format!("  {selector},"), format!("  {selector} {{")];
            assert!(
                listed.iter().any(|line| hidden.contains(line)),
                "{selector}"
            );
        }
        assert!(hidden.contains("display: none"));
        for shown in [
            ".printed {\n    display: block",
            ".scroll {\n    overflow: visible",
            "content: \" (\" attr(href) \")\"",
        ] {
            assert!(print.contains(shown), "{shown}");
        }
    }

    #[test]
    fn the_script_is_small_and_loads_nothing() {
        assert!(SCRIPT.len() <= 8 * 1024, "{}", SCRIPT.len());
        for word in ["innerHTML", "eval(", "import ", "http:", "https:", "style"] {
            assert!(!SCRIPT.contains(word), "{word}");
        }
        for word in ["url(", "@import", "@font-face"] {
            assert!(!STYLESHEET.contains(word), "{word}");
        }
    }
}
