//! Which files there are: every file under the paths given, each once, in an order of its own.
//!
//! Folders are read to any sensible depth. Links are followed, but what can be
//! reached without one is shown without one, and a link to a folder above
//! itself is told and left. Each folder is entered once, so that no web of
//! links can multiply the work. The result does not depend on the order of the
//! paths nor on that in which the system lists a folder.

mod identity;
mod name;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use identity::Stamp;
use identity::{Identity, identity, kind, leads_up};
pub use name::{path_of, plain, shown};

/// How many folders may lie in each other.
const MAX_DEPTH: u32 = 256;

/// A file that is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where to open it.
    pub path: PathBuf,
    /// How reports name it: the path given, and below it names joined with `/`.
    pub shown: String,
    /// Length in bytes when it was found.
    pub bytes: u64,
    /// What it is known by, taken before anything of it was read.
    pub stamp: Stamp,
}

/// Something that was passed over, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// A folder or file that the system does not let be looked at, or that lies too deep.
    Unreadable {
        /// How reports name it.
        shown: String,
        /// What the system said.
        reason: String,
    },
    /// Something that holds no evidence.
    NotAFile {
        /// How reports name it.
        shown: String,
        /// `socket`, `fifo` or `device`.
        kind: &'static str,
    },
    /// Files of a case of a former run.
    Case {
        /// How reports name the case.
        shown: String,
        /// How many files of it were passed over.
        files: usize,
        /// Whether the run came to its end.
        finished: bool,
    },
    /// A link to a folder above itself.
    LinkLoop {
        /// How reports name it.
        shown: String,
    },
    /// What a version control system keeps.
    VersionControl {
        /// How reports name it.
        shown: String,
    },
    /// A second name of a file, which was found by its first.
    SecondName {
        /// How reports name it.
        shown: String,
        /// How they name the file.
        first: String,
    },
    /// A path that does not exist, or a link to one.
    Missing {
        /// How reports name it.
        shown: String,
    },
}

impl Skipped {
    /// Returns how reports name it.
    pub fn shown(&self) -> &str {
        match self {
            Skipped::Unreadable { shown, .. }
            | Skipped::NotAFile { shown, .. }
            | Skipped::LinkLoop { shown }
            | Skipped::VersionControl { shown }
            | Skipped::SecondName { shown, .. }
            | Skipped::Case { shown, .. }
            | Skipped::Missing { shown } => shown,
        }
    }
}

/// Finds every file under the paths, sorted by how it is shown.
///
/// `.git` is left out below a folder, which is told; other hidden files are not. A file that
/// cannot be opened may be among those found: opening it tells.
pub fn discover(paths: &[PathBuf]) -> (Vec<Found>, Vec<Skipped>) {
    let mut walk = Walk::default();
    for path in paths {
        walk.ahead.insert(Place::given(path), Way::default());
    }
    while let Some((place, way)) = walk.ahead.pop_first() {
        walk.look_at(place, &way);
    }
    walk.found.sort_by(|a, b| a.shown.cmp(&b.shown).then_with(|| a.path.cmp(&b.path)));
    walk.skipped.sort_by(|a, b| a.shown().cmp(b.shown()));
    (walk.found, walk.skipped)
}

/// A path to look at; the order of the fields is the order of the walk.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    links: u32,
    shown: String,
    path: PathBuf,
}

impl Place {
    fn given(path: &Path) -> Self {
        let path = plain(path);
        Place { links: 0, shown: shown(&path).into_owned(), path }
    }

    fn below(&self, name: &Path, is_link: bool) -> Self {
        let folder = self.shown.strip_suffix('/').unwrap_or(&self.shown);
        Place {
            links: self.links + u32::from(is_link),
            shown: format!("{folder}/{}", shown(name)),
            path: self.path.join(name),
        }
    }
}

/// The folders that lead to a place, the nearest first.
#[derive(Clone, Default)]
struct Way {
    nearest: Option<Arc<Step>>,
    depth: u32,
}

struct Step {
    folder: Identity,
    before: Option<Arc<Step>>,
}

