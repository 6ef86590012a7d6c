//! What all workers share: the files, how they are read, and the folder of the index.

use std::cmp::Ordering;
use std::fs;

use super::config::Config;
use super::probe::Sessions;
use crate::base::hash::hex;
use crate::base::progress::Progress;
use crate::input::discover::Found;
use crate::input::open::sha256_begin;

/// What all workers share.
pub(super) struct Shared<'a, 'p> {
    pub(super) config: &'a Config,
    pub(super) sessions: Sessions<'p>,
    pub(super) files: &'a [Found],
    pub(super) progress: &'a dyn Progress,
}

impl Shared<'_, '_> {
    /// Removes from the index what a piece of work wrote before it panicked.
    pub(super) fn remove_parts(&self, name: &str) {
        let own = format!("{name}-");
        for entry in fs::read_dir(self.config.index.join("events")).into_iter().flatten().flatten()
        {
            if entry.file_name().to_str().is_some_and(|file| file.starts_with(&own)) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Returns the hash of a file, or why it cannot be read.
    pub(super) fn hash(&self, file: usize) -> Result<String, String> {
        let found = &self.files[file];
        let hash = sha256_begin(&found.path, found.bytes, &|_| ());
        hash.map(|sha| hex(&sha)).map_err(|error| error.to_string())
    }

    /// How a file has changed since it was found, if it has.
    pub(super) fn changed(&self, file: usize) -> Option<String> {
        let found = &self.files[file];
        let now = fs::metadata(&found.path).map_or(found.bytes, |now| now.len());
        let how = match now.cmp(&found.bytes) {
            Ordering::Equal => String::new(),
            Ordering::Less => "it was cut short, and what was left was read and hashed".to_owned(),
            Ordering::Greater => {
                format!("it grew, and its first {} bytes were read and hashed", found.bytes)
            }
        };
        (!found.stamp.holds(&found.path)).then_some(how)
    }
}

/// Returns how the names of the parts begin that a job writes.
pub(super) fn part_name(number: usize) -> String {
    format!("part-{number:05}")
}
