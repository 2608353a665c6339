//! The example file lists the same settings as the code.

use super::*;

#[test]
fn the_example_is_the_defaults_and_names_every_key() {
    let example = include_str!("../../../lanyard.example.toml");
    let uncommented: String = example
        .lines()
        .map(|line| {
            line.strip_prefix('#')
                .filter(|rest| !rest.starts_with(' '))
                .unwrap_or(line)
                .to_owned()
                + "\n"
        })
        .collect();
    let defaults = format!("{:?}", Given::default().load().unwrap());
    for text in [example, &uncommented] {
        assert_eq!(format!("{:?}", file(text).load().unwrap()), defaults);
    }

    let mut reader = Reader::new(None, [], []);
    Config::read(&mut reader);
    let known: BTreeSet<String> = reader.asked().iter().map(|key| (*key).to_owned()).collect();
    assert_eq!(
        known.len(),
        reader.asked().len(),
        "no key is asked for twice"
    );
    let mut section = String::new();
    let mut listed = BTreeSet::new();
    for line in uncommented.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.replace(']', ".");
        }
        let line = line.strip_prefix("# (no default) ").unwrap_or(line);
        if let Some((name, _)) = line.split_once(" = ")
            && !name.starts_with('#')
        {
            listed.insert(format!("{section}{name}"));
        }
    }
    assert_eq!(listed, known);
}
