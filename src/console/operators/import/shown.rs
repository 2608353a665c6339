//! What an import would do, or has done, line by line.

use actix_web::http::StatusCode;

use super::IMPORT;
use crate::base::ImportId;
use crate::console::answers::Page;
use crate::console::operators::{PATH, path_of};
use crate::console::page::{
    Action, Cell, Control, Field, Form, FormError, Import, Part, Phrase, Row, Table, Tone,
};
use crate::console::refusal::{Problem, Refusal};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::operator::import::{self, Checked, Done, Effect, Fault, Summary};

/// How many lines a page shows.
const SHOWN: usize = 500;

/// Returns what the person has checked, if it can still be applied.
pub(in crate::console::operators) async fn open(
    signed: &Signed,
    id: ImportId,
) -> Result<Option<(import::Import, Vec<Checked>)>, Refusal> {
    let (app, now) = (signed.app.clone(), signed.now);
    let (which, origin) = ((signed.organization(), id), signed.origin.clone());
    let read =
        move |conn: &mut Conn| import::open(conn, app.tokens.keys.masters(), which, &origin, now);
    Ok(signed.app.db.read(read).await?)
}

/// Shows what an import would do. `sent` is the form that the person has filled in.
pub(super) async fn checked(
    signed: &Signed,
    sent: &Sent,
    id: ImportId,
    notes: Vec<String>,
) -> Outcome {
    let page = page(signed, sent, id, notes, Vec::new()).await?;
    signed.answer(&page)
}

/// Returns the page of an import that was checked. `notes` are about the table, `errors` about the
/// form.
pub(super) async fn page(
    signed: &Signed,
    sent: &Sent,
    id: ImportId,
    notes: Vec<String>,
    errors: Vec<FormError>,
) -> Result<Page, Refusal> {
    let Some((_, lines)) = open(signed, id).await? else {
        return Err(Problem::NotFound.into());
    };
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let summary = Summary::of(&lines);
    let mut parts = vec![Part::Import(Import {
        summary,
        lines: sentences(signed, summary, notes),
    })];
    let writes = i64::try_from(summary.writes()).unwrap_or(i64::MAX);
    if writes > 0 {
        let mut form = Form::new("apply", IMPORT, signed.csrf())
            .multipart()
            .hidden("import", id.to_string())
            .button("apply", signed.count("import-apply", writes))
            .cancel(IMPORT, signed.text("cancel"))
            .errors(errors);
        if summary.errors > 0 {
            let ticked = sent.is_ticked("skip_faults");
            form = form.field(Field::controlled(
                "skip_faults",
                signed.text("import-skip-faults"),
                Control::Check { ticked },
            ));
        }
        parts.push(Part::Form(form));
    } else {
        parts.push(Part::Warning(signed.phrase("import-nothing-to-do")));
        parts.push(Part::Actions(vec![Action {
            link: signed.link(IMPORT, "back"),
            primary: false,
        }]));
    }
    if summary.errors > 0 {
        parts.push(Part::Actions(vec![Action {
            link: signed.link(
                format!("{IMPORT}/{id}/faults.csv"),
                "import-faults-download",
            ),
            primary: false,
        }]));
    }
    parts.extend(table(signed, &lines));
    let heading = signed.phrase("import-checked-heading");
    Ok(Page::new("operators-import-checked", heading, parts).with_status(status))
}

fn sentences(signed: &Signed, summary: Summary, notes: Vec<String>) -> Vec<String> {
    let counted = [
        ("import-creates", summary.create),
        ("import-updates", summary.update),
        ("import-deactivates", summary.deactivate),
        ("import-unchanged", summary.unchanged),
        ("import-errors", summary.errors),
    ];
    let some = counted.into_iter().filter(|(_, count)| *count > 0);
    let count = |count| i64::try_from(count).unwrap_or(i64::MAX);
    some.map(|(id, number)| signed.count(id, count(number)))
        .chain(notes)
        .collect()
}

/// The lines, those with faults first.
fn table(signed: &Signed, lines: &[Checked]) -> Vec<Part> {
    let is_faulty = |line: &&Checked| matches!(line.effect, Effect::Faulty(_));
    let first = lines.iter().filter(is_faulty);
    let others = lines.iter().filter(|line| !is_faulty(line));
    let rows: Vec<Row> = first
        .chain(others)
        .take(SHOWN)
        .map(|checked| Row {
            id: checked.line.number.to_string(),
            cells: vec![
                vec![Cell::Text(checked.line.number.to_string())],
                name(checked),
                effect(signed, &checked.effect),
                match &checked.effect {
                    Effect::Faulty(faults) => reasons(signed, faults),
                    _ => Vec::new(),
                },
            ],
        })
        .collect();
    let mut parts = Vec::new();
    if lines.len() > SHOWN {
        let shown = i64::try_from(SHOWN).unwrap_or(i64::MAX);
        parts.push(Part::Text(Phrase::plain(
            signed.count("import-shown", shown),
        )));
    }
    parts.push(Part::Table(Table {
        id: "import-rows",
        caption: signed.text("import-rows-caption"),
        heads: ["import-line", "name", "import-effect", "import-faults"]
            .iter()
            .map(|id| signed.text(id))
            .collect(),
        rows,
    }));
    parts
}

