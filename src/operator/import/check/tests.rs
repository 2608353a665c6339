use std::fmt::Write as _;

use super::*;
use crate::operator::Profile;
use crate::operator::import::{Summary, rows};
use proptest::prelude::*;

const ORGANIZATION: OrganizationId = OrganizationId(7);

fn operator(id: i64, name: &str, external_id: Option<&str>, email: Option<&str>) -> Operator {
    Operator {
        organization: ORGANIZATION,
        id: OperatorId(id),
        profile: Profile {
            name: name.to_owned(),
            external_id: external_id.map(str::to_owned),
            email: email.map(str::to_owned),
            ..Profile::default()
        },
        status: OperatorStatus::Active,
        created_at: Timestamp::from_seconds(0),
        password: None,
        second_factor: false,
        version: Timestamp::from_seconds(id),
    }
}

fn seen(operators: Vec<Operator>) -> Seen {
    let names = operators
        .iter()
        .filter(|operator| operator.status != OperatorStatus::Deleted)
        .flat_map(|operator| {
            let profile = &operator.profile;
            let names = profile.email.iter().chain(&profile.username);
            names.map(|name| (operator.id, caseless::key(name)))
        })
        .collect();
    Seen { operators, names }
}

fn effects(seen: &Seen, text: &str) -> Vec<Effect> {
    let lines = rows(text).unwrap().lines;
    let checked = plan(ORGANIZATION, seen, lines);
    checked.into_iter().map(|checked| checked.effect).collect()
}

fn update(id: i64, columns: &[Column]) -> Effect {
    Effect::Update {
        id: OperatorId(id),
        version: id * 1_000_000,
        columns: columns.to_vec(),
        deactivates: false,
    }
}

fn unchanged(id: i64) -> Effect {
    Effect::Unchanged {
        id: OperatorId(id),
        version: Some(id * 1_000_000),
    }
}

fn faulty(faults: &[Fault]) -> Effect {
    Effect::Faulty(faults.to_vec())
}

#[test]
fn a_line_is_about_an_id_or_an_external_id_or_somebody_new() {
    let mut gone = operator(3, "Cam", Some("u-3"), None);
    gone.status = OperatorStatus::Deleted;
    let seen = seen(vec![
        operator(1, "An", Some("u-1"), None),
        operator(2, "Binh", None, None),
        gone,
    ]);
    let text = "id,externalId,name,email\n\
        1,u-1,An,\n\
        2,,Bình,binh@example.com\n\
        ,u-3,Cam,\n\
        3,,Cam,\n\
        9,,Z,\n\
        x,,Z,\n\
        ,,,z@example.com\n";
    let wanted = [
        unchanged(1),
        update(2, &[Column::Name, Column::Email]),
        // The external id of a deleted operator is free.
        Effect::Create,
        faulty(&[Fault::Deleted]),
        faulty(&[Fault::Unknown]),
        faulty(&[Fault::IdWrong]),
        faulty(&[Fault::NameMissing]),
    ];
    assert_eq!(effects(&seen, text), wanted);
}

#[test]
fn an_absent_column_changes_nothing_and_an_empty_cell_clears() {
    let mut an = operator(1, "An", Some("u-1"), Some("an@example.com"));
    an.profile.role = Some("agent".to_owned());
    let seen = seen(vec![an]);
    let one = |text: &str| effects(&seen, text).remove(0);
    assert_eq!(one("id,name\n1,An\n"), unchanged(1));
    let cleared = [Column::ExternalId, Column::Email, Column::Role];
    assert_eq!(one("id,externalId,email,role\n1,,,\n"), update(1, &cleared));
    assert_eq!(one("id,name\n1,\n"), faulty(&[Fault::NameMissing]));
    let ends = Effect::Update {
        id: OperatorId(1),
        version: 1_000_000,
        columns: vec![Column::Status],
        deactivates: true,
    };
    assert_eq!(one("externalId,status\nu-1,Inactive\n"), ends);
    assert_eq!(one("id,status\n1,\n"), unchanged(1));
    assert_eq!(one("id,status\n1,gone\n"), faulty(&[Fault::StatusWrong]));
}

#[test]
fn all_faults_of_a_line_are_found_at_once() {
    let text = "name,email,role\n\u{200b},nobody,a b\n";
    let wanted = [Fault::NameWrong, Fault::EmailWrong, Fault::RoleWrong];
    assert_eq!(effects(&Seen::default(), text), [faulty(&wanted)]);
}

