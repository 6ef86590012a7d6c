//! Owns the background that a real tenant shows: most operations are those of pipelines and of Azure
//! itself, and everybody keeps to a job, to a few places and to the hours of an office.
//!
//! Who is there is `staff`, what they do `activities.txt`, on what `workload`, from where `presence`,
//! and how the log tells it `record`.

pub mod activity;
pub mod address;
pub mod body;
pub mod jobs;
pub mod presence;
pub mod record;
pub mod staff;
pub mod workload;

use std::collections::BTreeMap;
use std::rc::Rc;

use super::event::Event;
use super::event::Stage;
use super::rng::Rng;
use super::time::HOUR;
use super::time::SECOND;
use super::world::Kind;
use super::world::World;
use activity::Activities;
use activity::Step;
use body::Bodies;
use body::Request;
use presence::Presences;
use presence::SignedIn;
use record::Call;
use record::DEPLOYMENT;
use record::FORBIDDEN;
use record::INCOMPLETE;
use record::POLICIES;
use staff::Staff;
use workload::Inventory;
use workload::Touched;
use workload::Workload;

/// The ordinary operations of an estate, in the order that a seed gives.
pub struct Estate<'w> {
    world: &'w World,
    staff: &'w Staff,
    rng: Rng,
    activities: BTreeMap<&'static str, Activities>,
    bodies: Bodies,
    inventory: Inventory,
    presences: Presences,
    /// The sums of the weights of all principals up to each, in the current hour.
    draw: Vec<f64>,
}

/// The doing of an activity: what its calls have in common.
struct Run<'w> {
    who: usize,
    index: usize,
    workload: &'w Workload,
    at: SignedIn,
    ticks: u64,
    touched: Touched,
    /// The end of the deployment that the calls belong to, from the call on that began it.
    deployment: Option<Event<'w>>,
}

impl<'w> Estate<'w> {
    /// Starts the log of an organisation that has this staff.
    pub fn new(world: &'w World, staff: &'w Staff, seed: u64) -> Self {
        let names = staff.habits.iter().map(|habit| habit.job.name);
        Self {
            world,
            staff,
            rng: Rng::new(seed).fork(5),
            activities: names.map(|name| (name, Activities::of(name))).collect(),
            bodies: Bodies::read(),
            inventory: Inventory::default(),
            presences: Presences::new(world.principals.len()),
            draw: Vec::new(),
        }
    }

    /// Returns how busy an hour since the start is.
    pub fn weight(&self, hour: u64) -> f64 {
        self.staff.habits.iter().map(|habit| habit.weight(hour)).sum()
    }

    /// Begins an hour of the log: the activities that follow are of those who work in it.
    pub fn begin(&mut self, hour: u64) {
        let mut sum = 0.0;
        self.draw.clear();
        self.draw.extend(self.staff.habits.iter().map(|habit| {
            sum += habit.weight(hour);
            sum
        }));
    }

