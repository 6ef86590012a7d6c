//! Ids as services and people write them.

use super::*;
use proptest::prelude::*;

const VM: &str =
    "/subscriptions/S1/resourceGroups/Rg/providers/Microsoft.Compute/virtualMachines/Vm";

fn id(text: &str) -> ResourceId<'_> {
    ResourceId::parse(text).unwrap()
}

#[test]
fn a_virtual_machine_gives_all_its_parts() {
    let upper = VM.to_uppercase();
    let (vm, loud) = (id(VM), id(&upper));
    assert_eq!((vm.subscription(), vm.resource_group()), (Some("S1"), Some("Rg")));
    assert_eq!((vm.provider(), vm.name()), (Some("Microsoft.Compute"), "Vm"));
    assert_eq!(vm.resource_type(), "microsoft.compute/virtualmachines");
    assert_eq!(loud.resource_type(), vm.resource_type());
    assert!(loud.is_type("Microsoft.Compute/virtualMachines"));
    assert!(!vm.is_type("microsoft.compute") && !vm.is_type("microsoft.compute/x"));
    assert_eq!(vm.target_of_extension(), None);
}

#[test]
fn levels_and_types_follow_from_the_form() {
    let mg = "/providers/Microsoft.Management/managementGroups/mg";
    for (text, level, kind) in [
        ("/", "root", "microsoft.resources/tenants"),
        ("//", "root", "microsoft.resources/tenants"),
        ("/tenants/t", "root", "microsoft.resources/tenants"),
        ("/tenants/t/providers/Microsoft.aadiam", "root", "microsoft.aadiam"),
        ("/providers/Microsoft.Authorization", "root", "microsoft.authorization"),
        ("/providers/Microsoft.Capacity/orders/o", "resource", "microsoft.capacity/orders"),
        (mg, "management_group", "microsoft.management/managementgroups"),
        ("/SUBSCRIPTIONS/s/", "subscription", "microsoft.resources/subscriptions"),
        ("subscriptions/s", "subscription", "microsoft.resources/subscriptions"),
        ("/subscriptions/s/providers/Microsoft.X", "subscription", "microsoft.x"),
        (
            "/subscriptions/s/resourcegroups/my group",
            "resource_group",
            "microsoft.resources/subscriptions/resourcegroups",
        ),
        (VM, "resource", "microsoft.compute/virtualmachines"),
        ("/subscriptions/s/tagNames/t", "resource", "microsoft.resources/subscriptions/tagnames"),
    ] {
        assert_eq!(id(text).scope_level().as_str(), level, "{text}");
        assert_eq!(id(text).resource_type(), kind, "{text}");
    }
    assert_eq!(id(mg).management_group(), Some("mg"));
    let moved = format!("{mg}/subscriptions/s");
    assert_eq!(id(&moved).subscription(), Some("s"));
    assert_eq!(id(&moved).scope_level(), ScopeLevel::Resource);
}

#[test]
fn an_extension_names_what_it_hangs_on() {
    let on_vm = format!("{VM}/providers/Microsoft.Insights/diagnosticSettings/d");
    assert_eq!(id(&on_vm).target_of_extension(), Some(id(VM)));
    assert_eq!(id(&on_vm).resource_type(), "microsoft.insights/diagnosticsettings");
    for (scope, level) in [
        ("", ScopeLevel::Root),
        ("/providers/Microsoft.Management/managementGroups/m", ScopeLevel::ManagementGroup),
        ("/subscriptions/s", ScopeLevel::Subscription),
        ("/subscriptions/s/resourceGroups/g", ScopeLevel::ResourceGroup),
        (VM, ScopeLevel::Resource),
    ] {
        let grant = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/r");
        let target = id(&grant).target_of_extension().unwrap();
        assert_eq!((target.scope_level(), id(&grant).scope_level()), (level, ScopeLevel::Resource));
        assert_eq!(id(&grant).parent(), Some(target));
    }
}

#[test]
fn parents_lead_from_a_nested_resource_to_the_root() {
    let extension = format!("{VM}/extensions/e");
    let chain: Vec<_> = id(&extension).outwards().map(|i| i.as_str()).collect();
    let wider = [VM, "/subscriptions/S1/resourceGroups/Rg", "/subscriptions/S1", "/"];
    assert_eq!(chain[1..], wider);
    let vm = id(&extension).nearest("Microsoft.Compute/VirtualMachines").unwrap();
    assert_eq!(vm.name(), "Vm");
    assert_eq!(id(&extension).nearest("microsoft.web/sites"), None);
}

#[test]
fn odd_forms_are_read_by_position() {
    let named = "/subscriptions/s/resourceGroups/providers/providers/Microsoft.Web/sites/a%20b";
    assert_eq!(id(named).resource_group(), Some("providers"));
    assert_eq!((id(named).name(), id(named).provider()), ("a%20b", Some("Microsoft.Web")));
    let short = id("/subscriptions/s/resourceGroups/g/microsoft.automation/accounts/<name>");
    assert_eq!(short.resource_type(), "microsoft.automation/accounts");
    assert_eq!((short.name(), short.scope_level()), ("<name>", ScopeLevel::Resource));
    assert_eq!(short.parent().map(|p| p.scope_level()), Some(ScopeLevel::ResourceGroup));
    assert_eq!(id("/subscriptions//resourceGroups/g").subscription(), None);
    for text in ["", " ", "Sample-VM", "/other/x", &"/subscriptions/s".repeat(300)] {
        assert_eq!(ResourceId::parse(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic_and_its_parents_end(
        text in "(/?(subscriptions|resourceGroups|providers|tenants|managementGroups|Microsoft\\.Management|é|a\\.b|x|)){0,24}/?|\\PC*"
    ) {
        prop_assert_eq!(canonical(&canonical(&text)), canonical(&text));
        let mut next = ResourceId::parse(&text);
        let mut left = text.len() + 2;
        while let Some(id) = next {
            let lower = canonical(id.as_str());
            let again = ResourceId::parse(&lower).map(|low| low.resource_type());
            prop_assert_eq!(again, Some(id.resource_type()));
            prop_assert!(id.target_of_extension().is_none_or(|target| target != id));
            prop_assert!(left > 0);
            left -= 1;
            next = id.parent();
        }
    }
}
