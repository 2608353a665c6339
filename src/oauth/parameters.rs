//! The parameters of a request, each at most once (RFC 6749, section 3.1). A parameter without a
//! value is as if absent.

/// A parameter that is there twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeated(pub &'static str);

/// Names and values, decoded, in the order sent.
#[derive(Debug, Clone, Copy)]
pub struct Parameters<'a>(&'a [(String, String)]);

impl<'a> Parameters<'a> {
    /// Takes what a query or a form contains.
    #[must_use]
    pub const fn new(pairs: &'a [(String, String)]) -> Self {
        Self(pairs)
    }

    /// Returns every value of a parameter that may repeat, such as `resource` (RFC 8707, section
    /// 2). Spaces around a name do not count: guide 003 prints some.
    pub fn all(&self, name: &'static str) -> impl Iterator<Item = &'a str> + use<'a> {
        let pairs = self.0.iter();
        pairs
            .filter(move |(given, value)| given.trim_matches(' ') == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Returns the value of a parameter; `None` if it is absent.
    ///
    /// # Errors
    /// Returns an error if it has two values, be they the same.
    pub fn one(&self, name: &'static str) -> Result<Option<&'a str>, Repeated> {
        let mut values = self.all(name);
        let first = values.next();
        match values.next() {
            None => Ok(first),
            Some(_) => Err(Repeated(name)),
        }
    }

    /// Whether a parameter is there.
    #[must_use]
    pub fn has(&self, name: &'static str) -> bool {
        self.all(name).next().is_some()
    }
}

#[cfg(test)]
pub(super) fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    of.iter().map(owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_there_once_or_not_at_all() {
        let sent = pairs(&[
            ("a", "1"),
            ("b", ""),
            ("c", "1"),
            ("c", "1"),
            ("d", ""),
            ("d", "1"),
            ("  e ", "1"),
        ]);
        let parameters = Parameters::new(&sent);
        assert_eq!(parameters.one("a"), Ok(Some("1")));
        assert_eq!(parameters.one("b"), Ok(None));
        assert_eq!(parameters.one("c"), Err(Repeated("c")));
        assert_eq!(parameters.one("d"), Ok(Some("1")));
        assert_eq!(parameters.one("e"), Ok(Some("1")));
        assert_eq!(parameters.one("A"), Ok(None));
        assert_eq!(parameters.all("c").count(), 2);
        assert!(parameters.has("a") && !parameters.has("b"));
    }
}
