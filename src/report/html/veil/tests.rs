//! Names of elsewhere are hidden, names of here and ordinary words stay.

use super::*;
use crate::investigation::model::Finding;

const HERE: &str = "11111111-0000-4000-8000-000000000001";
const THERE: &str = "22222222-0000-4000-8000-000000000002";

fn report() -> Report {
    let subscription = |id: &str, user: &str| Subscription {
        id: id.into(),
        users: vec![user.into(), "both@x.example".into()],
        ..Subscription::default()
    };
    let user = |id: &str, name: &str| User { id: id.into(), name: name.into(), ..User::default() };
    let on = |place: &str, rest: &str| format!("/subscriptions/{place}/resourcegroups/{rest}");
    let finding = Finding {
        resources: vec![
            on(HERE, "rg-web/providers/microsoft.compute/virtualmachines/vm-01"),
            on(THERE, "rg-pay/providers/microsoft.compute/virtualmachines/vm-01"),
            on(THERE, "rg-pay/providers/microsoft.keyvault/vaults/paymentvault/secrets/a b"),
        ]
        .into(),
        ..Finding::default()
    };
    Report {
        subscriptions: vec![
            subscription(HERE, "here@x.example"),
            subscription(THERE, "there@x.example"),
        ],
        users: vec![
            user("here@x.example", "Hera Here"),
            user("there@x.example", "Theo There"),
            user("ozge@x.example", "Özge Ünal"),
            user("both@x.example", "Bo"),
        ],
        findings: vec![finding],
        ..Report::default()
    }
}

#[test]
fn names_of_elsewhere_are_hidden_and_those_of_here_stay() {
    let veil = Veil::new(&report()).unwrap();
    let cover = veil.over(0);
    for stays in [
        "Hera Here (here@x.example), both@x.example on vm-01 in rg-web",
        "it reads operations of some vaults",
        "xthere@x.example and there@x.example.org and rg-pay-2",
        &format!("/SUBSCRIPTIONS/{HERE}/resourceGroups/rg-web:12"),
    ] {
        assert_eq!(cover.over(stays), stays);
        assert!(cover.passes(stays));
    }
    let id = format!("in {}, too", THERE.to_uppercase());
    let joined = format!("/subscriptions/{HERE}/a;/subscriptions/{THERE}/b");
    assert!(!cover.passes(&joined) && !cover.over(&joined).contains(THERE));
    let path = format!("'/subscriptions/{THERE}/resourcegroups/secret/x' x=/y/{THERE}/z:1");
    for (text, shown) in [
        (id.as_str(), "in another subscription, too"),
        (&path, "'another subscription' another subscription"),
        ("by Theo There (There@X.example).", "by somebody else."),
        ("by Özge Ünal, once", "by somebody else, once"),
        (
            "Theo There of rg-pay; PaymentVault",
            "somebody else of something elsewhere; something elsewhere",
        ),
    ] {
        assert_eq!(cover.over(text), shown);
    }
    assert_eq!(veil.over(1).over("Theo There on rg-web"), "Theo There on something elsewhere");
}

#[test]
fn one_subscription_has_nothing_to_hide() {
    let mut report = report();
    report.subscriptions.truncate(1);
    assert!(Veil::new(&report).is_none());
}
