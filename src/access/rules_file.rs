//! The file of rules that is in force, and how a change of it is noticed.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use parking_lot::Mutex;

use super::rules::Rules;

/// The largest file (bytes).
const LARGEST: u64 = 4 * 1024 * 1024;

/// Why a file is not taken: everything that is wrong in it, on one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {why}")]
pub struct RulesError {
    path: String,
    why: String,
}

/// The rules in force.
#[derive(Debug)]
pub struct RulesFile {
    /// `None` if no file is configured: then no request matches a rule.
    path: Option<PathBuf>,
    rules: ArcSwap<Rules>,
    /// What was last read of the file: its text, or why it cannot be read.
    seen: Mutex<Result<String, String>>,
}

/// What became of a file that was looked at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reload {
    /// It is the same as before.
    Unchanged,
    /// Its rules are in force.
    Taken,
    /// It has faults. The rules before it stay in force.
    Refused(RulesError),
}

impl RulesFile {
    /// Reads a file. Without one there are no rules.
    ///
    /// # Errors
    /// Returns an error if it cannot be read or has faults.
    pub fn open(path: Option<PathBuf>) -> Result<Self, RulesError> {
        let (text, rules) = match &path {
            None => (String::new(), Rules::default()),
            Some(path) => {
                let text = text_of(path).map_err(|why| error(path, why))?;
                let rules = Rules::read(&text).map_err(|faults| error(path, faults.to_string()))?;
                (text, rules)
            }
        };
        Ok(Self {
            path,
            rules: ArcSwap::from_pointee(rules),
            seen: Mutex::new(Ok(text)),
        })
    }

    /// Returns the rules in force.
    #[must_use]
    pub fn rules(&self) -> Guard<Arc<Rules>> {
        self.rules.load()
    }

    /// Returns the rules in force, for a request that may wait for something.
    #[must_use]
    pub fn rules_in_force(&self) -> Arc<Rules> {
        self.rules.load_full()
    }

    /// Looks at the file again, and puts its rules into force if it has changed and has no fault.
    pub fn reload(&self) -> Reload {
        let Some(path) = &self.path else {
            return Reload::Unchanged;
        };
        let mut seen = self.seen.lock();
        let found = text_of(path);
        if *seen == found {
            return Reload::Unchanged;
        }
        let rules = match &found {
            Ok(text) => Rules::read(text).map_err(|faults| faults.to_string()),
            Err(why) => Err(why.clone()),
        };
        *seen = found;
        match rules {
            Ok(rules) => {
                self.rules.store(Arc::new(rules));
                Reload::Taken
            }
            Err(why) => Reload::Refused(error(path, why)),
        }
    }
}

fn error(path: &Path, why: String) -> RulesError {
    RulesError {
        path: path.display().to_string(),
        why,
    }
}

fn text_of(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text));
    read.map_err(|why| format!("cannot be read: {why}"))?;
    if text.len() as u64 > LARGEST {
        return Err("is larger than 4 MiB".to_owned());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_faults_is_not_taken_and_is_reported_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rules.toml");
        let write = |text: &str| std::fs::write(&path, text).unwrap();
        write("[[rule]]\nname = \"a\"\npath = \"/a\"\n");
        let file = RulesFile::open(Some(path.clone())).unwrap();
        assert_eq!(
            (file.rules().count(), file.reload()),
            (1, Reload::Unchanged)
        );

        write("[[rule]]\nname = \"a\"\npath = \"a\"\nhost = 7\n");
        let Reload::Refused(why) = file.reload() else {
            panic!("it was taken")
        };
        let why = why.to_string();
        assert!(
            !why.contains('\n') && why.contains("line 3: path must begin with /; line 4: host"),
            "{why}"
        );
        assert_eq!(
            (file.rules().count(), file.reload()),
            (1, Reload::Unchanged)
        );

        std::fs::remove_file(&path).unwrap();
        assert!(matches!(file.reload(), Reload::Refused(_)));
        assert_eq!(
            (file.rules().count(), file.reload()),
            (1, Reload::Unchanged)
        );

        write("");
        assert_eq!((file.reload(), file.rules().count()), (Reload::Taken, 0));
        write("x");
        assert!(RulesFile::open(Some(path)).is_err());
        assert_eq!(RulesFile::open(None).unwrap().reload(), Reload::Unchanged);
    }
}
