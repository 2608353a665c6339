//! The plots of what the organization did, and the figures that add it up.

use super::PATH;
use crate::base::Timestamp;
use crate::console::page::{Cell, Figure, Link, Part, Plot, PlotLine, Row, Scale, Table};
use crate::console::visit::Signed;
use crate::console::{audit_log, shown, tokens};
use crate::page::Value;
use crate::usage::{Count, Point, Range, Series};

/// What a line shows.
#[derive(Debug, Clone, Copy)]
enum Shown {
    Count(Count),
    Live,
}

impl Shown {
    fn number(self, point: &Point) -> Option<i64> {
        match self {
            Self::Count(count) => point.counts.map(|counts| counts.of(count)),
            Self::Live => point.live,
        }
    }
}

/// A line: what it shows, and the message that names it.
type Named = (Shown, &'static str);

const ISSUED: [Count; 3] = [
    Count::IssuedCompany,
    Count::IssuedOperator,
    Count::IssuedOauth,
];

const REFUSED: [Count; 3] = [Count::Expired, Count::Revoked, Count::Invalid];

/// The plots: `data-testid`, which is the message of the title too, and the lines.
const PLOTS: [(&str, &[Named]); 4] = [
    (
        "plot-validations",
        &[
            (Shown::Count(Count::Valid), "usage-valid"),
            (Shown::Count(Count::Expired), "usage-expired"),
            (Shown::Count(Count::Revoked), "usage-revoked"),
            (Shown::Count(Count::Invalid), "usage-invalid"),
        ],
    ),
    (
        "plot-issued",
        &[
            (Shown::Count(Count::IssuedCompany), "usage-company-tokens"),
            (Shown::Count(Count::IssuedOperator), "usage-operator-tokens"),
            (Shown::Count(Count::IssuedOauth), "usage-access-tokens"),
        ],
    ),
    (
        "plot-sign-ins",
        &[
            (Shown::Count(Count::SignedIn), "usage-signed-in"),
            (Shown::Count(Count::SignInRefused), "usage-sign-ins-refused"),
        ],
    ),
    ("plot-live", &[(Shown::Live, "usage-live")]),
];

/// The message for a range.
const fn of_range(range: Range) -> &'static str {
    match range {
        Range::Hour => "range-hour",
        Range::Day => "range-day",
        Range::Month => "range-month",
    }
}

/// Returns the requested range. If the parameter names no range, it is ignored, and its name is
/// added to `ignored`.
pub(super) fn range(signed: &Signed, ignored: &mut Vec<&str>) -> Range {
    let asked = signed.asked("range");
    let range = asked.parse().ok();
    if range.is_none() && !asked.is_empty() {
        ignored.push("range");
    }
    range.unwrap_or(Range::Day)
}

/// Returns the figures that add the series up. They say so if nothing is known.
pub(super) fn figures(signed: &Signed, series: &Series) -> [Figure; 2] {
    let number = |of: &[Count]| {
        let sum = series.is_known().then(|| series.sum(of));
        known_or_not(signed, sum)
    };
    let range = signed.text(of_range(series.range));
    let label = |id: &str| signed.text_with(id, "range", &range);
    [
        Figure {
            id: "figure-issued",
            label: label("figure-issued"),
            value: number(&ISSUED),
            href: Some(tokens::PATH.to_owned()),
        },
        Figure {
            id: "figure-refused",
            label: label("figure-refused"),
            value: number(&REFUSED),
            href: Some(tokens::EXPLAIN.to_owned()),
        },
    ]
}

/// Returns the heading, the links to the ranges, and the plots.
pub(super) fn parts(signed: &Signed, series: &Series) -> Vec<Part> {
    let range = |range: Range| {
        let href = format!("{PATH}?range={range}");
        (signed.link(href, of_range(range)), range == series.range)
    };
    let plots = PLOTS.map(|(id, lines)| plot(signed, series, id, lines));
    vec![
        Part::Heading(signed.text("usage")),
        Part::Tabs(signed.text("range"), Range::ALL.map(range).into()),
        Part::Plots(plots.into()),
        Part::Text(signed.phrase("usage-lead")),
    ]
}

