//! What a run tells of its progress; the command line draws it, tests ignore it.

/// A listener to the progress of a run.
pub trait Progress: Sync {
    /// Says that a stage begins, with the bytes it will read (0 if it reads none).
    fn stage(&self, name: &str, bytes: u64);
    /// Says that so many more bytes of evidence have been read.
    fn bytes_read(&self, bytes: u64);
}

/// Listens to nothing.
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _name: &str, _bytes: u64) {}
    fn bytes_read(&self, _bytes: u64) {}
}
