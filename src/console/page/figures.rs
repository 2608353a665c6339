//! Numbers and pictures.

use super::Link;

/// A number with its name.
#[derive(Debug)]
pub(crate) struct Figure {
    /// `data-testid`.
    pub(crate) id: &'static str,
    pub(crate) label: String,
    pub(crate) value: String,
    /// Where the number comes from. `None` if there is no such page.
    pub(crate) href: Option<String>,
}

/// A step that a new organization takes.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) text: String,
    pub(crate) href: String,
    pub(crate) done: bool,
    /// The state in words.
    pub(crate) state: String,
}

/// Something that somebody should look at.
#[derive(Debug)]
pub(crate) struct Attention {
    /// `data-testid`.
    pub(crate) id: &'static str,
    /// How many there are.
    pub(crate) count: i64,
    pub(crate) link: Link,
}

/// A QR code: a square of dark and light modules.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) label: String,
    /// The number of modules on each side, with the quiet zone.
    pub(crate) size: usize,
    /// The dark modules, as the path of an SVG.
    pub(crate) path: String,
}
