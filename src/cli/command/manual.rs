//! `azscope completions` and `azscope man`: written from the definition of the command line itself.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, anyhow};
use clap::{Command, CommandFactory};

use crate::base::text::for_terminal;
use crate::cli::Status;
use crate::cli::args::{Args, Completions, Man};

pub(in crate::cli) fn completions(options: &Completions) -> anyhow::Result<Status> {
    let mut script = Vec::new();
    let mut command = Args::command();
    let name = command.get_name().to_owned();
    clap_complete::generate(options.shell, &mut command, name, &mut script);
    io::stdout().write_all(&script)?;
    Ok(Status::Clean)
}

pub(in crate::cli) fn man(options: &Man) -> anyhow::Result<Status> {
    let mut command = Args::command();
    command.build();
    if let Some(folder) = &options.out {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("making the folder {}", folder.display()))?;
        write_all(&command, folder)?;
        return Ok(Status::Clean);
    }
    let meant = options.command.iter().try_fold(&command, |command, name| {
        command
            .find_subcommand(name)
            .ok_or_else(|| anyhow!("there is no command `{}`", for_terminal(name)))
    })?;
    io::stdout().write_all(&page(meant)?)?;
    Ok(Status::Clean)
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    Ok(page)
}

/// Writes the page of a command and of those below it.
fn write_all(command: &Command, folder: &Path) -> anyhow::Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let path = folder.join(format!("{name}.1"));
    std::fs::write(&path, page(command)?).with_context(|| format!("writing {}", path.display()))?;
    let below = command.get_subcommands().filter(|one| one.get_name() != "help");
    below.into_iter().try_for_each(|one| write_all(one, folder))
}
