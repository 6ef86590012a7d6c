//! The arguments of `azscope completions` and `azscope man`.

use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  azscope completions bash > ~/.local/share/bash-completion/completions/azscope\n  azscope completions zsh > ~/.zfunc/_azscope\n  azscope completions fish > ~/.config/fish/completions/azscope.fish\n  azscope completions powershell >> $PROFILE"
)]
pub(in crate::cli) struct Completions {
    /// The shell
    pub(in crate::cli) shell: clap_complete::Shell,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  azscope man | man -l -\n  azscope man rules check | man -l -\n  azscope man --out /usr/local/share/man/man1"
)]
pub(in crate::cli) struct Man {
    /// The command the page is of; without it, the page of azscope
    #[arg(value_name = "COMMAND")]
    pub(in crate::cli) command: Vec<String>,
    /// Write the pages of all commands into this folder instead
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub(in crate::cli) out: Option<PathBuf>,
}
