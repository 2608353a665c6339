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
    use super::*;

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
