//! What was said in support requests, arrangements and contracts, read without a scope, and which organisation may read it
//! by a rule of its own, from who wrote it, for whom, and who took part then: never from the gateway's own table of readers.
//!
//! - A request is read by its customer, the partner that it names, and all to whom it was handed; what was found and how it
//!   ended by those who had it then.
//! - ORG: the author's side. CUSTOMER: customer and named partner; what all are told, also who has the case then. CHAIN and
//!   VENDOR: the named partner and whoever has the case then; what that partner wrote before any hop, whoever got it.
//! - What belongs to a hop is its ends'; of a hop to a provider the named partner is one.
//! - Which people of an organisation read is not looked at here; what they are called, their own organisation reads.

use super::sources::table;
use crate::harness::NOW;
use entity::{
    CustomerId, PartnerId, Timestamp, support_arrangement, support_contract, support_entry,
    support_escalation, support_request,
};
use partner_gateway::db::Db;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A shorter text may stand anywhere.
const TELLING_CHARS: usize = 10;

/// Whose a text is to read: ids of partners and customers.
struct Said {
    parties: BTreeSet<Uuid>,
    text: String,
}

/// All requests.
pub(super) struct Requests {
    said: Vec<Said>,
    requests: BTreeMap<Uuid, support_request::Model>,
    hops: Vec<support_escalation::Model>,
}

impl Requests {
    /// Reads all of them.
    pub(super) async fn read(db: &Db) -> Self {
        let requests: Vec<support_request::Model> = table(db, "support_request").await;
        let mut all = Requests {
            said: Vec::new(),
            requests: requests.into_iter().map(|request| (request.id, request)).collect(),
            hops: table(db, "support_escalation").await,
        };
        let mut said = Vec::new();
        for request in all.requests.values() {
            said.extend(all.of_request(request));
        }
        for hop in &all.hops {
            said.extend(all.of_hop(hop));
        }
        for entry in table::<support_entry::Model>(db, "support_entry").await {
            let parties = all.readers(&entry);
            said.extend(entry.text.map(|text| Said { parties, text }));
        }
        for row in table::<support_contract::Model>(db, "support_contract").await {
            let texts = [row.contract_id, row.access_id].into_iter().flatten();
            let parties = BTreeSet::from([row.source_id.0]);
            said.extend(texts.map(|text| Said { parties: parties.clone(), text }));
        }
        all.said = said;
        all.read_arrangements(db).await;
        all.read_people(db).await;
        all
    }

    /// Names of people are their own organisation's.
    async fn read_people(&mut self, db: &Db) {
        let partners: Vec<entity::partner::Model> = table(db, "partner").await;
        let customers: Vec<entity::customer::Model> = table(db, "customer").await;
        for account in table::<entity::account::Model>(db, "account").await {
            let tenant = account.tenant_id;
            let as_partners = partners.iter().filter(|row| row.tenant_id == tenant).map(|row| row.id.0);
            let as_customers = customers.iter().filter(|row| row.tenant_id == tenant).map(|row| row.id.0);
            let parties = as_partners.chain(as_customers).collect();
            self.said.push(Said { parties, text: account.display_name });
        }
    }

    /// An arrangement is its partner's, and of the customers that the partner resells to.
    async fn read_arrangements(&mut self, db: &Db) {
        let sold: Vec<entity::reseller_relation::Model> = table(db, "reseller_relation").await;
        for row in table::<support_arrangement::Model>(db, "support_arrangement").await {
            let customers = sold.iter().filter(|relation| {
                let is_for = [relation.customer_id, CustomerId::NONE].contains(&row.customer_id);
                relation.source_id == row.source_id && relation.kind == "reseller" && is_for
            });
            let customers = customers.map(|relation| relation.customer_id.0);
            let parties: BTreeSet<Uuid> = customers.chain([row.source_id.0]).collect();
            let contacts: Vec<serde_json::Value> = serde_json::from_str(&row.contacts).unwrap();
            let values = contacts.iter().filter_map(|contact| contact["value"].as_str().map(str::to_owned));
            let texts = values.chain(row.provided_by);
            self.said.extend(texts.map(|text| Said { parties: parties.clone(), text }));
        }
    }

    /// Hops of a request that hand it to a provider.
    fn handed(&self, request: Uuid) -> impl Iterator<Item = (PartnerId, &support_escalation::Model)> {
        let hops = self.hops.iter().filter(move |hop| hop.request_id == request);
        hops.filter_map(|hop| hop.to_partner_id.map(|to| (to, hop)))
    }

    /// Who has a request at a moment, its end included: what ends a hop is told to both ends.
    fn having(&self, request: Uuid, at: Timestamp) -> impl Iterator<Item = Uuid> {
        let then = self.handed(request).filter(move |(_, hop)| hop.starts_at <= at && at <= hop.ends_at);
        then.map(|(to, _)| to.0)
    }

