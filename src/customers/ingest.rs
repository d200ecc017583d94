//! Stores what a source says of customers, in that source's own rows.

use super::names::{domain_words, folded, words};
use super::record::{CompanyRecord, CustomerRecord, IndirectRecord, RelationKind};
use crate::db::sql::Sql;
use crate::db::{execute, first, rows_in};
use crate::error::Result;
use crate::ingest::{Fact, Held, Ingest, Outcome};
use crate::partners;
use entity::{
    CustomerId, PartnerId, Timestamp, company_profile, customer_domain, customer_profile, customer_word,
};
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, FromQueryResult, IntoActiveModel};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Stores customers. From a complete list, absence ends the source's relation.
pub async fn customers(ingest: &mut Ingest, records: &[CustomerRecord]) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut named = BTreeSet::new();
    for record in records {
        let id = ingest.customer(record.tenant_id).await?;
        named.insert(id);
        let known = profile(ingest, id).await?;
        if known.as_ref().is_some_and(|known| known.as_of > ingest.as_of) {
            outcome.skip(record.tenant_id.to_string(), "older than what is stored");
            continue;
        }
        ingest.touch(id);
        store_profile(ingest, id, record, known, ingest.as_of).await?;
        if let Some(company) = &record.company {
            store_company(ingest, id, company).await?;
        }
        let ended_later = relation(ingest, id, record).await?;
        if ended_later {
            outcome.skip(
                record.tenant_id.to_string(),
                "the relation ended after this was captured; name and domains were stored",
            );
        } else {
            outcome.stored += 1;
        }
        if let Some(reseller) = record.reseller_tenant_id {
            let link = IndirectRecord {
                customer_tenant_id: record.tenant_id,
                partner_tenant_id: reseller,
                partner_is_provider: false,
            };
            let linked = links(ingest, &[link]).await?;
            outcome.skipped.extend(linked.skipped);
        }
    }
    if ingest.is_complete {
        end_absent(ingest, &named).await?;
    }
    Ok(outcome)
}

async fn profile(ingest: &Ingest, id: CustomerId) -> Result<Option<customer_profile::Model>> {
    let sql = Sql::new("SELECT * FROM customer_profile WHERE source_id = ").bind(ingest.source.0);
    Ok(first(rows_in(&ingest.tx, sql.push(" AND customer_id = ").bind(id.0)).await?))
}

/// When a customer's own facts were captured that other records merely name: any capture of them is newer.
const NEVER: Timestamp = Timestamp(0);

/// The same for records that give nobody a right and change no list: what is derived is made anew only where the
/// customer is new to the source.
pub async fn known_or_named(ingest: &mut Ingest, tenant: Uuid) -> Result<CustomerId> {
    let id = ingest.customer(tenant).await?;
    match profile(ingest, id).await? {
        Some(_) => Ok(id),
        None => ensure_named(ingest, tenant, None).await,
    }
}

/// A customer that other records name is listed under its own source, if only by its tenant id.
pub async fn ensure_named(ingest: &mut Ingest, tenant: Uuid, name: Option<&str>) -> Result<CustomerId> {
    let id = ingest.customer(tenant).await?;
    ingest.touch(id);
    if profile(ingest, id).await?.is_none() {
        let record =
            CustomerRecord { tenant_id: tenant, name: name.map(str::to_owned), ..Default::default() };
        store_profile(ingest, id, &record, None, NEVER).await?;
    }
    Ok(id)
}

