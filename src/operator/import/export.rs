//! Operators as a table, as an import reads it.

use super::Column;
use crate::base::csv::Sheet;
use crate::operator::Operator;

/// The columns of an export, in their order.
pub const COLUMNS: [&str; 6] = ["id", "externalId", "name", "email", "role", "status"];

/// Adds the line of an operator, in the order of [`COLUMNS`].
pub fn add_line(sheet: &mut Sheet, operator: &Operator) {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let profile = &operator.profile;
    let cells = Column::ALL.map(|column| match column {
        Column::Id => operator.id.to_string(),
        Column::ExternalId => text(&profile.external_id),
        Column::Name => profile.name.clone(),
        Column::Email => text(&profile.email),
        Column::Role => text(&profile.role),
        Column::Status => operator.status.to_string(),
    });
    sheet.line(cells.iter().map(String::as_str));
}
