//! Suggestions for misspelt keys: "did you mean …?"

const NEAR: f64 = 0.75;

/// Returns the candidate most similar to a misspelt name; `None` if none is similar. A name whose
/// last part is right (`listen` for `http.listen`) counts as similar.
pub(super) fn nearest<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    candidates
        .map(|candidate| {
            let whole = strsim::normalized_damerau_levenshtein(name, candidate);
            let part = if last(name) == last(candidate) {
                NEAR
            } else {
                0.0
            };
            (whole.max(part), candidate)
        })
        .filter(|(score, _)| *score >= NEAR)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let known = [
            "database.url",
            "database.url_file",
            "http.listen",
            "http.workers",
            "log.level",
        ];
        let nearest = |name| nearest(name, known.into_iter());
        assert_eq!(nearest("databse.url"), Some("database.url"));
        assert_eq!(nearest("listen"), Some("http.listen"));
        assert_eq!(nearest("server.workers"), Some("http.workers"));
        assert_eq!(nearest("log.lvel"), Some("log.level"));
        assert_eq!(nearest("colour"), None);
        assert_eq!(nearest(""), None);
    }
}
