//! The order of steps, in which none undoes or hinders what another needs.

use crate::investigation::model::Stage;

/// When it is a step's turn: the turns of a stage follow one another, and the stages do.
///
/// Evidence is kept first. Then doors are shut before what was opened behind them is closed: whoever is still
/// in would only open it again. Azure deletes nothing that holds or serves something else, so what lies inside
/// goes before what it lies in, and what is used after its users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Turn {
    /// Export the log, before it is too old to be had.
    #[default]
    ExportLog,
    /// Save the sign-ins of those under suspicion.
    SaveSignIns,
    /// Copy the disks of machines.
    CopyDisks,
    /// Save what later steps delete.
    SaveDeleted,
    /// Lift denials: they may keep responders out.
    LiftDenials,
    /// Shut the doors: disable accounts and programs, end delegations.
    ShutDoors,
    /// Change the credentials of those who have to go on working.
    ChangeCredentials,
    /// End what was begun before: sessions, and identities that resources have.
    EndSessions,
    /// Limit what cannot be shut out.
    LimitRights,
    /// Take back the rights that were given.
    TakeRights,
    /// Close the ways in that need no account: networks, vaults, links that were handed out.
    CloseWays,
    /// Change the credentials on machines.
    ChangeLocalCredentials,
    /// Look through the ways of signing in with their owner.
    ReviewMethods,
    /// Locks keep everything in their scope from being deleted.
    RemoveLocks,
    /// What lies two deep in a resource, or was put on a machine.
    RemoveInnermost,
    /// What lies in a resource goes before it; what stays is scanned and cleaned.
    RemoveInner,
    /// Resources that nothing else uses.
    RemoveResources,
    /// What those use, such as disks and cards; what was changed is restored.
    RemoveUsed,
    /// What several of those share, such as subnets and roles; machines are made new.
    RemoveShared,
    /// The accounts and machines of the intruder, which own the rest.
    RemoveIntruders,
    /// Networks, once nothing is in them.
    RemoveNetworks,
    /// What networks use: rules and routes.
    RemoveNetworkRules,
    /// What rules and machines used: addresses.
    RemoveAddresses,
    /// What addresses are taken from.
    RemoveAddressRanges,
    /// Groups, once what else is in them is known.
    RemoveGroups,
    /// Management groups, which hold all of that.
    RemoveManagementGroups,
    /// Replace secrets that were read.
    ReplaceSecrets,
    /// Replace what lies in vaults that were opened.
    ReplaceVaultSecrets,
    /// Replace what lay on machines.
    ReplaceMachineSecrets,
    /// Give back rights that were taken.
    GiveBackRights,
    /// Raise defences again.
    RaiseDefences,
    /// Ask whom something belongs to.
    AskOwners,
    /// Look through what users did.
    ReviewUsers,
    /// Look through the alerts of a subscription.
    ReviewAlerts,
    /// Look through all that happened in it.
    ReviewOperations,
    /// Put the alert away.
    EndAlert,
}

impl Turn {
    /// Returns the stage that it belongs to.
    pub fn stage(self) -> Stage {
        match self {
            turn if turn < Turn::LiftDenials => Stage::Preserve,
            turn if turn < Turn::RemoveLocks => Stage::LockOut,
            turn if turn < Turn::ReplaceSecrets => Stage::Remove,
            turn if turn < Turn::GiveBackRights => Stage::Rotate,
            turn if turn < Turn::AskOwners => Stage::Restore,
            _ => Stage::Review,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_follow_one_another() {
        let turns = [
            Turn::ExportLog,
            Turn::SaveDeleted,
            Turn::LiftDenials,
            Turn::ReviewMethods,
            Turn::RemoveLocks,
            Turn::RemoveManagementGroups,
            Turn::ReplaceSecrets,
            Turn::ReplaceMachineSecrets,
            Turn::GiveBackRights,
            Turn::RaiseDefences,
            Turn::AskOwners,
            Turn::EndAlert,
        ];
        assert!(turns.is_sorted());
        let stages: Vec<Stage> = turns.iter().map(|turn| turn.stage()).collect();
        let each: Vec<Stage> = Stage::ALL.iter().flat_map(|stage| [*stage; 2]).collect();
        assert_eq!(stages, each);
    }
}