impl Way {
    fn through(&self, folder: Identity) -> Way {
        let step = Step { folder, before: self.nearest.clone() };
        Way { nearest: Some(Arc::new(step)), depth: self.depth + 1 }
    }

    fn passes(&self, folder: &Identity) -> bool {
        let mut step = self.nearest.as_deref();
        while let Some(here) = step {
            if here.folder == *folder {
                return true;
            }
            step = here.before.as_deref();
        }
        false
    }
}

#[derive(Default)]
struct Walk {
    ahead: BTreeMap<Place, Way>,
    folders: BTreeSet<Identity>,
    /// Files by their places among those found.
    files: BTreeMap<Identity, usize>,
    found: Vec<Found>,
    skipped: Vec<Skipped>,
}

impl Walk {
    fn look_at(&mut self, place: Place, way: &Way) {
        let metadata = match fs::metadata(&place.path) {
            Ok(metadata) => metadata,
            Err(error) => return self.skipped.push(refused(place, &error)),
        };
        if metadata.is_dir() {
            self.enter(&place, &metadata, way);
        } else if !metadata.is_file() {
            self.skipped.push(Skipped::NotAFile { shown: place.shown, kind: kind(&metadata) });
        } else {
            self.take(place, &metadata);
        }
    }

    fn take(&mut self, place: Place, metadata: &Metadata) {
        let Place { path, shown, .. } = place;
        match self.files.entry(identity(&path, metadata)) {
            Entry::Vacant(free) => {
                free.insert(self.found.len());
                let (bytes, stamp) = (metadata.len(), Stamp::of(metadata));
                self.found.push(Found { path, shown, bytes, stamp });
            }
            Entry::Occupied(known) => {
                let first = &self.found[*known.get()];
                // Links and paths that lie in each other lead to the same place; a hard link is another.
                let real = |path: &Path| path.canonicalize().ok();
                if real(&first.path) != real(&path) {
                    self.skipped.push(Skipped::SecondName { shown, first: first.shown.clone() });
                }
            }
        }
    }

    fn enter(&mut self, folder: &Place, metadata: &Metadata, way: &Way) {
        let identity = identity(&folder.path, metadata);
        if way.passes(&identity) || (way.depth > 0 && leads_up(&folder.path)) {
            return self.skipped.push(Skipped::LinkLoop { shown: folder.shown.clone() });
        }
        let way_on = way.through(identity.clone());
        if !self.folders.insert(identity) {
            return;
        }
        if way.depth >= MAX_DEPTH {
            let reason = format!("it lies more than {MAX_DEPTH} folders deep");
            return self.unreadable(folder, reason);
        }
        match fs::read_dir(&folder.path) {
            Ok(entries) => entries.for_each(|entry| self.list(folder, &way_on, entry)),
            Err(error) => self.unreadable(folder, error.to_string()),
        }
    }

    fn list(&mut self, folder: &Place, way: &Way, entry: io::Result<fs::DirEntry>) {
        match entry {
            Ok(entry) if entry.file_name() == ".git" => {
                let shown = folder.below(Path::new(".git"), false).shown;
                self.skipped.push(Skipped::VersionControl { shown });
            }
            Ok(entry) => {
                let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
                let place = folder.below(Path::new(&entry.file_name()), is_link);
                self.ahead.insert(place, way.clone());
            }
            Err(error) => self.unreadable(folder, error.to_string()),
        }
    }

    fn unreadable(&mut self, place: &Place, reason: String) {
        self.skipped.push(Skipped::Unreadable { shown: place.shown.clone(), reason });
    }
}

fn refused(place: Place, error: &io::Error) -> Skipped {
    let shown = place.shown;
    let is_link = || fs::symlink_metadata(&place.path).is_ok_and(|own| own.is_symlink());
    match error.kind() {
        io::ErrorKind::NotFound => Skipped::Missing { shown },
        io::ErrorKind::PermissionDenied => Skipped::Unreadable { shown, reason: error.to_string() },
        // Links that lead to each other never come to a file.
        _ if is_link() => Skipped::LinkLoop { shown },
        _ => Skipped::Unreadable { shown, reason: error.to_string() },
    }
}

#[cfg(test)]
mod tests;
