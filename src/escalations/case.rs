//! A support request as it is, with its hops, and what each party sees of it: pure, and the one place that decides who
//! reads what.
//!
//! - A party's view is made here from the whole; nothing that the party may not know gets into it.
//! - A tier takes part while a hop to it lasts. Afterwards its view stays as it was.
//! - The customer's view never tells of tiers, hops, partners' people or findings.

use super::words::{HopState, Status, Tier, Visibility};
use entity::{AccountId, PartnerId, Timestamp, support_escalation, support_request, support_view};
use uuid::Uuid;

/// A request with its hops, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The request.
    pub request: support_request::Model,
    /// Its hops, the oldest first.
    pub hops: Vec<support_escalation::Model>,
}

/// Somebody who takes part in a request, or did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// The customer.
    Customer,
    /// The partner that the request names.
    Named,
    /// A partner that it was handed to.
    Tier(PartnerId),
}

impl Party {
    /// The word that the tables hold.
    pub fn code(self) -> &'static str {
        match self {
            Party::Customer => "customer",
            Party::Named => "partner",
            Party::Tier(_) => "tier",
        }
    }
}

/// Who may read an entry of the timeline, among those who take part when it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// One party.
    Only(Party),
    /// The partners.
    Chain,
    /// The customer and the named partner.
    Customer,
    /// Everybody.
    All,
    /// Both ends of a hop, and the named partner.
    Hop(Uuid),
}

impl Audience {
    /// Of a note that a party writes.
    pub fn of_note(visibility: Visibility, author: Party) -> Audience {
        match visibility {
            Visibility::Org => Audience::Only(author),
            Visibility::Chain | Visibility::Vendor => Audience::Chain,
            Visibility::Customer => Audience::Customer,
        }
    }
}

/// Whether a hop has not ended.
pub fn is_live(hop: &support_escalation::Model) -> bool {
    hop.ends_at == Timestamp::FAR_FUTURE
}

impl Case {
    /// The party's id: of the partner or the customer.
    pub fn party_id(&self, party: Party) -> Uuid {
        match party {
            Party::Customer => self.request.customer_id.0,
            Party::Named => self.request.partner_id.0,
            Party::Tier(partner) => partner.0,
        }
    }

    /// The partner of a party; none for the customer.
    pub fn partner_of(&self, party: Party) -> Option<PartnerId> {
        match party {
            Party::Customer => None,
            Party::Named => Some(self.request.partner_id),
            Party::Tier(partner) => Some(partner),
        }
    }

    /// A hop by its id.
    pub fn hop(&self, id: Uuid) -> Option<&support_escalation::Model> {
        self.hops.iter().find(|hop| hop.id == id)
    }

    /// A hop by its id, to be changed.
    pub fn hop_mut(&mut self, id: Uuid) -> Option<&mut support_escalation::Model> {
        self.hops.iter_mut().find(|hop| hop.id == id)
    }

    /// Whether a party reads a hop, be it live or over: both ends do, and the named partner.
    pub fn reads_hop(&self, party: Party, id: Uuid) -> bool {
        match (party, self.hop(id)) {
            (Party::Customer, _) | (_, None) => false,
            (Party::Named, Some(_)) => true,
            (Party::Tier(partner), Some(hop)) => {
                hop.from_partner_id == partner || hop.to_partner_id == Some(partner)
            }
        }
    }

    /// The live hop to a provider.
    pub fn provider_hop(&self) -> Option<&support_escalation::Model> {
        self.hops.iter().find(|hop| is_live(hop) && hop.to_partner_id.is_some())
    }

    /// The live hop to the vendor.
    pub fn vendor_hop(&self) -> Option<&support_escalation::Model> {
        self.hops.iter().find(|hop| is_live(hop) && hop.to_partner_id.is_none())
    }

    /// The live hop that a partner has begun.
    pub fn hop_from(&self, partner: PartnerId) -> Option<&support_escalation::Model> {
        self.hops.iter().find(|hop| is_live(hop) && hop.from_partner_id == partner)
    }

