//! Owns what the jobs of the estate consist of, as `activities.txt` has it.

use super::super::rng::Rng;

const TEXT: &str = include_str!("activities.txt");

/// One thing that a job does: calls, one after the other.
pub struct Activity {
    weight: usize,
    /// The team in whose resource groups it is done, if not in all.
    team: Option<&'static str>,
    /// The calls, in order.
    pub steps: Vec<Step>,
}

/// A call of an activity.
pub struct Step {
    /// The operation, `Microsoft.Storage/storageAccounts/listKeys/action`.
    pub operation: &'static str,
    /// The type of the resource that it is made at, with its provider.
    pub resource_type: &'static str,
    /// The type that the operation itself names, with its provider.
    pub own_type: &'static str,
    /// In how many of 100 cases it is made.
    pub percent: usize,
    /// What it does to the number of resources.
    pub change: Change,
    /// Whether the caller has no right to it.
    pub refused: bool,
}

/// What a call does to the number of resources of its type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// There is one more.
    More,
    /// There is one less.
    Less,
    /// There are as many as before.
    None,
}

/// What is said of a resource that is the subscription itself.
pub const SUBSCRIPTION: &str = "subscription";

/// How many of 1000 things that a job could be are what one who holds it does.
const USUAL: usize = 450;

/// How often another thing is drawn, before the first is done.
const TRIES: usize = 6;

/// The activities of one job.
pub struct Activities(Vec<Activity>);

impl Activities {
    /// Reads the activities of the job of that name.
    pub fn of(job: &str) -> Self {
        let lines = TEXT.lines().filter_map(|line| line.split_once(' '));
        let of_job = lines.filter_map(|(name, rest)| match name.split_once(':') {
            Some((name, team)) if name == job => activity(Some(team), rest),
            None if name == job => activity(None, rest),
            _ => None,
        });
        Self(of_job.collect())
    }

    /// Draws what somebody does in a resource group, the frequent things more often, and its number;
    /// panics when the job consists of nothing. Nobody does all that the job could be: a seed that
    /// is not 0 decides what belongs to it beside the first.
    pub fn draw(&self, seed: u64, group: &str, rng: &mut Rng) -> (usize, &Activity) {
        let total = self.0.iter().map(|activity| activity.weight).sum();
        let fits = |activity: &Activity| activity.team.is_none_or(|team| group.contains(team));
        for _ in 0..TRIES {
            let number = self.at(rng.below(total));
            let mut taste = Rng::new(seed).fork(1 + number as u64);
            let usual = number == 0 || seed == 0 || taste.chance(USUAL);
            if usual && fits(&self.0[number]) {
                return (number, &self.0[number]);
            }
        }
        let first = self.0.iter().position(fits).unwrap_or(0);
        (first, &self.0[first])
    }

    /// Returns the number of the activity in which a point of the sum of all weights lies.
    fn at(&self, mut point: usize) -> usize {
        for (number, activity) in self.0.iter().enumerate() {
            if point < activity.weight {
                return number;
            }
            point -= activity.weight;
        }
        0
    }

    /// Returns all of them.
    pub fn all(&self) -> &[Activity] {
        &self.0
    }
}

fn activity(team: Option<&'static str>, text: &'static str) -> Option<Activity> {
    let (weight, calls) = text.split_once(' ')?;
    let steps = calls.split(' ').map(step).collect();
    Some(Activity { weight: weight.parse().ok()?, team, steps })
}

fn step(text: &'static str) -> Step {
    let (text, refused) = strip(text, '!');
    let (text, more) = strip(text, '+');
    let (text, less) = strip(text, '-');
    let (text, percent) = match text.split_once('?') {
        Some((text, percent)) => (text, percent.parse().unwrap_or(100)),
        None => (text, 100),
    };
    let (operation, target) = match text.split_once('@') {
        Some((operation, target)) => (operation, Some(target)),
        None => (text, None),
    };
    let own_type = own_type(operation);
    let change = match (more, less) {
        (true, _) => Change::More,
        (_, true) => Change::Less,
        _ => Change::None,
    };
    let resource_type = target.unwrap_or(own_type);
    Step { operation, resource_type, own_type, percent, change, refused }
}

fn strip(text: &str, mark: char) -> (&str, bool) {
    text.strip_suffix(mark).map_or((text, false), |rest| (rest, true))
}

/// Returns the type in an operation: all but the verb, or all but the name of an action.
fn own_type(operation: &str) -> &str {
    let (rest, verb) = operation.rsplit_once('/').unwrap_or((operation, ""));
    if !verb.eq_ignore_ascii_case("action") {
        return rest;
    }
    rest.rsplit_once('/').map_or(rest, |(kind, _)| kind)
}

#[cfg(test)]
mod tests {
    use super::super::jobs::JOBS;
    use super::super::jobs::SERVICES;
    use super::*;

    #[test]
    fn every_job_does_something_and_every_line_belongs_to_a_job() {
        let jobs = JOBS.iter().chain(SERVICES.iter().map(|service| &service.0));
        let read: usize = jobs
            .map(|job| {
                let activities = Activities::of(job.name);
                assert!(!activities.all().is_empty(), "{}", job.name);
                activities.all().len()
            })
            .sum();
        let written = TEXT.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        assert_eq!(read, written.count());
    }

    #[test]
    fn every_operation_names_a_provider_a_type_and_a_verb() {
        for job in JOBS.iter().chain(SERVICES.iter().map(|service| &service.0)) {
            for step in Activities::of(job.name).all().iter().flat_map(|a| &a.steps) {
                let verb = step.operation.rsplit('/').next().unwrap().to_lowercase();
                assert!(["write", "delete", "action"].contains(&verb.as_str()), "{verb}");
                assert!(step.own_type.starts_with("Microsoft."), "{}", step.own_type);
                assert!(step.resource_type.contains('/') || step.resource_type == SUBSCRIPTION);
            }
        }
    }

    #[test]
    fn what_belongs_to_a_team_is_done_where_that_team_works() {
        let (pipeline, mut rng) = (Activities::of("pipeline"), Rng::new(5));
        let mut done = [0, 0];
        for seed in 0..400 {
            for (group, team) in [("rg-aks-dev-01", "aks"), ("rg-net-dev-02", "net")] {
                let (_, activity) = pipeline.draw(seed, group, &mut rng);
                assert!(activity.team.is_none_or(|own| own == team));
                done[usize::from(activity.team.is_some())] += 1;
            }
        }
        assert!(done[0] > 0 && done[1] > 0, "{done:?}");
    }

    #[test]
    fn marks_are_read_in_their_order() {
        let made = step("Microsoft.Support/supportTickets/write@subscription?40+");
        assert_eq!((made.percent, made.change, made.refused), (40, Change::More, false));
        let made = step("Microsoft.Web/sites/config/list/action!");
        assert_eq!((made.own_type, made.refused), ("Microsoft.Web/sites/config", true));
        let made = step("Microsoft.Resources/tags/write@Microsoft.Web/sites?30");
        assert_eq!((made.resource_type, made.percent), ("Microsoft.Web/sites", 30));
        assert_eq!(made.own_type, "Microsoft.Resources/tags");
    }
}
