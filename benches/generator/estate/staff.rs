//! Owns who works in the estate: each principal's job, places, addresses, hours and clients.

use super::super::rng::Rng;
use super::super::rng::Zipf;
use super::super::time::FIRST_HOUR;
use super::super::world::GLOBAL_ADMINISTRATOR;
use super::super::world::Kind;
use super::super::world::Principal;
use super::super::world::World;
use super::super::world::ascii;
use super::address;
use super::jobs::ADMINISTRATOR;
use super::jobs::DEVELOPER;
use super::jobs::JOBS;
use super::jobs::Job;
use super::jobs::Network;
use super::jobs::PARTNER;
use super::jobs::SERVICES;
use super::jobs::SUNDAY;
use super::jobs::Service;
use super::workload::Workload;
use super::workload::workloads;

/// The directory role template that marks every member of a tenant.
const MEMBER: &str = "b79fbf4d-3ef9-4689-8143-76b194e85509";

/// Hours that the clocks of the offices are ahead of UTC, the headquarters first.
const ZONES: &[i64] = &[1, 1, 0, -5, 8];

/// Where roles of what works in the whole organisation are assigned.
const LANDING_ZONES: &str = "/providers/Microsoft.Management/managementGroups/mg-landingzones";

/// What is usual for a principal.
pub struct Habit {
    /// The job.
    pub job: &'static Job,
    /// Indexes of the workloads that it works on, the usual ones first.
    pub places: Vec<usize>,
    /// Where it calls from.
    pub network: Network,
    /// The ranges of hosted build agents, if its runs are on them: the first half of an address.
    pub runners: Vec<String>,
    /// The client applications, the usual one first.
    pub clients: Vec<&'static str>,
    /// In how many of 1000 working days it is in the office.
    pub in_office: usize,
    /// How much it does, against all others.
    weight: f64,
    /// Hours that its clock is ahead of UTC, and one more for who begins early.
    ahead: i64,
    /// Whether it is called at night.
    on_call: bool,
    /// The hours of the log in which it is there, from and to.
    there: (u64, u64),
    /// Decides its days off and which of the job's activities are its own; 0 if all are.
    pub seed: u64,
}

/// Everybody in the estate, and what they work on.
pub struct Staff {
    /// The habits of each principal of the world, in the same order.
    pub habits: Vec<Habit>,
    /// All workloads.
    pub workloads: Vec<Workload>,
}

impl Staff {
    /// Gives every principal of an organisation a job, and adds Azure's own services to them.
    pub fn employ(world: &mut World, seed: u64, hours: u64) -> Self {
        let mut rng = Rng::new(seed).fork(4);
        let workloads = workloads(world, &mut rng);
        let users = world.principals.len();
        let employer = Employer::new(world, &workloads, users, &mut rng);
        let mut held = vec![0; JOBS.len()];
        let mut habits = Vec::new();
        for (index, job) in roster(users).into_iter().enumerate() {
            held[job] += 1;
            let mut habit = employer.habit(&JOBS[job], held[job], &mut rng);
            if habit.network == Network::Person {
                habit.there = presence(hours, &mut rng);
            }
            engage(world, index, &habit, &workloads, &mut rng);
            world.principals[index].ips = employer.seat(&mut habit, &mut rng);
            habits.push(habit);
        }
        for Service(job, id) in SERVICES {
            world.principals.push(service(world, job, id, &mut rng));
            habits.push(platform(job, &workloads));
        }
        share_out(&mut habits);
        Self { habits, workloads }
    }

    /// Returns the indexes of the administrators.
    pub fn administrators(&self) -> Vec<usize> {
        let name = JOBS[ADMINISTRATOR].name;
        let habits = self.habits.iter().enumerate();
        habits.filter(|(_, habit)| habit.job.name == name).map(|(who, _)| who).collect()
    }
}

impl Habit {
    /// Returns the hour of the principal's own clock, counted from 1970.
    pub fn local(&self, hour: u64) -> u64 {
        hour.saturating_add_signed(self.ahead)
    }

    /// Returns whether an hour, counted from 1970, is one of work.
    pub fn is_at_work(&self, hour: u64) -> bool {
        let local = self.local(hour);
        self.job.rhythm.at(local % 24, self.weekday(local / 24)) > 0.1
    }

    /// Returns how much the principal does in an hour of the log.
    pub fn weight(&self, hour: u64) -> f64 {
        if !(self.there.0..self.there.1).contains(&hour) {
            return 0.0;
        }
        let local = self.local(FIRST_HOUR + hour);
        let share = self.job.rhythm.at(local % 24, self.weekday(local / 24));
        self.weight * if self.on_call { share.max(0.02) } else { share }
    }

    /// Returns the weekday of a local day, counted from 1970; days off are Sundays.
    fn weekday(&self, day: u64) -> u64 {
        let off = self.network == Network::Person && Rng::new(self.seed ^ day).chance(80);
        // The first day of 1970 was a Thursday.
        if off { SUNDAY } else { (day + 3) % 7 }
    }
}

