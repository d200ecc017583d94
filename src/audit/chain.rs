//! How the records of a chain are bound to each other: the form of a record, its hash, the check. Pure.
//!
//! The hash of a record is SHA-256, in lower-case hexadecimal digits, over these values one after the other:
//! the text `partner-gateway audit 1`; the hash of the record before it, absent in the first of a chain; then every
//! column of the row but `hash`, in the order of the table: tenant_id, seq, at, actor_account_id, actor_tenant_id,
//! on_behalf_of, action, outcome, resource_kind, resource_id, customer_id, ground, request_id, reason.
//!
//! An absent value is the byte 0. Any other is the byte 1, its length in 8 bytes, and itself: a text in UTF-8, an id in
//! its 16 bytes, a number or a moment (microseconds since 1970) in 8 bytes; the most significant byte first everywhere.
//! So no two records have the same form, and nothing hangs on how some library writes JSON.

use aws_lc_rs::digest::{Context, SHA256};
use entity::{Timestamp, audit_event};
use uuid::Uuid;

/// Names the form: another one gets another name.
const FORM: &str = "partner-gateway audit 1";

/// The values of a record on their way into its hash.
struct Values(Context);

impl Values {
    fn add(&mut self, value: Option<&[u8]>) {
        match value {
            None => self.0.update(&[0]),
            Some(bytes) => {
                self.0.update(&[1]);
                self.0.update(&(bytes.len() as u64).to_be_bytes());
                self.0.update(bytes);
            }
        }
    }

    fn text(&mut self, text: &str) {
        self.add(Some(text.as_bytes()));
    }

    fn number(&mut self, number: i64) {
        self.add(Some(&number.to_be_bytes()));
    }

    fn id(&mut self, id: Option<Uuid>) {
        self.add(id.as_ref().map(|id| id.as_bytes().as_slice()));
    }
}

/// The hash of a record that stands after another, or first; its own column is not looked at.
pub(super) fn hash(before: Option<&str>, record: &audit_event::Model) -> String {
    // Taken apart by name: a new column does not compile before it has its place here.
    let audit_event::Model {
        tenant_id,
        seq,
        at,
        actor_account_id,
        actor_tenant_id,
        on_behalf_of,
        action,
        outcome,
        resource_kind,
        resource_id,
        customer_id,
        ground,
        request_id,
        reason,
        hash: _,
    } = record;
    let mut values = Values(Context::new(&SHA256));
    values.text(FORM);
    values.add(before.map(str::as_bytes));
    values.id(Some(*tenant_id));
    values.number(*seq);
    values.number(at.0);
    values.id(actor_account_id.map(|id| id.0));
    values.id(Some(*actor_tenant_id));
    values.id(*on_behalf_of);
    values.text(action);
    values.text(outcome);
    values.add(resource_kind.as_deref().map(str::as_bytes));
    values.id(*resource_id);
    values.id(customer_id.map(|id| id.0));
    values.add(ground.as_deref().map(str::as_bytes));
    values.id(Some(*request_id));
    values.add(reason.as_deref().map(str::as_bytes));
    values.0.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Records of one chain taken in the order of their places.
#[derive(Debug)]
pub(super) struct Check {
    /// The place that the next one must have.
    expected: i64,
    /// The hash of the one before it.
    before: Option<String>,
    /// Nothing is known of the one before: the next is believed, and only those after it are checked.
    is_open: bool,
    first_break: Option<(i64, Timestamp)>,
}

impl Check {
    /// From a place on, whose own record is the hold for the next; from the beginning of the chain for 0 and 1.
    pub(super) fn starting_at(place: i64) -> Self {
        Check { expected: place.max(1), before: None, is_open: place > 1, first_break: None }
    }

    /// Takes the next one that there is.
    pub(super) fn take(&mut self, record: &audit_event::Model) {
        let is_bound = self.is_open || record.hash == hash(self.before.as_deref(), record);
        if (record.seq != self.expected || !is_bound) && self.first_break.is_none() {
            self.first_break = Some((record.seq, record.at));
        }
        self.expected = record.seq.saturating_add(1);
        self.before = Some(record.hash.clone());
        self.is_open = false;
    }

    /// The first one that does not follow from the one before it.
    pub(super) fn first_break(&self) -> Option<(i64, Timestamp)> {
        self.first_break
    }
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
