//! The terminal: its width, its colours, the progress bar.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::args::Colour;
use super::usage::{Stage, Usage};
use crate::base::progress::Progress;

/// What standard output and standard error can show.
#[allow(clippy::struct_excessive_bools, reason = "each says one thing of the terminal")]
pub(super) struct Terminal {
    /// Whether the answer may be coloured.
    pub(super) colour: bool,
    /// Columns of the answer.
    pub(super) width: usize,
    /// Whether the answer goes to a terminal.
    pub(super) seen: bool,
    /// Whether somebody reads the answer as it is, so that lines should fit; a program wants them whole.
    pub(super) fits: bool,
    /// Whether a progress bar may be drawn.
    pub(super) bar: bool,
    /// Whether only errors are wanted.
    pub(super) quiet: bool,
}

/// Width of an answer that goes to no terminal.
const PLAIN_WIDTH: usize = 100;

impl Terminal {
    /// Looks at the terminal once.
    #[allow(
        clippy::disallowed_methods,
        reason = "how wide the terminal is and whether it has colours"
    )]
    pub(super) fn new(colour: Colour, quiet: bool) -> Self {
        let out = std::io::stdout().is_terminal();
        let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
        let own = if out {
            console::Term::stdout().size_checked().map(|(_, w)| usize::from(w))
        } else {
            None
        };
        Terminal {
            colour: match colour {
                Colour::Always => true,
                Colour::Never => false,
                Colour::Auto => out && is_colour_wanted(|name| std::env::var_os(name)),
            },
            seen: out,
            fits: out || columns.is_some(),
            width: columns.or(own).unwrap_or(PLAIN_WIDTH).clamp(40, 240),
            bar: std::io::stderr().is_terminal() && !quiet,
            quiet,
        }
    }

    /// Returns a listener that draws progress if it may, and measures the stages.
    pub(super) fn progress(&self) -> Bars {
        Bars { draw: self.bar, state: Mutex::new(State { bar: None, stages: Vec::new() }) }
    }
}

/// Whether the environment leaves a terminal its colours.
fn is_colour_wanted(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let is_refused = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
    // One that can show nothing but text would show the codes.
    let is_dumb = variable("TERM").is_some_and(|name| name == "dumb");
    !is_refused && !is_dumb
}

/// Draws the stages of a run on standard error and keeps what each used.
pub(super) struct Bars {
    draw: bool,
    state: Mutex<State>,
}

struct State {
    bar: Option<ProgressBar>,
    stages: Vec<(String, Usage)>,
}

impl Bars {
    /// Ends the last stage, takes the bar off the screen, and returns what each stage used.
    pub(super) fn finish(&self) -> Vec<Stage> {
        let mut state = self.state.lock().expect("drawing does not panic");
        if let Some(bar) = state.bar.take() {
            bar.finish_and_clear();
        }
        let ends = state.stages.iter().skip(1).map(|(_, usage)| *usage).chain([Usage::now()]);
        let stages = state.stages.iter().zip(ends);
        stages.map(|((name, start), end)| start.until(end, name.clone())).collect()
    }
}

impl Progress for Bars {
    fn stage(&self, name: &str, bytes: u64) {
        let mut state = self.state.lock().expect("drawing does not panic");
        state.stages.push((name.to_owned(), Usage::now()));
        if let Some(bar) = state.bar.take() {
            bar.finish_and_clear();
        }
        log::info!("{name}");
        if !self.draw {
            return;
        }
        let (bar, template) = if bytes > 0 {
            (
                ProgressBar::new(bytes),
                "{msg} [{bar:30}] {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
            )
        } else {
            (ProgressBar::new_spinner(), "{spinner} {msg}")
        };
        let style = ProgressStyle::with_template(template).expect("the template is fixed");
        bar.set_style(style.progress_chars("=> "));
        bar.set_message(name.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        state.bar = Some(bar);
    }

    fn bytes_read(&self, bytes: u64) {
        if let Some(bar) = &self.state.lock().expect("drawing does not panic").bar {
            bar.inc(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_without_colours_gets_none() {
        let wanted = |set: &[(&str, &str)]| {
            let value =
                |name: &str| set.iter().find(|(own, _)| *own == name).map(|(_, v)| v.into());
            is_colour_wanted(value)
        };
        assert!(wanted(&[]) && wanted(&[("TERM", "xterm"), ("NO_COLOR", "")]));
        assert!(!wanted(&[("TERM", "dumb")]) && !wanted(&[("NO_COLOR", "1")]));
    }
}
