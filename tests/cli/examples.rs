//! The examples start, with every installed Python.

use std::path::Path;
use std::process::Command;

use crate::harness::have;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");

/// Python searches modules in the folder of the script first: a file there hides Python's own
/// module of that name, from the script and from every module that it imports.
#[test]
fn no_example_hides_a_module_of_pythons_own() {
    if !have("python3") {
        eprintln!("skipped: python3 is not installed");
        return;
    }
    let output = Command::new("python3")
        .args(["-c", "import sys; print(*sys.stdlib_module_names)"])
        .output()
        .unwrap();
    let own = String::from_utf8(output.stdout).unwrap();
    assert!(own.split_whitespace().any(|name| name == "operator"));
    for entry in std::fs::read_dir(FOLDER).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if let Some(module) = name.strip_suffix(".py") {
            assert!(!own.split_whitespace().any(|own| own == module), "{name}");
        }
    }
}

#[test]
fn an_example_without_settings_says_which() {
    for python in ["python3", "/usr/bin/python3"] {
        if !have(python) {
            continue;
        }
        let output = Command::new(python)
            .arg(Path::new(FOLDER).join("client.py"))
            .env_remove("LANYARD_LOGIN")
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{python}: {printed}");
        assert!(!printed.contains("Traceback"), "{python}: {printed}");
    }
}
