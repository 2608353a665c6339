//! `lanyard completions`.

use std::io;

use clap::Args;
use clap_complete::Shell;

use super::help;
use super::output::Failure;

const EXAMPLES: &str = "\
Examples:
  lanyard completions bash > ~/.local/share/bash-completion/completions/lanyard
  lanyard completions zsh > ~/.zfunc/_lanyard          # with ~/.zfunc in $fpath
  lanyard completions fish > ~/.config/fish/completions/lanyard.fish";

/// Print completions for a shell
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut help::command(), "lanyard", &mut script);
        io::Write::write_all(&mut io::stdout(), &script)?;
        Ok(())
    }
}
