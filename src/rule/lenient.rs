//! Reading rules of which some may be broken: what can be read, and everything that is wrong.

use std::path::PathBuf;

use super::error::Error;
use super::parse::Owner;
use super::set::{RuleSet, collect, read};

impl RuleSet {
    /// Reads rules from files and folders as [`RuleSet::load`] does, and goes on where that fails.
    ///
    /// Returns the rules of all files that are whole, and the faults of the others, by path.
    pub fn load_lenient(paths: &[PathBuf]) -> (RuleSet, Vec<Error>) {
        let (mut set, mut errors) = (RuleSet::default(), Vec::new());
        let mut files = Vec::new();
        for path in paths {
            let before = files.len();
            match collect(path, 0, &mut files) {
                Ok(()) if files.len() == before => {
                    errors.push(Error::Empty { path: path.display().to_string() });
                }
                read => errors.extend(read.err()),
            }
        }
        files.sort();
        files.dedup();
        let texts: Vec<Result<String, Error>> = files.iter().map(|file| read(file)).collect();
        for text in texts.iter().flatten() {
            set.learn(text);
        }
        for (file, text) in files.iter().zip(&texts) {
            let Ok(text) = text else { continue };
            let (before, filters) = (set.rules.len(), set.filters.len());
            let added = set.add(&file.display().to_string(), text, Owner::User);
            if let Err(error) = added {
                // A file that is broken further down gives no rule at all.
                set.truncate(before, filters);
                errors.push(error);
            }
        }
        for (file, text) in files.iter().zip(texts) {
            match text {
                Ok(text) => {
                    errors.extend(set.check_aliases(&file.display().to_string(), &text).err());
                }
                Err(error) => errors.push(error),
            }
        }
        (set.filtered(), errors)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn all_faults_are_told_and_whole_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let rule =
            |id: &str| format!("title: T\nid: {id}\ndetection: {{s: {{a: b}}, condition: s}}\n");
        let broken = format!("{}---\ntitle: T\n", rule("two"));
        for (name, text) in [
            ("a.yml", "title: T\n"),
            ("b.yml", &rule("one")),
            ("c.yml", &broken),
            ("d.yml", &rule("two")),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let paths = [folder.path().to_owned(), folder.path().join("nonesuch")];
        let (set, errors) = RuleSet::load_lenient(&paths);
        let ids: Vec<&str> = set.rules().iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(ids, ["one", "two"]);
        let said: Vec<String> = errors.iter().map(Error::to_string).collect();
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said[0].contains("nonesuch") && said[1].contains("a.yml:1:1: "), "{said:?}");
        assert!(said[2].contains("c.yml:5:1: "), "{said:?}");
    }
}
