//! A few names, sorted, each once: reasons of things of which there may be a hundred thousand.

use crate::base::Text;

/// Names that many things share. A set of the library would hold a node of its own for each thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Few(Vec<Text>);

/// A list of so many names takes no more room than it needs, and gets so many more one by one.
const SHORT: usize = 4;

impl Few {
    /// Whether a name is among them.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.0.binary_search_by(|known| known.as_str().cmp(name)).is_ok()
    }

    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a name.
    pub(super) fn insert(&mut self, name: Text) {
        if let Err(place) = self.0.binary_search(&name) {
            // Most lists have one name, and stay so.
            if self.0.len() < SHORT {
                self.0.reserve_exact(1);
            }
            self.0.insert(place, name);
        }
    }

    /// Returns them in order.
    #[cfg(test)]
    pub(super) fn iter(&self) -> std::slice::Iter<'_, Text> {
        self.0.iter()
    }

    /// Returns them in order, as a list.
    pub(super) fn into_list(self) -> Vec<Text> {
        self.0
    }
}

impl<T: Into<Text>> Extend<T> for Few {
    fn extend<I: IntoIterator<Item = T>>(&mut self, names: I) {
        let mut names: Vec<Text> = names.into_iter().map(Into::into).collect();
        // A long list that gets one name after the other must not be sorted each time.
        if names.len() < SHORT {
            for name in names {
                self.insert(name);
            }
            return;
        }
        self.0.append(&mut names);
        self.0.sort_unstable();
        self.0.dedup();
        self.0.shrink_to_fit();
    }
}

impl<T: Into<Text>> FromIterator<T> for Few {
    fn from_iter<I: IntoIterator<Item = T>>(names: I) -> Self {
        let mut few = Few::default();
        few.extend(names);
        few
    }
}

impl<T: Into<Text>, const N: usize> From<[T; N]> for Few {
    fn from(names: [T; N]) -> Self {
        names.into_iter().collect()
    }
}

impl IntoIterator for Few {
    type Item = Text;
    type IntoIter = std::vec::IntoIter<Text>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_stand_once_however_they_came_in() {
        let mut few = Few::from(["b", "a"]);
        few.extend([String::from("b")]);
        few.insert("0".into());
        few.insert("a".into());
        let list: Vec<&str> = few.iter().map(Text::as_str).collect();
        assert_eq!(list, ["0", "a", "b"]);
        assert!(few.contains("a") && !few.contains("c") && few.len() == 3);
    }

    #[test]
    fn a_long_list_stays_sorted_whether_it_gets_one_name_or_many() {
        let name = |number: u32| format!("{:03}", number * 7 % 101);
        let mut few = Few::default();
        (0..60).for_each(|number| few.extend([name(number), name(number / 2)]));
        few.extend((40..101).map(name));
        let wanted: Vec<String> = (0..101).map(|number| format!("{number:03}")).collect();
        assert_eq!(few.into_list(), wanted);
    }
}
