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
