//! Microsoft's own applications: which client or service an application id in a token stands for.

use std::sync::LazyLock;

use super::guid::dash_guid;
use super::table;

/// A first-party application of Microsoft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct App {
    /// The application id, dashed and in lower case.
    pub app_id: &'static str,
    /// The name for people, if Microsoft gives one beside the id.
    pub name: Option<&'static str>,
    /// What it is, such as `portal`, `cli`, `service` or `office-mobile`.
    pub kind: &'static str,
    /// Whether a person signs in with it.
    pub interactive: bool,
    /// Whether it is known to call Azure Resource Manager.
    pub arm_client: bool,
    /// Whether administrators of Azure are expected to work with it.
    pub expected_for_arm_admin: bool,
}

impl App {
    /// Returns whether it calls Azure Resource Manager from the device of the person who signs in.
    ///
    /// What web sites and Cloud Shell do comes from the networks of Microsoft, and the parts of the
    /// portal that have an id of their own are no client that anybody chooses.
    pub fn calls_from_a_device(&self) -> bool {
        let is_elsewhere = match self.kind {
            "web-portal" | "cloud-shell" => true,
            "portal" => !self.expected_for_arm_admin,
            _ => false,
        };
        self.interactive && self.arm_client && !is_elsewhere
    }
}

const TEXT: &str = include_str!("data/first-party-apps.tsv");

static APPS: LazyLock<Vec<App>> = LazyLock::new(|| table::rows(TEXT).map(app).collect());

fn app([app_id, name, kind, interactive, arm_client, expected]: [&'static str; 6]) -> App {
    let yes = |cell| cell == "yes";
    App {
        app_id,
        name: (!name.is_empty()).then_some(name),
        kind,
        interactive: yes(interactive),
        arm_client: yes(arm_client),
        expected_for_arm_admin: yes(expected),
    }
}

/// Returns every known application, by id.
pub fn all() -> &'static [App] {
    &APPS
}

/// Finds a first-party application by its id, dashed or not.
pub fn by_id(text: &str) -> Option<&'static App> {
    table::find(&APPS, &dash_guid(text)?, |app| app.app_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::guid::is_guid;

    const KINDS: [&str; 15] = [
        "agent",
        "broker",
        "cli",
        "cloud-shell",
        "dev-tool",
        "docs-tryit",
        "mobile",
        "native-client",
        "office-mobile",
        "portal",
        "powershell",
        "resource",
        "sdk",
        "service",
        "web-portal",
    ];

    #[test]
    fn the_table_is_whole_sorted_and_free_of_repeats() {
        assert_eq!(all().len(), 1183);
        assert!(table::rises(all().iter().map(|app| app.app_id)));
        for app in all() {
            assert!(is_guid(app.app_id) && app.app_id == app.app_id.to_ascii_lowercase());
            assert!(KINDS.contains(&app.kind), "{}", app.kind);
        }
    }

    #[test]
    fn flags_are_as_many_as_the_applications_that_have_them() {
        assert_eq!(all().iter().filter(|app| app.name.is_none()).count(), 8);
        assert_eq!(all().iter().filter(|app| app.interactive).count(), 320);
        assert_eq!(all().iter().filter(|app| app.arm_client).count(), 150);
        assert_eq!(all().iter().filter(|app| app.expected_for_arm_admin).count(), 10);
    }

    #[test]
    fn an_application_is_found_by_either_form_of_its_id() {
        for text in ["04B07795-8DDB-461A-BBEE-02F9E1BF7B46", "04b077958ddb461abbee02f9e1bf7b46"] {
            let app = by_id(text).unwrap();
            assert_eq!((app.name, app.kind), (Some("Microsoft Azure CLI"), "cli"));
            assert!(app.interactive && app.expected_for_arm_admin);
        }
        assert_eq!(by_id(""), None);
        assert_eq!(by_id("00000000-0000-0000-0000-000000000000"), None);
    }
}