    /// Whether the party takes part now.
    pub fn takes_part(&self, party: Party) -> bool {
        match party {
            Party::Customer | Party::Named => true,
            Party::Tier(partner) => self.provider_hop().is_some_and(|hop| hop.to_partner_id == Some(partner)),
        }
    }

    /// All that take part, or did.
    pub fn parties(&self) -> Vec<Party> {
        let mut parties = vec![Party::Customer, Party::Named];
        for hop in &self.hops {
            if let Some(partner) = hop.to_partner_id
                && !parties.contains(&Party::Tier(partner))
            {
                parties.push(Party::Tier(partner));
            }
        }
        parties
    }

    /// Whether it is neither resolved nor closed.
    pub fn is_open(&self) -> bool {
        ![Status::Resolved, Status::Closed].iter().any(|status| status.code() == self.request.status)
    }

    /// Where it stands.
    pub fn status(&self) -> Status {
        Status::of(&self.request.status).unwrap_or(Status::InProgress)
    }

    /// Where it is worked on.
    pub fn tier(&self) -> Tier {
        match (self.vendor_hop(), self.provider_hop()) {
            (Some(_), _) => Tier::Vendor,
            (None, Some(_)) => Tier::Provider,
            (None, None) => Tier::Partner,
        }
    }

    /// Which of those who take part now read what is written for an audience.
    pub fn readers(&self, audience: Audience) -> Vec<Party> {
        let current = self.parties().into_iter().filter(|party| self.takes_part(*party));
        let reads = |party: &Party| match audience {
            Audience::Only(only) => *party == only,
            Audience::Chain => *party != Party::Customer,
            Audience::Customer => matches!(party, Party::Customer | Party::Named),
            Audience::All => true,
            Audience::Hop(id) => self.reads_hop(*party, id),
        };
        current.filter(reads).collect()
    }

    /// What a party sees; `tenant` is its own. Version and time of change are left to whoever stores it.
    pub fn seen_by(&self, party: Party, tenant: Uuid) -> support_view::Model {
        let r = &self.request;
        let is_partner = party != Party::Customer;
        let is_first = !matches!(party, Party::Tier(_));
        let stands = self.stands_for(party);
        // Of findings a tier reads what was written before any hop, or since its own began.
        let first_hop = self.hops.first().map_or(Timestamp::FAR_FUTURE, |hop| hop.starts_at);
        let reads_findings = match party {
            Party::Customer => false,
            Party::Named => true,
            Party::Tier(_) => r.diagnosed_at.is_some_and(|at| at <= first_hop || at >= stands.since),
        };
        support_view::Model {
            request_id: r.id,
            party_id: self.party_id(party),
            party: party.code().to_owned(),
            reader_tenant_id: tenant,
            customer_id: r.customer_id,
            source_id: if is_partner { r.partner_id } else { PartnerId::ANY },
            is_current: self.takes_part(party),
            is_open: self.is_open() && self.takes_part(party),
            number: r.number.clone(),
            partner_id: r.partner_id,
            raised_by: r.raised_by.clone(),
            created_at: stands.since,
            kind: r.kind.clone(),
            severity: r.severity.clone(),
            title: r.title.clone(),
            description: r.description.clone(),
            service_id: r.service_id,
            service_name: r.service_name.clone(),
            subscription_id: r.subscription_id,
            contact_name: r.contact_name.clone().filter(|_| is_partner),
            contact_email: r.contact_email.clone().filter(|_| is_partner),
            contact_phone: r.contact_phone.clone().filter(|_| is_partner),
            attachments: r.attachments.clone(),
            diagnosis: r.diagnosis.clone().filter(|_| reads_findings),
            diagnosed_at: r.diagnosed_at.filter(|_| reads_findings),
            incident_id: r.incident_id,
            status: r.status.clone(),
            tier: stands.tier.code().to_owned(),
            owner_account_id: stands.owner,
            due_at: stands.due_at,
            breached_at: stands.breached_at,
            resolution_kind: r.resolution_kind.clone().filter(|kind| is_first || kind != "duplicate"),
            resolution_text: r.resolution_text.clone().filter(|_| is_first),
            resolved_at: r.resolved_at,
            closed_at: r.closed_at,
            merged_into_id: r.merged_into_id.filter(|_| is_first),
            version: 1,
            modified_at: r.modified_at,
        }
    }

