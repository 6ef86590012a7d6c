//! An interrupted run leaves no half-written case behind, and ends with the status of an interrupt,
//! whether a key, a scheduler or a terminal that closes asked it to end. One whose case has its name
//! is done: it ends at once, with the status of what it did.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::cli::Status;
use crate::cli::case_dir::CaseDir;

/// Threads of the run may make files while they are removed: this many times it is looked again.
const TRIES: u32 = 200;
/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// Waits for an interrupt from the moment it is made.
#[derive(Default)]
pub(super) struct Interrupt {
    begun: AtomicBool,
    state: Mutex<State>,
}

/// How far the case is.
#[derive(Default)]
enum State {
    /// Nothing of it is there.
    #[default]
    Before,
    /// It is written in this folder.
    Writing(PathBuf),
    /// It has its name, and this is the status of the run.
    Done(Status),
}

impl State {
    /// Clears up when an interrupt comes; returns the status that the process ends with.
    fn end(&self) -> Status {
        match self {
            State::Before => Status::Interrupted,
            State::Writing(partial) => {
                clear(partial);
                Status::Interrupted
            }
            State::Done(status) => *status,
        }
    }
}

/// Begins to wait for an interrupt.
pub(super) fn watch() -> Arc<Interrupt> {
    let interrupt = Arc::new(Interrupt::default());
    let own = Arc::clone(&interrupt);
    let handler = move || {
        own.begun.store(true, Ordering::SeqCst);
        // Kept to the end, so that the run does not go on meanwhile.
        let state = own.state.lock().unwrap_or_else(PoisonError::into_inner);
        leave(state.end());
    };
    let watched = ctrlc::set_handler(handler.clone()).map_err(io::Error::other);
    #[cfg(unix)]
    let watched = watched.and(termination(handler));
    if let Err(error) = watched {
        log::info!("interrupts are not handled: {error}");
    }
    interrupt
}

/// Has a function called when the system or a terminal that closes asks the process to end.
#[cfg(unix)]
fn termination(handler: impl Fn() + Send + 'static) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGTERM};

    // A flag that is looked at: the queue of the library would open a pair of sockets.
    let asked = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGTERM, Arc::clone(&asked))?;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    if heeds_hangup(&status) {
        signal_hook::flag::register(SIGHUP, Arc::clone(&asked))?;
    }
    let wait = move || {
        while !asked.load(Ordering::SeqCst) {
            thread::sleep(PAUSE);
        }
        handler();
    };
    thread::Builder::new().name("termination".to_owned()).spawn(wait).map(drop)
}

/// Whether the process, which a text of Linux describes, ends when its terminal does.
///
/// What `nohup` started does not; where no such text tells, the system keeps to what was asked of it.
#[cfg(unix)]
fn heeds_hangup(status: &str) -> bool {
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & 1 == 0)
}

impl Interrupt {
    /// Makes the working folder of a case, which is removed when an interrupt comes, though it come meanwhile.
    pub(super) fn during<E>(
        &self,
        make: impl FnOnce() -> Result<CaseDir, E>,
    ) -> Result<CaseDir, E> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let case = make()?;
        *state = State::Writing(case.root().to_owned());
        Ok(case)
    }

    /// Gives a case its name; an interrupt that comes meanwhile waits until all of that is done.
    pub(super) fn settle<T, E>(
        &self,
        status: Status,
        finish: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let finished = finish()?;
        *state = State::Done(status);
        Ok(finished)
    }

    /// Never returns where an interrupt has come: it ends the run when it has cleared up.
    pub(super) fn wait_if_begun(&self) {
        while self.begun.load(Ordering::SeqCst) {
            thread::park();
        }
    }
}

/// Removes a folder until it stays away.
fn clear(folder: &Path) {
    for _ in 0..TRIES {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            _ => thread::sleep(PAUSE),
        }
    }
}

#[allow(clippy::exit)]
fn leave(status: Status) -> ! {
    std::process::exit(i32::from(status.code()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn an_interrupt_takes_away_what_is_half_written_and_nothing_that_is_done() {
        let home = tempfile::tempdir().unwrap();
        let interrupt = Interrupt::default();
        let end = || interrupt.state.lock().unwrap().end();
        assert_eq!(end(), Status::Interrupted);
        let target = home.path().join("case");
        let case = interrupt.during(|| CaseDir::create(&target, false)).unwrap();
        assert_eq!((end(), case.root().exists()), (Status::Interrupted, false));
        let failed = interrupt.settle(Status::Clean, || Err::<(), _>("disk full"));
        assert_eq!((failed, end()), (Err("disk full"), Status::Interrupted));
        let made = interrupt.settle(Status::Found, || fs::create_dir(&target));
        assert_eq!((made.is_ok(), end(), target.exists()), (true, Status::Found, true));
    }

    #[test]
    fn a_hangup_is_heeded_unless_it_is_ignored_or_nothing_tells() {
        assert!(heeds_hangup("Name:\tx\nSigIgn:\t0000000000001000\nSigCgt:\t0000000000000001\n"));
        assert!(!heeds_hangup("SigIgn:\t0000000000001001\n"));
        assert!(!heeds_hangup(""));
    }
}
