//! Small values in tables and lists.

use crate::console::shown::Instant;

/// How a word stands out. It always stands out by its text as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// All is well.
    Good,
    /// Nothing to do.
    Quiet,
    /// Somebody should look at it.
    Caution,
    /// It is refused.
    Bad,
}

impl Tone {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Good => "badge good",
            Self::Quiet => "badge quiet",
            Self::Caution => "badge caution",
            Self::Bad => "badge bad",
        }
    }
}

/// A piece of a cell.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    /// A text of ours.
    Text(String),
    /// A text of ours that stands back.
    Quiet(String),
    /// A name that somebody gave.
    Name(String),
    /// Something for programs: a code, an id.
    Code(String),
    /// A code of ours, which is not broken in the middle of a word.
    Word(String),
    /// An instant.
    Time(Instant),
    /// A link with a name that somebody gave.
    Link { href: String, name: String },
    /// A link with an id, whose beginning is shown.
    IdLink {
        href: String,
        short: String,
        whole: String,
    },
    /// A state in one word.
    Badge { word: String, tone: Tone },
    /// A box to tick in a form.
    Check {
        form: &'static str,
        name: &'static str,
        value: String,
        label: String,
    },
    /// A button of a form of its own.
    Button {
        action: String,
        csrf: String,
        verb: &'static str,
        label: String,
        /// What it is called for those who do not see the row.
        name: String,
        danger: bool,
        hidden: (&'static str, String),
    },
    /// A text for programs that is opened by its label.
    Body { label: String, text: String },
    /// A small drawing of numbers, which the text beside it sums up: the path of an SVG that is 60 wide
    /// and 16 high.
    Spark(String),
    /// A line break.
    Break,
}