#[test]
fn names_are_exchanged_and_taken_once() {
    let seen = seen(vec![
        operator(1, "An", Some("u-1"), Some("an@example.com")),
        operator(2, "Binh", Some("u-2"), Some("binh@example.com")),
        operator(3, "Cam", Some("u-3"), Some("cam@example.com")),
    ]);
    let swap = "id,externalId,email\n1,u-2,BINH@example.com\n2,u-1,an@example.com\n";
    let both = [Column::ExternalId, Column::Email];
    assert_eq!(effects(&seen, swap), [update(1, &both), update(2, &both)]);
    let taken = "id,externalId,email\n1,u-3,x@example.com\n2,u-2,cam@example.com\n";
    let wanted = [
        faulty(&[Fault::ExternalIdTaken]),
        faulty(&[Fault::EmailTaken]),
    ];
    assert_eq!(effects(&seen, taken), wanted);
    let twice = "externalId,name,email\nn-1,N,n@example.com\nn-1,M,m@example.com\nn-3,O,N@example.com\nu-1,An,\nu-1,An,\n";
    let wanted = [
        Effect::Create,
        faulty(&[Fault::ExternalIdTaken]),
        faulty(&[Fault::EmailTaken]),
        update(1, &[Column::Email]),
        faulty(&[Fault::Repeated]),
    ];
    assert_eq!(effects(&seen, twice), wanted);
    // The first line is refused, so it does not release the name that the second one needs.
    let chain = "id,externalId,role\n1,free,a b\n2,u-1,agent\n";
    let wanted = [
        faulty(&[Fault::RoleWrong]),
        faulty(&[Fault::ExternalIdTaken]),
    ];
    assert_eq!(effects(&seen, chain), wanted);
}

proptest! {
    /// Whatever a table says: what is not refused leaves each external id and each email with one
    /// operator at most.
    #[test]
    fn what_is_not_refused_gives_each_name_to_one(
        there in prop::collection::vec((0..4_u8, 0..4_u8), 0..4),
        table in prop::collection::vec((0..5_i64, 0..4_u8, 0..4_u8), 0..6),
    ) {
        let text = |prefix: &str, n: u8| (n > 0).then(|| format!("{prefix}{n}"));
        let (mut ids, mut emails) = (HashSet::new(), HashSet::new());
        let mut operators = Vec::new();
        for ((id, email), number) in there.iter().zip(1..) {
            let id = text("u", *id).filter(|id| ids.insert(id.clone()));
            let email = text("e", *email).map(|email| format!("{email}@x"));
            let email = email.filter(|email| emails.insert(email.clone()));
            operators.push(operator(number, "Old", id.as_deref(), email.as_deref()));
        }
        let mut csv = "id,externalId,name,email\n".to_owned();
        for (id, external_id, email) in &table {
            let id = if *id == 0 { String::new() } else { id.to_string() };
            let email = text("e", *email).map(|email| format!("{email}@x")).unwrap_or_default();
            writeln!(csv, "{id},{},New,{email}", text("u", *external_id).unwrap_or_default()).unwrap();
        }
        let seen = seen(operators);
        let checked = plan(ORGANIZATION, &seen, rows(&csv).unwrap().lines);
        let summary = Summary::of(&checked);
        prop_assert_eq!(summary.writes() + summary.unchanged + summary.errors, checked.len());
        let mut end: HashMap<i64, Profile> =
            seen.operators.iter().map(|one| (one.id.0, one.profile.clone())).collect();
        for (line, new) in checked.iter().zip(100..) {
            let id = match line.effect {
                Effect::Create => new,
                Effect::Update { id, .. } => id.0,
                Effect::Unchanged { .. } | Effect::Faulty(_) => continue,
            };
            let profile = end.entry(id).or_default();
            profile.external_id = line.line.cell(Column::ExternalId).flatten().map(str::to_owned);
            profile.email = line.line.cell(Column::Email).flatten().map(str::to_owned);
        }
        for member in [|profile: &Profile| profile.external_id.clone(), |profile: &Profile| profile.email.clone()] {
            let values: Vec<String> = end.values().filter_map(member).collect();
            let distinct: HashSet<&String> = values.iter().collect();
            prop_assert_eq!(distinct.len(), values.len(), "{:?}", values);
        }
    }
}
