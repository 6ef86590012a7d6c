//! The catalogue is whole, and ids lead to their types.

use super::*;
use crate::azure::operation::known;
use crate::azure::tactic;

fn count(holds: impl Fn(&AlertType) -> bool) -> usize {
    all().iter().filter(|kind| holds(kind)).count()
}

#[test]
fn the_table_is_whole_sorted_and_free_of_repeats() {
    assert_eq!(all().len(), 154);
    assert!(table::rises(all().iter().map(|kind| kind.id)));
    let sizes = [47, 31, 5, 14, 45, 8, 4];
    for (&family, size) in Family::ALL.iter().zip(sizes) {
        assert_eq!(count(|kind| kind.family == family), size, "{}", family.as_str());
    }
    assert_eq!(count(|kind| kind.severity() == Some(Severity::Low)), 14);
    assert_eq!(count(|kind| kind.severity().is_none()), 2);
}

#[test]
fn every_type_says_where_to_look() {
    for kind in all() {
        let id = kind.id;
        assert!(!kind.title.is_empty() && !kind.join.is_empty(), "{id}");
        assert!(!kind.operations.is_empty() && !kind.rules.is_empty(), "{id}");
        assert!((1..=2160).contains(&kind.window_before_hours), "{id}");
        assert!((1..=720).contains(&kind.window_after_hours), "{id}");
        assert!(kind.severities.windows(2).all(|pair| pair[0] > pair[1]), "{id}");
        assert!(kind.tactics.iter().all(|t| tactic::canonical(t) == Some(*t)), "{id}");
        assert!(kind.operations.iter().any(|wanted| wanted.part == Part::Core), "{id}");
        assert!(kind.core_before_hours() <= kind.window_before_hours, "{id}");
        assert!(kind.core_after_hours() <= kind.window_after_hours, "{id}");
        for Wanted { pattern: name, .. } in kind.operations.iter().copied() {
            let open = name.contains('*') || name == SECRET_REVEAL;
            assert!(open || known(name).is_some(), "{id}: {name}");
        }
    }
}

#[test]
fn every_id_is_found_in_any_case_and_as_a_sample() {
    for kind in all() {
        let loud = format!("simulated_{}", kind.id.to_uppercase());
        assert_eq!(by_id(kind.id), Some(kind));
        assert_eq!(by_id(&loud), Some(kind));
        assert!(is_sample(&loud) && !is_sample(kind.id));
        let guessed = Family::of(&loud).map(Family::plan);
        assert_eq!(guessed, Some(kind.family.plan()), "{}", kind.id);
    }
    for id in ["", "SIMULATED_", "ARM_", "ARM_NoSuchThing", "é", "SIMULATED\u{e9}_"] {
        assert_eq!(by_id(id), None, "{id}");
    }
}

#[test]
fn an_id_with_another_plans_prefix_is_still_found() {
    let found = by_id("SIMULATED_ARM_AmRealtimeProtectionDisabled").unwrap();
    assert_eq!(found.id, "VM_AmRealtimeProtectionDisabled");
    let found = by_id("ARM_MicroBurst.AzureRmVMBulkCMD").unwrap();
    assert_eq!(found.id, "RM_MicroBurst.AzureRmVMBulkCMD");
    assert_eq!(by_id("KV_AmRealtimeProtectionDisabled"), None);
}

#[test]
fn a_family_is_guessed_by_the_beginning_of_an_id() {
    assert_eq!(Family::of("arm_Something"), Some(Family::ResourceManager));
    assert_eq!(Family::of("SIMULATED_KV_x").map(Family::title), Some("Defender for Key Vault"));
    assert_eq!(Family::of("K8S_x"), None);
    assert_eq!(Family::ServersControlPlane.plan(), Family::ServersGuest.plan());
}

#[test]
fn operations_are_looked_for_by_name_pattern_and_set() {
    let suspicious = by_id("ARM_OperationFromSuspiciousIP").unwrap();
    assert!(suspicious.looks_for("anything at all"));
    let hound = by_id("ARM_MicroBurst.AzDomainInfo").unwrap();
    assert!(hound.looks_for("MICROSOFT.AUTHORIZATION/LOCKS/DELETE"));
    assert!(!hound.looks_for("Microsoft.Compute/virtualMachines/write"));
    let access = by_id("ARM_AnomalousOperation.CredentialAccess").unwrap();
    assert!(access.operations.iter().any(|wanted| wanted.pattern == SECRET_REVEAL));
    assert!(access.looks_for("Microsoft.AVS/privateClouds/listAdminCredentials/action"));
    assert!(!access.looks_for("Microsoft.AVS/privateClouds/write"));
}

#[test]
fn what_follows_the_activity_proves_nothing_alone() {
    let elevation = by_id("ARM_AnomalousElevateAccess").unwrap();
    let part = |name: &str| elevation.part_of(name);
    assert_eq!(part("MICROSOFT.AUTHORIZATION/ELEVATEACCESS/ACTION"), Some(Part::Core));
    assert_eq!(part("Microsoft.Authorization/roleAssignments/write"), Some(Part::Support));
    let vault = by_id("KV_UserAnomaly").unwrap();
    let grant = vault.part_of("Microsoft.Authorization/roleAssignments/write");
    assert_eq!(grant, Some(Part::Grant));
}

#[test]
fn an_unknown_type_is_read_like_its_family_and_foreign_plans_leave_no_trace() {
    let like = |id: &str| by_id_or_family(id).map(|kind| kind.profile.trace);
    assert_eq!(like("KV_BrandNew"), Some(Trace::None));
    assert_eq!(like("Storage.Blob_BrandNew"), Some(Trace::None));
    assert_eq!(like("ARM_BrandNew"), None);
    assert!(is_elsewhere("SQL.DB_BruteForce") && is_elsewhere("k8s_x"));
    for guest in ["VM.Windows_PetyaRansomware", "vm.linux_SuspectProcessTermination"] {
        assert_eq!((Family::of(guest), is_elsewhere(guest)), (Some(Family::ServersGuest), false));
    }
    assert!(!is_elsewhere("ARM_AzureHound") && !is_elsewhere("VM_LoginBruteForceSuccess"));
}