    /// Tier, owner and clock as a party may know them.
    fn stands_for(&self, party: Party) -> Stands {
        let r = &self.request;
        let of_hop = |hop: &support_escalation::Model| {
            let is_unanswered = hop.answered_at.is_none() && is_live(hop);
            (if is_unanswered { hop.due_at } else { Timestamp::FAR_FUTURE }, hop.breached_at)
        };
        match party {
            Party::Customer => Stands {
                tier: Tier::Partner,
                owner: None,
                since: r.created_at,
                // What partners do among each other starts and stops their clocks, and is none of its business.
                due_at: r.customer_due_at,
                breached_at: None,
            },
            Party::Named => {
                let waits_for = self.hop_from(r.partner_id).map(of_hop);
                let (due_at, breached_at) = match waits_for {
                    Some(other) if r.due_at == Timestamp::FAR_FUTURE => other,
                    _ => (r.due_at, r.breached_at),
                };
                Stands {
                    tier: self.tier(),
                    owner: r.owner_account_id,
                    since: r.created_at,
                    due_at,
                    breached_at: breached_at.or(r.breached_at),
                }
            }
            Party::Tier(partner) => self.stands_for_tier(partner, of_hop),
        }
    }

    fn stands_for_tier(
        &self,
        partner: PartnerId,
        of_hop: impl Fn(&support_escalation::Model) -> (Timestamp, Option<Timestamp>),
    ) -> Stands {
        let mine = self.hops.iter().rev().find(|hop| hop.to_partner_id == Some(partner));
        let Some(hop) = mine else {
            return Stands {
                tier: Tier::Provider,
                owner: None,
                since: self.request.created_at,
                due_at: Timestamp::FAR_FUTURE,
                breached_at: None,
            };
        };
        let own = of_hop(hop);
        let onward = self.hop_from(partner).filter(|_| is_live(hop)).map(of_hop);
        let due_at = match onward {
            Some((due_at, _)) if own.0 == Timestamp::FAR_FUTURE => due_at,
            _ => own.0,
        };
        Stands {
            tier: if onward.is_some() { Tier::Vendor } else { Tier::Provider },
            owner: hop.owner_account_id,
            since: hop.starts_at,
            due_at,
            breached_at: own.1.or(onward.and_then(|onward| onward.1)),
        }
    }

    /// Ends a hop, and those that rest on it.
    pub fn end_hop(&mut self, id: Uuid, state: HopState, reason: Option<&str>, now: Timestamp) {
        for hop in &mut self.hops {
            if !is_live(hop) {
                continue;
            }
            if hop.id == id {
                hop.state = state.code().to_owned();
                hop.reason = reason.map(str::to_owned);
                hop.ends_at = now;
            } else if hop.parent_id == Some(id) {
                hop.state = HopState::Ended.code().to_owned();
                hop.ends_at = now;
            }
        }
    }

    /// Ends all hops: the request is over.
    pub fn end_hops(&mut self, now: Timestamp) {
        for hop in self.hops.iter_mut().filter(|hop| is_live(hop)) {
            hop.state = HopState::Ended.code().to_owned();
            hop.ends_at = now;
        }
    }
}

/// Where a request stands for one party.
struct Stands {
    tier: Tier,
    owner: Option<AccountId>,
    since: Timestamp,
    due_at: Timestamp,
    breached_at: Option<Timestamp>,
}
