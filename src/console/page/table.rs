//! Tables, their filters, and the links to further pages.

use super::{Cell, Choice, Link};

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    /// `data-testid`.
    pub(crate) id: &'static str,
    /// The caption.
    pub(crate) caption: String,
    /// The heads of the columns.
    pub(crate) heads: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

/// A row: its id, and the pieces of each cell. The first cell is the head of the row.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) cells: Vec<Vec<Cell>>,
}

impl Table {
    /// Each cell of a row with the head of its column, and whether it is the head of the row.
    pub(super) fn cells<'a>(
        &'a self,
        row: &'a Row,
    ) -> impl Iterator<Item = (&'a str, &'a Vec<Cell>, bool)> {
        let numbered = self.heads.iter().zip(&row.cells).enumerate();
        numbered.map(|(number, (head, cell))| (head.as_str(), cell, number == 0))
    }
}

/// The form above a list that says which rows it has.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) action: String,
    pub(crate) fields: Vec<FilterField>,
    /// Where all filters are gone.
    pub(crate) clear: String,
}

/// A field of a filter.
#[derive(Debug)]
pub(crate) struct FilterField {
    pub(crate) name: &'static str,
    pub(crate) label: String,
    pub(crate) value: String,
    /// The choices. Empty if it is typed.
    pub(crate) choices: Vec<Choice>,
    pub(crate) hint: Option<String>,
}

impl FilterField {
    /// Whether several of its choices can be chosen. Then none means any.
    pub(super) fn takes_several(&self) -> bool {
        self.name == "action"
    }
}

/// The links to the pages before and after this one.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    pub(crate) previous: Option<Link>,
    pub(crate) next: Option<Link>,
}
