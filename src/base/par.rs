//! Parallel work whose results are taken in the order of the items, and whose panics become errors.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Applies `work` to every item on all threads and gives the results to `take` in the order of the items.
///
/// Items are begun in their order, so results wait only for slower ones before
/// them. A panic costs its own item and comes as the text of the panic.
///
/// # Panics
///
/// When `take` panics.
pub fn pipeline<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    take: impl FnMut(usize, Result<R, String>) + Send,
) {
    let next = AtomicUsize::new(0);
    let gate = Mutex::new(Gate { due: 0, waiting: BTreeMap::new(), take });
    rayon::broadcast(|_| {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { break };
            let result = guarded(|| work(item));
            gate.lock().expect("taking results does not panic").put(index, result);
        }
    });
}

/// Runs `work`; a panic comes back as its text.
pub fn guarded<R>(work: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| reason(&*panic))
}

struct Gate<R, F> {
    due: usize,
    waiting: BTreeMap<usize, Result<R, String>>,
    take: F,
}

impl<R, F: FnMut(usize, Result<R, String>)> Gate<R, F> {
    fn put(&mut self, index: usize, result: Result<R, String>) {
        self.waiting.insert(index, result);
        while let Some(result) = self.waiting.remove(&self.due) {
            (self.take)(self.due, result);
            self.due += 1;
        }
    }
}

fn reason(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_and_a_panic_costs_one_item() {
        let items: Vec<usize> = (0..100).collect();
        let mut seen = Vec::new();
        let work = |&i: &usize| {
            assert!(i != 7, "seven");
            std::thread::sleep(std::time::Duration::from_micros((100 - i as u64) % 7 * 50));
            i * 2
        };
        pipeline(&items, work, |index, result| seen.push((index, result)));
        assert_eq!(seen.iter().map(|s| s.0).collect::<Vec<_>>(), items);
        assert_eq!(seen[6].1, Ok(12));
        assert_eq!(seen[7].1, Err("seven".to_owned()));
    }
}
