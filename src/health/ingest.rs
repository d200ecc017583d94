//! Stores what a source says of service health, in that source's own rows.
//!
//! A later look wins, whatever the order in which captures come in: an older one adds to the history and changes nothing
//! else. What a look could not see is kept as that, never as "fine".

use super::catalogue::Catalogue;
use super::record::{LookOutcome, LookRecord, ManagementRecord, MessageRecord, ServiceName, StatusRecord};
use super::text::plain;
use crate::customers;
use crate::db::sql::Sql;
use crate::db::{Db, derive, execute, first, rows_in};
use crate::error::Result;
use crate::events::{Change, Kind};
use crate::ingest::{Ingest, Outcome};
use entity::{CustomerId, ServiceId, Timestamp, customer_service, message_copy, service_status_span};
use sea_orm::{ActiveModelTrait, EntityTrait, FromQueryResult, IntoActiveModel};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Stores statuses. From a complete list, a service of a listed customer that is absent is one that it has no more.
pub async fn statuses(ingest: &mut Ingest, records: &[StatusRecord]) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut named: BTreeMap<CustomerId, BTreeSet<ServiceId>> = BTreeMap::new();
    let mut listed: BTreeMap<CustomerId, Option<Timestamp>> = BTreeMap::new();
    for record in records {
        let customer = customers::ingest::known_or_named(ingest, record.customer_tenant_id).await?;
        let service = service_id(&record.service);
        if !named.contains_key(&customer) {
            look(ingest, customer, LookOutcome::Seen).await?;
            listed.insert(customer, listed_at(ingest, customer).await?);
        }
        named.entry(customer).or_default().insert(service);
        let listed_at = listed.get(&customer).copied().flatten();
        if !status(ingest, customer, service, record, listed_at).await? {
            outcome.skip(record.service.name.clone(), "older than what is stored; kept in the history");
            continue;
        }
        outcome.stored += 1;
    }
    if ingest.is_complete {
        for (customer, services) in named {
            end_absent(ingest, customer, &services).await?;
        }
    }
    Ok(outcome)
}

/// The service of a name: the catalogue's, or one that only the name tells.
pub fn service_id(name: &ServiceName) -> ServiceId {
    Catalogue::shipped().recognise(name.id.as_deref(), &name.name)
}

fn own_row(ingest: &Ingest, table: &str, customer: CustomerId) -> Sql {
    Sql::new(format!("{table} WHERE source_id = "))
        .bind(ingest.source.0)
        .push(" AND customer_id = ")
        .bind(customer.0)
}

async fn known(
    ingest: &Ingest,
    customer: CustomerId,
    service: ServiceId,
) -> Result<Option<customer_service::Model>> {
    let sql = Sql::new("SELECT * FROM ").add(own_row(ingest, "customer_service", customer));
    Ok(first(rows_in(&ingest.tx, sql.push(" AND service_id = ").bind(service.0)).await?))
}

/// True unless what is stored is newer.
async fn status(
    ingest: &mut Ingest,
    customer: CustomerId,
    service: ServiceId,
    record: &StatusRecord,
    listed_at: Option<Timestamp>,
) -> Result<bool> {
    let known = known(ingest, customer, service).await?;
    remember(ingest, customer, service, record).await?;
    let before = known.as_ref().and_then(|known| known.status.as_deref());
    let is_changed = before != Some(record.status)
        || known.as_ref().and_then(|known| known.status_raw.as_ref()) != record.status_raw.as_ref();
    let is_older = |known: &customer_service::Model| {
        known.as_of > ingest.as_of || (known.as_of == ingest.as_of && before.is_some() && is_changed)
    };
    if let Some(known) = known.as_ref().filter(|known| is_older(known)) {
        // It may tell since when the newer status has been seen.
        let since = since(ingest, customer, service, known.as_of).await?;
        if known.status.is_some() && known.since != since {
            write(ingest, customer_service::Model { since, ..known.clone() }, true).await?;
        }
        return Ok(false);
    }
    if before.is_none() && listed_at.is_some_and(|listed| listed > ingest.as_of) {
        // A later list of all services does not hold it.
        return Ok(false);
    }
    let since = since(ingest, customer, service, ingest.as_of).await?;
    let mut model = known.clone().unwrap_or_else(|| blank(ingest, customer, service));
    model.service_name = record.service.name.clone();
    model.status = Some(record.status.to_owned());
    model.status_raw = record.status_raw.clone();
    model.since = since;
    model.as_of = ingest.as_of;
    model.system = ingest.system.into();
    write(ingest, model, known.is_some()).await?;
    if is_changed {
        let change = Change::of(Kind::ServiceStatus, "changed");
        ingest.tell(Change { customer: Some(customer), service: Some(service), ..change });
    }
    Ok(true)
}