fn name(checked: &Checked) -> Vec<Cell> {
    use crate::operator::import::Column;
    let line = &checked.line;
    let named = [Column::Name, Column::ExternalId, Column::Id];
    let found = named.iter().find_map(|column| line.cell(*column).flatten());
    let text = found.unwrap_or_default().to_owned();
    vec![match checked.effect {
        Effect::Update { id, .. } | Effect::Unchanged { id, .. } => Cell::Link {
            href: path_of(id),
            name: text,
        },
        _ => Cell::Name(text),
    }]
}

fn effect(signed: &Signed, effect: &Effect) -> Vec<Cell> {
    match effect {
        Effect::Create => vec![signed.badge("import-effect-create", Tone::Good)],
        Effect::Update {
            columns,
            deactivates,
            ..
        } => {
            let word = if *deactivates {
                signed.badge("import-effect-deactivate", Tone::Bad)
            } else {
                signed.badge("import-effect-update", Tone::Caution)
            };
            let names: Vec<&str> = columns.iter().map(|column| column.as_str()).collect();
            vec![word, Cell::Break, Cell::Code(names.join(", "))]
        }
        Effect::Unchanged { .. } => vec![signed.badge("import-effect-unchanged", Tone::Quiet)],
        Effect::Faulty(_) => vec![signed.badge("import-effect-none", Tone::Bad)],
    }
}

/// The faults of a line, each with its column.
fn reasons(signed: &Signed, faults: &[Fault]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for fault in faults {
        if !cells.is_empty() {
            cells.push(Cell::Break);
        }
        if let Some(column) = fault.column() {
            cells.push(Cell::Code(column.to_string()));
            cells.push(Cell::Text(" ".to_owned()));
        }
        cells.push(Cell::Text(signed.text(said(*fault))));
    }
    cells
}

/// The message for a fault.
pub(in crate::console::operators) const fn said(fault: Fault) -> &'static str {
    match fault {
        Fault::IdWrong => "import-fault-id",
        Fault::NameMissing => "import-fault-name-missing",
        Fault::NameWrong => "import-fault-name",
        Fault::ExternalIdWrong => "import-fault-external-id",
        Fault::EmailWrong => "import-fault-email",
        Fault::RoleWrong => "import-fault-role",
        Fault::StatusWrong => "import-fault-status",
        Fault::Unknown => "import-fault-unknown",
        Fault::Deleted => "import-fault-deleted",
        Fault::Repeated => "import-fault-repeated",
        Fault::ExternalIdTaken => "import-fault-external-id-taken",
        Fault::EmailTaken => "import-fault-email-taken",
        Fault::Changed => "import-fault-changed",
    }
}

/// What became of an import: how many lines had which outcome, and those that were refused.
pub(in crate::console) fn outcomes(signed: &Signed, done: &[Done]) -> Vec<Part> {
    use crate::operator::import::Outcome as Became;
    let count = |outcome: Became| done.iter().filter(|done| done.outcome == outcome).count();
    let facts = [
        ("import-outcome-created", Became::Created),
        ("import-outcome-updated", Became::Updated),
        ("import-outcome-deactivated", Became::Deactivated),
        ("import-outcome-unchanged", Became::Unchanged),
        ("import-outcome-refused", Became::Refused),
    ];
    let facts = facts.map(|(id, outcome)| {
        let number = i64::try_from(count(outcome)).unwrap_or(i64::MAX);
        (
            signed.text(id),
            vec![Cell::Text(signed.language().number(number))],
        )
    });
    let mut parts = vec![Part::Facts("outcomes", facts.into())];
    let refused = done.iter().filter(|done| done.outcome == Became::Refused);
    let rows: Vec<Row> = refused
        .take(SHOWN)
        .map(|done| Row {
            id: done.line.to_string(),
            cells: vec![
                vec![Cell::Text(done.line.to_string())],
                reasons(signed, &done.faults),
            ],
        })
        .collect();
    if !rows.is_empty() {
        parts.push(Part::Table(Table {
            id: "refused",
            caption: signed.text("import-refused-caption"),
            heads: ["import-line", "import-faults"]
                .iter()
                .map(|id| signed.text(id))
                .collect(),
            rows,
        }));
    }
    parts.push(Part::Actions(vec![Action {
        link: signed.link(PATH, "operators"),
        primary: false,
    }]));
    parts
}
