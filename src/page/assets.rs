//! The one stylesheet of all pages, inside the binary.

use std::fmt::Write;
use std::sync::LazyLock;

use aws_lc_rs::digest;

const STYLESHEET: &str = include_str!("../../templates/page.css");

/// A file that pages load.
#[derive(Debug)]
pub struct Asset {
    /// Path on the server. It has a hash of the content, so a browser may keep the file for ever.
    pub path: String,
    /// The content.
    pub content: &'static str,
    /// The headers that it is sent with.
    pub headers: [(&'static str, &'static str); 3],
}

/// The stylesheet.
#[must_use]
pub fn stylesheet() -> &'static Asset {
    static ASSET: LazyLock<Asset> = LazyLock::new(|| Asset {
        path: format!("/assets/page.{}.css", hash(STYLESHEET)),
        content: STYLESHEET,
        headers: [
            ("Content-Type", "text/css; charset=utf-8"),
            ("Cache-Control", "public, max-age=31536000, immutable"),
            ("X-Content-Type-Options", "nosniff"),
        ],
    });
    &ASSET
}

/// Returns the asset at a path. `None` if there is none. A path with the hash of another release is
/// not found: a browser keeps the file for ever, so its content must be that of the hash.
#[must_use]
pub fn find(path: &str) -> Option<&'static Asset> {
    Some(stylesheet()).filter(|asset| asset.path == path)
}

/// The first 64 bits of the SHA-256, in hexadecimal.
fn hash(content: &str) -> String {
    let digest = digest::digest(&digest::SHA256, content.as_bytes());
    digest
        .as_ref()
        .iter()
        .take(8)
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stylesheet_is_found_under_its_path_only() {
        let asset = stylesheet();
        let name = asset.path.strip_prefix("/assets/page.").unwrap();
        assert_eq!(name.strip_suffix(".css").unwrap().len(), 16);
        assert_eq!(find(&asset.path).unwrap().content, STYLESHEET);
        assert!(find("/assets/page.css").is_none());
        assert!(find("/assets/page.0000000000000000.css").is_none());
    }

    #[test]
    fn the_stylesheet_loads_nothing() {
        for word in ["url(", "@import", "@font-face", "expression("] {
            assert!(!STYLESHEET.contains(word), "{word}");
        }
    }
}
