//! Writes the demo world the way everything is brought in: the directory, then each source's captures, oldest first.
//!
//! Never writes a fact around `access::directory` or an ingest. Every step may be repeated, so that a load that was
//! killed half-way is made whole by the next; what would be doubled stands in a transaction with a mark of its own.

use super::world::{
    Assignment, CONSENTS, CUSTOMER_GROUPS, CUSTOMERS, Customer, ERAS, FORMER, FORMER_LEFT, GROUPS, Group,
    OPEN, PARTNERS, PARTNERSHIPS, Partner, RELATIONSHIPS, RESTRICTIONS, Relationship, SUBSCRIPTIONS,
    Subscription, Tie, Word,
};
use super::{DemoAccount, account, accounts, customer, group_id, made, outages, support, tenant_id};
use crate::access::directory::{self, Organization};
use crate::customers::record::{CompanyRecord, CustomerRecord, IndirectRecord, RelationKind};
use crate::db::sql::Sql;
use crate::db::{Db, execute, first, rows_in};
use crate::delegation::record::{AssignmentRecord, RelationshipRecord};
use crate::error::{Error, Result};
use crate::ingest::{Ingest, Outcome};
use crate::partners::record::{PartnerRecord, PartnershipRecord};
use crate::subscriptions::record::SubscriptionRecord;
use crate::{customers, delegation, partners, subscriptions};
use entity::{AccountId, CustomerId, GroupId, PartnerId, Timestamp};
use sea_orm::{DatabaseTransaction, FromQueryResult};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

pub(super) const PARTNER_CENTER: &str = "partner_center";
pub(super) const GRAPH: &str = "microsoft_graph";

/// Marks in `gateway_state`: the directory is there; service health has begun; support is there; the world is whole.
const DIRECTORY: &str = "demo_directory";
const HEALTH: &str = "demo_health";
const SUPPORT: &str = "demo_support";
const WHOLE: &str = "demo";

/// The directory and restrictions hold from before the oldest capture.
const FOUNDED: i64 = 730;

/// Loads the demo world, unless it is there; true if it did. Times are relative to `now`.
///
/// # Errors
/// The database fails; what was committed until then is completed by the next call.
pub async fn ensure(db: &Db, now: Timestamp) -> Result<bool> {
    if is_marked(db, WHOLE).await? {
        return Ok(false);
    }
    load(db, now).await?;
    Box::pin(support_once(db, now)).await?;
    finish(db, now).await
}

/// Whether the demo world is there, and whole.
pub async fn is_loaded(db: &Db) -> Result<bool> {
    is_marked(db, WHOLE).await
}

/// Everything but the last step.
pub(super) async fn load(db: &Db, now: Timestamp) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    write_directory(db, now).await?;
    for partner in PARTNERS {
        for days in ERAS {
            outcome.add(capture(db, partner, PARTNER_CENTER, now, days).await?);
        }
        outcome.add(capture(db, partner, GRAPH, now, 0).await?);
    }
    let seen = health_moment(db, now).await?;
    for partner in PARTNERS {
        outcome.add(outages::capture(db, partner.key, seen).await?);
    }
    Ok(outcome)
}