/// What is drawn before anybody is employed.
struct Employer<'a> {
    workloads: &'a [Workload],
    subscriptions: Zipf,
    offices: Vec<Office>,
    /// The egress address of the partner's office.
    partner: String,
    /// The egress addresses of the tenant's own build agents.
    agents: Vec<String>,
    /// The ranges of hosted build agents.
    runners: Vec<String>,
}

struct Office {
    ahead: i64,
    ips: Vec<String>,
}

impl<'a> Employer<'a> {
    fn new(world: &World, workloads: &'a [Workload], users: usize, rng: &mut Rng) -> Self {
        let offices = (0..2 + users / 400).map(|number| Office {
            ahead: ZONES[number % ZONES.len()],
            ips: (0..=rng.below(2)).map(|_| address::office(rng)).collect(),
        });
        Self {
            workloads,
            subscriptions: Zipf::new(world.subscriptions.len(), 0.9),
            offices: offices.collect(),
            partner: address::office(rng),
            agents: (0..3).map(|_| address::cloud(rng)).collect(),
            runners: (0..24).map(|_| address::cloud_range(rng)).collect(),
        }
    }

    /// Draws the habits of the principal that is the `rank`th to hold a job.
    fn habit(&self, job: &'static Job, rank: u32, rng: &mut Rng) -> Habit {
        let hosted = job.network == Network::Agents && rng.chance(400);
        let mut clients = job.clients.to_vec();
        if clients.len() > 1 {
            let usual = if rng.chance(700) { 0 } else { rng.below(clients.len()) };
            clients.swap(0, usual);
            clients.truncate(2);
        }
        Habit {
            job,
            places: self.places(job, rng),
            network: job.network,
            runners: if hosted { self.runners.clone() } else { Vec::new() },
            clients,
            in_office: if rng.chance(200) { 0 } else { 500 + rng.below(500) },
            weight: 1.0 / f64::from(rank).sqrt(),
            ahead: i64::from(rng.chance(300)),
            on_call: job.name == "operator" && rng.chance(150),
            there: (0, u64::MAX),
            seed: rng.draw(),
        }
    }

    /// Draws the addresses that somebody calls from; a person has a home first, then an office.
    fn seat(&self, habit: &mut Habit, rng: &mut Rng) -> Vec<String> {
        match habit.network {
            Network::Person => {
                let (headquarters, any) = (rng.chance(500), rng.below(self.offices.len()));
                let office = &self.offices[if headquarters { 0 } else { any }];
                habit.ahead += office.ahead;
                let partner = std::slice::from_ref(&self.partner);
                let at_work = if habit.job.name == PARTNER { partner } else { &office.ips };
                [&[address::home(rng)], at_work].concat()
            }
            Network::Agents if habit.runners.is_empty() => vec![rng.pick(&self.agents).clone()],
            Network::Own => vec![address::cloud(rng)],
            _ => Vec::new(),
        }
    }

    /// Draws the workloads of a job: some of those that its team has in a few subscriptions.
    fn places(&self, job: &Job, rng: &mut Rng) -> Vec<usize> {
        let home: Vec<_> =
            (0..=rng.below(job.reach.0)).map(|_| self.subscriptions.draw(rng)).collect();
        let near = |at: &usize| home.contains(&self.workloads[*at].subscription);
        let near: Vec<usize> = (0..self.workloads.len()).filter(near).collect();
        let fitting = of_teams(&near, job, self.workloads);
        let mut from = if fitting.is_empty() { near } else { fitting };
        for last in (1..from.len()).rev() {
            from.swap(last, rng.below(last + 1));
        }
        from.truncate(1 + rng.below(job.reach.1));
        from
    }
}

/// Returns those of the workloads whose resource group is of one of the job's teams.
fn of_teams(from: &[usize], job: &Job, workloads: &[Workload]) -> Vec<usize> {
    let fits = |at: &&usize| job.teams.iter().any(|team| workloads[**at].group.contains(team));
    from.iter().filter(fits).copied().collect()
}

/// Deals the jobs among that many principals: each once before any is held twice.
fn roster(users: usize) -> Vec<usize> {
    let shares = JOBS.iter().map(|job| (users * job.share / 1000).max(1));
    let shares: Vec<usize> = shares.collect();
    let rounds = shares.iter().copied().max().unwrap_or(0);
    let mut roster: Vec<usize> = Vec::with_capacity(users);
    for round in 0..rounds {
        roster.extend((0..JOBS.len()).filter(|&job| round < shares[job]));
    }
    roster.resize(users, DEVELOPER);
    roster
}

/// Draws the hours in which a person is there: a few join late, a few leave early.
fn presence(hours: u64, rng: &mut Rng) -> (u64, u64) {
    let middle = hours / 8 + rng.draw() % (hours * 3 / 4).max(1);
    match rng.below(100) {
        0..3 => (middle, u64::MAX),
        3..5 => (0, middle),
        _ => (0, u64::MAX),
    }
}

