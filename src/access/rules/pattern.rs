//! The pattern of a rule's path: segments, of which each is text or `*`; a last `**` is any number
//! of segments, none too.

use crate::access::original::NormalPath;

/// Why a text is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It does not begin with `/`.
    #[error("must begin with /")]
    NotAbsolute,
    /// It has an empty segment, or the segment `.` or `..`.
    #[error("has a segment that is empty, . or ..; no such path is admitted")]
    Segment,
    /// `*` or `**` is a part of a segment.
    #[error("has a * beside other text; a segment is text or *")]
    Star,
    /// `**` is not the last segment.
    #[error("has ** before its end; only the last segment may be **")]
    Rest,
    /// It has a character that no path in normal form has.
    #[error("has one of the characters % ; ? # \\ or white space; write text as it is decoded")]
    Character,
}

/// One segment of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Text(Box<str>),
    Any,
}

impl Segment {
    fn matches(&self, segment: &[u8]) -> bool {
        match self {
            Self::Text(text) => text.as_bytes() == segment,
            Self::Any => true,
        }
    }

    fn covers(&self, other: &Self) -> bool {
        matches!(self, Self::Any) || self == other
    }
}

/// A pattern of paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    segments: Vec<Segment>,
    /// Whether any number of segments may follow: `**`.
    open: bool,
}

impl Pattern {
    /// Reads a pattern. A final `/` makes no difference.
    ///
    /// # Errors
    /// Returns the [`PatternError`].
    pub fn read(text: &str) -> Result<Self, PatternError> {
        let text = text.strip_prefix('/').ok_or(PatternError::NotAbsolute)?;
        let refused = |c: char| "%;?#\\".contains(c) || c.is_whitespace() || c.is_control();
        if text.contains(refused) {
            return Err(PatternError::Character);
        }
        let mut pattern = Self {
            segments: Vec::new(),
            open: false,
        };
        if text.is_empty() {
            return Ok(pattern);
        }
        for segment in text.strip_suffix('/').unwrap_or(text).split('/') {
            if pattern.open {
                return Err(PatternError::Rest);
            }
            match segment {
                "" | "." | ".." => return Err(PatternError::Segment),
                "**" => pattern.open = true,
                "*" => pattern.segments.push(Segment::Any),
                _ if segment.contains('*') => return Err(PatternError::Star),
                _ => pattern.segments.push(Segment::Text(segment.into())),
            }
        }
        Ok(pattern)
    }

    /// Whether a path matches.
    #[must_use]
    pub fn matches(&self, path: &NormalPath<'_>) -> bool {
        let mut segments = path.segments();
        let begins = self
            .segments
            .iter()
            .all(|expected| segments.next().is_some_and(|found| expected.matches(found)));
        begins && (self.open || segments.next().is_none())
    }

    /// Whether every path that matches `other` matches this pattern.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let pairs = self.segments.iter().zip(&other.segments);
        let length = match (self.open, other.open) {
            (true, _) => other.segments.len() >= self.segments.len(),
            (false, false) => other.segments.len() == self.segments.len(),
            (false, true) => false,
        };
        length && pairs.fold(true, |all, (one, other)| all && one.covers(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let path = NormalPath::read(path.as_bytes()).unwrap();
        Pattern::read(pattern).unwrap().matches(&path)
    }

    #[test]
    fn a_segment_is_text_or_any() {
        for (pattern, path, expected) in [
            ("/", "/", true),
            ("/", "/a", false),
            ("/a", "/a/", true),
            ("/a/", "/a", true),
            ("/a", "/A", false),
            ("/a", "/a/b", false),
            ("/a/*", "/a/b", true),
            ("/a/*", "/a", false),
            ("/a/*", "/a/b/c", false),
            ("/a/**", "/a", true),
            ("/a/**", "/a/b/c", true),
            ("/a/**", "/ab", false),
            ("/**", "/", true),
            ("/*/x", "/a/x", true),
            ("/v1/x:delete", "/v1/x%3Adelete", true),
            ("/đơn", "/%C4%91%C6%A1n", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn what_is_no_pattern() {
        use PatternError as E;
        for (text, expected) in [
            ("", E::NotAbsolute),
            ("a", E::NotAbsolute),
            ("//", E::Segment),
            ("/a//b", E::Segment),
            ("/a/../b", E::Segment),
            ("/a*", E::Star),
            ("/a/***", E::Star),
            ("/**/a", E::Rest),
            ("/**/**", E::Rest),
            ("/a%20b", E::Character),
            ("/a b", E::Character),
            ("/a?b", E::Character),
            ("/a;b", E::Character),
        ] {
            assert_eq!(Pattern::read(text), Err(expected), "{text}");
        }
    }

    fn segment() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec!["a", "b", "*"])
    }

    fn pattern() -> impl Strategy<Value = String> {
        (prop::collection::vec(segment(), 0..4), any::<bool>()).prop_map(|(segments, open)| {
            let tail = if open { "/**" } else { "" };
            let text: Vec<_> = segments.iter().flat_map(|segment| ["/", segment]).collect();
            let text = text.concat();
            match format!("{text}{tail}") {
                empty if empty.is_empty() => "/".to_owned(),
                text => text,
            }
        })
    }

    /// All paths of up to five segments of `a`, `b` and `c`.
    fn paths() -> Vec<String> {
        let mut all = vec![String::new()];
        let mut longest = all.clone();
        for _ in 0..5 {
            longest = longest
                .iter()
                .flat_map(|path| ["a", "b", "c"].map(|next| format!("{path}/{next}")))
                .collect();
            all.extend(longest.clone());
        }
        all
    }

    /// The model: recursion over both lists.
    fn naive(pattern: &[&str], path: &[&str]) -> bool {
        match (pattern, path) {
            (["**"], _) | ([], []) => true,
            (["*", rest @ ..], [_, path @ ..]) => naive(rest, path),
            ([text, rest @ ..], [found, path @ ..]) => text == found && naive(rest, path),
            _ => false,
        }
    }

    fn parts(text: &str) -> Vec<&str> {
        text.split('/').filter(|part| !part.is_empty()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_pattern_matches_and_covers_as_the_model_says(one in pattern(), other in pattern()) {
            let (first, second) = (Pattern::read(&one).unwrap(), Pattern::read(&other).unwrap());
            let mut covered = true;
            for path in paths() {
                let text = if path.is_empty() { "/" } else { &path };
                let read = NormalPath::read(text.as_bytes()).unwrap();
                let expected = naive(&parts(&one), &parts(&path));
                prop_assert_eq!(first.matches(&read), expected, "{} {}", one, path);
                covered &= !second.matches(&read) || expected;
            }
            prop_assert_eq!(first.covers(&second), covered, "{} {}", one, other);
        }

        #[test]
        fn any_text_is_answered(text in "/?\\PC{0,20}|(/|a|\\*|\\.){0,12}") {
            let _ = Pattern::read(&text);
        }
    }
}
