//! `lanyard --help`: the commands in groups.

use std::fmt::Write;

use clap::{Command, CommandFactory};

use super::Line;

const GROUPS: [(&str, &[&str]); 3] = [
    ("Run", &["dev", "serve", "health"]),
    (
        "Manage",
        &[
            "organization",
            "operator",
            "client",
            "api-key",
            "role",
            "authz",
            "sign",
            "token",
            "key",
            "session",
            "usage",
            "webhook",
            "wechat-app",
            "audit",
            "platform-admin",
            "node",
            "job",
        ],
    ),
    ("Set up", &["config", "migrate", "restore", "completions"]),
];

const MORE: &str = "\
Settings come from the configuration file, the environment (http.listen is LANYARD_HTTP_LISTEN) and flags; the \
later ones win. `lanyard config check` shows what they come to.

To begin with: `lanyard dev`. More about a command, with examples: `lanyard help COMMAND`.";

/// Returns the command line, with the commands in groups.
pub(super) fn command() -> Command {
    let command = Line::command();
    let mut commands = String::new();
    for (heading, names) in GROUPS {
        let _ = writeln!(commands, "{heading}:");
        for name in names {
            let about = command
                .find_subcommand(name)
                .and_then(Command::get_about)
                .map(ToString::to_string)
                .unwrap_or_default();
            let _ = writeln!(commands, "  {name:<15} {about}");
        }
        commands.push('\n');
    }
    command
        .help_template(format!(
            "{{about-with-newline}}\nUsage: lanyard COMMAND [OPTIONS]\n\n{commands}Options:\n{{options}}{{after-help}}"
        ))
        .after_help(MORE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound_and_every_command_has_its_group() {
        command().debug_assert();
        let mut grouped: Vec<_> = GROUPS
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        grouped.sort_unstable();
        let line = Line::command();
        let mut known: Vec<_> = line.get_subcommands().map(Command::get_name).collect();
        known.sort_unstable();
        assert_eq!(grouped, known);
    }
}
