//! What a page of the console is made of: a frame, and parts from top to bottom. The templates are
//! in `templates/console/`.

mod cell;
mod figures;
mod form;
mod frame;
mod notice;
mod parts;
mod phrase;
mod plot;
mod table;

pub(super) use cell::{Cell, Tone};
pub(super) use figures::{Attention, Figure, Picture, Step};
pub(super) use form::{Choice, Control, Field, Form, FormError};
pub(super) use frame::{Frame, Item, Link, NavigationGroup, Printed, TimeOut, Zone};
pub(super) use notice::{Notice, ReceiptView};
pub(super) use parts::{Action, Effect, Empty, Follow, Import, Part, Secret, Verdict};
pub(super) use phrase::Phrase;
pub(super) use plot::{Plot, PlotLine, Scale};
pub(super) use table::{Filter, FilterField, Pages, Row, Table};

use askama::Template;

/// A page.
#[derive(Debug, Template)]
#[template(path = "console/page.html")]
pub(super) struct Document<'a> {
    pub(super) frame: &'a Frame,
    pub(super) parts: &'a [Part],
}

impl Document<'_> {
    /// Returns the message `id` in the page's language.
    fn text(&self, id: &str) -> String {
        self.frame.language.text(id)
    }

    /// How often a browser without scripts loads the page again (seconds). `None` if it does not.
    fn reload(&self) -> Option<u32> {
        self.parts.iter().find_map(|part| match part {
            Part::Follow(follow) => follow.every,
            _ => None,
        })
    }
}
