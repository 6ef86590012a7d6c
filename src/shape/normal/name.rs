//! The operation: its ARM name, what calls it, and its display name read back.

use std::borrow::Cow;
use std::sync::LazyLock;

use hashbrown::HashMap;

use super::super::field::text;
use super::super::text::{fold_key, with_object};
use super::super::{Fields, Row};
use crate::azure::operation::is_arm;
use crate::azure::resource_id::ResourceId;
use crate::schema::Event;

/// Display names (English) and the operations they stand for, from REST exports that hold both and from lists of operations.
static SHOWN: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    include_str!("../../azure/data/operation-names.tsv")
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once('\t'))
        .map(|(shown, operation)| (shown.to_ascii_lowercase(), operation))
        .collect()
});

/// Sets operation, provider and verb.
pub(super) fn set(f: &Fields<'_>, row: &mut Row) {
    let own = text(f.operation).or_else(|| text(f.operation_shown));
    let Some(written) = own.or_else(|| asked(f).map(Cow::Owned)) else { return };
    let written = written.trim();
    row.set(Event::OperationRaw, written);
    let operation = if is_arm(written) {
        Cow::Borrowed(written)
    } else if let Some(operation) = SHOWN.get(&written.to_ascii_lowercase()) {
        Cow::Borrowed(*operation)
    } else {
        work_out(written, f).map_or(Cow::Borrowed(written), Cow::Owned)
    };
    let operation = &*operation;
    row.set_upper(Event::Operation, operation);
    row.set(Event::Verb, super::verb(operation));
    match operation.split_once('/') {
        Some((provider, _)) if is_arm(operation) => row.set_lower(Event::Provider, provider),
        _ => {
            if let Some(provider) = text(f.provider) {
                row.set_lower(Event::Provider, &provider);
            }
        }
    }
}

/// The operation that was asked for, where the record itself has none that can be read.
fn asked(f: &Fields<'_>) -> Option<String> {
    let action = |authorization| {
        let action = with_object(authorization, |a| text(a.get("action")).map(Cow::into_owned));
        action.flatten().filter(|action| is_arm(action))
    };
    action(f.authorization).or_else(|| action(f.authorization_other))
}

/// First words of display names, and what such a call does to the resource.
const DOES: &[(&str, &str)] = &[
    ("create", "write"),
    ("create/update", "write"),
    ("update", "write"),
    ("add", "write"),
    ("delete", "delete"),
    ("remove", "delete"),
];

/// Works an operation out of its display name and the type of the row's resource.
///
/// Only where the name ends with that type: of `Delete diagnostic setting` on a vault the vault is
/// not what was deleted.
fn work_out(shown: &str, f: &Fields<'_>) -> Option<String> {
    let first = shown.split_whitespace().next()?;
    let (_, verb) = DOES.iter().find(|(word, _)| word.eq_ignore_ascii_case(first))?;
    let of_id = || Some(Cow::Owned(ResourceId::parse(&text(f.resource)?)?.resource_type()));
    let kind = text(f.resource_type).filter(|kind| is_arm(kind)).or_else(of_id)?;
    let last = fold_key(kind.trim().rsplit_once('/')?.1).into_owned();
    let one = |many: &str| many.strip_suffix("ies").map(|stem| format!("{stem}y"));
    let singular = [
        one(&last),
        last.strip_suffix("es").map(Into::into),
        last.strip_suffix('s').map(Into::into),
    ];
    let name = fold_key(shown);
    let is_of = |word: &str| !word.is_empty() && name.ends_with(word);
    (is_of(&last) || singular.iter().flatten().any(|word| is_of(word)))
        .then(|| format!("{}/{verb}", kind.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::text::Nested;

    /// The operation of a row of the portal's table.
    fn operation(shown: &str, kind: &str) -> Row {
        let cells = serde_json::json!([shown, kind]).to_string();
        let nested = Nested::parse(cells).unwrap();
        let mut cells = nested.root().items();
        let (operation_shown, resource_type) = (cells.next(), cells.next());
        let mut row = Row::default();
        set(&Fields { operation_shown, resource_type, ..Fields::default() }, &mut row);
        row
    }

    #[test]
    fn a_name_that_is_not_listed_is_worked_out_of_the_type_that_it_ends_with() {
        for (shown, kind, wanted) in [
            ("Delete database accounts", "A.B/databaseAccounts", "A.B/DATABASEACCOUNTS/DELETE"),
            ("Delete Public Ip Address", "A.B/publicIPAddresses", "A.B/PUBLICIPADDRESSES/DELETE"),
            ("Remove access policy", "A.B/v/accessPolicies", "A.B/V/ACCESSPOLICIES/DELETE"),
            ("Create or update action group", "A.B/actionGroups", "A.B/ACTIONGROUPS/WRITE"),
            ("Create/Update thing", "A.B/things", "A.B/THINGS/WRITE"),
            ("Update website", "Microsoft.Web/sites", "MICROSOFT.WEB/SITES/WRITE"),
        ] {
            let row = operation(shown, kind);
            assert_eq!(row.get(Event::Operation), Some(wanted));
            let verb = wanted.rsplit('/').next().unwrap().to_lowercase();
            assert_eq!(row.get(Event::Verb), Some(&*verb), "{shown}");
            assert_eq!(row.get(Event::OperationRaw), Some(shown));
        }
    }

    #[test]
    fn a_name_that_speaks_of_something_else_stays_as_it_is() {
        for (shown, kind) in [
            ("Delete odd setting", "Microsoft.KeyVault/vaults"),
            ("Delete virtual machine part", "Microsoft.Compute/virtualMachines"),
            ("Look at vault", "Microsoft.KeyVault/vaults"),
            ("Delete vault", ""),
            ("Delete vault", "Vault"),
        ] {
            let row = operation(shown, kind);
            assert_eq!(row.get(Event::Operation), Some(&*shown.to_uppercase()));
            assert_eq!(row.get(Event::Verb), Some("other"), "{shown}");
        }
    }
}
