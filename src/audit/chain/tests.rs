//! Any change of sealed lines is found, and erasing is none.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

fn text() -> impl Strategy<Value = Option<String>> {
    prop::option::of("[a-zà-ü0-9 :.]{0,12}")
}

fn content() -> impl Strategy<Value = Content> {
    let texts = prop::array::uniform3(text());
    let number = prop::option::of(0i64..3);
    (
        number,
        0i64..5,
        "[a-c]{1,3}",
        text(),
        number_of_entry(),
        texts,
    )
        .prop_map(
            |(organization, at, actor, target, feed_seq, texts)| Content {
                id: 0,
                organization,
                at,
                action: format!("{actor}.done"),
                actor,
                target,
                occurrences: 1,
                feed_seq,
                texts,
            },
        )
}

fn number_of_entry() -> impl Strategy<Value = Option<i64>> {
    prop::option::of(0i64..3)
}

/// Some lines, with ids that grow and have gaps.
fn lines() -> impl Strategy<Value = Vec<Content>> {
    prop::collection::vec((content(), 1i64..4), 1..12).prop_map(|lines| {
        let mut last = 0;
        let lines = lines.into_iter().map(|(line, step)| {
            last += step;
            Content { id: last, ..line }
        });
        lines.collect()
    })
}

fn seal(before: Hash, lines: Vec<Content>) -> (Batch, Vec<Sealed>) {
    let mut last = before;
    let seal = |content: Content| {
        let covers = Covers::draw(&content.texts);
        last = link(last, &content, &covers).unwrap();
        Sealed {
            covers: Some(covers),
            link: Some(last),
            content,
        }
    };
    let lines: Vec<_> = lines.into_iter().map(seal).collect();
    let (id, sealed_at, count) = (7, 99, i64::try_from(lines.len()).unwrap());
    let hash = close(id, count, sealed_at, last);
    let batch = Batch {
        id,
        lines: count,
        hash,
        sealed_at,
    };
    (batch, lines)
}

/// Changes one member of a line.
fn change(line: &mut Content, which: u8) {
    let other = |text: &mut Option<String>| {
        *text = match text.take() {
            Some(text) => Some(format!("{text}x")),
            None => Some(String::new()),
        };
    };
    match which {
        0 => line.organization = Some(line.organization.map_or(9, |id| id + 1)),
        1 => line.at += 1,
        2 => line.actor.push('x'),
        3 => line.action.push('x'),
        4 => other(&mut line.target),
        5 => line.occurrences += 1,
        6 => line.feed_seq = line.feed_seq.map_or(Some(0), |_| None),
        7 => line.id += 1_000,
        8 => other(&mut line.texts[0]),
        9 => other(&mut line.texts[1]),
        10 => other(&mut line.texts[2]),
        // Erased without its digest.
        11 => line.texts[2] = Some(ERASED.to_owned()),
        _ => line.texts[0] = line.texts[0].take().xor(Some("new".to_owned())),
    }
}

const BEFORE: Hash = Hash([3; 32]);

