//! Some of the lines of a stored table. The others are skipped without being built: each step of an
//! import reads 1,000 of up to 20,000 lines.

use std::fmt;

use serde::Deserializer;
use serde::de::{IgnoredAny, SeqAccess, Visitor};

use super::Checked;

/// Which lines are read.
struct Wanted {
    from: usize,
    most: usize,
}

/// Reads at most `most` lines of a JSON array, from the one with the index `from` on.
///
/// # Errors
/// Returns an error if the text is no JSON array, or one of these lines is no line.
pub(super) fn read(text: &[u8], from: usize, most: usize) -> serde_json::Result<Vec<Checked>> {
    let mut json = serde_json::Deserializer::from_slice(text);
    json.deserialize_seq(Wanted { from, most })
}

impl<'de> Visitor<'de> for Wanted {
    type Value = Vec<Checked>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of lines")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Vec<Checked>, A::Error> {
        let mut lines = Vec::new();
        for _ in 0..self.from {
            if all.next_element::<IgnoredAny>()?.is_none() {
                return Ok(lines);
            }
        }
        while lines.len() < self.most
            && let Some(line) = all.next_element()?
        {
            lines.push(line);
        }
        while all.next_element::<IgnoredAny>()?.is_some() {}
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Column, Effect, Line};
    use super::*;

    fn line(number: u64) -> Checked {
        Checked {
            line: Line {
                number,
                cells: vec![(Column::Name, Some(format!("Name [{number}], \"x\"")))],
            },
            effect: Effect::Create,
        }
    }

    #[test]
    fn each_part_is_a_part_of_the_whole() {
        let all: Vec<_> = (0..7).map(line).collect();
        let text = serde_json::to_vec(&all).unwrap();
        for from in 0..9 {
            for most in 0..9 {
                let part: Vec<_> = all.iter().skip(from).take(most).cloned().collect();
                assert_eq!(read(&text, from, most).unwrap(), part, "{from} {most}");
            }
        }
        assert!(read(b"{}", 0, 1).is_err());
        assert!(read(b"[1]", 0, 1).is_err());
    }

    #[test]
    fn a_line_that_an_earlier_version_has_checked_is_read() {
        let text = br#"[{"line":{"number":2,"cells":[]},"effect":{"unchanged":{"id":7}}}]"#;
        let lines = read(text, 0, 1).unwrap();
        let effects: Vec<_> = lines.into_iter().map(|line| line.effect).collect();
        assert!(matches!(
            effects[..],
            [Effect::Unchanged { version: None, .. }]
        ));
    }
}
