//! The grammar of Azure resource ids, such as
//! `/subscriptions/S/resourceGroups/G/providers/Microsoft.Compute/virtualMachines/V`.
//!
//! An id is read by position, so a resource that is itself named `providers` misleads nobody. Words
//! of the grammar are compared without regard to case; names are kept as written. Parsing borrows
//! and never allocates.

use std::iter;

pub use super::case::canonical;
use super::case::push_lower;
pub use super::guid::{dash_guid, is_guid, torn_guid};
pub use super::scope::ScopeLevel;
use super::scope::hangs_on_scope;

/// The longest text taken for an id, in bytes: far above what nested names add up to.
const MAX_LEN: usize = 4096;

/// At most this many ids lie around one another; no service nests half as deep.
const MAX_STEPS: usize = 32;

/// The type of a subscription's and a resource group's provider, which their ids do not name.
const IMPLIED_NAMESPACE: &str = "microsoft.resources";

/// One resource id, taken apart but not copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceId<'a> {
    text: &'a str,
    subscription: Option<&'a str>,
    resource_group: Option<&'a str>,
    management_group: Option<&'a str>,
    /// Where the last provider's namespace begins.
    namespace_at: Option<usize>,
    /// Where the scope in front of the last provider ends.
    target_end: usize,
    /// Where the next wider id ends.
    parent_end: usize,
    level: ScopeLevel,
}

/// Whether a text is the id of a subscription, or of something in it, other than this one; both in lower case.
pub fn is_elsewhere(text: &str, subscription: &str) -> bool {
    let within = text.strip_prefix("/subscriptions/");
    let named = within.map_or(text, |rest| rest.split_once('/').map_or(rest, |(id, _)| id));
    is_guid(named) && named != subscription
}

impl<'a> ResourceId<'a> {
    /// The id of the tenant itself.
    const ROOT: Self = Self {
        text: "/",
        subscription: None,
        resource_group: None,
        management_group: None,
        namespace_at: None,
        target_end: 0,
        parent_end: 0,
        level: ScopeLevel::Root,
    };