    fn of_request(&self, r: &support_request::Model) -> Vec<Said> {
        let first = [r.customer_id.0, r.partner_id.0];
        let had = || self.handed(r.id);
        let all: BTreeSet<Uuid> = first.into_iter().chain(had().map(|(to, _)| to.0)).collect();
        let since = |at: Timestamp| had().filter(move |(_, hop)| hop.ends_at >= at).map(|(to, _)| to.0);
        let mut said = Vec::new();
        for text in [&r.title, &r.description, &r.number] {
            said.push(Said { parties: all.clone(), text: text.clone() });
        }
        if let (Some(text), Some(at)) = (r.diagnosis.clone(), r.diagnosed_at) {
            said.push(Said { parties: since(at).chain([r.partner_id.0]).collect(), text });
        }
        if let (Some(text), Some(at)) = (r.resolution_text.clone(), r.resolved_at) {
            said.push(Said { parties: since(at).chain(first).collect(), text });
        }
        said
    }

    fn of_hop(&self, hop: &support_escalation::Model) -> Vec<Said> {
        let ends = ends(hop);
        let of_both = [Some(&hop.request_reason), hop.reason.as_ref(), hop.other_than_incident.as_ref()];
        let mut said: Vec<Said> = of_both
            .into_iter()
            .flatten()
            .map(|text| Said { parties: ends.clone(), text: text.clone() })
            .collect();
        let parties = BTreeSet::from([hop.from_partner_id.0]);
        said.extend(hop.vendor_number.clone().map(|text| Said { parties, text }));
        said
    }

    fn readers(&self, entry: &support_entry::Model) -> BTreeSet<Uuid> {
        let request = &self.requests[&entry.request_id];
        let (customer, named) = (request.customer_id.0, request.partner_id.0);
        let author = entry.author_party_id;
        let having = self.having(entry.request_id, entry.at);
        let hop = entry.escalation_id.and_then(|id| self.hops.iter().find(|hop| hop.id == id));
        let is_of_two = ["note", "waiting", "resumed"].contains(&entry.kind.as_str());
        match (entry.visibility.as_str(), hop) {
            ("org", _) => author.into_iter().collect(),
            ("customer", _) if is_of_two => BTreeSet::from([customer, named]),
            ("customer", _) => having.chain([customer, named]).collect(),
            (_, Some(hop)) => ends(hop).into_iter().chain([named]).collect(),
            (_, None) => {
                let first = self.hops.iter().filter(|hop| hop.request_id == entry.request_id);
                let first = first.map(|hop| hop.starts_at).min();
                let is_before = author == Some(named) && first.is_some_and(|first| entry.at <= first);
                let later = self.handed(entry.request_id).map(|(to, _)| to.0).filter(|_| is_before);
                having.chain(later).chain([named]).collect()
            }
        }
    }

    /// Whether a partner has a case of a customer now that names the other.
    pub(super) fn is_with(&self, partner: PartnerId, customer: CustomerId, named: PartnerId) -> bool {
        let pair = (customer, named);
        let mut live = self.hops.iter().filter(|hop| hop.starts_at <= NOW && NOW < hop.ends_at);
        live.any(|hop| hop.to_partner_id == Some(partner) && (hop.customer_id, hop.source_id) == pair)
    }

    /// Whether the reader's organisation has taken part in a request with a partner that it has to know of.
    pub(super) fn has_met(
        &self,
        partner: Option<PartnerId>,
        customer: Option<CustomerId>,
        other: PartnerId,
    ) -> bool {
        let asked = self.requests.values().any(|request| {
            request.partner_id == other && customer.is_some_and(|own| own == request.customer_id)
        });
        let handed = partner.is_some_and(|me| {
            self.hops.iter().any(|hop| {
                let others = [Some(hop.from_partner_id), hop.to_partner_id, Some(hop.source_id)];
                let is_mine = ends(hop).contains(&me.0) || hop.source_id == me;
                is_mine && others.contains(&Some(other))
            })
        });
        asked || handed
    }

    /// What the reader's organisations may read, and what they may not and would know by its words.
    pub(super) fn parted(
        &self,
        partner: Option<PartnerId>,
        customer: Option<CustomerId>,
    ) -> (BTreeSet<&str>, BTreeSet<&str>) {
        let own: Vec<Uuid> = partner.map(|id| id.0).into_iter().chain(customer.map(|id| id.0)).collect();
        let (open, closed): (Vec<&Said>, Vec<&Said>) =
            self.said.iter().partition(|said| own.iter().any(|id| said.parties.contains(id)));
        let telling = closed.into_iter().filter(|said| said.text.chars().count() >= TELLING_CHARS);
        (
            open.into_iter().map(|said| said.text.as_str()).collect(),
            telling.map(|said| said.text.as_str()).collect(),
        )
    }
}

/// The partners at the ends of a hop.
fn ends(hop: &support_escalation::Model) -> BTreeSet<Uuid> {
    [Some(hop.from_partner_id), hop.to_partner_id].into_iter().flatten().map(|id| id.0).collect()
}
