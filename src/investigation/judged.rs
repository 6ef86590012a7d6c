//! What the rules say of the evidence, and what of that marks and known noise leave.

use crate::corpus::Corpus;
use crate::detect::{Program, Verdict};
use crate::entity::{self, Principals};
use crate::ledger::Ledger;
use crate::rule::RuleSet;

use super::Config;
use super::fold::{self, Folds};
use super::model::Folded;
use super::triage::{self, Judge};

/// What the rules say, of whom, and what of it is left out of the report.
pub(super) struct Judged<'t> {
    pub(super) verdict: Verdict,
    pub(super) principals: Principals,
    /// The marks of analysts, where there are any.
    pub(super) judge: Option<Judge<'t>>,
    pub(super) folded: Vec<Folded>,
}

impl<'t> Judged<'t> {
    /// Puts the evidence, which was read with `program` as its probe, to the rules that this was compiled from.
    ///
    /// Marks make alerts expected, which has the rules evaluated once more. What only rules need is
    /// gone from the corpus afterwards.
    pub(super) fn of(
        config: &'t Config,
        rules: &RuleSet,
        program: Program,
        corpus: &mut Corpus,
        ledger: &Ledger,
    ) -> Self {
        let held = program.hold(corpus, ledger, config.matching);
        let (mut verdict, principals) = rayon::join(
            || program.evaluate(rules, corpus, ledger, &held),
            || entity::resolve(corpus, ledger),
        );
        let triage = config.triage.as_ref();
        let mut judge = triage.map(|triage| Judge::new(triage, config.now, corpus, &principals));
        triage::excuse(judge.as_mut(), corpus, &principals, &mut verdict, |corpus| {
            program.evaluate(rules, corpus, ledger, &held)
        });
        drop((program, held));
        corpus.release_matching();
        let folds = Folds { corpus, ledger, rules };
        let folded = fold::fold(config, &folds, &principals, judge.as_mut(), &mut verdict);
        Judged { verdict, principals, judge, folded }
    }
}
