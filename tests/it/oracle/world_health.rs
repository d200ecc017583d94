//! Writes what a plan says of service health through the gateway's own doors.

use super::facts::Facts;
use super::facts_health::{Service, raw};
use super::rights::Right;
use super::says::Capture;
use super::says_health::{SaidIncident, SaidMessage, SaidRequest, SaidStatus};
use super::truth::{Reader, View};
use super::world::World;
use entity::Timestamp;
use partner_gateway::db::execute;
use partner_gateway::db::sql::Sql;
use partner_gateway::error::Result;
use partner_gateway::escalations::record::VendorRequestRecord;
use partner_gateway::health::record::{LookOutcome, LookRecord, MessageRecord, ServiceName, StatusRecord};
use partner_gateway::incidents::record::{IncidentRecord, PostRecord};
use partner_gateway::ingest::Ingest;
use partner_gateway::{escalations, health, incidents};
use sea_orm::{DatabaseTransaction, EntityTrait, IntoActiveModel};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Grants that bear the right to read health, beyond which an account's incidents are driven from its tenant's list.
const MANY_BEARING: usize = 1001;

impl World {
    /// Bare shells with ids of the seed. One incident is left to the first capture that names it.
    pub(super) async fn write_incidents(&self, tx: &DatabaseTransaction) -> Result<()> {
        let known = self.facts.health.incidents.iter().enumerate().filter(|(place, _)| *place != 1);
        for incident in known.map(|(_, incident)| incident) {
            let insert = Sql::new("INSERT INTO incident (id, external_id) VALUES (").bind(incident.id);
            execute(tx, insert.push(", ").bind(incident.external.as_str()).push(")")).await?;
        }
        Ok(())
    }

    pub(super) async fn read_incidents(&mut self) -> Result<()> {
        let rows: Vec<entity::incident::Model> =
            self.db().unscoped_rows(Sql::new("SELECT * FROM incident")).await?;
        for known in &mut self.facts.health.incidents {
            let row = rows.iter().find(|row| row.external_id == known.external);
            known.id = row.map_or(known.id, |row| row.id.0);
        }
        Ok(())
    }

    pub(super) async fn write_health(&self, ingest: &mut Ingest, capture: &Capture) -> Result<()> {
        let (said, facts) = (&capture.health, &self.facts);
        let statuses: Vec<_> = said.statuses.iter().map(|said| status(facts, said)).collect();
        if !statuses.is_empty() {
            health::ingest::statuses(ingest, &statuses).await?;
        }
        let affecting: Vec<_> = said.incidents.iter().map(|said| incident(facts, said)).collect();
        if !affecting.is_empty() {
            incidents::ingest::incidents(ingest, &affecting).await?;
        }
        let look = |customer: usize, outcome: &str| LookRecord {
            customer_tenant_id: facts.customers[customer].tenant,
            outcome: match outcome {
                "throttled" => LookOutcome::Throttled,
                _ => LookOutcome::NoDelegation,
            },
        };
        let looks: Vec<_> = said.looks.iter().map(|said| look(said.customer, said.outcome)).collect();
        if !looks.is_empty() {
            health::ingest::looks(ingest, &looks).await?;
        }
        let messages: Vec<_> = said.messages.iter().map(|said| message(facts, said)).collect();
        if !messages.is_empty() {
            health::ingest::messages(ingest, &messages).await?;
        }
        let requests: Vec<_> = said.requests.iter().map(|said| request(facts, said)).collect();
        if !requests.is_empty() {
            escalations::ingest::vendor_requests(ingest, &requests).await?;
        }
        Ok(())
    }

