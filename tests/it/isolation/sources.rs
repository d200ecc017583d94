//! What each source says, read without a scope, and who may read it by a rule of its own: shares no code with the
//! gateway's grants, listings and policy.
//!
//! - A partner reads its own source. Over a live link it reads the other's names of that customer, and those of its
//!   subscriptions that name the reader. A customer's staff with a role reads every source on its tenant.
//! - Company details, further domains and relationships open over no link; assignments are their source's alone.
//! - Of partners, a source's people read what that source says; a customer's staff, what its partners say of themselves.
//! - Whoever takes part in a support request reads the name of the partner that it names, and of who handed it over or got
//!   it; a partner that has it now, its customer's name too.
//! - Health, incidents and messages have a rule of their own: `health`; what is said in support requests too: `requests`.

use super::Reader;
use super::health::{Outages, Rights, Titles};
use super::requests::Requests;
use crate::harness::NOW;
use entity::{CustomerId, GroupId, PartnerId, SubscriptionId};
use partner_gateway::db::Db;
use partner_gateway::db::sql::Sql;
use sea_orm::FromQueryResult;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Roles of a customer's own tenant.
const CUSTOMER_ROLES: [&str; 2] = ["global_administrator", "global_reader"];

/// The vendor's own words on its services, which everybody may read.
const CATALOGUE: &str = include_str!("../../../src/health/catalogue.toml");

/// To whom, besides its own source, a row opens.
#[derive(Clone, Copy)]
enum Opens {
    /// Nobody.
    Nobody,
    /// The customer's staff.
    Tenant,
    /// Also partners linked with the source for this customer, if the row names them.
    Named,
    /// Also partners linked with the source for this customer.
    Linked,
    /// The staff of customers that the partner it speaks of serves, if that is the source itself.
    Customers,
    /// Also who takes part in a support request with that partner.
    Met,
}

/// Whose row it is, and whom it names.
#[derive(Clone, Copy)]
struct Row {
    opens: Opens,
    source: PartnerId,
    customer: Option<CustomerId>,
    partners: [Option<PartnerId>; 3],
}

/// "The reseller serves the customer through the provider", in force.
#[derive(FromQueryResult)]
pub(super) struct Link {
    pub(super) customer_id: CustomerId,
    pub(super) provider_id: PartnerId,
    pub(super) reseller_id: PartnerId,
}

#[derive(FromQueryResult)]
struct Party {
    customer_id: CustomerId,
    source_id: PartnerId,
}

/// A group of which a reader is a member.
#[derive(FromQueryResult)]
pub(super) struct Group {
    pub(super) id: GroupId,
    pub(super) object_id: Uuid,
    pub(super) role: Option<String>,
}

#[derive(FromQueryResult)]
struct Name {
    display_name: String,
}

/// Every text of every source that tells one customer or partner from another.
pub(super) struct Facts {
    texts: Vec<(Row, String)>,
    links: Vec<Link>,
    parties: BTreeSet<(CustomerId, PartnerId)>,
    partners: BTreeMap<Uuid, PartnerId>,
    customers: BTreeMap<Uuid, CustomerId>,
    outages: Outages,
    requests: Requests,
}

/// What a reader stands for, if it is in any group.
pub(super) struct Standing {
    partner: Option<PartnerId>,
    customer: Option<CustomerId>,
    /// Its own display name, which it may always read.
    name: Option<String>,
    rights: Rights,
}

pub(super) async fn all<T: FromQueryResult>(db: &Db, sql: Sql) -> Vec<T> {
    db.unscoped_rows(sql).await.unwrap()
}

pub(super) async fn table<T: FromQueryResult>(db: &Db, name: &str) -> Vec<T> {
    all(db, Sql::new(format!("SELECT * FROM {name}"))).await
}

/// A statement's end: what is in force now.
pub(super) fn in_force(sql: &str, alias: &str) -> Sql {
    let sql = Sql::new(sql).push(&format!("{alias}.starts_at <= ")).bind(NOW.0);
    sql.push(&format!(" AND {alias}.ends_at > ")).bind(NOW.0)
}