/// Makes a principal of the world into one that holds a job.
fn engage(world: &mut World, index: usize, habit: &Habit, workloads: &[Workload], rng: &mut Rng) {
    let job = habit.job;
    let (tenant, domain) = if job.name == PARTNER {
        (world.partner.clone(), "fabrikam-msp.com")
    } else {
        (world.home.clone(), "contoso.com")
    };
    let workload = &workloads[habit.places[0]];
    let identity = (job.kind == Kind::ManagedIdentity).then(|| identity(world, workload));
    let role = *rng.pick(job.roles);
    let app_id = match habit.clients.first() {
        Some(client) => (*client).to_owned(),
        None => rng.guid(),
    };
    let principal = &mut world.principals[index];
    principal.kind = job.kind;
    principal.tenant = tenant;
    principal.app_id = app_id;
    principal.upn = format!("user{index:04}.{}@{domain}", ascii(principal.surname));
    principal.role = role;
    principal.scope = (job.reach.0 >= 50).then(|| LANDING_ZONES.to_owned());
    principal.directory_roles =
        if job.name == JOBS[ADMINISTRATOR].name { GLOBAL_ADMINISTRATOR } else { MEMBER };
    principal.identity = identity;
    principal.subscriptions = subscriptions(habit, workloads);
}

fn identity(world: &World, workload: &Workload) -> String {
    let group = workload.group_id(world);
    let stem = &workload.stem;
    format!("{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-{stem}")
}

fn subscriptions(habit: &Habit, workloads: &[Workload]) -> Vec<usize> {
    let mut held: Vec<_> = habit.places.iter().map(|&at| workloads[at].subscription).collect();
    held.sort_unstable();
    held.dedup();
    held
}

/// Makes the principal of one of Azure's own services.
fn service(world: &World, job: &Job, id: &str, rng: &mut Rng) -> Principal {
    Principal {
        kind: job.kind,
        tenant: world.home.clone(),
        object_id: rng.guid(),
        app_id: id.to_owned(),
        upn: String::new(),
        given: "",
        surname: "",
        ips: Vec::new(),
        puid: String::new(),
        sid: String::new(),
        groups: String::new(),
        role: job.roles[0],
        name_id: String::new(),
        role_assignment: rng.hex(32),
        scope: Some(LANDING_ZONES.to_owned()),
        directory_roles: "",
        identity: None,
        subscriptions: (0..world.subscriptions.len()).collect(),
    }
}

/// Returns the habits of one of Azure's own services: it works wherever there is something for it.
fn platform(job: &'static Job, workloads: &[Workload]) -> Habit {
    let all: Vec<usize> = (0..workloads.len()).collect();
    let fitting = of_teams(&all, job, workloads);
    Habit {
        job,
        places: if fitting.is_empty() { all } else { fitting },
        network: job.network,
        runners: Vec::new(),
        clients: Vec::new(),
        in_office: 0,
        weight: 1.0,
        ahead: ZONES[0],
        on_call: false,
        there: (0, u64::MAX),
        seed: 0,
    }
}

/// Makes the weights of all who hold a job, over a week, sum up to the work of the job.
fn share_out(habits: &mut [Habit]) {
    let mut totals = std::collections::BTreeMap::new();
    for habit in habits.iter() {
        *totals.entry(habit.job.name).or_insert(0.0) += habit.weight;
    }
    for habit in habits {
        habit.weight *= habit.job.work / totals[habit.job.name] / habit.job.rhythm.mean();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_estate_has_the_shares_and_a_small_one_the_first_jobs() {
        let large = roster(1000);
        for (job, held) in JOBS.iter().enumerate().filter(|&(job, _)| job != DEVELOPER) {
            assert_eq!(large.iter().filter(|&&other| other == job).count(), held.share);
        }
        assert_eq!((large.len(), roster(3)), (1000, vec![0, 1, 2]));
    }

    #[test]
    fn people_work_in_few_places_and_from_few_addresses() {
        let mut world = World::new(42, 400, 20);
        let staff = Staff::employ(&mut world, 42, 336);
        let people = staff.habits.iter().zip(&world.principals);
        for (habit, principal) in people.filter(|(habit, _)| habit.network == Network::Person) {
            assert!((2..=3).contains(&principal.ips.len()), "{}", principal.ips.len());
            assert!(principal.subscriptions.len() <= habit.job.reach.0);
            assert!(principal.kind == Kind::User);
            assert_eq!(principal.tenant == world.home, habit.job.name != PARTNER);
        }
        assert!(staff.habits.iter().any(|habit| habit.there.0 > 0));
    }

    #[test]
    fn nobody_works_before_joining_or_after_leaving() {
        let mut world = World::new(42, 400, 20);
        let staff = Staff::employ(&mut world, 42, 336);
        for habit in &staff.habits {
            let (from, to) = habit.there;
            let away = (0..336).filter(|hour| !(from..to).contains(hour));
            assert!(away.map(|hour| habit.weight(hour)).all(|weight| weight == 0.0));
            assert!((0..336).map(|hour| habit.weight(hour)).sum::<f64>() > 0.0);
        }
    }
}
