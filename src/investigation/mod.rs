//! The investigation: the list of stages, from paths to a report.
//!
//! [`run`] is that list as code and does nothing itself. Each stage reads what earlier stages made. Three
//! write back, each once: `triage::excuse` marks expected alerts and has the rules evaluated again,
//! `fold` moves noise out of the findings, and suspicion, contact and case fill in the alerts.

mod address;
mod alert;
mod automation;
mod case;
mod config;
mod contact;
mod coverage;
mod coverage_rules;
mod deeds;
mod defence;
mod delegated;
mod estate;
mod evidence;
mod facts;
mod familiarity;
mod few;
mod finding;
mod focus;
mod fold;
mod group;
mod iam;
mod index;
mod judged;
mod machine;
pub mod model;
mod operation;
mod plan;
mod record;
mod removal;
mod residue;
mod scoped;
mod score;
mod shared;
mod subscription;
mod suppression;
mod suspect;
mod told;
mod triage;
mod user;

pub use alert::Window;
pub use config::{Config, Error};
pub use record::{Records, records};

use std::path::Path;

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::base::progress::Progress;
use crate::corpus;
use crate::detect::Program;
use crate::entity;
use crate::ledger;
use crate::rule::RuleSet;
use deeds::Deeds;
use facts::Facts;
use familiarity::Familiarities;
use judged::Judged;
use model::{
    Alert, Coverage, Finding, OperationRow, RejectedPiece, Report, RuleSetId, SuppressionRule,
    Tool, User, Verdict,
};
use plan::Basis;
use removal::Removals;
use suspect::Suspects;
use told::Told;
use triage::Judge;

/// What an investigation found out.
pub struct Investigation {
    /// The data of all reports.
    pub report: Report,
    /// Pieces that could not be read, with the file and member of each.
    pub rejects: Vec<RejectedPiece>,
    /// Whether evidence that lay in the files could not be read.
    pub has_loss: bool,
}

