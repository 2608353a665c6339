//! Where a form comes from: forms of other sites are refused (`Sec-Fetch-Site`, and `Origin` of RFC 6454).

use actix_web::http::header::{HOST, HeaderMap, ORIGIN};

/// Whether a request comes from a page of this service, or from none. Old browsers send neither
/// header.
pub(super) fn is_own(headers: &HeaderMap, issuer: Option<&str>, is_https: bool) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let own = match (issuer, host) {
        (Some(issuer), _) => issuer.to_owned(),
        (None, Some(host)) if is_https => format!("https://{host}"),
        (None, Some(host)) => format!("http://{host}"),
        (None, None) => return false,
    };
    let default = if is_https { ":443" } else { ":80" };
    let own = own.strip_suffix(default).unwrap_or(&own);
    headers.get_all(ORIGIN).all(|origin| {
        origin
            .to_str()
            .is_ok_and(|origin| origin.eq_ignore_ascii_case(own))
    })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn own(pairs: &[(&'static str, &'static str)], issuer: Option<&str>, is_https: bool) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        is_own(&headers, issuer, is_https)
    }

    #[test]
    fn without_an_issuer_a_form_comes_from_the_host_that_it_is_sent_to() {
        let host = ("host", "tokens.example");
        let origin = |origin| own(&[host, ("origin", origin)], None, true);
        for good in ["https://tokens.example", "https://TOKENS.example"] {
            assert!(origin(good), "{good}");
        }
        for bad in [
            "null",
            "http://tokens.example",
            "https://tokens.example:444",
            "https://tokens.example.evil",
            "https://evil.example",
        ] {
            assert!(!origin(bad), "{bad}");
        }
        assert!(own(
            &[
                ("host", "127.0.0.1:8080"),
                ("origin", "http://127.0.0.1:8080")
            ],
            None,
            false
        ));
        // No page has sent it, or an old browser.
        assert!(own(&[host], None, true));
        assert!(!own(&[], None, true));
    }

    #[test]
    fn with_an_issuer_the_host_says_nothing() {
        let issuer = Some("https://tokens.example");
        let sent = |host, origin| own(&[("host", host), ("origin", origin)], issuer, true);
        assert!(sent("other.example", "https://tokens.example"));
        assert!(!sent("other.example", "https://other.example"));
    }

    #[test]
    fn what_the_browser_says_of_the_site_comes_first() {
        let origin = ("origin", "https://evil.example");
        for (site, is_good) in [
            ("same-origin", true),
            ("none", true),
            ("same-site", false),
            ("cross-site", false),
        ] {
            let headers = [("host", "a.example"), ("sec-fetch-site", site), origin];
            assert_eq!(own(&headers, None, true), is_good, "{site}");
        }
    }
}
