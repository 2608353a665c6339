//! Values in the form in which shells, secret stores, editors and service managers write them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use crate::harness::{Ended, Folder};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn names(folder: &Folder) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_line_end_is_no_part_of_a_value() {
    let folder = Folder::new();
    let settings = [
        ("LANYARD_DATABASE_URL", "sqlite:data/l.db\n"),
        ("LANYARD_MASTER_KEY_FILE", "data/key\r\n"),
    ];
    folder.serve(&settings).stop();
    assert_eq!(names(&folder), ["data"]);
    assert!(folder.path().join("data/l.db").exists());
    assert!(folder.path().join("data/key").exists());
}

#[test]
fn what_is_not_the_path_that_was_meant_makes_nothing() {
    let folder = Folder::new();
    for (name, value, why) in [
        ("DATABASE_URL", "sqlite:~/l.db", "begins with ~"),
        ("DATABASE_URL", "\"sqlite:l.db\"", "is in quotes"),
        ("DATABASE_URL", "sqlite:'l.db'", "is in quotes"),
        ("DATABASE_URL", "sqlite:l.db ", "white space"),
        ("DATABASE_URL", "sqlite:a\nb.db", "control character"),
        ("MASTER_KEY_FILE", "\"master.key\"", "is in quotes"),
        ("MASTER_KEY_FILE", "~/master.key", "begins with ~"),
        ("MASTER_KEY_FILE", " master.key", "white space"),
        ("HTTP_LISTEN", "unix:~/socket", "takes an address"),
    ] {
        let name = format!("LANYARD_{name}");
        let printed = folder.run_with(&["migrate"], &[(&name, value)]).refused();
        assert!(
            printed.contains(&name) && printed.contains(why),
            "{value:?}: {printed}"
        );
    }
    let none: [&str; 0] = [];
    assert_eq!(names(&folder), none, "no file is created");
}

#[test]
fn a_value_that_is_not_utf_8_is_a_fault() {
    let folder = Folder::new();
    let output = folder
        .command(&["migrate"])
        .env("LANYARD_DATABASE_URL", OsStr::from_bytes(b"sqlite:\xff.db"))
        .env("LANYARD_\u{fc}", "1")
        .env(OsStr::from_bytes(b"OTHER\xff"), "1")
        .output()
        .unwrap();
    let printed = Ended::from(output).refused();
    assert!(
        printed.contains("LANYARD_DATABASE_URL is not UTF-8"),
        "{printed}"
    );
    assert!(!folder.path().join("lanyard-data").exists());
}

#[test]
fn a_byte_order_mark_is_no_part_of_what_a_file_holds() {
    let folder = Folder::new();
    folder.write("url", "\u{feff}sqlite:data/l.db\n");
    folder.write("key", &format!("\u{feff}{KEY}\n"));
    folder.write("lanyard.toml", "\u{feff}[tokens]\nissuer = 'here'\n");
    folder.write("password", "\u{feff}secret\n");
    let settings = [
        ("LANYARD_DATABASE_URL_FILE", "url"),
        ("LANYARD_MASTER_KEY_FILE", "key"),
        ("LANYARD_CONFIG", "lanyard.toml"),
    ];
    let shown = folder.run_with(&["config", "check"], &settings).ok();
    assert!(
        shown.contains("issuer = \"here\"") && shown.contains("sqlite:data/l.db\""),
        "{shown}"
    );
    let service = folder.serve(&settings);
    let add = [
        "organization",
        "add",
        "--login",
        "a",
        "--name",
        "A",
        "--password-file",
        "password",
    ];
    folder.run_with(&add, &settings).ok();
    service.log_in("a", "secret").string();
}

#[test]
fn the_projects_own_environment_file_can_be_exported() {
    let folder = Folder::new();
    let text = include_str!("../../.env.example");
    let mut command = folder.command(&["config", "check"]);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some((name, value)) = line.split_once('=') else {
            continue;
        };
        let value = match name {
            "LANYARD_MASTER_KEY" => KEY,
            _ => &value.replace("${POSTGRES_PASSWORD}", "p"),
        };
        command.env(name, value);
    }
    Ended::from(command.output().unwrap()).ok();
}