fn plot(signed: &Signed, series: &Series, id: &'static str, lines: &[Named]) -> Plot {
    let points = &series.points;
    let numbers: Vec<Vec<Option<i64>>> = lines
        .iter()
        .map(|(line, _)| points.iter().map(|point| line.number(point)).collect())
        .collect();
    let known: Vec<bool> = points
        .iter()
        .map(|point| lines.iter().any(|(line, _)| line.number(point).is_some()))
        .collect();
    let (scale, language) = (Scale::of(&numbers), signed.language());
    let mark = |(y, number)| (y, language.number(number));
    let all: Vec<_> = lines.iter().zip(&numbers).collect();
    let described = all.iter().map(|(line, own)| described(signed, **line, own));
    let drawn = all.iter().map(|(line, own)| PlotLine {
        label: signed.text(line.1),
        value: beside(signed, line.0, own),
        path: scale.path(own),
    });
    let middle = points.len() / 2;
    let time = |at: Option<&Point>| {
        at.map_or_else(String::new, |point| when(signed, series.range, point.at))
    };
    let title = signed.text(id);
    Plot {
        description: described.collect::<Vec<_>>().join(" "),
        lines: drawn.collect(),
        gaps: scale.gaps(&known),
        scale: scale.marks().into_iter().map(mark).collect(),
        times: [points.first(), points.get(middle), points.last()].map(time),
        note: (id == "plot-live").then(|| live_note(signed, series)),
        links: links(signed, id),
        summary: signed.text("usage-table"),
        table: table(signed, series, (title.clone(), lines)),
        id,
        title,
    }
}

/// Returns the sentences below the plot of live tokens: how often they are counted, and when they
/// were last counted.
fn live_note(signed: &Signed, series: &Series) -> String {
    let mut points = series.points.iter().rev();
    let note = signed.text("usage-live-note");
    match points.find(|point| point.live.is_some()) {
        Some(last) => {
            let time = when(signed, series.range, last.at);
            let last = signed.text_with("usage-live-last", "time", &time);
            format!("{note} {last}")
        }
        None => note,
    }
}

/// Returns in words what a line shows: the sum, the peak and the last number that is known.
fn described(signed: &Signed, (line, id): Named, numbers: &[Option<i64>]) -> String {
    let label = signed.text(id);
    let known: Vec<i64> = numbers.iter().copied().flatten().collect();
    let (Some(peak), Some(last)) = (known.iter().max(), known.last()) else {
        return signed.text_with("usage-described-unknown", "line", &label);
    };
    let number = |number: i64| signed.language().number(number);
    let (total, peak, last) = (number(known.iter().sum()), number(*peak), number(*last));
    let mut values = vec![
        ("line", Value::Text(&label)),
        ("peak", Value::Text(&peak)),
        ("last", Value::Text(&last)),
    ];
    match line {
        Shown::Count(_) => {
            values.push(("total", Value::Text(&total)));
            signed.language().text_with("usage-described", &values)
        }
        Shown::Live => signed.language().text_with("usage-described-live", &values),
    }
}

/// Returns the number beside the name of a line: the sum, and for live tokens the last number. It
/// says so if nothing is known.
fn beside(signed: &Signed, line: Shown, numbers: &[Option<i64>]) -> String {
    let known = || numbers.iter().copied().flatten();
    let number = match line {
        Shown::Count(_) => known().next().map(|_| known().sum()),
        Shown::Live => known().next_back(),
    };
    known_or_not(signed, number)
}

/// Returns a number, or the words for one that is not known.
fn known_or_not(signed: &Signed, number: Option<i64>) -> String {
    number.map_or_else(
        || signed.text("usage-unknown"),
        |number| signed.language().number(number),
    )
}

fn links(signed: &Signed, id: &str) -> Vec<Link> {
    match id {
        "plot-validations" => vec![
            signed.link(
                format!("{}?action=token.revoked", audit_log::PATH),
                "usage-link-audit",
            ),
            signed.link(tokens::EXPLAIN, "usage-link-explain"),
        ],
        _ => Vec::new(),
    }
}

/// Returns the numbers of a plot as a table, the newest first.
fn table(signed: &Signed, series: &Series, (caption, lines): (String, &[Named])) -> Table {
    let mut heads = vec![signed.text("time")];
    heads.extend(lines.iter().map(|(_, id)| signed.text(id)));
    let cell = |number: Option<i64>| match number {
        Some(number) => vec![Cell::Text(signed.language().number(number))],
        None => vec![Cell::Quiet(signed.text("usage-unknown"))],
    };
    let row = |point: &Point| {
        let mut cells = vec![vec![Cell::Time(shown::Instant {
            utc: point.at.to_string(),
            shown: when(signed, series.range, point.at),
        })]];
        cells.extend(lines.iter().map(|(line, _)| cell(line.number(point))));
        Row {
            id: point.at.to_string(),
            cells,
        }
    };
    Table {
        id: "usage",
        caption,
        heads,
        rows: series.points.iter().rev().map(row).collect(),
    }
}

/// Returns when a point begins: the time of day in the person's zone, or the day in UTC.
fn when(signed: &Signed, range: Range, at: Timestamp) -> String {
    match range {
        Range::Hour | Range::Day => shown::hour_and_minute(at, signed.preferences.zone),
        Range::Month => shown::day(at),
    }
}
