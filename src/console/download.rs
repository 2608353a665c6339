//! The head of a file to download.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, HttpResponseBuilder};

use super::headers;
use super::visit::Signed;

/// Returns the response for a file, without its body. Its name is what it has, the organization's login
/// as far as that is ASCII, and the time: `operators-acme-20300101T000000Z.csv`.
pub(super) fn download(
    signed: &Signed,
    what: &str,
    extension: &str,
    media_type: &'static str,
) -> HttpResponseBuilder {
    let login = plain(&signed.found.organization.login);
    let at: String = signed.now.to_string();
    let at: String = at.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut response = HttpResponse::Ok();
    for header in headers::OF_PAGES {
        response.insert_header(header);
    }
    response.insert_header((CONTENT_TYPE, media_type));
    let name = format!("attachment; filename=\"{what}-{login}-{at}.{extension}\"");
    response.insert_header((CONTENT_DISPOSITION, name));
    response
}

/// Returns a login as a part of a file's name: letters, digits and `-`.
fn plain(login: &str) -> String {
    let keep = |char: char| {
        if char.is_ascii_alphanumeric() {
            char
        } else {
            '-'
        }
    };
    login.chars().map(keep).collect()
}