fn blank(ingest: &Ingest, customer: CustomerId, service: ServiceId) -> customer_service::Model {
    customer_service::Model {
        customer_id: customer,
        source_id: ingest.source,
        service_id: service,
        service_name: String::new(),
        status: None,
        status_raw: None,
        since: None,
        as_of: Timestamp(0),
        admin_url: None,
        health_url: None,
        ticket_url: None,
        managed_as_of: None,
        system: ingest.system.into(),
    }
}

async fn write(ingest: &Ingest, model: customer_service::Model, is_known: bool) -> Result<()> {
    let row = model.into_active_model();
    if is_known {
        row.reset_all().update(&ingest.tx).await?;
    } else {
        customer_service::Entity::insert(row).exec_without_returning(&ingest.tx).await?;
    }
    Ok(())
}

/// Since when a status has been seen: the beginning of the span that a moment lies in.
async fn since(
    ingest: &Ingest,
    customer: CustomerId,
    service: ServiceId,
    at: Timestamp,
) -> Result<Option<Timestamp>> {
    let sql = spans(ingest, customer, service).push(" AND first_at <= ").bind(at.0);
    let span: Option<service_status_span::Model> =
        first(rows_in(&ingest.tx, sql.push(" ORDER BY first_at DESC LIMIT 1")).await?);
    Ok(span.map(|span| span.first_at))
}

fn spans(ingest: &Ingest, customer: CustomerId, service: ServiceId) -> Sql {
    let own = Sql::new("SELECT * FROM ").add(own_row(ingest, "service_status_span", customer));
    own.push(" AND service_id = ").bind(service.0)
}

/// Adds a sighting to the history: spans in which one status was seen, parted where another was seen between. Of two
/// words of one moment the one that came first stands.
async fn remember(
    ingest: &Ingest,
    customer: CustomerId,
    service: ServiceId,
    record: &StatusRecord,
) -> Result<()> {
    let at = ingest.as_of;
    let is_same = |span: &service_status_span::Model| {
        span.status == record.status && span.status_raw == record.status_raw
    };
    let all = || spans(ingest, customer, service);
    let earlier = all().push(" AND first_at <= ").bind(at.0).push(" ORDER BY first_at DESC LIMIT 1");
    let earlier: Option<service_status_span::Model> = first(rows_in(&ingest.tx, earlier).await?);
    let later = all().push(" AND first_at > ").bind(at.0).push(" ORDER BY first_at LIMIT 1");
    let later: Option<service_status_span::Model> = first(rows_in(&ingest.tx, later).await?);
    let mut next = later.filter(is_same);
    if let Some(span) = &earlier {
        if is_same(span) {
            if let Some(next) = next {
                drop_span(ingest, next.id).await?;
                return set_span(ingest, span.id, "last_at", next.last_at).await;
            }
            return if span.last_at < at { set_span(ingest, span.id, "last_at", at).await } else { Ok(()) };
        }
        if span.first_at == at || span.last_at == at {
            return Ok(());
        }
        if span.last_at > at {
            let rest =
                service_status_span::Model { id: Uuid::new_v4(), first_at: span.last_at, ..span.clone() };
            // Of the sightings between, only the first and the last are certain.
            set_span(ingest, span.id, "last_at", span.first_at).await?;
            add_span(ingest, rest).await?;
            next = None;
        }
    }
    if let Some(next) = next {
        return set_span(ingest, next.id, "first_at", at).await;
    }
    let span = service_status_span::Model {
        id: Uuid::new_v4(),
        customer_id: customer,
        source_id: ingest.source,
        service_id: service,
        status: record.status.to_owned(),
        status_raw: record.status_raw.clone(),
        first_at: at,
        last_at: at,
    };
    add_span(ingest, span).await
}