/// What was arranged and asked for: each write has a key of its own, so that a load which was killed goes on where it
/// stopped.
async fn support_once(db: &Db, now: Timestamp) -> Result<()> {
    if is_marked(db, SUPPORT).await? {
        return Ok(());
    }
    support::load(db, health_moment(db, now).await?).await?;
    let tx = db.begin().await?;
    mark(&tx, SUPPORT, now).await?;
    Ok(tx.commit().await?)
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

async fn is_marked(db: &Db, name: &str) -> Result<bool> {
    let sql = Sql::new("SELECT count(*) AS n FROM gateway_state WHERE name = ").bind(name);
    let rows: Vec<Count> = db.unscoped_rows(sql).await?;
    Ok(rows.iter().any(|row| row.n > 0))
}

/// True for the one transaction that gets to do a step.
async fn mark(tx: &DatabaseTransaction, name: &str, now: Timestamp) -> Result<bool> {
    let insert = Sql::new("INSERT INTO gateway_state (name, value) VALUES (").bind(name).push(", ");
    let insert = insert.bind(now.0.to_string()).push(") ON CONFLICT (name) DO NOTHING");
    Ok(execute(tx, insert).await? == 1)
}

#[derive(FromQueryResult)]
struct State {
    value: String,
}

/// The moment from which health counts back: that of the first load which came so far. A look that is repeated by a
/// later load is then the same look, and doubles neither publications nor history.
async fn health_moment(db: &Db, now: Timestamp) -> Result<Timestamp> {
    let tx = db.begin().await?;
    mark(&tx, HEALTH, now).await?;
    let state = Sql::new("SELECT value FROM gateway_state WHERE name = ").bind(HEALTH);
    let state: Option<State> = first(rows_in(&tx, state).await?);
    tx.commit().await?;
    let moment = state.and_then(|state| state.value.parse::<i64>().ok());
    moment.map(Timestamp).ok_or_else(|| Error::internal("the demo world lacks the moment of its health"))
}

pub(super) async fn write_directory(db: &Db, now: Timestamp) -> Result<()> {
    let (tx, from) = (db.begin().await?, now.plus_days(-FOUNDED));
    if !mark(&tx, DIRECTORY, now).await? {
        return Ok(tx.rollback().await?);
    }
    for partner in PARTNERS {
        let organization = Organization {
            tenant: tenant_id(partner.key),
            name: partner.name,
            kind: partner.kind,
            mpn_id: Some(partner.mpn_id),
            location: Some(partner.location),
        };
        directory::register_partner(&tx, &organization, now).await?;
    }
    let mut groups: HashMap<Uuid, GroupId> = HashMap::new();
    for (organization, (key, name, role)) in all_groups() {
        let object_id = group_id(organization, key);
        let id = directory::add_group(&tx, tenant_id(organization), object_id, name, *role).await?;
        groups.insert(object_id, id);
    }
    for account in accounts() {
        let DemoAccount { tenant, object_id, kind, title, .. } = &account;
        let id = directory::add_account(&tx, *tenant, *object_id, kind, title, from).await?;
        for key in account.groups {
            let group = groups.get(&group_id(account.organization, key));
            let group = group.ok_or_else(|| Error::internal(format!("the demo has no group {key}")))?;
            directory::add_member(&tx, *tenant, *group, id, from).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// Every group with the key of its organisation.
fn all_groups() -> impl Iterator<Item = (&'static str, &'static Group)> {
    let partners = PARTNERS.iter().flat_map(|partner| GROUPS.iter().map(move |group| (partner.key, group)));
    let customers = CUSTOMERS.iter().filter(|customer| customer.admins);
    partners
        .chain(customers.flat_map(|customer| CUSTOMER_GROUPS.iter().map(move |group| (customer.key, group))))
}

/// What one source captured from one system so many days ago, in one transaction.
pub(super) async fn capture(
    db: &Db,
    partner: &Partner,
    system: &'static str,
    now: Timestamp,
    days: i64,
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let said = said(partner.key, system, days);
    let partnerships = if system == PARTNER_CENTER { partnerships(partner.key, days) } else { Vec::new() };
    let relationships: Vec<&Relationship> =
        RELATIONSHIPS.iter().filter(|row| system == GRAPH && row.by == partner.key).collect();
    if said.is_empty() && partnerships.is_empty() && relationships.is_empty() {
        return Ok(outcome);
    }
    let source = PartnerId(row_id(db, shell("partner", partner.key)).await?);
    let mut ingest = Ingest::begin(db, source, system, now.plus_days(-days), false).await?;
    outcome.add(partners::ingest::partnerships(&mut ingest, &partnerships).await?);
    let records: Vec<CustomerRecord> =
        said.iter().map(|(customer, word)| customer_record(customer, word, days)).collect();
    outcome.add(customers::ingest::customers(&mut ingest, &records).await?);
    let links: Vec<IndirectRecord> =
        said.iter().flat_map(|(customer, word)| links(partner, customer, word)).collect();
    outcome.add(customers::ingest::indirect(&mut ingest, &links).await?);
    let captured = said.iter().filter(|(_, word)| word.last() == days);
    let sold: Vec<SubscriptionRecord> =
        captured.flat_map(|(customer, _)| subscriptions_of(customer.key, partner.key, now)).collect();
    outcome.add(subscriptions::ingest::subscriptions(&mut ingest, &sold).await?);
    let records: Vec<RelationshipRecord> =
        relationships.iter().map(|row| relationship_record(row, now)).collect();
    outcome.add(delegation::ingest::relationships(&mut ingest, &records).await?);
    let assigned: Vec<AssignmentRecord> =
        relationships.iter().flat_map(|row| assignment_records(row, now)).collect();
    outcome.add(delegation::ingest::assignments(&mut ingest, &assigned).await?);
    ingest.commit().await?;
    Ok(outcome)
}

/// A source's words that begin or were last captured so many days ago.
fn said(source: &str, system: &str, days: i64) -> Vec<(&'static Customer, &'static Word)> {
    let words = CUSTOMERS.iter().flat_map(|customer| customer.words.iter().map(move |word| (customer, word)));
    words
        .filter(|(_, word)| word.by == source && (word.tie == Tie::Delegation) == (system == GRAPH))
        .filter(|(_, word)| word.since == days || word.last() == days)
        .collect()
}

/// What a source says of its partnerships so many days ago: that they begin, end, or at the load still live.
fn partnerships(source: &str, days: i64) -> Vec<PartnershipRecord> {
    let mut records = Vec::new();
    for row in PARTNERSHIPS {
        let other = if row.provider == source { row.reseller } else { row.provider };
        let lives = row.until == 0;
        let is_said = row.since == days || if lives { days == 0 } else { row.until == days };
        let Some(partner) = PARTNERS.iter().find(|partner| partner.key == other) else {
            continue;
        };
        if !is_said || ![row.provider, row.reseller].contains(&source) {
            continue;
        }
        let has_ended = !lives && row.until == days;
        records.push(PartnershipRecord {
            partner: PartnerRecord {
                tenant_id: tenant_id(other),
                name: Some(partner.name.to_owned()),
                kind: Some(partner.kind),
                mpn_id: Some(partner.mpn_id.to_owned()),
                location: Some(partner.location.to_owned()),
            },
            partner_is_provider: row.provider == other,
            state: if has_ended { "other" } else { "active" },
            state_raw: has_ended.then(|| "inactive".to_owned()),
        });
    }
    records
}

/// Details come with the last capture; an ending is the last word.
fn customer_record(customer: &Customer, word: &Word, days: i64) -> CustomerRecord {
    let is_last = word.last() == days;
    let has_detail = is_last && (word.dap || word.detail);
    let name = if word.name.is_empty() { customer.name } else { word.name };
    CustomerRecord {
        tenant_id: tenant_id(customer.key),
        name: Some(name.to_owned()),
        primary_domain: Some(customer.domain.to_owned()),
        domains: customer.further.iter().filter(|_| has_detail).map(|domain| (*domain).to_owned()).collect(),
        relation: match word.tie {
            Tie::Delegation => None,
            _ if is_last && word.until > 0 => Some(RelationKind::None),
            Tie::Reseller => Some(RelationKind::Reseller),
            Tie::Advisor => Some(RelationKind::Advisor),
        },
        delegated_access: word.dap.then_some(true),
        company: has_detail.then(|| company(customer)),
        reseller_tenant_id: None,
    }
}

/// City, region and postal code, taken in turn; telephone numbers are of the range kept for fiction.
const PLACES: [(&str, &str, &str); 7] = [
    ("Seattle", "WA", "98101"),
    ("Portland", "OR", "97204"),
    ("Denver", "CO", "80202"),
    ("Austin", "TX", "78701"),
    ("Chicago", "IL", "60601"),
    ("Boston", "MA", "02108"),
    ("Atlanta", "GA", "30303"),
];

fn company(customer: &Customer) -> CompanyRecord {
    let number = CUSTOMERS.iter().take_while(|other| other.key != customer.key).count();
    let (city, region, postal_code) = PLACES[number % PLACES.len()];
    CompanyRecord {
        registration_number: Some(format!("{:09}", 600_120_000 + 7_919 * number)),
        email: Some(format!("office@{}", customer.domain)),
        phone: Some(format!("+1 206 555 {:04}", 100 + number)),
        country: Some("US".into()),
        region: Some(region.into()),
        city: Some(city.into()),
        address_line1: Some(format!("{} Main Street", 12 + 31 * number)),
        address_line2: None,
        postal_code: Some(postal_code.into()),
    }
}

fn links(source: &Partner, customer: &Customer, word: &Word) -> Vec<IndirectRecord> {
    let link = |other: &&'static str| IndirectRecord {
        customer_tenant_id: tenant_id(customer.key),
        partner_tenant_id: tenant_id(other),
        partner_is_provider: source.kind == "indirect_reseller",
    };
    word.with.iter().map(link).collect()
}

/// A source's captures of a customer's subscriptions. Ids follow from the place among the customer's.
fn subscriptions_of(customer: &str, source: &str, now: Timestamp) -> Vec<SubscriptionRecord> {
    let all = SUBSCRIPTIONS.iter().filter(|row| row.of == customer).enumerate();
    let captured = all.filter(|(_, row)| row.by.contains(&source));
    captured.map(|(number, row)| subscription_record(row, number + 1, now)).collect()
}

fn subscription_record(row: &Subscription, number: usize, now: Timestamp) -> SubscriptionRecord {
    let id = made("subscription", &format!("{}/{number}", row.of));
    let is_metered = row.offer.is_metered();
    let is_new_commerce = row.offer.0.contains(':');
    let ends = (row.ends != OPEN).then(|| midnight(now.plus_days(row.ends)));
    let begun = match (ends, row.term) {
        (None, _) => now.plus_days(-410),
        (Some(ends), "P1M") => ends.plus_days(-30),
        (Some(ends), "P3Y") => ends.plus_days(-1_095),
        (Some(ends), _) => ends.plus_days(-365),
    };
    let has_term = is_new_commerce && !is_metered;
    SubscriptionRecord {
        customer_tenant_id: tenant_id(row.of),
        external_id: id.to_string(),
        offer_id: Some(row.offer.0.to_owned()),
        offer_name: Some(row.offer.1.to_owned()),
        friendly_name: Some(if row.label.is_empty() { row.offer.1 } else { row.label }.to_owned()),
        product_type: is_new_commerce
            .then(|| if is_metered { "Azure" } else { "OnlineServicesNCE" }.to_owned()),
        quantity: row.seats,
        assigned_quantity: (!is_metered).then_some(row.used),
        unit_type: Some(if is_metered { "Usage-based" } else { "Licenses" }.to_owned()),
        status: row.status,
        is_trial: Some(row.trial),
        created_at: Some(begun),
        effective_at: Some(begun),
        commitment_ends_at: ends,
        cancellable_until: has_term.then(|| begun.plus_days(7)),
        term_duration: has_term.then(|| row.term.to_owned()),
        billing_cycle: Some(if row.trial { "none" } else { row.cycle }.to_owned()),
        billing_type: Some(if is_metered { "usage" } else { "license" }.to_owned()),
        auto_renew: (!is_metered).then_some(row.renews),
        seller_tenant_id: (!row.sold.is_empty()).then(|| tenant_id(row.sold)),
        partner_of_record_mpn_id: partner_of_record(row.por),
        support_contact_tenant_id: (!row.support.is_empty()).then(|| tenant_id(row.support)),
        entitlement_id: Some(made("entitlement", &id.to_string()).to_string()),
        order_id: Some(format!("{:012}", id.as_u128() % 1_000_000_000_000)),
        renewal_term_duration: (has_term && row.renews).then(|| row.term.to_owned()),
        contract_type: Some("subscription".into()),
        publisher_name: Some("Microsoft Corporation".into()),
        is_microsoft_product: Some(true),
        ..commerce(row, id, ends, now)
    }
}

/// Terms and billing cycles end at midnight, UTC.
fn midnight(at: Timestamp) -> Timestamp {
    Timestamp(at.0 - at.0.rem_euclid(Timestamp::DAY))
}

/// PartnerID of a partner; any other text is a PartnerID itself.
fn partner_of_record(key: &str) -> Option<String> {
    let known = PARTNERS.iter().find(|partner| partner.key == key).map(|partner| partner.mpn_id);
    (!key.is_empty()).then(|| known.unwrap_or(key).to_owned())
}

/// What only some subscriptions carry.
fn commerce(row: &Subscription, id: Uuid, ends: Option<Timestamp>, now: Timestamp) -> SubscriptionRecord {
    let is_active = row.status == "active";
    let next_term = || {
        let mut parts = row.offer.0.split(':');
        let mut part = || parts.next().unwrap_or_default();
        let product = json!({
            "productId": part(), "skuId": part(), "availabilityId": part(),
            "billingCycle": row.cycle, "termDuration": row.term,
        });
        json!({ "product": product, "quantity": row.next }).to_string()
    };
    SubscriptionRecord {
        product_order_id: Some(made("order", &id.to_string()).to_string()),
        // The month that has begun, on the commitment's day; any other cycle ends with the commitment.
        billing_cycle_ends_at: match (row.cycle, is_active) {
            ("monthly", true) => Some(midnight(now.plus_days(row.ends.rem_euclid(30).max(1)))),
            (_, true) => ends,
            _ => None,
        },
        has_purchasable_addons: Some(row.offer.1.starts_with("Microsoft 365")),
        attention_needed: Some(row.status == "suspended"),
        action_taken: Some(false),
        actions: is_active.then(|| json!(["edit", "cancel"]).to_string()),
        suspension_reasons: (row.status == "suspended").then(|| json!(["CustomerCancellation"]).to_string()),
        scheduled_next_term: (row.next > 0).then(next_term),
        etag: Some(format!("\"{}\"", id.simple())),
        ..SubscriptionRecord::default()
    }
}

/// The same upstream id in the captures of a provider and of the reseller that it is for.
fn relationship_external_id(row: &Relationship) -> String {
    let maker = if row.provider.is_empty() { row.by } else { row.provider };
    format!("{}-{}", made("relationship", &format!("{maker}/{}", row.name)), tenant_id(maker))
}

fn relationship_record(row: &Relationship, now: Timestamp) -> RelationshipRecord {
    let was_active = !["created", "approval_pending"].contains(&row.status);
    let activated = was_active.then(|| now.plus_days(-row.age));
    let created = now.plus_days(-row.age - 2);
    let early = (row.ended > 0).then(|| now.plus_days(-row.ended));
    let ends = early.or(activated.map(|at| at.plus_days(row.days)));
    let id = relationship_external_id(row);
    RelationshipRecord {
        customer_tenant_id: (!row.of.is_empty()).then(|| tenant_id(row.of)),
        customer_name: customer(row.of).map(|customer| customer.name.to_owned()),
        display_name: row.name.to_owned(),
        indirect_provider_tenant_id: (!row.provider.is_empty()).then(|| tenant_id(row.provider)),
        is_partner_consent_pending: row.pending_consent,
        duration: format!("P{}D", row.days),
        auto_extend_duration: if row.extends { "P180D" } else { "PT0S" }.to_owned(),
        roles: row.roles.iter().map(|role| (*role).to_owned()).collect(),
        status: row.status,
        status_raw: None,
        created_at: Some(created),
        modified_at: Some(early.or(ends.filter(|at| *at < now)).or(activated).unwrap_or(created)),
        activated_at: activated,
        ends_at: ends,
        etag: Some(format!("W/\"{}\"", made("etag", &id).simple())),
        external_id: id,
    }
}

fn assignment_records(row: &Relationship, now: Timestamp) -> Vec<AssignmentRecord> {
    let parent = relationship_external_id(row);
    let record = |&(group, roles, status): &Assignment| {
        let id = made("assignment", &format!("{parent}/{group}"));
        let created = now.plus_days(-row.age);
        AssignmentRecord {
            external_id: id.to_string(),
            relationship_external_id: parent.clone(),
            group_object_id: group_id(row.by, group),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            status,
            status_raw: None,
            created_at: Some(created),
            modified_at: Some(created),
            etag: Some(format!("W/\"{}\"", id.simple())),
        }
    };
    row.assigned.iter().map(record).collect()
}

/// What is said of the whole: who left, restrictions and consents; then the world is whole.
async fn finish(db: &Db, now: Timestamp) -> Result<bool> {
    leave(db, now.plus_days(-FORMER_LEFT)).await?;
    let mut restrictions = Vec::new();
    for (partner, group, customer, name) in RESTRICTIONS {
        let group = GroupId(row_id(db, member("security_group", partner, group_id(partner, group))).await?);
        let customer = CustomerId(row_id(db, shell("customer", customer)).await?);
        restrictions.push((tenant_id(partner), group, customer, *name));
    }
    let mut consents = Vec::new();
    for (reseller, provider, since) in CONSENTS {
        let reseller = PartnerId(row_id(db, shell("partner", reseller)).await?);
        let provider = PartnerId(row_id(db, shell("partner", provider)).await?);
        consents.push((reseller, provider, now.plus_days(-since)));
    }
    let tx = db.begin().await?;
    if !mark(&tx, WHOLE, now).await? {
        tx.rollback().await?;
        return Ok(false);
    }
    let (from, until) = (now.plus_days(-FOUNDED), Timestamp::FAR_FUTURE);
    for (tenant, group, customer, name) in restrictions {
        directory::restrict(&tx, tenant, group, customer, name, from, until).await?;
    }
    for (reseller, provider, since) in consents {
        directory::consent(&tx, reseller, provider, since, until).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Ends the memberships of the account that left.
async fn leave(db: &Db, at: Timestamp) -> Result<()> {
    let name = format!("{FORMER}@fabrikam");
    let gone = account(&name).ok_or_else(|| Error::internal(format!("the demo has no account {name}")))?;
    let id = AccountId(row_id(db, member("account", gone.organization, gone.object_id)).await?);
    for key in gone.groups {
        let group = member("security_group", gone.organization, group_id(gone.organization, key));
        directory::end_membership(db, GroupId(row_id(db, group).await?), id, at).await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

pub(super) async fn row_id(db: &Db, sql: Sql) -> Result<Uuid> {
    let row: Option<Id> = first(db.unscoped_rows(sql).await?);
    Ok(row.ok_or_else(|| Error::internal("the demo world lacks a row that it wrote"))?.id)
}

/// An organisation's shell.
pub(super) fn shell(table: &str, organization: &str) -> Sql {
    Sql::new(format!("SELECT id FROM {table} WHERE tenant_id = ")).bind(tenant_id(organization))
}

/// A row of an organisation's directory.
fn member(table: &str, organization: &str, object_id: Uuid) -> Sql {
    shell(table, organization).push(" AND object_id = ").bind(object_id)
}