    /// Returns the events of an activity begun in the hour that starts at `start` ticks; none when
    /// there was nothing to do.
    pub fn activity(&mut self, start: u64) -> Vec<Event<'w>> {
        let who = self.somebody();
        let habit = &self.staff.habits[who];
        // Of its places everybody has some that it is at more often.
        let most = 1 + self.rng.below(habit.places.len());
        let index = habit.places[self.rng.below(most)];
        let at = self.presences.at(who, &self.world.principals[who], habit, start, &mut self.rng);
        let mut run = Run {
            who,
            index,
            workload: &self.staff.workloads[index],
            at,
            ticks: start + self.rng.draw() % (HOUR - 120 * SECOND),
            touched: Touched::new(),
            deployment: None,
        };
        let mut events = Vec::new();
        let activities = std::mem::take(&mut self.activities);
        let (number, activity) =
            activities[habit.job.name].draw(habit.seed, &run.workload.group, &mut self.rng);
        for (at, step) in activity.steps.iter().enumerate() {
            // What a template or a program does to a workload is the same each time.
            let made = match habit.job.kind {
                Kind::User => self.rng.below(100),
                _ => Rng::new(run.workload.seed).fork((16 * number + at + 3) as u64).below(100),
            };
            if made < step.percent && !self.step(&mut run, step, &mut events) {
                break;
            }
        }
        self.activities = activities;
        if let Some(end) = run.deployment.take() {
            events.push(self.end(&run, end));
        }
        events
    }

    /// Draws who does something next.
    #[allow(clippy::cast_precision_loss, reason = "53 bits fit an f64 exactly")]
    fn somebody(&mut self) -> usize {
        let last = self.draw.len() - 1;
        let x = (self.rng.draw() >> 11) as f64 / (1u64 << 53) as f64 * self.draw[last];
        self.draw.partition_point(|&sum| sum <= x).min(last)
    }

    /// Adds the events of a call; returns whether the activity goes on.
    fn step(&mut self, run: &mut Run<'w>, step: &Step, events: &mut Vec<Event<'w>>) -> bool {
        let habit = &self.staff.habits[run.who];
        // A pipeline or a program works on the same resource each time.
        let mut same = Rng::new(habit.seed ^ run.workload.seed);
        let rng = if habit.job.steady { &mut same } else { &mut self.rng };
        let (workload, touched) = (run.workload, &mut run.touched);
        let resource = self.inventory.resource(self.world, run.index, workload, step, touched, rng);
        let Some(resource) = resource else { return false };
        let job = habit.job;
        let failure = match self.rng.below(1000) {
            _ if step.refused => Some(FORBIDDEN),
            x if x < job.failing => Some(record::failure(job.kind, &mut self.rng)),
            _ => None,
        };
        let correlation = match &run.deployment {
            Some(end) => end.correlation.clone(),
            None => self.rng.guid(),
        };
        let mut call =
            Call { step, resource, failure, correlation, request_body: None, response_body: None };
        self.fill(run, &mut call);
        self.log(run, &call, events);
        if step.operation == DEPLOYMENT && failure.is_none() {
            run.deployment = Some(self.event(run, &call));
        }
        if let Some(end) = run.deployment.as_mut().filter(|_| failure.is_some()) {
            end.failure = Some(INCOMPLETE);
            end.response_body = None;
        }
        let pause = if job.kind == Kind::User { 150 } else { 8 };
        run.ticks += SECOND + self.rng.draw() % (pause * SECOND);
        failure.is_none()
    }

    /// Returns the end of a deployment, now that all its calls are made.
    fn end(&mut self, run: &Run<'w>, end: Event<'w>) -> Event<'w> {
        let ticks = run.ticks + self.rng.draw() % (20 * SECOND);
        Event { duration_ms: (ticks - end.ticks) / (SECOND / 1000), ticks, ..end }
    }

    /// Gives a call that has some its bodies.
    fn fill(&mut self, run: &Run, call: &mut Call) {
        let write = call.step.operation.ends_with("/write");
        let telling = call.step.own_type.starts_with("Microsoft.Authorization/");
        if !write || (!telling && self.rng.chance(200)) {
            return;
        }
        let request = Request {
            world: self.world,
            workload: run.workload,
            own_type: call.step.own_type,
            resource: &call.resource.id,
            caller: &self.world.principals[run.who].object_id,
            ip: &run.at.ip,
            job: self.staff.habits[run.who].job.name,
        };
        call.request_body = Some(self.bodies.request(&request, &mut self.rng));
        if call.failure.is_none() && !telling && self.rng.chance(500) {
            call.response_body = Some(self.bodies.response(&request, &mut self.rng));
        }
    }

    /// Adds the events that a call leaves, and moves the clock behind them.
    fn log(&mut self, run: &mut Run<'w>, call: &Call, events: &mut Vec<Event<'w>>) {
        let operation = call.step.operation;
        let (category, stages) = (call.category(), call.stages(&mut self.rng));
        let request_id = self.rng.guid();
        let mut duration_ms = 0;
        for &stage in stages {
            events.push(Event {
                category,
                stage,
                duration_ms,
                request_id: request_id.clone(),
                extra: if category == "Policy" { call.policies() } else { Vec::new() },
                action: (category == "Policy")
                    .then(|| format!("{}/write", call.step.resource_type)),
                ..self.event(run, call)
            });
            duration_ms = 20 + self.rng.draw() % if stage == Stage::Start { 1800 } else { 20_000 };
            run.ticks += duration_ms * (SECOND / 1000) + self.rng.draw() % 10_000;
        }
        if operation.ends_with("roleAssignments/write") && call.failure.is_none() {
            // The provider tells of a grant in a row of its own, without the request.
            events.push(Event { ip: String::new(), request_body: None, ..self.event(run, call) });
        }
        let looked_at = operation.ends_with("/write") && !run.at.ip.is_empty();
        if looked_at && category == "Administrative" && self.rng.chance(120) {
            self.look_at(run, call, events);
        }
    }

    /// Adds the event of a policy that looks at a call, in the name of who made it.
    fn look_at(&mut self, run: &Run<'w>, call: &Call, events: &mut Vec<Event<'w>>) {
        let effect = self.rng.pick(POLICIES);
        events.push(Event {
            category: "Policy",
            operation: format!("Microsoft.Authorization/policies/{effect}/action"),
            action: Some(call.step.operation.to_owned()),
            success: Some(""),
            failure: None,
            extra: call.policies(),
            request_body: None,
            response_body: None,
            ..self.event(run, call)
        });
    }

    /// Returns the last event of a call as its other events are made from.
    fn event(&mut self, run: &Run<'w>, call: &Call) -> Event<'w> {
        Event {
            ticks: run.ticks,
            subscription: run.workload.subscription,
            principal: &self.world.principals[run.who],
            ip: run.at.ip.clone(),
            category: "Administrative",
            operation: call.step.operation.to_owned(),
            resource_type: call.step.own_type.to_owned(),
            resource: call.resource.id.clone(),
            group: call.resource.group.clone(),
            stage: Stage::End,
            failure: call.failure,
            success: Some(call.success()),
            action: None,
            extra: Vec::new(),
            duration_ms: 0,
            correlation: call.correlation.clone(),
            token: Rc::clone(&run.at.token),
            request_body: call.request_body.clone(),
            response_body: call.response_body.clone(),
            request_id: self.rng.guid(),
            event_id: self.rng.guid(),
        }
    }
}

#[cfg(test)]
mod tests;