async fn add_span(ingest: &Ingest, span: service_status_span::Model) -> Result<()> {
    let row = span.into_active_model();
    service_status_span::Entity::insert(row).exec_without_returning(&ingest.tx).await?;
    Ok(())
}

async fn set_span(ingest: &Ingest, id: Uuid, column: &str, at: Timestamp) -> Result<()> {
    let update = Sql::new(format!("UPDATE service_status_span SET {column} = ")).bind(at.0);
    execute(&ingest.tx, update.push(" WHERE id = ").bind(id)).await?;
    Ok(())
}

async fn drop_span(ingest: &Ingest, id: Uuid) -> Result<()> {
    execute(&ingest.tx, Sql::new("DELETE FROM service_status_span WHERE id = ").bind(id)).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Listed {
    listed_at: Option<Timestamp>,
}

/// When the source last listed all services of a customer.
async fn listed_at(ingest: &Ingest, customer: CustomerId) -> Result<Option<Timestamp>> {
    let sql = Sql::new("SELECT listed_at FROM ").add(own_row(ingest, "health_watch", customer));
    let row: Option<Listed> = first(rows_in(&ingest.tx, sql).await?);
    Ok(row.and_then(|row| row.listed_at))
}

/// The row stays, without a status, so that an older capture does not bring it back.
async fn end_absent(ingest: &mut Ingest, customer: CustomerId, named: &BTreeSet<ServiceId>) -> Result<()> {
    let sql = Sql::new("SELECT * FROM ").add(own_row(ingest, "customer_service", customer));
    let sql = sql.push(" AND status IS NOT NULL AND as_of <= ").bind(ingest.as_of.0);
    let listed =
        Sql::new("UPDATE health_watch SET listed_at = ").bind(ingest.as_of.0).push(" WHERE source_id = ");
    let listed = listed.bind(ingest.source.0).push(" AND customer_id = ").bind(customer.0);
    let listed = listed.push(" AND (listed_at IS NULL OR listed_at < ").bind(ingest.as_of.0).push(")");
    execute(&ingest.tx, listed).await?;
    for row in rows_in::<customer_service::Model>(&ingest.tx, sql).await? {
        if !named.contains(&row.service_id) {
            let gone = customer_service::Model {
                status: None,
                status_raw: None,
                since: None,
                as_of: ingest.as_of,
                ..row
            };
            let service = Some(gone.service_id);
            write(ingest, gone, true).await?;
            let change = Change::of(Kind::ServiceStatus, "ended");
            ingest.tell(Change { customer: Some(customer), service, ..change });
        }
    }
    Ok(())
}

/// How the latest look at a customer's health ended.
async fn look(ingest: &Ingest, customer: CustomerId, outcome: LookOutcome) -> Result<bool> {
    let seen = (outcome == LookOutcome::Seen).then_some(ingest.as_of.0);
    let insert = Sql::new(
        "INSERT INTO health_watch (customer_id, source_id, seen_at, looked_at, outcome, system) VALUES (",
    )
    .bind(customer.0)
    .push(", ")
    .bind(ingest.source.0)
    .push(", ")
    .bind(seen)
    .push(", ")
    .bind(ingest.as_of.0)
    .push(", ")
    .bind(outcome.code())
    .push(", ")
    .bind(ingest.system)
    .push(") ON CONFLICT (customer_id, source_id) DO NOTHING");
    if execute(&ingest.tx, insert).await? == 1 {
        return Ok(true);
    }
    if let Some(seen) = seen {
        let update = Sql::new("UPDATE health_watch SET seen_at = ").bind(seen).push(" WHERE source_id = ");
        let update = update.bind(ingest.source.0).push(" AND customer_id = ").bind(customer.0);
        execute(&ingest.tx, update.push(" AND (seen_at IS NULL OR seen_at < ").bind(seen).push(")")).await?;
    }
    let update = Sql::new("UPDATE health_watch SET outcome = ")
        .bind(outcome.code())
        .push(", looked_at = ")
        .bind(ingest.as_of.0)
        .push(", system = ")
        .bind(ingest.system)
        .push(" WHERE source_id = ")
        .bind(ingest.source.0)
        .push(" AND customer_id = ")
        .bind(customer.0)
        .push(" AND looked_at <= ")
        .bind(ingest.as_of.0);
    Ok(execute(&ingest.tx, update).await? == 1)
}

/// A customer's health was seen through what was said of its incidents, too.
pub async fn seen(ingest: &Ingest, customer: CustomerId) -> Result<()> {
    look(ingest, customer, LookOutcome::Seen).await.map(drop)
}

/// Stores looks that saw nothing.
pub async fn looks(ingest: &mut Ingest, records: &[LookRecord]) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for record in records {
        let customer = customers::ingest::known_or_named(ingest, record.customer_tenant_id).await?;
        if look(ingest, customer, record.outcome).await? {
            outcome.stored += 1;
        } else {
            outcome.skip(record.customer_tenant_id.to_string(), "older than the latest look");
        }
    }
    Ok(outcome)
}