impl Facts {
    /// Reads all sources.
    pub(super) async fn read(db: &Db) -> Self {
        let partners: Vec<entity::partner::Model> = table(db, "partner").await;
        let customers: Vec<entity::customer::Model> = table(db, "customer").await;
        let links =
            in_force("SELECT x.customer_id, x.provider_id, x.reseller_id FROM indirect_link x WHERE ", "x");
        let parties = "SELECT DISTINCT x.customer_id, x.source_id FROM customer_party x WHERE x.source_id = x.partner_id AND ";
        let parties: Vec<Party> = all(db, in_force(parties, "x")).await;
        let mut facts = Facts {
            texts: Vec::new(),
            links: all(db, links).await,
            parties: parties.into_iter().map(|party| (party.customer_id, party.source_id)).collect(),
            partners: partners.into_iter().map(|partner| (partner.tenant_id, partner.id)).collect(),
            customers: customers.into_iter().map(|customer| (customer.tenant_id, customer.id)).collect(),
            outages: Outages::read(db).await,
            requests: Requests::read(db).await,
        };
        facts.read_customers(db).await;
        facts.read_subscriptions(db).await;
        facts.read_delegations(db).await;
        facts.read_partners(db).await;
        facts
    }

    fn say(&mut self, row: Row, texts: &[Option<&str>]) {
        let texts = texts.iter().flatten().filter(|text| !text.trim().is_empty());
        self.texts.extend(texts.map(|text| (row, (*text).to_owned())));
    }

    async fn read_customers(&mut self, db: &Db) {
        let tenants: BTreeMap<CustomerId, String> =
            self.customers.iter().map(|(tenant, id)| (*id, tenant.to_string())).collect();
        let row =
            |opens, source, customer| Row { opens, source, customer: Some(customer), partners: [None; 3] };
        for r in table::<entity::customer_profile::Model>(db, "customer_profile").await {
            let tenant = tenants[&r.customer_id].as_str();
            let texts = [Some(r.name.as_str()), r.primary_domain.as_deref(), Some(tenant)];
            self.say(row(Opens::Linked, r.source_id, r.customer_id), &texts);
        }
        for r in table::<entity::customer_domain::Model>(db, "customer_domain").await {
            let opens = if r.is_primary { Opens::Linked } else { Opens::Tenant };
            self.say(row(opens, r.source_id, r.customer_id), &[Some(r.domain.as_str())]);
        }
        for r in table::<entity::company_profile::Model>(db, "company_profile").await {
            let texts =
                [&r.registration_number, &r.email, &r.phone, &r.address_line1].map(|text| text.as_deref());
            self.say(row(Opens::Tenant, r.source_id, r.customer_id), &texts);
        }
    }

    async fn read_subscriptions(&mut self, db: &Db) {
        let details: Vec<entity::subscription_commerce::Model> = table(db, "subscription_commerce").await;
        let details: BTreeMap<SubscriptionId, _> =
            details.into_iter().map(|k| (k.subscription_id, k)).collect();
        for r in table::<entity::customer_subscription::Model>(db, "customer_subscription").await {
            let partners = [r.seller_id, r.partner_of_record_id, r.support_contact_id];
            let row =
                Row { opens: Opens::Named, source: r.source_id, customer: Some(r.customer_id), partners };
            let (external_id, k) = (Some(r.external_id.as_str()), &details[&r.id]);
            self.say(row, &[external_id, r.friendly_name.as_deref(), r.offer_name.as_deref()]);
            let texts = [&k.entitlement_id, &k.order_id, &k.product_order_id, &k.partner_of_record_mpn_id];
            self.say(row, &texts.map(|text| text.as_deref()));
        }
    }

    async fn read_delegations(&mut self, db: &Db) {
        let relationships: Vec<entity::delegated_admin_relationship::Model> =
            table(db, "delegated_admin_relationship").await;
        for r in relationships {
            let row = Row {
                opens: Opens::Tenant,
                source: r.source_id,
                customer: r.customer_id,
                partners: [None; 3],
            };
            self.say(row, &[Some(r.external_id.as_str()), Some(r.display_name.as_str())]);
        }
        for r in table::<entity::access_assignment::Model>(db, "access_assignment").await {
            let row = Row { opens: Opens::Nobody, source: r.source_id, customer: None, partners: [None; 3] };
            let group = r.group_object_id.to_string();
            self.say(row, &[Some(r.external_id.as_str()), Some(group.as_str())]);
        }
    }

    async fn read_partners(&mut self, db: &Db) {
        let tenants: BTreeMap<PartnerId, String> =
            self.partners.iter().map(|(tenant, id)| (*id, tenant.to_string())).collect();
        for r in table::<entity::partner_profile::Model>(db, "partner_profile").await {
            let partners = [Some(r.partner_id), None, None];
            let row = Row { opens: Opens::Customers, source: r.source_id, customer: None, partners };
            let tenant = tenants[&r.partner_id].as_str();
            self.say(row, &[Some(r.name.as_str()), r.mpn_id.as_deref(), Some(tenant)]);
            if r.partner_id == r.source_id {
                self.say(Row { opens: Opens::Met, ..row }, &[Some(r.name.as_str())]);
            }
        }
    }