async fn store_profile(
    ingest: &Ingest,
    id: CustomerId,
    record: &CustomerRecord,
    known: Option<customer_profile::Model>,
    as_of: Timestamp,
) -> Result<()> {
    let primary =
        record.primary_domain.clone().or_else(|| known.as_ref().and_then(|k| k.primary_domain.clone()));
    let name = record.name.clone().or_else(|| known.map(|k| k.name)).or_else(|| primary.clone());
    let name = name.unwrap_or_else(|| record.tenant_id.to_string());
    let domains = store_domains(ingest, id, record, primary.as_deref()).await?;
    store_words(ingest, id, &name, &domains).await?;
    let model = customer_profile::Model {
        source_id: ingest.source,
        customer_id: id,
        sort_name: folded(&name),
        name,
        primary_domain: primary,
        system: ingest.system.into(),
        as_of,
    };
    use customer_profile::Column as C;
    let conflict = OnConflict::columns([C::SourceId, C::CustomerId])
        .update_columns([C::Name, C::SortName, C::PrimaryDomain, C::System, C::AsOf])
        .to_owned();
    customer_profile::Entity::insert(model.into_active_model())
        .on_conflict(conflict)
        .exec_without_returning(&ingest.tx)
        .await?;
    Ok(())
}

fn own_rows(ingest: &Ingest, table: &str, id: CustomerId) -> Sql {
    Sql::new(format!("{table} WHERE source_id = "))
        .bind(ingest.source.0)
        .push(" AND customer_id = ")
        .bind(id.0)
}

/// Replaces the domains; a body without a list of them keeps those that are known.
async fn store_domains(
    ingest: &Ingest,
    id: CustomerId,
    record: &CustomerRecord,
    primary: Option<&str>,
) -> Result<BTreeSet<(String, bool)>> {
    let mut domains: BTreeSet<String> = record.domains.iter().cloned().collect();
    if domains.is_empty() {
        let known = Sql::new("SELECT * FROM ").add(own_rows(ingest, "customer_domain", id));
        domains = rows_in::<customer_domain::Model>(&ingest.tx, known)
            .await?
            .into_iter()
            .map(|d| d.domain)
            .collect();
    }
    domains.extend(primary.map(str::to_owned));
    execute(&ingest.tx, Sql::new("DELETE FROM ").add(own_rows(ingest, "customer_domain", id))).await?;
    let domains: BTreeSet<(String, bool)> = domains
        .into_iter()
        .map(|d| {
            let is_primary = Some(d.as_str()) == primary;
            (d, is_primary)
        })
        .collect();
    let rows: Vec<_> = domains
        .iter()
        .map(|(domain, is_primary)| {
            let (domain, is_primary) = (domain.clone(), *is_primary);
            customer_domain::Model { source_id: ingest.source, customer_id: id, domain, is_primary }
                .into_active_model()
        })
        .collect();
    if !rows.is_empty() {
        customer_domain::Entity::insert_many(rows).exec_without_returning(&ingest.tx).await?;
    }
    Ok(domains)
}