proptest! {
    #[test]
    fn what_was_sealed_is_whole(lines in lines()) {
        let (batch, lines) = seal(BEFORE, lines);
        prop_assert_eq!(check(BEFORE, &batch, &lines), Ok(()));
    }

    #[test]
    fn a_changed_line_is_named(lines in lines(), which in any::<Index>(), member in 0u8..13) {
        let (batch, mut lines) = seal(BEFORE, lines);
        let line = which.get_mut::<Sealed>(&mut lines[..]);
        change(&mut line.content, member);
        let id = line.content.id;
        prop_assert_eq!(check(BEFORE, &batch, &lines), Err(Fault::Line(id)));
    }

    #[test]
    fn a_changed_line_is_found_even_if_its_own_hash_is_made_again(
        lines in lines(), which in any::<Index>(), member in 0u8..11
    ) {
        let (batch, mut lines) = seal(BEFORE, lines);
        let number = which.index(lines.len());
        let before = number.checked_sub(1).map_or(BEFORE, |before| lines[before].link.unwrap());
        let line = &mut lines[number];
        change(&mut line.content, member);
        let covers = Covers::draw(&line.content.texts);
        line.covers = Some(covers);
        line.link = link(before, &line.content, &covers);
        prop_assert!(check(BEFORE, &batch, &lines).is_err());
    }

    #[test]
    fn a_removed_line_is_found(lines in lines(), which in any::<Index>()) {
        let (batch, mut lines) = seal(BEFORE, lines);
        let number = which.index(lines.len());
        lines.remove(number);
        let expected = lines.get(number).map_or(Fault::Removed, |next| Fault::Line(next.content.id));
        prop_assert_eq!(check(BEFORE, &batch, &lines), Err(expected));
    }

    #[test]
    fn an_added_line_is_found(lines in lines(), which in any::<Index>(), new in content()) {
        let (batch, mut lines) = seal(BEFORE, lines);
        let number = which.index(lines.len() + 1);
        let before = number.checked_sub(1).map_or(BEFORE, |before| lines[before].link.unwrap());
        let covers = Covers::draw(&new.texts);
        let link = link(before, &new, &covers);
        lines.insert(number, Sealed { content: new, covers: Some(covers), link });
        prop_assert!(check(BEFORE, &batch, &lines).is_err());
    }

    #[test]
    fn lines_that_changed_places_are_found(lines in lines(), one in any::<Index>(), other in any::<Index>()) {
        let (batch, mut lines) = seal(BEFORE, lines);
        let (one, other) = (one.index(lines.len()), other.index(lines.len()));
        prop_assume!(one != other);
        // Their ids stay, so that the order of ids does not give it away.
        let (first, second) = (lines[one].content.id, lines[other].content.id);
        lines.swap(one, other);
        (lines[one].content.id, lines[other].content.id) = (first, second);
        prop_assert!(check(BEFORE, &batch, &lines).is_err());
    }

    #[test]
    fn another_batch_before_it_is_found(lines in lines(), before in any::<[u8; 32]>()) {
        prop_assume!(Hash(before) != BEFORE);
        let (batch, lines) = seal(BEFORE, lines);
        prop_assert_eq!(check(Hash(before), &batch, &lines), Err(Fault::Line(lines[0].content.id)));
    }

    #[test]
    fn erasing_keeps_the_chain_whole_and_the_text_cannot_be_put_back(
        lines in lines(), which in prop::collection::vec(any::<[bool; TEXTS]>(), 12)
    ) {
        let (batch, mut lines) = seal(BEFORE, lines);
        let before = lines.clone();
        for (line, which) in lines.iter_mut().zip(which) {
            let covers = line.covers.as_mut().unwrap();
            covers.erase(&mut line.content.texts, which);
        }
        prop_assert_eq!(check(BEFORE, &batch, &lines), Ok(()));
        for (number, line) in before.iter().enumerate() {
            if lines[number].covers == line.covers {
                continue;
            }
            let mut again = lines.clone();
            again[number].content.texts = line.content.texts.clone();
            prop_assert_eq!(check(BEFORE, &batch, &again), Err(Fault::Line(line.content.id)));
        }
    }

    #[test]
    fn covers_are_read_as_they_were_written(texts in prop::array::uniform3(text()), which in any::<[bool; TEXTS]>()) {
        let mut texts = texts;
        let mut covers = Covers::draw(&texts);
        covers.erase(&mut texts, which);
        prop_assert_eq!(Covers::parse(&covers.to_bytes()), Some(covers));
    }

    #[test]
    fn other_bytes_are_no_covers_or_are_written_the_same(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        if let Some(covers) = Covers::parse(&bytes) {
            prop_assert_eq!(covers.to_bytes(), bytes);
        }
    }
}

#[test]
fn a_hash_is_read_as_it_is_shown() {
    let hash = Hash([0xab; 32]);
    assert_eq!(hash.to_string().parse(), Ok(hash));
    assert_eq!(hash.to_string().to_uppercase().parse(), Ok(hash));
    assert!("ab".parse::<Hash>().is_err());
}