    /// What a reader stands for. Guests, and those in no group, stand for nothing.
    pub(super) async fn standing(&self, db: &Db, reader: &Reader) -> Standing {
        let of_reader = |sql: Sql| {
            let sql = sql.push("a.kind <> 'guest' AND a.tenant_id = ").bind(reader.tenant);
            sql.push(" AND a.object_id = ").bind(reader.object_id)
        };
        let names: Vec<Name> =
            all(db, of_reader(Sql::new("SELECT a.display_name FROM account a WHERE "))).await;
        let groups = in_force(
            "SELECT s.id, s.object_id, s.role FROM account a JOIN group_member m ON m.account_id = a.id \
             JOIN security_group s ON s.id = m.group_id WHERE ",
            "m",
        );
        let groups: Vec<Group> = all(db, of_reader(groups.push(" AND "))).await;
        let has_role =
            |group: &Group| group.role.as_deref().is_some_and(|role| CUSTOMER_ROLES.contains(&role));
        let known = |is_known: bool| is_known.then_some(reader.tenant);
        let partner = known(!groups.is_empty()).and_then(|tenant| self.partners.get(&tenant).copied());
        let customer =
            known(groups.iter().any(has_role)).and_then(|tenant| self.customers.get(&tenant).copied());
        Standing {
            partner,
            customer,
            name: names.into_iter().next().map(|name| name.display_name),
            rights: Rights::of(db, &groups, partner, customer, &self.links).await,
        }
    }

    /// Titles of what a reader may read of outages, of each the newest copy's.
    pub(super) fn newest_titles(&self, standing: &Standing) -> Titles<'_> {
        self.outages.newest_titles(&standing.rights)
    }

    fn is_linked(&self, partner: PartnerId, row: &Row) -> bool {
        self.links.iter().any(|link| {
            let ends = [link.provider_id, link.reseller_id];
            Some(link.customer_id) == row.customer
                && (ends == [partner, row.source] || ends == [row.source, partner])
        })
    }

    /// Whether the reader's partner has a case of the row's customer now that names the source.
    fn has_case(&self, standing: &Standing, row: &Row) -> bool {
        let pair = standing.partner.zip(row.customer);
        pair.is_some_and(|(me, customer)| self.requests.is_with(me, customer, row.source))
    }

    fn may(&self, standing: &Standing, row: &Row) -> bool {
        let is_own = standing.partner == Some(row.source);
        let is_tenant = standing.customer.is_some() && standing.customer == row.customer;
        let is_linked = standing.partner.is_some_and(|partner| self.is_linked(partner, row));
        let is_named = row.partners.iter().flatten().any(|partner| standing.partner == Some(*partner));
        is_own
            || match row.opens {
                Opens::Nobody => false,
                Opens::Tenant => is_tenant,
                Opens::Named => is_tenant || (is_linked && is_named),
                Opens::Linked => is_tenant || is_linked || self.has_case(standing, row),
                Opens::Customers => standing.customer.is_some_and(|customer| {
                    row.partners[0] == Some(row.source) && self.parties.contains(&(customer, row.source))
                }),
                Opens::Met => self.requests.has_met(standing.partner, standing.customer, row.source),
            }
    }

    /// What must show nowhere: texts of rows that the reader may not read, unless they stand in one that it may.
    pub(super) fn hidden(&self, standing: &Standing) -> BTreeSet<&str> {
        let (open, closed): (Vec<_>, Vec<_>) =
            self.texts.iter().partition(|(row, _)| self.may(standing, row));
        let (of_outages, not_of_outages) = self.outages.parted(&standing.rights);
        let (of_requests, not_of_requests) = self.requests.parted(standing.partner, standing.customer);
        // Sources share most texts: each is compared once.
        let open: BTreeSet<&str> =
            open.into_iter().map(|(_, text)| text.as_str()).chain(of_outages).chain(of_requests).collect();
        let closed = closed.into_iter().map(|(_, text)| text.as_str());
        let closed = closed.chain(not_of_outages).chain(not_of_requests);
        let closed: BTreeSet<&str> = closed.filter(|text| !open.contains(text)).collect();
        let open = open.into_iter().chain(standing.name.as_deref()).chain([CATALOGUE]);
        let open = open.collect::<Vec<_>>().join("\n");
        closed.into_iter().filter(|text| !open.contains(text)).collect()
    }
}
