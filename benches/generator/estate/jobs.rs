//! Owns the jobs of the estate: how many hold each, how much they do, when, from where and with
//! which rights. What a job does stands in `activities.txt`.

use super::super::world::Kind;
use super::super::world::Role;

const CONTRIBUTOR: Role = Role("Contributor", "b24988ac618042a0ab8820f7382dd24c");
const OWNER: Role = Role("Owner", "8e3af657a8ff443ca75c2fe8c4bcb635");
const READER: Role = Role("Reader", "acdd72a7338548efbd42f606fba81ae7");
const MACHINES: Role = Role("Virtual Machine Contributor", "9980e02cc2be4d739e08a1d5b4ee1a5a");
const NETWORK: Role = Role("Network Contributor", "4d97b98b1d4f4787a291c67834d212e7");
const WEBSITE: Role = Role("Website Contributor", "de139f84175647ae9be6808fbbe84772");
const FACTORY: Role = Role("Data Factory Contributor", "673868aa752148a0acc60f60742d39f5");
const STORAGE: Role = Role("Storage Account Contributor", "17d1049b9a8446fb8f53869881c3d3ab");
const SECURITY: Role = Role("Security Admin", "fb1c8493542b48ebb624b4c8fea62acd");
const MONITORING: Role = Role("Monitoring Contributor", "749f88d5cbae40b8bcfce573ddc772fa");

/// The client applications that people sign in with: portal, command line, PowerShell, editor.
const PORTAL: &str = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c";
const CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
const POWERSHELL: &str = "1950a258-227b-4e31-a9cf-717495945fc2";
const EDITOR: &str = "aebc6443-996d-45c2-90f0-388ff96faa56";

/// Weekdays, counted from Monday.
const TUESDAY: u64 = 1;
const THURSDAY: u64 = 3;
const SATURDAY: u64 = 5;
/// The weekday that a day off is as good as.
pub const SUNDAY: u64 = 6;

/// When a job is done.
#[derive(Clone, Copy, PartialEq)]
pub enum Rhythm {
    /// Around the clock.
    Always,
    /// When developers push, and in a nightly build.
    Builds,
    /// In the hours after midnight.
    Night,
    /// Before and after office hours, when machines are switched on and off.
    Shift,
    /// In the evenings on which changes are made.
    Window,
    /// In office hours.
    Office,
}

/// Where a job is done from.
#[derive(Clone, Copy, PartialEq)]
pub enum Network {
    /// Inside Azure: the log has no address.
    Inside,
    /// One or two addresses of its own.
    Own,
    /// The egress address of the tenant's build agents, or hosted agents with a new address a run.
    Agents,
    /// An office, shared with others, and a home.
    Person,
}

/// A job that principals hold.
pub struct Job {
    /// The name, by which `activities.txt` calls it.
    pub name: &'static str,
    /// How many of 1000 principals hold it; at least one does.
    pub share: usize,
    /// How much those who hold it do together, against the other jobs.
    pub work: f64,
    /// The kind of identity.
    pub kind: Kind,
    /// When it is done.
    pub rhythm: Rhythm,
    /// Where from.
    pub network: Network,
    /// How many subscriptions one works in at most, and in how many resource groups.
    pub reach: (usize, usize),
    /// The teams, as in the names of resource groups, whose groups are preferred.
    pub teams: &'static [&'static str],
    /// The roles, of which one has one.
    pub roles: &'static [Role],
    /// The client applications, the usual ones first; none for applications.
    pub clients: &'static [&'static str],
    /// Whether it works on the same resource of a resource group each time.
    pub steady: bool,
    /// How many of 1000 calls fail.
    pub failing: usize,
}

/// The job of administrators, of whom attackers take over one.
pub const ADMINISTRATOR: usize = 0;

/// The job of whoever is left when all others are dealt.
pub const DEVELOPER: usize = 3;

/// The job of partners, who come from a tenant of their own.
pub const PARTNER: &str = "partner";

const PERSON: Job = Job {
    name: "developer",
    share: 380,
    work: 22.0,
    kind: Kind::User,
    rhythm: Rhythm::Office,
    network: Network::Person,
    reach: (2, 4),
    teams: &["app-dev", "app-test", "aks-dev", "data-dev"],
    roles: &[CONTRIBUTOR, WEBSITE],
    clients: &[PORTAL, CLI, EDITOR],
    steady: false,
    failing: 50,
};