    /// Repeats on a thousand further grounds what lets somebody read some customer's health: the answers stay the same,
    /// and its incidents are driven from the other side. The facts below are left alone, so that from now on the
    /// derived tables hold more than follows. False if the account reads no customer's health.
    pub async fn repeat_grounds(&mut self, account: usize) -> Result<bool> {
        let at = self.now();
        let reader = Reader { account: Some(account), ..Reader::default() };
        let Some((customer, source)) = some_readable(&View::of(&self.facts, at, &reader), &self.facts) else {
            return Ok(false);
        };
        let live = self.facts.memberships.iter().filter(|m| m.account == account && m.span.holds(at));
        let groups: BTreeSet<Uuid> = live.map(|m| self.facts.groups[m.group].id).collect();
        let sources = [self.facts.partners[source].id, Uuid::nil()];
        let grants =
            Sql::new("SELECT * FROM access_grant WHERE ground_kind <> 'restriction' AND customer_id = ");
        let grants: Vec<entity::access_grant::Model> =
            self.db().unscoped_rows(grants.bind(self.facts.customers[customer].id)).await?;
        let counts = grants.into_iter().filter(|grant| {
            let is_live = grant.starts_at.0 <= at && at < grant.ends_at.0;
            is_live && groups.contains(&grant.principal_id.0) && sources.contains(&grant.source_id.0)
        });
        let tx = self.db().begin().await?;
        for (place, grant) in counts.enumerate() {
            let again = |number: usize| {
                let ground_id = Uuid::from_u128(0x6EA4_0000_0000 + (place * MANY_BEARING + number) as u128);
                entity::access_grant::Model { ground_id, ..grant.clone() }.into_active_model()
            };
            let rows: Vec<_> = (0..MANY_BEARING).map(again).collect();
            entity::access_grant::Entity::insert_many(rows).exec_without_returning(&tx).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// Some customer and source on whose rows the reader reads health.
fn some_readable(view: &View<'_>, facts: &Facts) -> Option<(usize, usize)> {
    let mut all = (0..facts.customers.len()).flat_map(|c| (0..facts.partners.len()).map(move |s| (c, s)));
    all.find(|(customer, source)| view.may(Right::Health, *customer, *source))
}

pub(super) fn service_name(service: Service) -> ServiceName {
    let (id, name) = service.upstream();
    ServiceName { id: id.map(str::to_owned), name: name.to_owned() }
}

fn status(facts: &Facts, said: &SaidStatus) -> StatusRecord {
    StatusRecord {
        customer_tenant_id: facts.customers[said.customer].tenant,
        service: service_name(said.service),
        status: said.status,
        status_raw: raw(said.status).map(str::to_owned),
    }
}

fn incident(facts: &Facts, said: &SaidIncident) -> IncidentRecord {
    let body = &said.body;
    let post = |(at, text): &(i64, String)| PostRecord {
        created_at: Timestamp(*at),
        kind: "regular",
        kind_raw: None,
        content_type: "text",
        content: text.clone(),
    };
    IncidentRecord {
        customer_tenant_id: facts.customers[said.customer].tenant,
        external_id: facts.health.incidents[said.incident].external.clone(),
        title: body.title.clone(),
        service: service_name(body.service),
        classification: body.classification,
        classification_raw: raw(body.classification).map(str::to_owned),
        status: body.status,
        status_raw: raw(body.status).map(str::to_owned),
        is_resolved: body.is_resolved,
        starts_at: Some(Timestamp(body.starts)),
        modified_at: body.modified.map(Timestamp),
        posts: said.posts.iter().map(post).collect(),
        ..IncidentRecord::default()
    }
}

fn message(facts: &Facts, said: &SaidMessage) -> MessageRecord {
    MessageRecord {
        customer_tenant_id: facts.customers[said.customer].tenant,
        external_id: said.external.clone(),
        title: said.title.clone(),
        category: "stay_informed",
        severity: "normal",
        modified_at: said.modified.map(Timestamp),
        content_type: "text",
        content: said.title.clone(),
        ..MessageRecord::default()
    }
}

fn request(facts: &Facts, said: &SaidRequest) -> VendorRequestRecord {
    VendorRequestRecord {
        customer_tenant_id: facts.customers[said.customer].tenant,
        external_id: said.external.clone(),
        title: said.external.clone(),
        severity: "minimal",
        status: said.status,
        product: said.service.map(service_name),
        modified_at: said.modified.map(Timestamp),
        ..VendorRequestRecord::default()
    }
}
