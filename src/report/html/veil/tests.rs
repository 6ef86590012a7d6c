//! Names of elsewhere are hidden, names of here and ordinary words stay.

use super::*;
use crate::investigation::model::Finding;
use crate::investigation::model::RuleNote;
use crate::investigation::model::Subscription;
use crate::investigation::model::User;

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
            user("jos\u{e9}.\u{f1}and\u{fa}@x.example", "José ÑANDÚ"),
            user("kim@x.example", "Kim"),
            user("svc", "Order"),
            User { object_id: Some("oid".into()), ..user("here@x.example", "Hera Here") },
            User { object_id: Some("oid".into()), ..user("old@x.example", "Hera Old") },
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
fn names_of_all_scripts_are_hidden_in_any_letter_case() {
    let veil = Veil::new(&report()).unwrap();
    let cover = veil.over(0);
    for (text, shown) in [
        ("JOSÉ ñandú, josé ñandú", "somebody else, somebody else"),
        ("JOSÉ.ÑANDÚ@X.example!", "somebody else!"),
        // A letter before the name is longer without its case.
        ("İİ ÖZGE ÜNAL İİ", "İİ somebody else İİ"),
    ] {
        assert_eq!(cover.over(text), shown);
    }
    let long = format!("İİ '/subscriptions/{THERE}/İ' İ");
    assert_eq!(cover.over(&long), "İİ 'another subscription' İ");
}

#[test]
fn short_names_are_hidden_where_people_write_and_where_a_user_is_named() {
    let mut report = report();
    let description = Some("In what order?".into());
    report.rules.push(RuleNote { description, ..RuleNote::default() });
    let veil = Veil::new(&report).unwrap();
    let cover = veil.over(0);
    // In a sentence of the program it may be any word.
    assert_eq!(cover.over("Kim"), "Kim");
    let prose = "Seen with Kim and Bo, kim@x.example, Kimberly and kim. Order: JOSÉ ÑANDÚ";
    assert_eq!(
        cover.over_prose(prose),
        "Seen with somebody else and Bo, somebody else, Kimberly and kim. Order: somebody else"
    );
    assert_eq!(cover.instead_of_user("svc"), Some("somebody else"));
    assert_eq!(cover.instead_of_user("kim@x.example"), Some("somebody else"));
    assert_eq!(cover.instead_of_user("both@x.example"), None);
    assert_eq!(cover.instead_of_user("nobody@x.example"), None);
    // An object id may be that of two names.
    assert_eq!(cover.instead_of_user("oid"), None);
    assert_eq!(cover.instead_of_user(THERE), Some("somebody else"));
}

#[test]
fn one_subscription_has_nothing_to_hide() {
    let mut report = report();
    report.subscriptions.truncate(1);
    assert!(Veil::new(&report).is_none());
}