const IDENTITY: Job = Job {
    name: "function",
    share: 140,
    work: 14.0,
    kind: Kind::ManagedIdentity,
    rhythm: Rhythm::Always,
    network: Network::Own,
    reach: (1, 1),
    teams: &["app", "data"],
    roles: &[STORAGE],
    clients: &[],
    steady: true,
    failing: 12,
};

const PIPELINE: Job = Job {
    name: "pipeline",
    share: 40,
    work: 20.0,
    kind: Kind::ServicePrincipal,
    rhythm: Rhythm::Builds,
    network: Network::Agents,
    reach: (3, 6),
    teams: &["app", "data", "aks"],
    roles: &[CONTRIBUTOR, CONTRIBUTOR, OWNER],
    clients: &[],
    steady: true,
    failing: 30,
};

/// All jobs; a small estate has the first ones only.
pub const JOBS: &[Job] = &[
    Job {
        name: "administrator",
        share: 8,
        work: 1.0,
        reach: (6, 40),
        teams: &[],
        roles: &[OWNER],
        clients: &[PORTAL, POWERSHELL, CLI],
        ..PERSON
    },
    PIPELINE,
    Job {
        name: "operator",
        share: 60,
        work: 10.0,
        reach: (3, 16),
        teams: &["net", "shared"],
        roles: &[CONTRIBUTOR, MACHINES, NETWORK],
        clients: &[PORTAL, POWERSHELL, CLI],
        ..PERSON
    },
    PERSON,
    Job {
        name: "network",
        share: 10,
        work: 2.0,
        rhythm: Rhythm::Window,
        reach: (4, 16),
        teams: &["net", "shared"],
        roles: &[NETWORK],
        clients: &[PORTAL, POWERSHELL],
        ..PERSON
    },
    Job {
        name: "cluster",
        share: 15,
        work: 16.0,
        teams: &["aks"],
        roles: &[CONTRIBUTOR],
        steady: false,
        ..IDENTITY
    },
    Job {
        name: "remediation",
        share: 6,
        work: 7.0,
        reach: (50, 2000),
        teams: &[],
        steady: false,
        ..IDENTITY
    },
    IDENTITY,
    Job {
        name: "terraform",
        share: 8,
        work: 7.0,
        reach: (6, 16),
        teams: &["net", "shared"],
        ..PIPELINE
    },
    Job {
        name: "data",
        share: 80,
        work: 6.0,
        teams: &["data"],
        roles: &[FACTORY, STORAGE, CONTRIBUTOR],
        ..PERSON
    },
    Job {
        name: "security",
        share: 12,
        work: 2.0,
        reach: (10, 60),
        roles: &[SECURITY],
        teams: &["sec", "shared"],
        clients: &[PORTAL],
        ..PERSON
    },
    Job { name: "reader", share: 180, work: 1.0, roles: &[READER], clients: &[PORTAL], ..PERSON },
    Job {
        name: PARTNER,
        share: 20,
        work: 2.0,
        reach: (3, 12),
        teams: &["net", "shared"],
        roles: &[CONTRIBUTOR, MONITORING],
        ..PERSON
    },
    Job {
        name: "schedule",
        share: 20,
        work: 4.0,
        rhythm: Rhythm::Shift,
        reach: (1, 6),
        teams: &["net", "shared", "aks"],
        roles: &[MACHINES],
        steady: false,
        ..IDENTITY
    },
];

