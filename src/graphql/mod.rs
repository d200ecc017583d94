//! Shared vocabulary of the graph: errors, ids, paging, filters, scalars, batching, the pre-parse scan. Knows no domain.

pub mod connection;
pub mod error;
pub mod filter;
pub mod level;
pub mod order;
pub mod page;
pub mod provenance;
pub mod scalar;
pub mod scan;
pub mod write;

use crate::op::Op;
use async_graphql::{Context, ID};
use uuid::Uuid;

/// The operation's context.
pub fn op<'a>(ctx: &Context<'a>) -> &'a Op {
    // The schema is executed in one place, which puts it in.
    ctx.data_unchecked::<Op>()
}

/// What kind of object a global id names: authenticated inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs)] // each is the type of its name
pub enum Kind {
    Account = b'A',
    SupportArrangement = b'B',
    Customer = b'C',
    SupportContract = b'D',
    Escalation = b'E',
    SecurityGroup = b'G',
    Incident = b'I',
    SupportNote = b'N',
    Partner = b'P',
    SupportRequest = b'Q',
    Relationship = b'R',
    CustomerSubscription = b'S',
    AccessAssignment = b'T',
    Service = b'V',
}

impl Kind {
    /// The kind of a tag.
    pub fn of(tag: u8) -> Option<Kind> {
        use Kind::*;
        [
            Account,
            SupportArrangement,
            Customer,
            SupportContract,
            Escalation,
            SecurityGroup,
            Incident,
            SupportNote,
            Partner,
            SupportRequest,
            Relationship,
            CustomerSubscription,
            AccessAssignment,
            Service,
        ]
        .into_iter()
        .find(|kind| *kind as u8 == tag)
    }
}

/// A global id.
pub fn global_id(ctx: &Context<'_>, kind: Kind, id: Uuid) -> ID {
    // Sealing 17 bytes with a valid key cannot fail.
    ID(op(ctx).sealer.id(kind as u8, id).unwrap_or_default())
}

/// The row id in a global id of that kind. A malformed one is the caller's mistake; one that names nothing is not.
pub fn row_id(op: &Op, field: &str, id: &ID, kind: Kind) -> Result<Uuid, error::Denied> {
    match op.sealer.open_id(id) {
        Some((tag, id)) if tag == kind as u8 => Ok(id),
        _ => Err(crate::error::Error::invalid(field, "is not an id of this type").into()),
    }
}