/// Stores where services are administered.
pub async fn management(ingest: &mut Ingest, records: &[ManagementRecord]) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for record in records {
        let customer = customers::ingest::known_or_named(ingest, record.customer_tenant_id).await?;
        let service = service_id(&record.service);
        let known = known(ingest, customer, service).await?;
        let mut model = known.clone().unwrap_or_else(|| blank(ingest, customer, service));
        if model.service_name.is_empty() {
            model.service_name = record.service.name.clone();
        }
        // An older capture adds what is lacking, and changes nothing.
        let is_older = model.managed_as_of.is_some_and(|at| at > ingest.as_of);
        let newer = |said: &Option<String>, stored: Option<String>| match is_older {
            true => stored.or_else(|| said.clone()),
            false => said.clone().or(stored),
        };
        model.admin_url = newer(&record.admin_url, model.admin_url);
        model.health_url = newer(&record.health_url, model.health_url);
        model.ticket_url = newer(&record.ticket_url, model.ticket_url);
        model.managed_as_of = model.managed_as_of.max(Some(ingest.as_of));
        write(ingest, model, known.is_some()).await?;
        outcome.stored += 1;
    }
    Ok(outcome)
}

/// Stores messages: the text once a source, and which tenants got it.
pub async fn messages(ingest: &mut Ingest, records: &[MessageRecord]) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for record in records {
        let customer = customers::ingest::known_or_named(ingest, record.customer_tenant_id).await?;
        let is_newest = message(ingest, record).await?;
        let insert = Sql::new(
            "INSERT INTO message_tenant (customer_id, source_id, external_id, as_of) VALUES (",
        )
        .bind(customer.0)
        .push(", ")
        .bind(ingest.source.0)
        .push(", ")
        .bind(record.external_id.as_str())
        .push(", ")
        .bind(ingest.as_of.0)
        .push(") ON CONFLICT (customer_id, source_id, external_id) DO UPDATE SET as_of = excluded.as_of")
        .push(" WHERE message_tenant.as_of < excluded.as_of");
        execute(&ingest.tx, insert).await?;
        if is_newest {
            outcome.stored += 1;
        } else {
            outcome.skip(record.external_id.clone(), "older than what is stored");
        }
    }
    Ok(outcome)
}

