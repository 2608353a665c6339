//! A URL keeps its text, and no text of it shows a password.

use proptest::prelude::*;

use super::*;

fn sqlite(text: &str) -> PathBuf {
    match text.parse() {
        Ok(Url::Sqlite(path)) => path,
        other => unreachable!("{text}: {other:?}"),
    }
}

#[test]
fn sqlite_paths() {
    for (text, path) in [
        ("sqlite:lanyard.db", "lanyard.db"),
        ("sqlite:/var/lib/lanyard.db", "/var/lib/lanyard.db"),
        ("sqlite://lanyard.db", "lanyard.db"),
        ("sqlite:///var/lib/lanyard.db", "/var/lib/lanyard.db"),
        ("sqlite:a b%20.db", "a b%20.db"),
    ] {
        assert_eq!(sqlite(text), PathBuf::from(path));
    }
}

#[test]
fn postgres_urls_pass_untouched() {
    for text in [
        "postgres://",
        "postgresql://u:p@h/db",
        "postgres://u:p@a:5432,b:5433/db?target_session_attrs=read-write&sslmode=verify-full",
    ] {
        let Ok(Url::Postgres(url)) = text.parse() else {
            unreachable!("{text}")
        };
        assert_eq!(url.expose_secret(), text);
    }
}

#[test]
fn other_urls_are_refused_without_being_quoted() {
    for text in [
        "",
        "lanyard.db",
        "mysql://u:hunter2@h/db",
        "postgres:u:hunter2@h",
        "hunter2://",
        "hun ter2://x",
        "sqlite:",
        "sqlite://",
        "sqlite:dir/",
        "sqlite:..",
        "sqlite::memory:",
        "sqlite:a.db?mode=hunter2",
        "sqlite:file:a.db",
    ] {
        let error = text.parse::<Url>().unwrap_err().to_string();
        assert!(error.contains("it takes sqlite:"), "{error}");
        assert!(
            !error.contains("hunter2") || text == "hunter2://",
            "{error}"
        );
    }
}

#[test]
fn display_hides_the_password() {
    for (text, shown) in [
        ("postgres://", "postgres://"),
        ("postgres://h/db", "postgres://h/db"),
        ("postgres://u@h", "postgres://u@h"),
        (
            "postgresql://u:p:q@h:5432/db",
            "postgresql://u:***@h:5432/db",
        ),
        (
            "postgres://u:@a:1,[::1]:2,[fe80::1]/db?sslmode=require",
            "postgres://u:***@a:1,[::1]:2,[fe80::1]/db?sslmode=require",
        ),
        (
            "postgres:///db?user=u&password=p&sslpassword=q",
            "postgres:///db?user=u&password=***",
        ),
    ] {
        assert_eq!(text.parse::<Url>().unwrap().to_string(), shown);
    }
}

#[test]
fn a_url_that_leaves_the_password_open_is_refused() {
    for text in [
        "postgres://u:p@h?pass%77ord=hunter2",
        "postgres://u:p@hunter2@h",
        "postgres://u:p/hunter2@h",
        "postgres://u:p?hunter2=r@h",
        "postgres://u:hunter2",
        "postgres://u:hunter2%@h",
        "postgres://u:hunter2%0@h",
        "postgres://u:hunter2%zz@h",
        "postgres://u:hunter2%é@h",
        "postgres://u:hunter2%00@h",
        "postgres://u:my hunter2@h/d",
        "postgres://u:p@h/d?password=hunter2 x",
        "postgres://u:hunter2@h/d\n",
        "postgres://u:p@h:hunter2/d",
        "postgres://u:p@h:70000/hunter2",
    ] {
        let error = text.parse::<Url>().unwrap_err().to_string();
        assert!(error.contains("write"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

proptest! {
    #[test]
    fn no_password_is_ever_shown(password in "[!-~]{0,8}xYzZy[!-~]{0,8}", tail in "(/db)?(\\?user=a&port=1)?") {
        for text in [format!("postgres://u:{password}@h{tail}"), format!("postgres://h/db?password={password}")] {
            let printed = match text.parse::<Url>() {
                Ok(url) => format!("{url} {url:?}"),
                Err(error) => error.to_string(),
            };
            prop_assert!(!printed.contains("xYzZy"), "{printed}");
        }
    }
}
