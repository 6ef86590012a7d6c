//! An interrupted run leaves no half-written case behind, and ends with the status of an interrupt.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::cli::Status;

/// Threads of the run may make files while they are removed: so many times it is looked again.
const TRIES: u32 = 200;
/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// Waits for an interrupt from the moment it is made.
#[derive(Default)]
pub(super) struct Interrupt {
    begun: AtomicBool,
    partial: Mutex<Option<PathBuf>>,
}

/// Begins to wait for an interrupt.
pub(super) fn watch() -> Arc<Interrupt> {
    let interrupt = Arc::new(Interrupt::default());
    let own = Arc::clone(&interrupt);
    let handler = move || {
        own.begun.store(true, Ordering::SeqCst);
        let partial = own.partial.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(partial) = partial.as_deref() {
            clear(partial);
        }
        leave(Status::Interrupted);
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        log::info!("interrupts are not handled: {error}");
    }
    interrupt
}

impl Interrupt {
    /// Has a folder removed when an interrupt comes.
    pub(super) fn remove(&self, partial: &Path) {
        let mut place = self.partial.lock().unwrap_or_else(PoisonError::into_inner);
        *place = Some(partial.to_owned());
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
