//! A virtual machine: who touched it, and how.

use serde::Serialize;

use crate::base::Text;
use crate::base::Texts;
use crate::base::Time;
use crate::base::words;
use crate::investigation::model::Outcome;
use crate::investigation::model::Risk;
use crate::investigation::model::Step;

/// What the evidence tells about one virtual machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Machine {
    /// Resource id, lower case.
    pub resource_id: Text,
    /// Subscription it belongs to.
    pub subscription_id: Option<Text>,
    /// Operating system, where the evidence shows it.
    pub system: MachineSystem,
    /// Time it was made, where the evidence shows it.
    pub created: Option<Time>,
    /// Ids of users who touched it, sorted.
    pub touched_by: Texts,
    /// What was done to it, in time order; of many, those under suspicion and the first others.
    pub actions: Vec<MachineAction>,
    /// Number of actions in full.
    pub actions_count: u64,
    /// Whether it has to be taken for an intruder's.
    pub verdict: MachineVerdict,
    /// Why, in order of weight.
    pub verdict_because: Texts,
    /// Ids of users that code on it can act as, sorted.
    pub identities: Texts,
    /// Ids of findings about it.
    pub findings: Vec<Text>,
    /// Ids of alerts about it.
    pub alerts: Vec<String>,
    /// How much it needs a look.
    pub risk: Risk,
    /// What to do.
    pub mitigation: Vec<Step>,
}

/// One operation on a virtual machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MachineAction {
    /// Time of the operation.
    pub time: Option<Time>,
    /// Operation name, `Provider/type/verb`.
    pub operation: Text,
    /// Id of the user who did it.
    pub by: Option<Text>,
    /// How it ended.
    pub outcome: Outcome,
    /// What kind of action it is.
    pub kind: ActionKind,
    /// Resource it was done to: the machine, or what belongs to it.
    pub resource_id: Text,
    /// Whether it is under suspicion.
    pub suspicious: bool,
    /// Ids of findings about it.
    pub findings: Vec<Text>,
}

words! {
    /// What an action on a machine is.
    ActionKind {
        /// None of the others.
        #[default]
        Other = "other",
        /// A script was run on it.
        RunCommand = "run_command",
        /// An extension was installed or changed.
        Extension = "extension",
        /// A password or key of a local user was set.
        PasswordReset = "password_reset",
        /// Its console was opened.
        SerialConsole = "serial_console",
        /// A disk, snapshot or image of it was copied or made downloadable.
        DiskExport = "disk_export",
        /// An identity was given to it, or taken away.
        Identity = "identity",
        /// A way to it was opened or closed.
        Network = "network",
        /// It was made or changed.
        Write = "write",
        /// It was started, stopped or restarted.
        Power = "power",
        /// It, or something of it, was deleted.
        Delete = "delete",
    }
}

words! {
    /// Which operating system a machine runs.
    MachineSystem {
        /// The evidence does not tell it, or tells both.
        #[default]
        Unknown = "unknown",
        /// A Linux.
        Linux = "linux",
        /// A Windows.
        Windows = "windows",
    }
}

words! {
    /// Whether a machine has to be taken for an intruder's.
    MachineVerdict {
        /// Nothing under suspicion was done to it.
        #[default]
        Clear = "clear",
        /// Something speaks for it.
        Suspected = "suspected",
        /// A suspect ran code on it, took it over, or made it.
        Compromised = "compromised",
        /// It was deleted.
        Gone = "gone",
    }
}
