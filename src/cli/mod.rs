//! The command line: one file for each command.

mod api_key;
mod audit;
mod authz;
mod client;
mod common_arguments;
mod completions;
mod config;
mod demo;
mod demo_client;
mod demo_data;
mod demo_usage;
mod descriptors;
mod dev;
mod health;
mod help;
mod job;
mod listen;
mod log;
mod migrate;
mod node;
mod operator;
mod organization;
mod output;
mod platform_admin;
mod receipt;
mod restore;
mod role;
mod serve;
mod session;
mod sign;
mod signals;
mod signing_key;
mod token;
mod usage;
mod webhook;
mod wechat_app;

use std::process::ExitCode;

use clap::{FromArgMatches, Parser, Subcommand};
use rustix::fs::Mode;

use common_arguments::{Common, absent};

/// A token service: company tokens, operator tokens, validation, revocation
#[derive(Parser)]
#[command(name = "lanyard", version, arg_required_else_help = true)]
struct Line {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Dev(dev::Dev),
    Serve(serve::Serve),
    Health(health::Health),
    #[command(subcommand)]
    Organization(organization::Organization),
    #[command(subcommand)]
    Operator(operator::Operator),
    #[command(subcommand)]
    Client(client::Client),
    #[command(subcommand)]
    ApiKey(api_key::ApiKey),
    #[command(subcommand)]
    Role(role::Role),
    #[command(subcommand)]
    Session(session::Session),
    Sign(sign::Sign),
    #[command(subcommand)]
    Authz(authz::Authz),
    #[command(subcommand)]
    Token(token::Token),
    #[command(subcommand)]
    Key(signing_key::Key),
    Usage(usage::Usage),
    #[command(subcommand)]
    Webhook(webhook::Webhook),
    #[command(subcommand)]
    Audit(audit::Audit),
    #[command(subcommand)]
    WechatApp(wechat_app::WechatApps),
    #[command(subcommand)]
    PlatformAdmin(platform_admin::PlatformAdmins),
    #[command(subcommand)]
    Node(node::Node),
    #[command(subcommand)]
    Job(job::Job),
    #[command(subcommand)]
    Config(config::Config),
    Migrate(migrate::Migrate),
    Restore(restore::Restore),
    Completions(completions::Completions),
}

/// Runs the command of this process.
#[must_use]
pub fn run() -> ExitCode {
    // The database holds password hashes and its folder holds keys: new files must be readable by
    // their owner only.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    let line =
        Line::from_arg_matches(&help::command().get_matches()).unwrap_or_else(|why| why.exit());
    let common = &line.common;
    if !matches!(line.command, Command::Dev(_) | Command::Serve(_)) {
        signals::end_if_first_process();
    }
    let outcome = match &line.command {
        Command::Dev(command) => command.run(common),
        Command::Serve(command) => command.run(common),
        Command::Health(command) => command.run(common),
        Command::Organization(command) => command.run(common),
        Command::Operator(command) => command.run(common),
        Command::Client(command) => command.run(common),
        Command::ApiKey(command) => command.run(common),
        Command::Role(command) => command.run(common),
        Command::Session(command) => command.run(common),
        Command::Authz(command) => command.run(common),
        Command::Sign(command) => command.run(),
        Command::Token(command) => command.run(common),
        Command::Key(command) => command.run(common),
        Command::Usage(command) => command.run(common),
        Command::Webhook(command) => command.run(common),
        Command::Audit(command) => command.run(common),
        Command::WechatApp(command) => command.run(common),
        Command::PlatformAdmin(command) => command.run(common),
        Command::Node(command) => command.run(common),
        Command::Job(command) => command.run(common),
        Command::Config(command) => command.run(common),
        Command::Migrate(command) => command.run(common),
        Command::Restore(command) => command.run(common),
        Command::Completions(command) => command.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.print(),
    }
}
