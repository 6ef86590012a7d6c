//! Names of the evidence and of the rules as reports share them: each is made once, however often it is shown.

use std::sync::Arc;

use super::alert::documented;
use super::model::{EventId, EvidenceRef, RuleName, SourceName};
use crate::base::{Origin, SharedDict, Text};
use crate::corpus::Corpus;
use crate::entity::Principals;
use crate::rule::{Rule, RuleSet};

/// Everything that many entries of a report have in common.
pub(super) struct Shared<'a> {
    pub(super) operation: SharedDict<'a>,
    /// Operations in their documented case.
    pub(super) documented: SharedDict<'a>,
    pub(super) resource: SharedDict<'a>,
    pub(super) kind: SharedDict<'a>,
    pub(super) subscription: SharedDict<'a>,
    pub(super) ip: SharedDict<'a>,
    /// Id of each principal.
    pub(super) principal: Vec<Text>,
    /// The name of each source.
    files: Vec<Arc<SourceName>>,
    rules: Vec<Arc<RuleName>>,
}

impl<'a> Shared<'a> {
    pub(super) fn new(corpus: &'a Corpus, rules: &RuleSet, principals: &Principals) -> Self {
        let file = |source: &crate::corpus::Source| {
            Arc::new(SourceName {
                file: source.path.as_str().into(),
                member: source.member.as_deref().map(Text::from),
            })
        };
        Shared {
            operation: SharedDict::new(&corpus.names.operation),
            documented: SharedDict::shown(&corpus.names.operation, documented),
            resource: SharedDict::new(&corpus.names.resource),
            kind: SharedDict::new(&corpus.names.kind),
            subscription: SharedDict::new(&corpus.names.subscription),
            ip: SharedDict::new(&corpus.names.ip),
            principal: principals.all.iter().map(|p| p.id.as_str().into()).collect(),
            files: corpus.sources.iter().map(file).collect(),
            rules: rules.rules().iter().map(name).collect(),
        }
    }

    /// Returns the names of a rule, by its place in the set.
    pub(super) fn rule(&self, rule: usize) -> &Arc<RuleName> {
        &self.rules[rule]
    }

    /// Returns where a record stands.
    pub(super) fn place(&self, origin: Origin, event: EventId) -> EvidenceRef {
        EvidenceRef {
            event,
            source: Arc::clone(&self.files[origin.source.0 as usize]),
            line: origin.line,
            offset: origin.offset,
            length: origin.len,
        }
    }
}

fn name(rule: &Rule) -> Arc<RuleName> {
    Arc::new(RuleName {
        id: rule.id.as_str().into(),
        path: Some(rule.path.as_str().into()),
        title: rule.title.as_str().into(),
        tactics: rule.tactics().iter().map(ToString::to_string).collect(),
        techniques: rule.techniques().iter().map(ToString::to_string).collect(),
        sums_up: rule.sums_up,
    })
}
