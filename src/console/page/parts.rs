//! The parts of a page.

use super::{
    Attention, Cell, Figure, Filter, Form, Link, Pages, Phrase, Picture, Plot, Step, Table, Tone,
};

/// A part of a page.
#[derive(Debug)]
pub(crate) enum Part {
    /// A paragraph that says what the page is about.
    Lead(Phrase),
    /// A paragraph.
    Text(Phrase),
    /// A paragraph that somebody should not overlook.
    Warning(Phrase),
    /// A heading of the second level.
    Heading(String),
    /// Links that look like buttons.
    Actions(Vec<Action>),
    /// The pages about one record. The second value is the one that is shown.
    Tabs(String, Vec<(Link, bool)>),
    /// Names and values: `data-testid`, and the pairs.
    Facts(&'static str, Vec<(String, Vec<Cell>)>),
    Table(Table),
    Filter(Filter),
    Pages(Pages),
    /// The button that begins to follow a list, or pauses that.
    Follow(Follow),
    /// The buttons for the rows that were ticked: the id of their form, where they lead, and the value
    /// of `do` and the label of each.
    Select {
        id: &'static str,
        action: String,
        buttons: Vec<(&'static str, String)>,
    },
    Form(Form),
    /// Filters found nothing; where all filters are gone.
    Nothing {
        text: String,
        clear: Link,
    },
    Empty(Empty),
    /// Which parameters of the URL were ignored.
    Ignored(String),
    Effect(Effect),
    Import(Import),
    /// How far a job has come: its name, what is done of how much, and the same in words.
    Progress {
        label: String,
        done: i64,
        all: i64,
        text: String,
    },
    Secret(Secret),
    Verdict(Verdict),
    Figures(Vec<Figure>),
    Steps(Vec<Step>),
    Picture(Picture),
    Plots(Vec<Plot>),
    /// What somebody should look at.
    Attention(Vec<Attention>),
    /// Codes that are shown once: `data-testid`, a label, and the codes.
    Codes(&'static str, String, Vec<String>),
}

/// A link that looks like a button.
#[derive(Debug)]
pub(crate) struct Action {
    pub(crate) link: Link,
    pub(crate) primary: bool,
}

/// The button that begins to follow a list, or pauses that.
#[derive(Debug)]
pub(crate) struct Follow {
    pub(crate) action: String,
    /// The other parameters of the page.
    pub(crate) hidden: Vec<(String, String)>,
    pub(crate) label: String,
    /// How often what comes after this part is replaced (seconds). `None` if the page is not followed.
    pub(crate) every: Option<u32>,
}

/// A list in which there is nothing yet.
#[derive(Debug)]
pub(crate) struct Empty {
    pub(crate) text: String,
    pub(crate) action: Option<Link>,
    /// The command that does the same. `None` if there is none.
    pub(crate) command: Option<String>,
}

/// What an act will do.
#[derive(Debug)]
pub(crate) struct Effect {
    /// The number of tokens that it revokes, as in `data-tokens`. `None` if that is not known.
    pub(crate) tokens: Option<String>,
    pub(crate) lines: Vec<Phrase>,
}

/// What an import will do: how many lines do what, and the same in words.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) summary: crate::operator::import::Summary,
    pub(crate) lines: Vec<String>,
}

/// A secret that is shown once.
pub(crate) struct Secret {
    pub(crate) label: String,
    pub(crate) text: String,
    /// The label and the text of another that belongs to it: the signing secret of an API key.
    pub(crate) second: Option<(String, String)>,
    pub(crate) curl: Option<String>,
    /// "I have stored it".
    pub(crate) stored: Link,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What a token is.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    pub(crate) word: String,
    pub(crate) tone: Tone,
    pub(crate) text: String,
}
