//! A world's facts as plain structs, each as one source said it. Knows nothing of the gateway, and never asks it.
//! People and organisations are named by their place in the lists.

use super::facts_health::Health;
use super::facts_support::Support;
use std::collections::BTreeSet;
use uuid::Uuid;

/// "No end": 9999-12-31T23:59:59.999999Z, in microseconds since 1970.
pub const FOREVER: i64 = 253_402_300_799_999_999;
/// One day, in microseconds.
pub const DAY: i64 = 86_400_000_000;

/// From a moment, which is in it, to another one, which is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: i64,
    pub until: i64,
}

impl Span {
    pub fn open(from: i64) -> Self {
        Span { from, until: FOREVER }
    }

    pub fn holds(self, at: i64) -> bool {
        self.from <= at && at < self.until
    }

    pub fn meets(self, other: Span) -> bool {
        self.from < other.until && other.from < self.until
    }
}

#[derive(Clone, Debug)]
pub struct Partner {
    pub id: Uuid,
    pub tenant: Uuid,
    /// What it calls itself.
    pub name: String,
    pub kind: &'static str,
    pub mpn: String,
}

#[derive(Clone, Debug)]
pub struct Customer {
    pub id: Uuid,
    pub tenant: Uuid,
}

#[derive(Clone, Debug)]
pub struct Group {
    pub id: Uuid,
    pub tenant: Uuid,
    pub object: Uuid,
    pub role: Option<&'static str>,
    /// The directory learns of it after everything else.
    pub is_late: bool,
}

#[derive(Clone, Debug)]
pub struct Account {
    pub id: Uuid,
    pub tenant: Uuid,
    pub object: Uuid,
    /// `member`, `guest` or `application`.
    pub kind: &'static str,
    pub span: Span,
    pub name: String,
}

#[derive(Clone, Debug)]
pub struct Membership {
    pub account: usize,
    pub group: usize,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Restriction {
    pub group: usize,
    pub customer: usize,
    pub name: &'static str,
    pub span: Span,
}

/// A reseller lets a provider see its customers whose relation names no other provider.
#[derive(Clone, Debug)]
pub struct Consent {
    pub reseller: usize,
    pub provider: usize,
    pub span: Span,
}

/// What holds from one moment to another because a source said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The source's own relation to a customer.
    Relation {
        customer: usize,
        kind: &'static str,
    },
    /// DAP.
    Privilege {
        customer: usize,
    },
    /// The reseller serves the customer through the provider.
    Indirect {
        customer: usize,
        provider: usize,
        reseller: usize,
    },
    Partnership {
        provider: usize,
        reseller: usize,
    },
}

#[derive(Clone, Debug)]
pub struct Said {
    pub source: usize,
    pub what: What,
    pub span: Span,
    /// The newest capture that said so.
    pub confirmed: i64,
}

/// A source's words of a customer.
#[derive(Clone, Debug)]
pub struct Word {
    pub source: usize,
    pub customer: usize,
    pub name: String,
    pub primary: Option<String>,
    /// With the default one.
    pub domains: BTreeSet<String>,
    /// All that is kept of the company details; none if the source gave none.
    pub city: Option<String>,
    pub city_as_of: i64,
    /// 0 where other records merely named the customer.
    pub as_of: i64,
}

/// What a source calls a partner.
#[derive(Clone, Debug)]
pub struct Naming {
    pub source: usize,
    pub partner: usize,
    pub name: String,
    pub as_of: i64,
}

/// One source's copy of a subscription.
#[derive(Clone, Debug)]
pub struct Subscription {
    pub id: Uuid,
    pub source: usize,
    pub customer: usize,
    pub external: String,
    /// Names copy and source.
    pub label: String,
    pub status: &'static str,
    pub seller: Option<usize>,
    pub of_record: Option<usize>,
    pub support: Option<usize>,
    pub ends: i64,
    pub renews: bool,
    pub offer: &'static str,
    pub quantity: i64,
    /// What the quantity counts, where the body says it.
    pub unit: Option<&'static str>,
    pub as_of: i64,
}

/// One source's word of a GDAP relationship.
#[derive(Clone, Debug)]
pub struct Relationship {
    pub id: Uuid,
    pub source: usize,
    pub external: String,
    pub name: String,
    pub customer: Option<usize>,
    /// The provider that made it for a reseller.
    pub creator: Option<usize>,
    pub is_pending: bool,
    pub status: &'static str,
    pub activated: Option<i64>,
    pub ends: i64,
    pub roles: Vec<&'static str>,
    pub as_of: i64,
}

#[derive(Clone, Debug)]
pub struct Assignment {
    pub id: Uuid,
    pub source: usize,
    pub external: String,
    pub relationship: usize,
    /// Object id of the security group.
    pub group: Uuid,
    pub status: &'static str,
    pub span: Span,
    pub roles: Vec<&'static str>,
    pub as_of: i64,
}

#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub partners: Vec<Partner>,
    pub customers: Vec<Customer>,
    pub groups: Vec<Group>,
    pub accounts: Vec<Account>,
    pub memberships: Vec<Membership>,
    pub restrictions: Vec<Restriction>,
    pub consents: Vec<Consent>,
    pub said: Vec<Said>,
    pub words: Vec<Word>,
    pub namings: Vec<Naming>,
    pub subscriptions: Vec<Subscription>,
    pub relationships: Vec<Relationship>,
    pub assignments: Vec<Assignment>,
    pub health: Health,
    pub support: Support,
}

impl Facts {
    /// Moments at which something begins or ends.
    pub fn instants(&self) -> Vec<i64> {
        let spans = self
            .said
            .iter()
            .map(|s| s.span)
            .chain(self.accounts.iter().map(|a| a.span))
            .chain(self.memberships.iter().map(|m| m.span))
            .chain(self.restrictions.iter().map(|r| r.span))
            .chain(self.consents.iter().map(|c| c.span))
            .chain(self.assignments.iter().map(|a| a.span));
        let lives =
            self.relationships.iter().filter_map(|r| Some(Span { from: r.activated?, until: r.ends }));
        let ends = spans.chain(lives).flat_map(|s| [s.from, s.until]).chain(self.health.instants());
        let ends = ends.chain(self.support.instants());
        let ends: BTreeSet<i64> = ends.filter(|at| *at < FOREVER).collect();
        ends.into_iter().collect()
    }

    /// Accounts of a tenant.
    pub fn accounts_of(&self, tenant: Uuid) -> Vec<usize> {
        (0..self.accounts.len()).filter(|a| self.accounts[*a].tenant == tenant).collect()
    }
}