    /// Takes an id apart, or returns `None` for text that is no resource id.
    ///
    /// Spaces around the id, slashes at its end and a missing slash at its start are forgiven, as
    /// are segments that no service would write. Text above 4096 bytes is no id.
    pub fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.len() > MAX_LEN {
            return None;
        }
        let text = text.trim_end_matches('/');
        let rest = text.trim_start_matches('/');
        let first = &rest[..memchr::memchr(b'/', rest.as_bytes()).unwrap_or(rest.len())];
        if first.is_empty() {
            return Some(Self::ROOT);
        }
        let starts = ["subscriptions", "providers", "tenants"];
        if !starts.iter().any(|start| first.eq_ignore_ascii_case(start)) {
            return None;
        }
        let leading = text.len() - rest.len();
        let text = &text[leading.saturating_sub(1)..];
        Some(Self { text, ..Self::ROOT }.walked())
    }

    /// Reads the segments in order and fills in what they say.
    fn walked(mut self) -> Self {
        let mut words = segments(self.text);
        while let Some((at, word)) = words.next() {
            let before = at.saturating_sub(1);
            if word.eq_ignore_ascii_case("providers") {
                if let Some((namespace_at, _)) = words.next() {
                    self.enter_provider(namespace_at, before);
                }
            } else if self.namespace_at.is_none() && word.contains('.') {
                // Some writers drop the word `providers` in front of a namespace.
                self.enter_provider(at, before);
            } else {
                let name = words.next().map(|(_, name)| name).filter(|name| !name.is_empty());
                self.enter_pair(before, word, name);
            }
        }
        self
    }

    fn enter_provider(&mut self, namespace_at: usize, before: usize) {
        self.namespace_at = Some(namespace_at);
        self.target_end = before;
        self.parent_end = before;
    }

    fn enter_pair(&mut self, before: usize, word: &str, name: Option<&'a str>) {
        let is = |wanted: &str| word.eq_ignore_ascii_case(wanted);
        match (self.namespace_at, self.level) {
            (None, ScopeLevel::Root) if is("subscriptions") || is("tenants") => {
                if is("subscriptions") && name.is_some() {
                    self.subscription = name;
                    self.level = ScopeLevel::Subscription;
                }
            }
            (None, ScopeLevel::Subscription) if is("resourcegroups") => {
                if name.is_some() {
                    self.resource_group = name;
                    self.level = ScopeLevel::ResourceGroup;
                }
            }
            (Some(_), ScopeLevel::Root)
                if is("managementgroups") && self.provider_is("microsoft.management") =>
            {
                if name.is_some() {
                    self.management_group = name;
                    self.level = ScopeLevel::ManagementGroup;
                }
            }
            (Some(_), ScopeLevel::ManagementGroup)
                if is("subscriptions") && self.provider_is("microsoft.management") =>
            {
                self.subscription = name;
                self.level = ScopeLevel::Resource;
            }
            _ => self.level = ScopeLevel::Resource,
        }
        // The first pair of a provider is held by the scope in front of `/providers/`.
        let first = self.namespace_at.is_some_and(|at| {
            let namespace_end = at + self.provider().map_or(0, str::len);
            before == namespace_end
        });
        self.parent_end = if first { self.target_end } else { before };
    }

    fn provider_is(&self, wanted: &str) -> bool {
        self.provider().is_some_and(|provider| provider.eq_ignore_ascii_case(wanted))
    }

    /// Returns the id as written, without spaces around it and slashes at its end.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// Returns the subscription's id, as written.
    pub fn subscription(&self) -> Option<&'a str> {
        self.subscription
    }

    /// Returns the resource group's name, as written.
    pub fn resource_group(&self) -> Option<&'a str> {
        self.resource_group
    }

    /// Returns the management group's name, as written.
    pub fn management_group(&self) -> Option<&'a str> {
        self.management_group
    }

    /// Returns the namespace of the last provider, as written.
    pub fn provider(&self) -> Option<&'a str> {
        self.text.get(self.namespace_at?..)?.split('/').next().filter(|word| !word.is_empty())
    }

    /// Returns the resource's type in lower case, such as `microsoft.compute/virtualmachines`.
    ///
    /// The last provider gives the type, with the types of all its parents. A provider alone is its
    /// namespace; a resource group is `microsoft.resources/subscriptions/resourcegroups`; the root
    /// is `microsoft.resources/tenants`.
    pub fn resource_type(&self) -> String {
        let mut lower = String::with_capacity(self.text.len());
        self.push_type(&mut lower);
        lower
    }

    /// Appends that type to a text.
    pub fn push_type(&self, text: &mut String) {
        let start = text.len();
        for word in self.type_words() {
            if text.len() > start {
                text.push('/');
            }
            push_lower(text, word);
        }
    }

    /// Says whether the resource is of the type `wanted`, without regard to case.
    pub fn is_type(&self, wanted: &str) -> bool {
        let mut wanted = wanted.split('/');
        self.type_words()
            .all(|word| wanted.next().is_some_and(|other| word.eq_ignore_ascii_case(other)))
            && wanted.next().is_none()
    }

    /// Yields the namespace, then each type word.
    fn type_words(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let (namespace, rest) = match self.namespace_at {
            Some(at) => {
                let tail = self.text.get(at..).unwrap_or_default();
                tail.split_once('/').unwrap_or((tail, ""))
            }
            None if self.text == "/" => (IMPLIED_NAMESPACE, "tenants"),
            None => (IMPLIED_NAMESPACE, self.text.trim_start_matches('/')),
        };
        let types = rest.split('/').step_by(2).filter(|word| !word.is_empty());
        iter::once(namespace).chain(types)
    }

    /// Returns the last segment, as written; empty for the root.
    pub fn name(&self) -> &'a str {
        self.text.rsplit('/').next().unwrap_or_default()
    }

    /// Returns the next wider id: of a nested resource the one that holds it, of an extension what
    /// it hangs on, of a resource its group, of a subscription or management group the root.
    pub fn parent(&self) -> Option<Self> {
        if self.text == "/" { None } else { self.prefix(self.parent_end) }
    }

    /// Yields this id and everything it lies in, outwards, at most 32 ids.
    pub fn outwards(self) -> impl Iterator<Item = Self> {
        iter::successors(Some(self), Self::parent).take(MAX_STEPS)
    }

    /// Returns the nearest id of the type `wanted`, from this one outwards, at most 32 steps away.
    pub fn nearest(&self, wanted: &str) -> Option<Self> {
        self.nearest_of(&[wanted])
    }

    /// Returns the nearest id of one of some types, from this one outwards, at most 32 steps away.
    pub fn nearest_of(&self, wanted: &[&str]) -> Option<Self> {
        // Each step outwards reads the id again, so one that nowhere names such a type is not walked.
        // The root is of a type that no id names.
        let names = |word: &str| wanted.iter().any(|wanted| ends_with_word(wanted, word));
        if !names("tenants") && !self.text.split('/').any(names) {
            return None;
        }
        self.outwards().find(|id| wanted.iter().any(|wanted| id.is_type(wanted)))
    }

    /// Returns how wide the scope is that the id names.
    ///
    /// A provider without a type says nothing narrower than the scope in front of it: the tenant's
    /// `/providers/Microsoft.Authorization`, on which access is elevated, is the root.
    pub fn scope_level(&self) -> ScopeLevel {
        self.level
    }

    /// Returns what an extension resource hangs on: the scope of a role assignment or lock, the
    /// resource of a diagnostic setting. `None` for a resource that stands by itself.
    pub fn target_of_extension(&self) -> Option<Self> {
        let mut words = self.type_words();
        let namespace = self.namespace_at.and(words.next())?;
        let kind = words.next()?;
        let target = self.prefix(self.target_end)?;
        let listed = hangs_on_scope(namespace, kind);
        (listed || target.level == ScopeLevel::Resource).then_some(target)
    }

    fn prefix(&self, end: usize) -> Option<Self> {
        if end == 0 { Some(Self::ROOT) } else { Self::parse(self.text.get(..end)?) }
    }
}

/// Whether an id, as text, is another one or lies in it.
pub fn is_within(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Yields each segment with the offset at which it begins, without the empty one in front.
fn segments(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let ends = memchr::memchr_iter(b'/', text.as_bytes()).chain(iter::once(text.len()));
    let mut next = 0;
    ends.map(move |end| {
        let at = std::mem::replace(&mut next, end + 1);
        (at, &text[at..end])
    })
    .filter(|&(at, word)| at > 0 || !word.is_empty())
}

/// Whether the last word of a type is this one, in any case.
fn ends_with_word(kind: &str, word: &str) -> bool {
    kind.len().checked_sub(word.len()).is_some_and(|at| {
        let (front, last) = kind.as_bytes().split_at(at);
        last.eq_ignore_ascii_case(word.as_bytes()) && front.last().is_none_or(|byte| *byte == b'/')
    })
}

#[cfg(test)]
mod tests;
