//! The head of a file to download.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, HttpResponseBuilder};

use super::headers;
use super::visit::Visit;

/// Returns the response for a file, without its body. Its name is what it has, whose that is as far as
/// it is ASCII, and the time: `operators-acme-20300101T000000Z.csv`.
pub(super) fn download(
    visit: &Visit,
    whose: &str,
    what: &str,
    (extension, media_type): (&str, &'static str),
) -> HttpResponseBuilder {
    let login = plain(whose);
    let at: String = visit.now.to_string();
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
