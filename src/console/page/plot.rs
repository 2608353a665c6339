//! Plots: lines over time, drawn as SVG. A number that is not known is a gap, and a span in which
//! nothing is known is grey.

use std::fmt::Write;

use super::{Link, Table};

/// Where the lines are in the drawing, which is 640 wide and 200 high: the left and right end, the top,
/// and the line of zero.
const LEFT: i64 = 56;
const RIGHT: i64 = 632;
const TOP: i64 = 12;
const ZERO: i64 = 172;

/// A plot.
#[derive(Debug)]
pub(crate) struct Plot {
    /// `data-testid`; also the beginning of the ids within.
    pub(crate) id: &'static str,
    pub(crate) title: String,
    /// What the lines show, in words.
    pub(crate) description: String,
    pub(crate) lines: Vec<PlotLine>,
    /// The spans in which nothing is known: where they begin, and how wide they are.
    pub(crate) gaps: Vec<(String, String)>,
    /// The marks of the scale: their distance from the top, and their numbers.
    pub(crate) scale: Vec<(i64, String)>,
    /// The times below: first, middle and last.
    pub(crate) times: [String; 3],
    /// The text below the drawing. `None` if there is none.
    pub(crate) note: Option<String>,
    pub(crate) links: Vec<Link>,
    /// The words that open the table.
    pub(crate) summary: String,
    pub(crate) table: Table,
}

/// A line of a plot. Its position among the lines decides its colour and its pattern.
#[derive(Debug)]
pub(crate) struct PlotLine {
    pub(crate) label: String,
    /// The number beside the label: the sum, or the last one.
    pub(crate) value: String,
    /// The line as the path of an SVG.
    pub(crate) path: String,
}

/// Where the numbers of a plot are in its drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scale {
    /// The number at the top.
    most: i64,
    /// How many points there are.
    points: usize,
}

impl Scale {
    /// Returns the scale for some lines: it ends at the next 1, 2 or 5 with zeros.
    pub(crate) fn of(lines: &[Vec<Option<i64>>]) -> Self {
        let numbers = lines.iter().flatten().flatten();
        let peak = numbers.copied().max().unwrap_or_default();
        let mut most = 1_i64;
        let mut steps = [2_i64, 5, 10].into_iter().cycle();
        let mut base = 1_i64;
        while most < peak {
            let step = steps.next().unwrap_or(10);
            most = base.saturating_mul(step);
            if step == 10 {
                base = most;
            }
            if most == i64::MAX {
                break;
            }
        }
        Self {
            most,
            points: lines.first().map_or(0, Vec::len),
        }
    }

    /// Returns the marks: their distance from the top, and their numbers.
    pub(crate) fn marks(self) -> Vec<(i64, i64)> {
        let middle = (self.most % 2 == 0).then_some(self.most / 2);
        let numbers = [Some(0), middle, Some(self.most)];
        let mark = |number: i64| (self.y(number) / 10, number);
        numbers.into_iter().flatten().map(mark).collect()
    }

    /// Returns where a point is, in tenths from the left.
    fn x(self, point: usize) -> i64 {
        let last = i64::try_from(self.points.saturating_sub(1))
            .unwrap_or(1)
            .max(1);
        let point = i64::try_from(point).unwrap_or_default();
        LEFT * 10 + (RIGHT - LEFT) * 10 * point / last
    }

    /// Returns where a number is, in tenths from the top.
    fn y(self, number: i64) -> i64 {
        let high = i128::from(ZERO - TOP) * 10 * i128::from(number.clamp(0, self.most));
        let high = high / i128::from(self.most.max(1));
        ZERO * 10 - i64::try_from(high).unwrap_or_default()
    }