/// Words of the name and the default domain are open; those of further domains alone are protected.
async fn store_words(
    ingest: &Ingest,
    id: CustomerId,
    name: &str,
    domains: &BTreeSet<(String, bool)>,
) -> Result<()> {
    let mut all: BTreeMap<String, bool> = words(name).into_iter().map(|word| (word, false)).collect();
    for (domain, is_primary) in domains {
        for word in domain_words(domain) {
            let protected = all.entry(word).or_insert(!is_primary);
            *protected &= !is_primary;
        }
    }
    execute(&ingest.tx, Sql::new("DELETE FROM ").add(own_rows(ingest, "customer_word", id))).await?;
    let rows = all.into_iter().map(|(word, is_protected)| {
        customer_word::Model { source_id: ingest.source, customer_id: id, word, is_protected }
            .into_active_model()
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        customer_word::Entity::insert_many(rows).exec_without_returning(&ingest.tx).await?;
    }
    Ok(())
}

async fn store_company(ingest: &Ingest, id: CustomerId, record: &CompanyRecord) -> Result<()> {
    let r = record.clone();
    let model = company_profile::Model {
        source_id: ingest.source,
        customer_id: id,
        registration_number: r.registration_number,
        email: r.email,
        phone: r.phone,
        country: r.country,
        region: r.region,
        city: r.city,
        address_line1: r.address_line1,
        address_line2: r.address_line2,
        postal_code: r.postal_code,
        system: ingest.system.into(),
        as_of: ingest.as_of,
    };
    execute(&ingest.tx, Sql::new("DELETE FROM ").add(own_rows(ingest, "company_profile", id))).await?;
    company_profile::Entity::insert(model.into_active_model()).exec_without_returning(&ingest.tx).await?;
    Ok(())
}

fn relation_fact(id: CustomerId, kind: &RelationKind) -> Fact {
    let raw = if let RelationKind::Other(raw) = kind { Some(raw.clone()) } else { None };
    // A relation of another kind is another fact: the past keeps the kind it had.
    let key = vec![("customer_id", id.0.into()), ("kind", kind.code().into())];
    Fact { table: "reseller_relation", key, rest: vec![("kind_raw", raw.into())], initial: Vec::new() }
}

/// A relation of a stored kind.
fn kind_fact(id: CustomerId, kind: &str) -> Fact {
    let key = vec![("customer_id", id.0.into()), ("kind", kind.into())];
    Fact { table: "reseller_relation", key, rest: Vec::new(), initial: Vec::new() }
}

async fn live_kinds(ingest: &Ingest, id: CustomerId) -> Result<Vec<String>> {
    #[derive(FromQueryResult)]
    struct Kind {
        kind: String,
    }
    let sql = Sql::new("SELECT kind FROM ").add(own_rows(ingest, "reseller_relation", id));
    let kinds: Vec<Kind> = rows_in(&ingest.tx, sql.push(" AND ends_at > ").bind(ingest.as_of.0)).await?;
    Ok(kinds.into_iter().map(|row| row.kind).collect())
}

/// Legacy delegated privileges over a customer.
fn privilege_fact(id: CustomerId) -> Fact {
    let key = vec![("customer_id", id.0.into())];
    Fact { table: "delegated_admin_privilege", key, rest: Vec::new(), initial: Vec::new() }
}

/// Ends a relation, and the privileges that go with it.
async fn end_relation(ingest: &Ingest, id: CustomerId, kind: &str) -> Result<()> {
    if ingest.end(&kind_fact(id, kind)).await? && kind == RelationKind::Reseller.code() {
        ingest.end(&privilege_fact(id)).await?;
    }
    Ok(())
}

/// Begins, confirms or ends the relation and DAP. True if the relation had ended later than this was said.
async fn relation(ingest: &Ingest, id: CustomerId, record: &CustomerRecord) -> Result<bool> {
    match record.delegated_access {
        Some(true) => drop(ingest.hold(&privilege_fact(id)).await?),
        Some(false) => drop(ingest.end(&privilege_fact(id)).await?),
        None => {}
    }
    let Some(kind) = &record.relation else {
        return Ok(false);
    };
    for other in live_kinds(ingest, id).await?.into_iter().filter(|other| other != kind.code()) {
        end_relation(ingest, id, &other).await?;
    }
    if *kind == RelationKind::None {
        return Ok(false);
    }
    Ok(matches!(ingest.hold(&relation_fact(id, kind)).await?, Held::EndedLater(_)))
}

async fn end_absent(ingest: &mut Ingest, named: &BTreeSet<CustomerId>) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Related {
        customer_id: CustomerId,
    }
    let sql = Sql::new("SELECT customer_id FROM reseller_relation WHERE source_id = ").bind(ingest.source.0);
    let related: Vec<Related> = rows_in(&ingest.tx, sql.push(" AND ends_at > ").bind(ingest.as_of.0)).await?;
    for Related { customer_id } in related.into_iter().filter(|r| !named.contains(&r.customer_id)) {
        for kind in live_kinds(ingest, customer_id).await? {
            end_relation(ingest, customer_id, &kind).await?;
        }
        ingest.touch(customer_id);
    }
    Ok(())
}

