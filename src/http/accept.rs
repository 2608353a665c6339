//! Decides which of two media types a caller prefers (RFC 9110, 12.5.1).

use actix_web::http::header::{ACCEPT, HeaderMap};

/// Whether the caller gives `other` a higher weight than `usual`. It does not if the request has no
/// `Accept`, or one that cannot be parsed.
#[must_use]
pub fn prefers(headers: &HeaderMap, other: &str, usual: &str) -> bool {
    let ranges: Vec<_> = headers
        .get_all(ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(Range::parse)
        .collect();
    weight(&ranges, other) > weight(&ranges, usual)
}

/// A media range with its weight in thousandths.
struct Range<'a> {
    name: &'a str,
    weight: u16,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next().filter(|name| name.contains('/'))?;
        let mut given = parts
            .filter_map(|part| part.split_once('='))
            .filter(|(key, _)| key.trim().eq_ignore_ascii_case("q"));
        let weight = match given.next() {
            None => 1_000,
            Some((_, value)) => thousandths(value.trim())?,
        };
        Some(Self { name, weight })
    }

    /// Returns how exactly the range matches the type: 3 for its name, 2 for `type/*`, 1 for `*/*`,
    /// 0 for no match.
    fn fit(&self, media: &str) -> u8 {
        if self.name.eq_ignore_ascii_case(media) {
            return 3;
        }
        if self.name == "*/*" {
            return 1;
        }
        let kind = |name: &str| {
            name.split('/')
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase()
        };
        if self.name.ends_with("/*") && kind(self.name) == kind(media) {
            2
        } else {
            0
        }
    }
}

/// Returns the weight of the range that matches the type most exactly; 0 if none matches.
fn weight(ranges: &[Range<'_>], media: &str) -> u16 {
    ranges
        .iter()
        .map(|range| (range.fit(media), range.weight))
        .filter(|(fit, _)| *fit > 0)
        .max()
        .map_or(0, |(_, weight)| weight)
}

/// Parses a weight from `0` to `1` with at most three decimals. Returns thousandths. `None` if it
/// is anything else.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|b| b.is_ascii_digit());
    let thousandths = format!("{fraction:0<3}").parse().ok().filter(|_| digits)?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;
    use proptest::prelude::*;

    fn streams(values: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(ACCEPT, HeaderValue::from_str(value).unwrap());
        }
        prefers(&headers, "text/event-stream", "application/json")
    }

    #[test]
    fn the_higher_weight_wins_and_the_more_exact_range_says_it() {
        for yes in [
            &["text/event-stream"][..],
            &["Text/Event-Stream; charset=utf-8"],
            &["text/*"],
            &["text/event-stream, */*;q=0.9"],
            &["application/json;q=0.5", "text/event-stream;q=0.501"],
            &["*/*, application/json;q=0"],
        ] {
            assert!(streams(yes), "{yes:?}");
        }
        for no in [
            &[][..],
            &[""],
            &["*/*"],
            &["application/json"],
            &["application/json, text/event-stream"],
            &["text/event-stream;q=0"],
            &["text/*, text/event-stream;q=0, */*;q=0.1"],
            &["text/event-stream;q=0.1, */*"],
            &["text/event-stream;q=2"],
            &["text/event-stream;q=0.1234"],
            &["text/event-stream;q=x"],
            &["text"],
            &["image/png"],
        ] {
            assert!(!streams(no), "{no:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered_without_a_panic(text in "[ -~]{0,60}") {
            let _ = streams(&[&text]);
        }
    }
}
