//! Which files there are: every file under the paths given, each once, in an order of its own.
//!
//! Folders are read to any sensible depth. Links are followed, but what can be
//! reached without one is shown without one, and a link to a folder above
//! itself is told and left. Each folder is entered once, so that no web of
//! links can multiply the work. The result does not depend on the order of the
//! paths nor on that in which the system lists a folder.

mod identity;
mod name;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use identity::Stamp;
use identity::{Identity, identity, kind, leads_up};
pub use name::{path_of, shown};

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
            | Skipped::Case { shown, .. }
            | Skipped::Missing { shown } => shown,
        }
    }
}

/// Finds every file under the paths, sorted by how it is shown.
///
/// `.git` is left out below a folder; other hidden files are not. A file that
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
        Place { links: 0, shown: shown(path).into_owned(), path: path.to_owned() }
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
    seen: BTreeSet<Identity>,
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
        } else if self.seen.insert(identity(&place.path, &metadata)) {
            let Place { path, shown, .. } = place;
            self.found.push(Found {
                path,
                shown,
                bytes: metadata.len(),
                stamp: Stamp::of(&metadata),
            });
        }
    }

    fn enter(&mut self, folder: &Place, metadata: &Metadata, way: &Way) {
        let identity = identity(&folder.path, metadata);
        if way.passes(&identity) || (way.depth > 0 && leads_up(&folder.path)) {
            return self.skipped.push(Skipped::LinkLoop { shown: folder.shown.clone() });
        }
        let way_on = way.through(identity.clone());
        if !self.seen.insert(identity) {
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
            Ok(entry) if entry.file_name() == ".git" => {}
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
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        folder
    }

    /// Discovers and gives the names shown, with the temporary folder as `T`.
    fn shown(base: &Path, paths: &[&str]) -> (Vec<String>, Vec<Skipped>) {
        let paths: Vec<_> = paths.iter().map(|path| base.join(path)).collect();
        let (found, skipped) = discover(&paths);
        let prefix = base.to_string_lossy().into_owned();
        (found.into_iter().map(|file| file.shown.replace(&prefix, "T")).collect(), skipped)
    }

    #[test]
    fn folders_are_read_to_the_bottom_and_sorted_by_bytes() {
        let base = tree(&["in/b.json", "in/a/z.json", "in/.hidden", "in/.git/x", "in/B.json"]);
        let (files, skipped) = shown(base.path(), &["in"]);
        assert_eq!(files, ["T/in/.hidden", "T/in/B.json", "T/in/a/z.json", "T/in/b.json"]);
        assert_eq!(skipped, []);
        let (found, _) = discover(&[base.path().join("in/b.json")]);
        assert_eq!(found[0].bytes, 9);
        assert_eq!(found[0].path, base.path().join("in/b.json"));
    }

    #[test]
    fn neither_order_nor_repetition_of_the_paths_shows() {
        let base = tree(&["x/1", "x/s/2", "y/3"]);
        let one = shown(base.path(), &["x/", "y", "x/s", "y/3"]);
        let two = shown(base.path(), &["y/3", "x/s", "y", "x/", "x/"]);
        assert_eq!(one, two);
        assert_eq!(one.0.len(), 3);
        assert!(one.0.contains(&"T/x/s/2".to_owned()), "{one:?}");
    }

    #[test]
    fn a_missing_path_is_told() {
        let base = tree(&[]);
        let shown = base.path().join("no").to_string_lossy().into_owned();
        assert_eq!(discover(&[base.path().join("no")]).1, [Skipped::Missing { shown }]);
    }

    #[cfg(unix)]
    mod unix {
        use std::os::unix::fs::{PermissionsExt, symlink};
        use std::os::unix::net::UnixListener;

        use super::*;

        fn loops(skipped: &[Skipped]) -> usize {
            skipped.iter().filter(|what| matches!(what, Skipped::LinkLoop { .. })).count()
        }

        #[test]
        fn a_linked_folder_is_followed_and_the_real_name_wins() {
            let base = tree(&["in/zz/1", "out/2"]);
            symlink("zz", base.path().join("in/aa")).unwrap();
            symlink("../out", base.path().join("in/link")).unwrap();
            symlink("../out/2", base.path().join("in/file")).unwrap();
            let (files, skipped) = shown(base.path(), &["in"]);
            assert_eq!(files, ["T/in/file", "T/in/zz/1"]);
            assert_eq!(skipped, []);
        }

        #[test]
        fn links_upwards_are_loops_told_once_each() {
            let base = tree(&["in/a/b/1", "other/2"]);
            symlink("..", base.path().join("in/a/b/up")).unwrap();
            symlink(".", base.path().join("in/self")).unwrap();
            symlink("/", base.path().join("in/root")).unwrap();
            symlink("knot", base.path().join("in/knot")).unwrap();
            let (files, skipped) = shown(base.path(), &["in"]);
            assert_eq!(files, ["T/in/a/b/1"]);
            assert_eq!(loops(&skipped), 4);
        }

        #[test]
        fn two_folders_that_link_to_each_other_end() {
            let base = tree(&["a/1", "b/2"]);
            symlink("../b", base.path().join("a/to_b")).unwrap();
            symlink("../a", base.path().join("b/to_a")).unwrap();
            let (files, skipped) = shown(base.path(), &["a"]);
            assert_eq!(files, ["T/a/1", "T/a/to_b/2"]);
            assert_eq!(loops(&skipped), 1);
        }

        #[test]
        fn a_web_of_links_is_walked_once() {
            let base = tree(&["f/29/1"]);
            for i in 0..29 {
                let folder = base.path().join(format!("f/{i}"));
                fs::create_dir_all(&folder).unwrap();
                symlink(format!("../{}", i + 1), folder.join("x")).unwrap();
                symlink(format!("../{}", i + 1), folder.join("y")).unwrap();
            }
            let (files, _) = shown(base.path(), &["f/0"]);
            assert_eq!(files.len(), 1);
        }

        #[test]
        fn a_dangling_link_is_missing_and_a_hard_link_is_one_file() {
            let base = tree(&["in/1"]);
            symlink("gone", base.path().join("in/0")).unwrap();
            fs::hard_link(base.path().join("in/1"), base.path().join("in/2")).unwrap();
            let (files, skipped) = shown(base.path(), &["in"]);
            assert_eq!(files, ["T/in/1"]);
            assert!(matches!(&skipped[..], [Skipped::Missing { shown }] if shown.ends_with("/0")));
        }

        #[test]
        fn sockets_pipes_and_devices_are_no_files() {
            let base = tree(&[]);
            let _socket = UnixListener::bind(base.path().join("s")).unwrap();
            let pipe = base.path().join("p");
            let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
            assert!(made.success());
            symlink("/dev/null", base.path().join("d")).unwrap();
            let (files, skipped) = shown(base.path(), &[""]);
            assert!(files.is_empty());
            let kinds: Vec<_> = skipped
                .iter()
                .map(|what| match what {
                    Skipped::NotAFile { kind, .. } => *kind,
                    other => panic!("{other:?}"),
                })
                .collect();
            assert_eq!(kinds, ["device", "fifo", "socket"]);
        }

        #[test]
        fn a_folder_that_cannot_be_listed_is_told() {
            let base = tree(&["in/closed/1", "in/open"]);
            let closed = base.path().join("in/closed");
            fs::set_permissions(&closed, fs::Permissions::from_mode(0o0)).unwrap();
            let is_root = fs::read_dir(&closed).is_ok();
            let (files, skipped) = shown(base.path(), &["in"]);
            fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
            if !is_root {
                assert_eq!(files, ["T/in/open"]);
                assert!(matches!(&skipped[..], [Skipped::Unreadable { .. }]));
            }
        }

        #[test]
        fn depth_is_bounded() {
            let base = tempfile::tempdir().unwrap();
            let deep = "d/".repeat(300);
            fs::create_dir_all(base.path().join(&deep)).unwrap();
            fs::write(base.path().join("d/1"), "x").unwrap();
            fs::write(base.path().join(deep).join("2"), "x").unwrap();
            let (files, skipped) = shown(base.path(), &["d"]);
            assert_eq!(files, ["T/d/1"]);
            assert!(matches!(&skipped[..], [Skipped::Unreadable { .. }]), "{skipped:?}");
        }
    }
}
