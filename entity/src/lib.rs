//! The tables, one file each, singular, as sea-orm entities. No queries, no GraphQL, no casbin: a leaf.
//!
//! Two forms hold for every table and both engines:
//! - an identifier is a UUID (`uuid` on PostgreSQL, a 16-byte BLOB on SQLite);
//! - a point in time is a [`Timestamp`]: microseconds since 1970 in a `BIGINT`. It sorts, compares and
//!   takes part in arithmetic alike on both engines, which text and native timestamps do not.
//!
//! An interval is half-open, `starts_at <= now < ends_at`. Facts end by their interval and are never deleted.

// The derive writes `Entity`, `Column` and the like without documentation of their own.
#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

pub mod access_assignment;
pub mod access_assignment_role;
pub mod access_grant;
pub mod account;
pub mod audit_event;
pub mod capture;
pub mod company_profile;
pub mod customer;
pub mod customer_domain;
pub mod customer_listing;
pub mod customer_profile;
pub mod customer_search;
pub mod customer_service;
pub mod customer_subscription;
pub mod customer_word;
pub mod delegated_admin_privilege;
pub mod delegated_admin_relationship;
pub mod delegated_admin_role;
pub mod event;
pub mod gateway_state;
pub mod group_member;
pub mod health_watch;
pub mod idempotency_key;
pub mod incident;
pub mod incident_copy;
pub mod incident_listing;
pub mod incident_post;
pub mod incident_tenant;
pub mod indirect_relation;
pub mod message_copy;
pub mod message_tenant;
pub mod partner;
pub mod partner_profile;
pub mod partnership;
pub mod reseller_relation;
pub mod restriction;
pub mod role_token;
pub mod security_group;
pub mod service_status_span;
pub mod subscription_commerce;
pub mod subscription_listing;
pub mod support_arrangement;
pub mod support_contract;
pub mod support_entry;
pub mod support_entry_reader;
pub mod support_escalation;
pub mod support_request;
pub mod support_view;
pub mod vendor_request;

/// Microseconds since 1970-01-01T00:00:00Z. PostgreSQL keeps no more, so no engine gets more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// 9999-12-31T23:59:59.999999Z: "no end", as the upstream writes it too.
    pub const FAR_FUTURE: Timestamp = Timestamp(253_402_300_799_999_999);

    /// One second, in microseconds.
    pub const SECOND: i64 = 1_000_000;

    /// One day, in microseconds.
    pub const DAY: i64 = 86_400 * Self::SECOND;

    /// This instant moved by whole days; negative goes back.
    pub fn plus_days(self, days: i64) -> Self {
        Timestamp(self.0 + days * Self::DAY)
    }

    /// `None` when it stands for "no end".
    pub fn known(self) -> Option<Timestamp> {
        (self != Self::FAR_FUTURE).then_some(self)
    }
}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new random id.
            pub fn random() -> Self {
                Self(Uuid::new_v4())
            }
        }

        // sea-orm asks this of every key type; a random id is never a counter.
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )*};
}

id! {
    /// A partner's shell.
    PartnerId;
    /// An account.
    AccountId;
    /// A security group.
    GroupId;
    /// A customer's shell.
    CustomerId;
    /// A customer's subscription.
    SubscriptionId;
    /// A delegated administration relationship.
    RelationshipId;
    /// An access assignment.
    AssignmentId;
    /// An online service: made from its key, the same everywhere.
    ServiceId;
    /// An incident's shell.
    IncidentId;
}

impl PartnerId {
    /// In a derived grant: the rows of any source.
    pub const ANY: PartnerId = PartnerId(Uuid::nil());
}

impl CustomerId {
    /// In a derived grant: no customer, the partner's own organisation.
    pub const NONE: CustomerId = CustomerId(Uuid::nil());
}
