//! Changes through Privileged Identity Management: what each does.

use super::super::facts::Facts;
use super::super::model::{IamChangeKind, PimAssignment};
use crate::azure::pim::{self, Deed};
use crate::ledger::Operation;
use crate::shape::access::{Access, Pim};

/// Returns what an operation of Privileged Identity Management does: by its bodies, else by its name.
pub(super) fn of(facts: &Facts<'_>, operation: &Operation) -> Option<Pim> {
    let named = pim::change(facts.operation(operation))?;
    let bodies = facts.access(operation).filter_map(|access| match access {
        Access::Pim(pim) => Some(pim),
        _ => None,
    });
    Some(bodies.fold(Pim { change: named, ..Pim::default() }, |known, body| Pim {
        // The answer comes after the request, and says more.
        change: pim::Change { pending: known.change.pending || body.change.pending, ..body.change },
        role: body.role.clone().or(known.role),
        expires: body.expires.or(known.expires),
    }))
}

/// Returns the kind of change that it is: what somebody takes away is a revocation.
pub(super) fn kind(pim: &Pim) -> IamChangeKind {
    match pim.change.deed {
        Deed::Revokes => IamChangeKind::Revoke,
        Deed::Gives | Deed::Deactivates => IamChangeKind::Pim,
    }
}

/// Returns what the member has, or had, of the role.
pub(super) fn assignment(pim: &Pim) -> Option<PimAssignment> {
    let assignment =
        if pim.change.eligible { PimAssignment::Eligible } else { PimAssignment::Active };
    pim.change.member.then_some(assignment)
}