    /// Returns a line as a path: a piece for each run of known numbers. A number alone is a dot, which
    /// the round end of the line makes.
    pub(crate) fn path(self, line: &[Option<i64>]) -> String {
        let mut path = String::new();
        let mut begins = true;
        for (point, number) in line.iter().enumerate() {
            let Some(number) = number else {
                begins = true;
                continue;
            };
            let (x, y) = (tenths(self.x(point)), tenths(self.y(*number)));
            let alone = begins && line.get(point + 1).is_none_or(Option::is_none);
            let to = if begins { "M" } else { "L" };
            // Writing to a text cannot fail.
            let _ = write!(path, "{to}{x} {y}");
            if alone {
                path.push_str("h0");
            }
            begins = false;
        }
        path
    }

    /// Returns the spans between points that are not known, as where they begin and how wide they are.
    pub(crate) fn gaps(self, known: &[bool]) -> Vec<(String, String)> {
        let mut gaps = Vec::new();
        let mut since: Option<usize> = None;
        for (point, is_known) in known.iter().copied().chain([true]).enumerate() {
            match (is_known, since) {
                (false, None) => since = Some(point),
                (true, Some(first)) => {
                    let half = self.x(1).saturating_sub(self.x(0)) / 2;
                    let from = (self.x(first) - half).max(LEFT * 10);
                    let to = (self.x(point - 1) + half).min(RIGHT * 10);
                    gaps.push((tenths(from), tenths(to - from)));
                    since = None;
                }
                _ => {}
            }
        }
        gaps
    }
}

fn tenths(number: i64) -> String {
    match number % 10 {
        0 => (number / 10).to_string(),
        rest => format!("{}.{rest}", number / 10),
    }
}

impl Plot {
    pub(super) const LEFT: i64 = LEFT;
    pub(super) const RIGHT: i64 = RIGHT;
    pub(super) const TOP: i64 = TOP;
    pub(super) const ZERO: i64 = ZERO;

    pub(super) const fn table(&self) -> &Table {
        &self.table
    }

    /// Returns the times below the drawing: the position of each, its CSS class, which aligns it there,
    /// and its text.
    pub(super) fn marked(&self) -> [(i64, &'static str, &str); 3] {
        let [first, middle, last] = &self.times;
        [
            (LEFT, "first", first),
            (LEFT.midpoint(RIGHT), "middle", middle),
            (RIGHT, "last", last),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_known_is_a_gap_and_no_zero() {
        let line = [Some(0), Some(10), None, Some(5), None, None];
        let scale = Scale::of(&[line.to_vec()]);
        assert_eq!(scale.path(&line), "M56 172L171.2 12M401.6 92h0");
        let known: Vec<_> = line.iter().map(Option::is_some).collect();
        let gaps = scale.gaps(&known);
        let gaps: Vec<_> = gaps.iter().map(|(x, width)| (&**x, &**width)).collect();
        assert_eq!(gaps, [("228.8", "115.2"), ("459.2", "172.8")]);
    }

    #[test]
    fn the_scale_ends_at_a_round_number() {
        let most = |peak: i64| Scale::of(&[vec![Some(peak)]]).most;
        let ends = [0, 1, 2, 3, 6, 11, 499, 501].map(most);
        assert_eq!(ends, [1, 1, 2, 5, 10, 20, 500, 1_000]);
        assert_eq!(Scale::of(&[]).marks().len(), 2);
        assert_eq!(Scale::of(&[vec![Some(8)]]).marks().len(), 3);
    }

    proptest! {
        #[test]
        fn every_number_is_within_the_drawing(line in prop::collection::vec(prop::option::of(any::<i64>()), 0..100)) {
            let lines = [line];
            let scale = Scale::of(&lines);
            let path = scale.path(&lines[0]);
            for pair in path.split(['M', 'L']).skip(1) {
                let (x, y) = pair.trim_end_matches("h0").split_once(' ').unwrap();
                let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
                prop_assert!((56.0..=632.0).contains(&x) && (12.0..=172.0).contains(&y), "{}", pair);
            }
        }
    }
}
