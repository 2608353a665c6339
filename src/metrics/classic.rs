//! The metrics in Prometheus's classic text format (0.0.4), for clients that cannot read
//! `OpenMetrics`.

use std::fmt::Write;

/// The media type.
pub(super) const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Converts `OpenMetrics` text into the classic format. There, a counter's family has the same name
/// as its samples (`…_total`), and there are no `# UNIT` and `# EOF` lines.
pub(super) fn from_open_metrics(text: &str) -> String {
    let mut page = String::with_capacity(text.len());
    let mut help: Option<(&str, &str)> = None;
    for line in text.lines() {
        let words: Vec<_> = line.splitn(4, ' ').collect();
        match words.as_slice() {
            // The family's name depends on the type, which comes after the help.
            ["#", "HELP", family, description] => help = Some((*family, *description)),
            ["#", "TYPE", family, kind] => {
                let (suffix, kind) = match *kind {
                    "counter" => ("_total", "counter"),
                    "info" => ("_info", "gauge"),
                    "unknown" => ("", "untyped"),
                    other => ("", other),
                };
                if let Some((_, description)) = help.take().filter(|(of, _)| of == family) {
                    let _ = writeln!(page, "# HELP {family}{suffix} {description}");
                }
                let _ = writeln!(page, "# TYPE {family}{suffix} {kind}");
            }
            ["#", ..] => {}
            _ => {
                let _ = writeln!(page, "{line}");
            }
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_have_the_names_of_their_samples() {
        let open = "# HELP a_requests Answers.\n# TYPE a_requests counter\na_requests_total{route=\"/\"} 1\n\
                    # HELP a_age_seconds Age.\n# TYPE a_age_seconds gauge\n# UNIT a_age_seconds seconds\na_age_seconds 2\n\
                    # HELP a_time Time.\n# TYPE a_time histogram\na_time_sum 0.5\na_time_count 1\na_time_bucket{le=\"+Inf\"} 1\n\
                    # HELP a_build Build.\n# TYPE a_build info\na_build_info{version=\"1\"} 1\n# EOF\n";
        insta::assert_snapshot!(from_open_metrics(open), @r#"
        # HELP a_requests_total Answers.
        # TYPE a_requests_total counter
        a_requests_total{route="/"} 1
        # HELP a_age_seconds Age.
        # TYPE a_age_seconds gauge
        a_age_seconds 2
        # HELP a_time Time.
        # TYPE a_time histogram
        a_time_sum 0.5
        a_time_count 1
        a_time_bucket{le="+Inf"} 1
        # HELP a_build_info Build.
        # TYPE a_build_info gauge
        a_build_info{version="1"} 1
        "#);
    }
}
