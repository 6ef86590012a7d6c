//! Compiling the kinds that Sigma has no words for.
//!
//! A filter hides operations of which a rule would speak. What teaches, closes or makes up the usual
//! is not hidden by it, so that no filter makes a rule speak that was silent.

use super::super::judge::{Judge, Tying};
use super::Builder;
use crate::rule::{Act, Baseline, Chain, Expr, Filtered, FirstSeen, Model, Native, Selection};

impl Builder {
    /// Compiles the way of a native rule with the filters that lie over it.
    pub(super) fn native(&mut self, native: &Native, filters: &[Filtered]) -> Judge {
        match native {
            Native::FirstSeen(first) => self.first_seen(first, filters),
            Native::Baseline(baseline) => self.baseline(baseline, filters),
            Native::State(state) => {
                let opened = self.selection(&state.opened, filters);
                let closed = self.selection(&state.closed, &[]);
                let opened_by = self.parts(&state.opened_by, &[opened]);
                let closed_by = self.parts(&state.closed_by, &[closed]);
                Judge::State { opened, closed, opened_by, closed_by, below: state.below }
            }
            Native::Chain(chain) => self.chain(chain, filters),
            Native::Alert(join) => Judge::Alert {
                trigger: self.selection(&join.trigger, filters),
                native: join.clone(),
            },
        }
    }

    fn first_seen(&mut self, first: &FirstSeen, filters: &[Filtered]) -> Judge {
        let trigger = self.selection(&first.trigger, filters);
        // A rule that only tells the like once tells the first that is left.
        let own = if first.history.is_empty() { filters } else { &[] };
        let every = self.selection(&first.trigger, own);
        let is_own = first.learn == first.trigger;
        let learn = if is_own { every } else { self.selection(&first.learn, &[]) };
        let key = self.parts(&first.key, &[trigger, every, learn]);
        let of = self.parts(&first.history.of, &[]);
        Judge::FirstSeen { trigger, every, learn, key, of, native: first.clone() }
    }

    fn baseline(&mut self, baseline: &Baseline, filters: &[Filtered]) -> Judge {
        let trigger = self.selection(&baseline.trigger, filters);
        let every = self.selection(&baseline.trigger, &[]);
        let of = self.parts(&baseline.of, &[trigger, every]);
        let across = match &baseline.model {
            Model::Rare { across, .. } => self.parts(across, &[trigger, every]),
            _ => Vec::new(),
        };
        let whose = self.parts(&baseline.history.of, &[]);
        Judge::Baseline { trigger, every, of, across, whose, native: baseline.clone() }
    }

    fn chain(&mut self, chain: &Chain, filters: &[Filtered]) -> Judge {
        let steps = chain.steps.iter().map(|step| {
            let selector = match &step.act {
                Act::Operation(selection) => Some(self.selection(selection, filters)),
                Act::Finding { .. } => None,
            };
            let own = selector.as_slice();
            let by = self.parts(&step.by, own);
            let differ = self.parts(&chain.differ, own);
            Tying { selector, by, differ, is_accused: false }
        });
        Judge::Chain { steps: steps.collect(), native: chain.clone() }
    }

    /// The place of a question of a native rule, with the filters that lie over it.
    fn selection(&mut self, selection: &Selection, filters: &[Filtered]) -> u32 {
        if filters.is_empty() {
            return self.selector(&selection.expr, selection.wanted);
        }
        let keeps = filters.iter().map(|filter| filter.keep.clone());
        let all = std::iter::once(selection.expr.clone()).chain(keeps).collect();
        self.selector(&Expr::All(all), selection.wanted)
    }
}
