//! The output of `--help`.

use std::process::{Command, Stdio};

use crate::harness::Folder;

#[test]
fn the_top_level_is_grouped() {
    let help = Folder::new().run(&["--help"]).ok();
    insta::assert_snapshot!(help, @r"
    A token service: company tokens, operator tokens, validation, revocation

    Usage: lanyard COMMAND [OPTIONS]

    Run:
      dev             Try it out: no configuration, curl lines to paste
      serve           Run the service
      health          Ask a running service whether it is ready

    Manage:
      organization    Manage organizations: those who log in
      operator        Manage the operators of an organization
      client          Manage the OAuth clients of an organization
      api-key         Manage the API keys of an organization
      role            Manage the roles and scopes of an organization
      authz           See what the rules of forward-auth decide
      sign            Sign a request with an API key, and print the curl line that sends it
      token           Look at a token: what it is, why it is refused; revoke it
      key             Look at signing keys, rotate and revoke them
      session         Manage the sessions of the console
      usage           Show what an organization did: tokens checked, issued and revoked, sign-ins
      webhook         Manage webhook endpoints: the service's own, or an organization's
      wechat-app      Manage the WeChat Mini Programs whose users may sign in
      audit           Read the audit log, export it, and check that nobody has changed it
      platform-admin  Manage those who may sign in to the platform
      node            Look at the nodes that run on the database
      job             Look at the jobs of the service, and run one at once

    Set up:
      config          Look at the configuration
      migrate         Bring the database's schema up to date
      restore         Make a restored copy of the database safe to use
      completions     Print completions for a shell

    Options:
          --config <FILE>    The configuration file (TOML) [env: LANYARD_CONFIG]
          --set <KEY=VALUE>  Set one key of the configuration; may be repeated
          --database <URL>   The database: sqlite:PATH or postgres://…; no place for a password
      -h, --help             Print help
      -V, --version          Print version

    Settings come from the configuration file, the environment (http.listen is LANYARD_HTTP_LISTEN) and
    flags; the later ones win. `lanyard config check` shows what they come to.

    To begin with: `lanyard dev`. More about a command, with examples: `lanyard help COMMAND`.
    ");
}

#[test]
#[expect(clippy::too_many_lines, reason = "the list of the commands")]
fn every_command_has_help_and_no_line_is_too_wide() {
    let folder = Folder::new();
    for command in [
        "",
        "dev",
        "serve",
        "health",
        "organization",
        "organization add",
        "organization list",
        "organization set",
        "organization suspend",
        "organization resume",
        "organization set-password",
        "organization set-key-alerts",
        "operator",
        "operator add",
        "operator list",
        "operator set-password",
        "operator deactivate",
        "operator token",
        "operator delete",
        "operator edit",
        "operator import",
        "operator stop-import",
        "operator export",
        "operator erase",
        "client",
        "client add",
        "client set",
        "client list",
        "client rotate-secret",
        "client disable",
        "client enable",
        "client remove",
        "client revoke-tokens",
        "client registration-token",
        "api-key",
        "api-key add",
        "api-key set",
        "sign",
        "role",
        "role set",
        "role list",
        "role remove",
        "role set-scope",
        "role list-scopes",
        "role remove-scope",
        "token",
        "token inspect",
        "token explain",
        "token revoke",
        "token add",
        "token rotate",
        "token retire",
        "token label",
        "key",
        "key list",
        "key rotate",
        "key export-public",
        "key revoke",
        "key reseal",
        "session",
        "session list",
        "session end",
        "session end-others",
        "session disown",
        "usage",
        "webhook",
        "webhook add",
        "webhook list",
        "webhook set",
        "webhook test",
        "webhook retry",
        "webhook remove",
        "wechat-app",
        "wechat-app add",
        "wechat-app set",
        "wechat-app list",
        "wechat-app remove",
        "audit",
        "audit list",
        "audit export",
        "audit verify",
        "platform-admin",
        "platform-admin add",
        "platform-admin list",
        "platform-admin end-sessions",
        "platform-admin remove",
        "node",
        "node list",
        "job",
        "job list",
        "job run",
        "config",
        "config check",
        "migrate",
        "restore",
        "completions",
    ] {
        let mut arguments: Vec<_> = command.split_whitespace().collect();
        arguments.push("--help");
        let help = folder.run(&arguments).ok();
        assert!(help.contains("Usage: lanyard"), "{command}: {help}");
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{command}: {line}");
        }
    }
}

#[test]
fn completions_are_scripts() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = folder.run(&["completions", shell]).ok();
        assert!(script.contains("set-password"), "{shell}");
        folder.write(shell, &script);
    }
    if !crate::harness::have("bash") {
        eprintln!("SKIPPED: bash is not here to read the completions");
        return;
    }
    let checked = Command::new("bash")
        .args(["-n", "bash"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .status();
    assert!(checked.unwrap().success());
}

/// The commands that the console's documentation names beside its acts.
fn commands_of_the_console() -> Vec<String> {
    let text = include_str!("../../docs/console.md");
    let table = text.split("## What each act is elsewhere").nth(1).unwrap();
    let table = table.split("\n## ").next().unwrap();
    let mut commands = Vec::new();
    for row in table.lines().filter(|line| line.starts_with("| ")) {
        let cell = row.split('|').nth(2).unwrap();
        let mut group = Vec::new();
        for (number, code) in cell.split('`').enumerate() {
            if number % 2 == 0 {
                continue;
            }
            let words: Vec<_> = code
                .split_whitespace()
                .take_while(|word| !word.starts_with(['-', '…']))
                .collect();
            let words = match words.split_first() {
                Some((&"lanyard", rest)) => {
                    group = rest[..rest.len().saturating_sub(1)].to_vec();
                    rest.to_vec()
                }
                Some((&"audit", _)) => words,
                // Further commands of the same group.
                Some(_) => [&group[..], &words[..]].concat(),
                None => continue,
            };
            if !words.is_empty() {
                commands.push(words.join(" "));
            }
        }
    }
    commands
}

#[test]
fn every_act_of_the_console_has_its_command() {
    let folder = Folder::new();
    let commands = commands_of_the_console();
    assert!(commands.len() > 40, "{commands:?}");
    for command in commands {
        let mut arguments: Vec<_> = command.split_whitespace().collect();
        arguments.push("--help");
        let help = folder.run(&arguments).ok();
        let usage = format!("Usage: lanyard {command}");
        assert!(help.contains(&usage), "{command}: {help}");
    }
}
