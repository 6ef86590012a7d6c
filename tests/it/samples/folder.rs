//! Where the real exports are that tests read in place.
//!
//! They are `AZSCOPE_SAMPLES`, or `../shared/samples` beside the checkout. A fresh clone has none: what reads them
//! is then skipped, and says so once.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Once;

/// Returns the folder of samples; `None`, with one line on standard error, where there is none.
#[allow(clippy::disallowed_methods, reason = "a test asks where its samples are")]
pub(crate) fn folder() -> Option<PathBuf> {
    static TOLD: Once = Once::new();
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    let folder = std::env::var_os("AZSCOPE_SAMPLES").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    // What is written with `eprintln!` is shown of tests that fail only.
    TOLD.call_once(|| {
        let place = folder.display();
        let _ = writeln!(std::io::stderr(), "skipped: no samples at {place} (AZSCOPE_SAMPLES)");
    });
    None
}
