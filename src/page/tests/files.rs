//! Writes every page to a file, for people and for `.ci/pages`.

use std::fs;
use std::path::PathBuf;

use super::samples::{Given, all};
use crate::page::{Language, Look, assets, headers};

/// A name that is as long as names get, without a place to break a line.
const LONG: &str = "Công-ty-trách-nhiệm-hữu-hạn-thương-mại-dịch-vụ-xuất-nhập-khẩu-Đại-Phát-Thịnh-Vượng-采购管理系统-<b>&\"";

/// `LANYARD_PAGES=FOLDER cargo test --lib page::tests::files -- --ignored` writes
/// `FOLDER/<language>/<page>.html`, the stylesheet under its path, and the headers of pages.
#[test]
#[ignore = "writes files, for people and for .ci/pages"]
fn write_every_page() {
    let folder =
        PathBuf::from(std::env::var_os("LANYARD_PAGES").expect("LANYARD_PAGES is a folder"));
    let put = |path: &str, content: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    for language in Language::ALL {
        let look = Look {
            language,
            ..Look::default()
        };
        for (name, html) in all(look, &Given::ordinary()) {
            put(&format!("{}/{name}.html", language.tag()), &html);
        }
        for (name, html) in all(look, &Given::everywhere(LONG)) {
            if [
                "sign-in-hinted",
                "consent",
                "device-confirmation",
                "sign-out",
            ]
            .contains(&name.as_str())
            {
                put(&format!("{}/{name}-long.html", language.tag()), &html);
            }
        }
    }
    let stylesheet = assets::stylesheet();
    put(&stylesheet.path[1..], stylesheet.content);
    let headers = headers::of_pages(None).map(|(name, value)| format!("{name}: {value}\n"));
    put("headers", &headers.concat());
}