/// Reads the evidence, runs the rules, and works out everything that reports show.
///
/// `operations` is given every operation in order of time, some thousands at
/// once; there may be millions, so the report does not hold them.
pub fn run(
    config: &Config,
    rules: &RuleSet,
    progress: &dyn Progress,
    operations: &mut dyn FnMut(&[OperationRow<'_>]) -> std::io::Result<()>,
) -> Result<Investigation, Error> {
    let program = Program::compile(rules);
    let mut corpus = corpus::build(&config.corpus, &program, progress)?;
    let wanted = config.alert.as_deref();
    let focus = wanted.map(|id| focus::find(&corpus, id)).transpose().map_err(Error::Alert)?;
    progress.stage("joining events into operations", 0);
    let ledger = ledger::collapse(&corpus);
    progress.stage("matching rules", 0);
    let judged = Judged::of(config, rules, program, &mut corpus, &ledger);
    let owners = entity::owners(&corpus);
    progress.stage("investigating", 0);
    let facts = Facts::of(&corpus, &ledger, rules, &judged, &owners);
    let (report, basis) = report_and_index(&facts, config, judged.judge.as_ref(), operations)?;
    let (rejects, has_loss) = (evidence::rejected(&corpus), corpus.has_loss());
    // The report holds all that comes after; there is no room for both in a small machine.
    drop(facts);
    let Judged { verdict, principals, judge, folded } = judged;
    drop((verdict, principals, judge, owners, ledger, corpus));
    let geoip = config.corpus.geo.as_ref().map(|geo| geo.files()).unwrap_or_default();
    let mut report = Report { focus, folded, geoip, ..report };
    let (mitigation, written) = rayon::join(
        || plan::mitigation(&basis, &report),
        || index::write(&config.corpus.index, &report.alerts, &report.findings),
    );
    written.map_err(Error::Index)?;
    drop(basis);
    mitigation.put(&mut report);
    triage::settle(&mut report);
    Ok(Investigation { report, rejects, has_loss })
}

/// Operations that are made into rows at once.
const ROWS: usize = 1 << 13;

/// Works out the report, while `operations` is given every operation and the index of these is written.
fn report_and_index(
    facts: &Facts<'_>,
    config: &Config,
    judge: Option<&Judge<'_>>,
    operations: &mut dyn FnMut(&[OperationRow<'_>]) -> std::io::Result<()>,
) -> Result<(Report, Basis), Error> {
    let folder: &Path = &config.corpus.index;
    let clients = operation::clients(facts);
    std::thread::scope(|scope| {
        let report = scope.spawn(|| report(facts, config, judge));
        let mut index = Ok(());
        let table = rayon::in_place_scope(|scope| {
            scope.spawn(|_| {
                let all =
                    rayon::join(|| operation::write(facts, folder), || index::ties(facts, folder));
                index = all.0.and(all.1);
            });
            let entries: Vec<_> = facts.operations().collect();
            entries.chunks(ROWS).try_for_each(|entries| {
                let row = |entry: &&_| operation::row(facts, entry, &clients);
                operations(&entries.par_iter().map(row).collect::<Vec<_>>())
            })
        });
        let report = report.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        table
            .map_err(|error| Error::Index(format!("cannot write the operations table: {error}")))?;
        index.and(report).map_err(Error::Index)
    })
}

/// Works out everything but the steps, and what these are to be worked out from.
fn report(
    facts: &Facts<'_>,
    config: &Config,
    judge: Option<&Judge<'_>>,
) -> Result<(Report, Basis), String> {
    let (mut coverage, (findings, removals)) = rayon::join(
        || coverage::coverage(facts),
        || (finding::findings(facts), Removals::of(facts)),
    );
    let (mut alerts, (deeds, told)) = rayon::join(
        || alert::alerts(facts, &findings, &coverage, config.window),
        || (Deeds::of(facts), Told::of(facts)),
    );
    let (suspects, suppression_rules) = suspicion(facts, &deeds, &findings, &mut alerts, judge);
    let familiar = Familiarities::of(facts, &suspects, judge);
    let (deeds, suspects, told, familiar) = (&deeds, &suspects, &told, &familiar);
    let known = user::Known { deeds, suspects, told, familiar, judge };
    // These look at everybody, at every scope and at every machine, and none needs the others. What the
    // first needs on its way is most of all, so it has gone before the others begin.
    let mut users = user::users(facts, &findings, &alerts, known, &config.corpus.index)?;
    let (mut kept, virtual_machines) = rayon::join(
        || subscription::Kept::of(facts, &findings, &removals, known),
        || machine::machines(facts, &findings, &alerts, &removals, known),
    );
    score::weigh(&mut users);
    note_unknown(facts, &users, &kept, &mut coverage);
    let (tenant, attempts) = (kept.take_tenant(), kept.iam.take_attempts());
    let ((subscriptions, cases), figures) = rayon::join(
        || {
            let subscriptions = subscription::subscriptions(facts, &findings, &alerts, kept);
            let rights = contact::Rights {
                subscriptions: &subscriptions,
                above: &tenant.iam_changes,
                removals: &removals,
            };
            contact::contacts(facts, suspects, &mut alerts, &rights);
            (subscriptions, case::cases(facts, &findings, &mut alerts))
        },
        || figures(facts),
    );
    let mut report = Report {
        coverage,
        cases,
        alerts,
        findings,
        users,
        subscriptions,
        tenant_iam_changes: tenant.iam_changes,
        tenant_residue: tenant.residue,
        tenant_defences: tenant.defences,
        virtual_machines,
        suppression_rules,
        ..figures
    };
    iam::attach(facts, attempts, &mut report);
    tie_together(facts, judge, &mut report);
    let basis = Basis::of(facts, known, removals, &report);
    Ok((report, basis))
}

/// Begins a report with what takes no weighing: what was read, and how much of it there is.
fn figures(facts: &Facts<'_>) -> Report {
    Report {
        tool: tool(facts.rules),
        evidence: evidence::evidence(facts.corpus),
        operations: operation::counts(facts),
        addresses: address::addresses(facts),
        rules: finding::rules(facts),
        ..Report::default()
    }
}

/// Adds to the coverage what nothing in the evidence tells of users, rights and addresses.
fn note_unknown(
    facts: &Facts<'_>,
    users: &[User],
    kept: &subscription::Kept,
    coverage: &mut Coverage,
) {
    familiarity::note_unknown(coverage, users);
    coverage::note_rights(coverage, &kept.iam);
    address::note_unknown(coverage, facts);
}

/// Adds what can be told once everything else is there, and puts all of it in order.
fn tie_together(facts: &Facts<'_>, judge: Option<&Judge<'_>>, report: &mut Report) {
    link_machines(report);
    estate::confirm(facts, report);
    score::spread(report, judge);
    report.delegated_access = delegated::delegated(facts, report);
    report.order();
    if let Some(judge) = judge {
        judge.tell(report, facts.corpus, facts.principals);
    }
}

/// Finds the suspects and the suppression rules, which hide alerts where no suspect wrote them; what an
/// analyst decided about alerts comes first.
fn suspicion(
    facts: &Facts<'_>,
    deeds: &Deeds,
    findings: &[Finding],
    alerts: &mut [Alert],
    judge: Option<&Judge<'_>>,
) -> (Suspects, Vec<SuppressionRule>) {
    if let Some(judge) = judge {
        judge.alerts(alerts);
    }
    let suspects = |alerts: &[Alert]| Suspects::of(facts, deeds, findings, alerts, judge);
    let all = suspects(alerts);
    let rules = suppression::suppressions(facts, findings, alerts, &all);
    // What a suppression rule hides speaks against nobody.
    let hides = alerts.iter().any(|alert| alert.verdict == Verdict::Suppressed);
    (if hides { suspects(alerts) } else { all }, rules)
}

/// Names the machines of each subscription.
fn link_machines(report: &mut Report) {
    let mut own: HashMap<&str, &mut Vec<_>> = report
        .subscriptions
        .iter_mut()
        .map(|entry| (entry.id.as_str(), &mut entry.virtual_machines))
        .collect();
    for machine in &report.virtual_machines {
        let id = machine.subscription_id.as_deref();
        if let Some(own) = id.and_then(|id| own.get_mut(id)) {
            own.push(machine.resource_id.clone());
        }
    }
}

fn tool(rules: &RuleSet) -> Tool {
    Tool {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        rules: RuleSetId { count: rules.rules().len() as u64, sha256: rules.sha256() },
    }
}