#[test]
fn no_parsers_own_message_about_a_secret_is_shown() {
    let folder = Folder::new();
    let pem = format!("-----BEGIN PRIVATE KEY-----hunter2{KEY}");
    for (name, value) in [
        ("DATABASE_URL", "postgres://u:my hunter2@h/d"),
        ("DATABASE_URL", "postgres://u:p@h:hunter2/d"),
        ("DATABASE_URL", "\"postgres://u:hunter2@h/d\""),
        ("DATABASE_URL", "host=h password=hunter2"),
        ("DATABASE_URL_FILE", "host=h password=hunter2"),
        ("DATABASE_URL_FILE", "postgres:hunter2@h"),
        ("MASTER_KEY", "hunter2"),
        ("MASTER_KEY_FILE", &pem),
        ("HTTP_TLS_KEY_FILE", &pem),
    ] {
        let key = if name.starts_with("MASTER") {
            "OTHER"
        } else {
            "LANYARD_MASTER_KEY"
        };
        let name = format!("LANYARD_{name}");
        let printed = folder
            .run_with(&["migrate"], &[(&name, value), (key, KEY)])
            .refused();
        assert!(!printed.contains("hunter2"), "{name}={value}: {printed}");
    }
    let ended = folder.run(&["migrate", "--set", "master_key:hunter2"]);
    assert!(
        ended.code != 0 && !ended.err.contains("hunter2"),
        "{ended:?}"
    );
}

#[test]
fn a_secret_that_everybody_can_read_is_warned_of() {
    let folder = Folder::new();
    let open = |path: &str, mode| {
        let path = folder.path().join(path);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    folder.serve(&[]).stop();
    assert!(!folder.run(&["config", "check"]).ok().contains("everybody"));
    open("", 0o755);
    open("lanyard-data", 0o755);
    for file in ["master.key", "lanyard.db"] {
        open(&format!("lanyard-data/{file}"), 0o644);
    }
    let printed = folder.run(&["config", "check"]).ok();
    let log = folder.serve(&[]).stop();
    for text in [&printed, &log] {
        for file in ["master.key (the master key)", "lanyard.db (the database)"] {
            let warning =
                format!("lanyard-data/{file} can be read by everybody on this machine (mode 0644)");
            assert!(text.contains(&warning), "{warning}: {text}");
        }
    }
    // So are the log of the database, and the key of the certificate.
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    folder.write("tls.crt", &made.cert.pem());
    folder.write("lanyard-data/tls.key", &made.signing_key.serialize_pem());
    folder.write("lanyard-data/lanyard.db-wal", "");
    for file in ["tls.key", "lanyard.db-wal"] {
        open(&format!("lanyard-data/{file}"), 0o604);
    }
    let tls = [
        ("LANYARD_HTTP_TLS_CERTIFICATE_FILE", "tls.crt"),
        ("LANYARD_HTTP_TLS_KEY_FILE", "lanyard-data/tls.key"),
    ];
    let printed = folder.run_with(&["config", "check"], &tls).ok();
    for file in [
        "tls.key (the key of the certificate)",
        "lanyard.db-wal (the database)",
    ] {
        let warning =
            format!("lanyard-data/{file} can be read by everybody on this machine (mode 0604)");
        assert!(printed.contains(&warning), "{warning}: {printed}");
    }
    open("lanyard-data", 0o700);
    assert!(
        !folder
            .run_with(&["config", "check"], &tls)
            .ok()
            .contains("everybody")
    );
}

/// `LoadCredential=` of systemd.
#[test]
fn a_credential_stands_for_the_setting_that_names_its_file() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("credentials")).unwrap();
    folder.write("credentials/lanyard.master_key_file", KEY);
    folder.write("credentials/lanyard.database.url_file", "sqlite:here.db");
    folder.write("credentials/other", "x");
    let given = [("CREDENTIALS_DIRECTORY", "credentials")];
    let printed = folder.run_with(&["config", "check"], &given).ok();
    for line in [
        "# credential lanyard.master_key_file",
        "url = \"sqlite:here.db\"  # credential lanyard.database.url_file",
    ] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    let stronger = [given[0], ("LANYARD_MASTER_KEY_FILE", "credentials/other")];
    let printed = folder.run_with(&["config", "check"], &stronger).refused();
    assert!(printed.contains("credentials/other is no key"), "{printed}");
}
