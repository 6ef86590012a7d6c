//! What is worked out of every subscription by itself, and of what lies outside any.

use std::collections::BTreeMap;

/// One of something for every subscription, and one for what lies outside any: at the root, or of management groups.
#[derive(Default)]
pub(super) struct Scoped<T> {
    pub(super) tenant: T,
    subscriptions: BTreeMap<String, T>,
}

impl<T: Default> Scoped<T> {
    /// Returns the one of a subscription; without one that of the tenant.
    pub(super) fn of(&mut self, subscription: Option<&str>) -> &mut T {
        let Some(id) = subscription.filter(|id| !id.is_empty()) else { return &mut self.tenant };
        self.subscriptions.entry(id.to_owned()).or_default()
    }

    /// Takes the one of a subscription.
    pub(super) fn take(&mut self, subscription: &str) -> T {
        self.subscriptions.remove(subscription).unwrap_or_default()
    }

    /// Takes the one of the tenant.
    pub(super) fn take_tenant(&mut self) -> T {
        std::mem::take(&mut self.tenant)
    }

    /// Returns all there are.
    pub(super) fn all(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.tenant).chain(self.subscriptions.values())
    }

    /// Makes something else of each.
    pub(super) fn map<U>(self, make: impl Fn(T) -> U) -> Scoped<U> {
        let subscriptions = self.subscriptions.into_iter().map(|(id, own)| (id, make(own)));
        Scoped { tenant: make(self.tenant), subscriptions: subscriptions.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_subscription_is_the_tenants() {
        let mut all: Scoped<Vec<u8>> = Scoped::default();
        for (number, subscription) in [(1, Some("s")), (2, None), (3, Some("")), (4, Some("s"))] {
            all.of(subscription).push(number);
        }
        let mut counts = all.map(|own| own.len());
        assert_eq!(counts.all().sum::<usize>(), 4);
        assert_eq!((counts.take_tenant(), counts.take("s"), counts.take("other")), (2, 2, 0));
    }
}
