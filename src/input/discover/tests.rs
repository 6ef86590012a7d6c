//! Tests of `discover`: what is found, what is passed over, what is told.

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
    assert!(
        matches!(&skipped[..], [Skipped::VersionControl { shown }] if shown.ends_with("in/.git"))
    );
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
fn a_path_is_shown_without_what_says_nothing() {
    for (given, own) in [
        ("a", "a"),
        ("./a", "a"),
        ("a//b/./", "a/b"),
        (".", "."),
        ("./", "."),
        ("/", "/"),
        ("../a", "../a"),
        ("", ""),
    ] {
        assert_eq!(plain(Path::new(given)), PathBuf::from(own), "{given}");
    }
    let base = tree(&["in/1"]);
    let of = |given: &str| discover(&[base.path().join(given)]);
    assert_eq!(of("in"), of("./in/"));
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
        let [Skipped::Missing { shown: gone }, Skipped::SecondName { shown: other, first }] =
            &skipped[..]
        else {
            panic!("{skipped:?}")
        };
        assert!(gone.ends_with("/0") && other.ends_with("/2") && first.ends_with("/1"));
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
