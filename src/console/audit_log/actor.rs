//! Who did something: the name of an operator, and by which of its tokens or sessions it acted.

use std::collections::HashMap;

use super::lines::thing;
use crate::audit::{Line, split_through};
use crate::base::{OperatorId, OrganizationId};
use crate::console::operators;
use crate::console::page::Cell;
use crate::console::visit::Visit;
use crate::db::{Conn, Result};
use crate::operator;

/// The names of the operators that are actors of lines. Persons that were erased have none.
#[derive(Debug, Default)]
pub(in crate::console) struct Names(HashMap<OperatorId, String>);

impl Names {
    /// Reads the names.
    pub(in crate::console) fn of(
        conn: &mut Conn,
        organization: OrganizationId,
        lines: &[Line],
    ) -> Result<Self> {
        let mut ids: Vec<_> = lines.iter().filter_map(operator_of).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(Self::default());
        }
        let found = operator::among(conn, organization, &ids)?.into_iter();
        let found = found.filter(|operator| !operator.is_erased());
        let names = found.map(|operator| (operator.id, operator.profile.name));
        Ok(Self(names.collect()))
    }
}

fn operator_of(line: &Line) -> Option<OperatorId> {
    line.actor.strip_prefix("operator:")?.parse().ok()
}

/// Returns the cell of who did something, and what the detail says beside the token or session by which
/// it was done.
pub(super) fn cells(signed: &Visit, line: &Line, names: &Names) -> (Vec<Cell>, Option<String>) {
    let Some(id) = operator_of(line) else {
        return (vec![thing(signed, &line.actor)], line.detail.clone());
    };
    let mut cells = Vec::new();
    match names.0.get(&id) {
        Some(name) => {
            cells.push(Cell::Link {
                href: operators::path_of(id),
                name: name.clone(),
            });
            cells.push(Cell::Break);
            cells.push(Cell::Code(line.actor.clone()));
        }
        None => cells.push(thing(signed, &line.actor)),
    }
    let (rest, through) = line.detail.as_deref().map_or((None, None), split_through);
    if let Some(through) = through {
        cells.push(Cell::Break);
        cells.push(thing(signed, through));
    }
    (cells, rest.map(str::to_owned))
}