async fn message(ingest: &Ingest, record: &MessageRecord) -> Result<bool> {
    let sql = Sql::new("SELECT * FROM message_copy WHERE source_id = ").bind(ingest.source.0);
    let sql = sql.push(" AND external_id = ").bind(record.external_id.as_str());
    let known: Option<message_copy::Model> = first(rows_in(&ingest.tx, sql).await?);
    let version_at = record.modified_at.unwrap_or(ingest.as_of);
    if let Some(known) = &known
        && (known.version_at, known.as_of) > (version_at, ingest.as_of)
    {
        return Ok(false);
    }
    let json = |list: &[String]| serde_json::Value::from(list.to_vec()).to_string();
    let model = message_copy::Model {
        source_id: ingest.source,
        external_id: record.external_id.clone(),
        title: record.title.clone(),
        category: record.category.to_owned(),
        category_raw: record.category_raw.clone(),
        severity: record.severity.to_owned(),
        severity_raw: record.severity_raw.clone(),
        services: json(&record.services),
        tags: json(&record.tags),
        is_major_change: record.is_major_change,
        action_required_by: record.action_required_by,
        starts_at: record.starts_at,
        ends_at: record.ends_at,
        modified_at: record.modified_at,
        version_at,
        content_type: record.content_type.to_owned(),
        content: record.content.clone(),
        text: plain(record.content_type, &record.content),
        system: ingest.system.into(),
        as_of: ingest.as_of,
    };
    let row = model.into_active_model();
    if known.is_some() {
        row.reset_all().update(&ingest.tx).await?;
    } else {
        message_copy::Entity::insert(row).exec_without_returning(&ingest.tx).await?;
    }
    Ok(true)
}

#[derive(FromQueryResult)]
struct Offer {
    offer_id: Option<String>,
    offer_name: Option<String>,
}

#[derive(FromQueryResult)]
struct State {
    value: String,
}

/// Writes anew which services subscriptions bring, if the catalogue says otherwise than when they were stored.
pub async fn use_catalogue(db: &Db) -> Result<()> {
    let catalogue = Catalogue::shipped();
    let fingerprint = catalogue.fingerprint();
    let tx = db.begin().await?;
    derive::lock(&tx).await?;
    let known = Sql::new("SELECT value FROM gateway_state WHERE name = 'catalogue'");
    let known: Vec<State> = rows_in(&tx, known).await?;
    if known.first().is_some_and(|known| known.value == fingerprint) {
        return Ok(tx.rollback().await?);
    }
    let offers: Vec<Offer> =
        rows_in(&tx, Sql::new("SELECT DISTINCT offer_id, offer_name FROM customer_subscription")).await?;
    let mut changed = 0;
    for offer in offers {
        let services = catalogue.brought_by(offer.offer_id.as_deref(), offer.offer_name.as_deref());
        let update = Sql::new("UPDATE customer_subscription SET services = ").bind(services);
        let update = update.push(" WHERE services <> ").bind(services);
        let update = update.push(" AND offer_id IS NOT DISTINCT FROM ").bind(offer.offer_id);
        let update = update.push(" AND offer_name IS NOT DISTINCT FROM ").bind(offer.offer_name);
        changed += execute(&tx, update).await?;
    }
    if changed > 0 {
        derive::subscriptions(&tx).await?;
    }
    execute(&tx, Sql::new("DELETE FROM gateway_state WHERE name = 'catalogue'")).await?;
    let state = Sql::new("INSERT INTO gateway_state (name, value) VALUES ('catalogue', ").bind(fingerprint);
    execute(&tx, state.push(")")).await?;
    Ok(tx.commit().await?)
}
