//! A few names, sorted, each once: reasons of things of which there may be a hundred thousand.

use crate::base::Text;

/// Names that many things share. A set of the library would hold a node of its own for each thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Few(Vec<Text>);

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
            self.0.reserve_exact(1);
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
        let before = self.0.len();
        self.0.extend(names.into_iter().map(Into::into));
        if self.0.len() > before {
            self.0.sort_unstable();
            self.0.dedup();
            self.0.shrink_to_fit();
        }
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
}