/// A part of Azure that acts by itself: its job, how it is known, and by which id or name.
pub struct Service(pub Job, pub &'static str);

const PLATFORM: Job = Job {
    name: "backup",
    share: 0,
    work: 8.0,
    kind: Kind::ServicePrincipal,
    network: Network::Inside,
    rhythm: Rhythm::Night,
    reach: (usize::MAX, usize::MAX),
    teams: &["net", "shared"],
    roles: &[CONTRIBUTOR],
    steady: false,
    ..IDENTITY
};

const TELLER: Job = Job {
    name: "health",
    work: 1.5,
    kind: Kind::Nobody,
    rhythm: Rhythm::Always,
    teams: &[],
    ..PLATFORM
};

/// Azure's own services, which work in every tenant that uses them.
pub const SERVICES: &[Service] = &[
    Service(PLATFORM, "262044b1-e2ce-469f-a196-69ab7ada62d3"),
    Service(Job { name: "scanner", work: 5.0, ..PLATFORM }, "0c7668b5-3260-4ad0-9f53-34ed54fa19b2"),
    Service(
        Job { name: "defender", work: 2.0, rhythm: Rhythm::Always, ..PLATFORM },
        "8edd93e1-2103-40b4-bd70-6e34e586362d",
    ),
    Service(
        Job {
            name: "databricks",
            work: 10.0,
            rhythm: Rhythm::Always,
            teams: &["data"],
            ..PLATFORM
        },
        "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d",
    ),
    Service(
        Job { name: "compliance", work: 12.0, rhythm: Rhythm::Always, teams: &[], ..PLATFORM },
        "1d78a85d-813d-46f0-b496-dd72f50a3ec0",
    ),
    Service(Job { name: "updates", work: 2.0, ..PLATFORM }, "c476eb34-4c94-43bc-97fc-94ede0534615"),
    Service(
        Job { name: "shutdown", work: 1.5, rhythm: Rhythm::Shift, ..PLATFORM },
        "1a14be2a-e903-4cec-99cf-b2e209259a0f",
    ),
    Service(
        Job { name: "elevation", work: 0.4, rhythm: Rhythm::Office, teams: &[], ..PLATFORM },
        "01fc33a7-78ba-4d2f-a4b7-768e336e890e",
    ),
    Service(
        Job {
            name: "autoscale",
            work: 4.0,
            kind: Kind::Service,
            rhythm: Rhythm::Always,
            teams: &["app"],
            ..PLATFORM
        },
        "Microsoft.Insights/autoscaleSettings",
    ),
    Service(TELLER, ""),
];

impl Rhythm {
    /// Returns how much of a job is done in an hour of the local day; weekdays count from Monday,
    /// and a day off is as good as a Sunday.
    pub fn at(self, hour: u64, weekday: u64) -> f64 {
        let working = weekday < SATURDAY;
        match (self, hour) {
            (Self::Always, _) | (Self::Night, 0..5) | (Self::Shift, 6 | 7 | 19 | 20) => 1.0,
            (Self::Night, _) => 0.03,
            (Self::Window, 18..22) if weekday == TUESDAY || weekday == THURSDAY => 2.0,
            (Self::Window, _) if working => 0.2 * office(hour),
            (Self::Builds, 1..3) => 0.5,
            (Self::Builds, _) if working => office(hour).max(0.08),
            (Self::Builds, _) => 0.08,
            (Self::Office, _) if working => office(hour),
            (Self::Shift, _) | (Self::Office | Self::Window, 9..21) => 0.01,
            (Self::Office | Self::Window, _) => 0.0005,
        }
    }

    /// Returns the mean of `at` over a week, so that work is what a job does whenever it does it.
    pub fn mean(self) -> f64 {
        let hours = (0..7).flat_map(|weekday| (0..24).map(move |hour| self.at(hour, weekday)));
        hours.sum::<f64>() / 168.0
    }
}

/// Returns how many of an office are at work in an hour of a working day.
fn office(hour: u64) -> f64 {
    match hour {
        7 => 0.2,
        8 => 0.7,
        9..12 | 14..16 => 1.0,
        13 | 16 => 0.8,
        12 | 17 => 0.4,
        18 => 0.1,
        19..22 => 0.03,
        _ => 0.001,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_jobs_are_where_they_are_looked_for() {
        assert_eq!(JOBS[ADMINISTRATOR].name, "administrator");
        assert_eq!(JOBS[DEVELOPER].name, "developer");
        assert!(JOBS.iter().any(|job| job.name == PARTNER));
        assert!(JOBS.iter().map(|job| job.share).sum::<usize>() <= 1000);
    }

    #[test]
    fn people_rest_at_night_at_noon_and_on_two_days_of_the_week() {
        let office = Rhythm::Office;
        assert!(office.at(10, 0) > 100.0 * office.at(3, 0));
        assert!(office.at(10, 0) > office.at(12, 0));
        assert!(office.at(10, 0) > 20.0 * office.at(10, SUNDAY));
        assert!(Rhythm::Always.mean() > 0.99 && office.mean() < 0.3);
    }
}