/// Stores "reseller serves customer through provider" as the source, one of the two, says it. A new one needs a live
/// partnership; one that exists outlives it. From a complete list, a link of a listed customer that is absent ends.
pub async fn indirect(ingest: &mut Ingest, records: &[IndirectRecord]) -> Result<Outcome> {
    let outcome = links(ingest, records).await?;
    if ingest.is_complete {
        end_absent_links(ingest, records).await?;
    }
    Ok(outcome)
}

/// Ends the links of the listed customers, of the side that is listed, that the list does not name.
async fn end_absent_links(ingest: &mut Ingest, records: &[IndirectRecord]) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Link {
        provider_id: PartnerId,
        reseller_id: PartnerId,
    }
    for record in records {
        let customer = ingest.customer(record.customer_tenant_id).await?;
        let sql = Sql::new("SELECT provider_id, reseller_id FROM indirect_relation WHERE source_id = ")
            .bind(ingest.source.0);
        let sql =
            sql.push(" AND customer_id = ").bind(customer.0).push(" AND ends_at > ").bind(ingest.as_of.0);
        for link in rows_in::<Link>(&ingest.tx, sql).await? {
            let is_side = (link.reseller_id == ingest.source) == record.partner_is_provider;
            let other = if record.partner_is_provider { link.provider_id } else { link.reseller_id };
            let mut is_named = false;
            for named in records.iter().filter(|r| r.customer_tenant_id == record.customer_tenant_id) {
                is_named |= ingest.partner(named.partner_tenant_id).await? == other;
            }
            if is_side && !is_named {
                ingest.end(&indirect_fact(customer, link.provider_id, link.reseller_id)).await?;
            }
        }
    }
    Ok(())
}

async fn links(ingest: &mut Ingest, records: &[IndirectRecord]) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for record in records {
        let what = record.customer_tenant_id.to_string();
        let id = ensure_named(ingest, record.customer_tenant_id, None).await?;
        let other = ingest.partner(record.partner_tenant_id).await?;
        let (provider, reseller) =
            if record.partner_is_provider { (other, ingest.source) } else { (ingest.source, other) };
        if other == ingest.source {
            outcome.skip(what, "names the importing partner itself");
            continue;
        }
        let fact = indirect_fact(id, provider, reseller);
        let is_new = !is_live(ingest, &fact).await?;
        if is_new && !partners::ingest::is_live_partnership(ingest, provider, reseller).await? {
            outcome.skip(
                what,
                format!(
                    "no live partnership with {} at that time; import the list of partners first",
                    record.partner_tenant_id
                ),
            );
            continue;
        }
        match ingest.hold(&fact).await? {
            Held::EndedLater(_) => outcome.skip(what, "this link ended after it was captured"),
            _ => outcome.stored += 1,
        }
    }
    Ok(outcome)
}

/// The fact "reseller serves customer through provider".
pub fn indirect_fact(id: CustomerId, provider: PartnerId, reseller: PartnerId) -> Fact {
    let key = vec![
        ("customer_id", id.0.into()),
        ("provider_id", provider.0.into()),
        ("reseller_id", reseller.0.into()),
    ];
    Fact { table: "indirect_relation", key, rest: Vec::new(), initial: Vec::new() }
}

async fn is_live(ingest: &Ingest, fact: &Fact) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Live {
        #[allow(dead_code)]
        id: Uuid,
    }
    let keys = fact.key.iter().map(|(column, value)| Sql::new(format!("{column} = ")).bind(value.clone()));
    let sql = Sql::new("SELECT id FROM indirect_relation WHERE source_id = ").bind(ingest.source.0);
    let sql = sql.push(" AND ends_at > ").bind(ingest.as_of.0).push(" AND ").join(keys, " AND ");
    Ok(!rows_in::<Live>(&ingest.tx, sql).await?.is_empty())
}
