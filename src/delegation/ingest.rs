//! Stores what a source says of delegated administration, in that source's own rows. The newer upstream modification
//! wins, then the newer capture; a relationship ends by its status and time and is never deleted.

use super::record::{AssignmentRecord, RelationshipRecord};
use crate::customers;
use crate::db::sql::Sql;
use crate::db::{execute, first, rows_in};
use crate::error::Result;
use crate::ingest::{Ingest, Outcome};
use entity::{
    AssignmentId, RelationshipId, Timestamp, access_assignment as assignment, access_assignment_role,
    delegated_admin_relationship as relationship, delegated_admin_role,
};
use sea_orm::{ActiveModelTrait, EntityTrait, FromQueryResult, IntoActiveModel};
use std::collections::BTreeSet;

/// Stores relationships. From a complete list, one that is absent has been cleaned up upstream: it is terminated.
pub async fn relationships(ingest: &mut Ingest, records: &[RelationshipRecord]) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for record in records {
        let known = known(ingest, &record.external_id).await?;
        if known.as_ref().is_some_and(|k| is_older(ingest, record.modified_at, k.modified_at, k.as_of)) {
            outcome.skip(record.external_id.clone(), "older than what is stored");
            continue;
        }
        store(ingest, record, known).await?;
        if record.indirect_provider_tenant_id == Some(ingest.source_tenant) {
            outcome.notes.push(format!(
                "{}: created by this provider for a reseller: kept as information, grants nothing to the provider",
                record.external_id
            ));
        }
        outcome.stored += 1;
    }
    if ingest.is_complete {
        end_absent(ingest, records).await?;
    }
    Ok(outcome)
}

fn is_older(ingest: &Ingest, new: Option<Timestamp>, old: Option<Timestamp>, as_of: Timestamp) -> bool {
    match (new, old) {
        (Some(new), Some(old)) if new != old => new < old,
        _ => ingest.as_of < as_of,
    }
}

async fn known(ingest: &Ingest, external_id: &str) -> Result<Option<relationship::Model>> {
    let sql = Sql::new("SELECT * FROM delegated_admin_relationship WHERE source_id = ").bind(ingest.source.0);
    Ok(first(rows_in(&ingest.tx, sql.push(" AND external_id = ").bind(external_id)).await?))
}

async fn store(
    ingest: &mut Ingest,
    record: &RelationshipRecord,
    known: Option<relationship::Model>,
) -> Result<()> {
    let r = record.clone();
    let customer = match r.customer_tenant_id {
        Some(tenant) => {
            Some(customers::ingest::ensure_named(ingest, tenant, r.customer_name.as_deref()).await?)
        }
        None => known.as_ref().and_then(|k| k.customer_id),
    };
    if let Some(before) = known.as_ref().and_then(|k| k.customer_id) {
        ingest.touch(before);
    }
    let provider = match r.indirect_provider_tenant_id {
        Some(tenant) => Some(ingest.partner(tenant).await?),
        None => None,
    };
    let model = relationship::Model {
        id: known.as_ref().map_or_else(RelationshipId::random, |k| k.id),
        source_id: ingest.source,
        external_id: r.external_id,
        customer_id: customer,
        display_name: r.display_name,
        indirect_provider_id: provider,
        is_partner_consent_pending: r.is_partner_consent_pending,
        duration: r.duration,
        auto_extend_duration: r.auto_extend_duration,
        status: r.status.to_owned(),
        status_raw: r.status_raw,
        created_at: r.created_at,
        activated_at: r.activated_at,
        ends_at: r.ends_at.unwrap_or(Timestamp::FAR_FUTURE),
        etag: r.etag,
        system: ingest.system.into(),
        as_of: ingest.as_of,
        modified_at: r.modified_at,
    };
    let id = model.id;
    let active = model.into_active_model();
    match known {
        Some(_) => drop(relationship::Entity::update(active.reset_all()).exec(&ingest.tx).await?),
        None => drop(relationship::Entity::insert(active).exec_without_returning(&ingest.tx).await?),
    }
    execute(&ingest.tx, Sql::new("DELETE FROM delegated_admin_role WHERE relationship_id = ").bind(id.0))
        .await?;
    let roles: BTreeSet<&String> = record.roles.iter().collect();
    let rows: Vec<_> = roles
        .into_iter()
        .map(|role| {
            delegated_admin_role::Model { relationship_id: id, role_template_id: role.clone() }
                .into_active_model()
        })
        .collect();
    if !rows.is_empty() {
        delegated_admin_role::Entity::insert_many(rows).exec_without_returning(&ingest.tx).await?;
    }
    Ok(())
}

async fn end_absent(ingest: &mut Ingest, records: &[RelationshipRecord]) -> Result<()> {
    let named: BTreeSet<&str> = records.iter().map(|r| r.external_id.as_str()).collect();
    let sql = Sql::new("SELECT * FROM delegated_admin_relationship WHERE source_id = ").bind(ingest.source.0);
    let rows: Vec<relationship::Model> = rows_in(&ingest.tx, sql).await?;
    let (ended, as_of) = (["terminated", "expired"], ingest.as_of);
    let gone = rows.into_iter().filter(|r| {
        !named.contains(r.external_id.as_str()) && r.as_of <= as_of && !ended.contains(&r.status.as_str())
    });
    for row in gone {
        let update = Sql::new("UPDATE delegated_admin_relationship SET status = 'terminated', status_raw = 'absent from a complete list', as_of = ")
            .bind(ingest.as_of.0)
            .push(", ends_at = ")
            .bind(ingest.as_of.min(row.ends_at).0)
            .push(", modified_at = ")
        .bind(ingest.as_of.0)
        .push(" WHERE id = ")
            .bind(row.id.0);
        execute(&ingest.tx, update).await?;
        if let Some(customer) = row.customer_id {
            ingest.touch(customer);
        }
    }
    Ok(())
}

/// Stores assignments of relationships that the source has.
pub async fn assignments(ingest: &mut Ingest, records: &[AssignmentRecord]) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for record in records {
        let Some(parent) = known(ingest, &record.relationship_external_id).await? else {
            let why = format!(
                "its relationship {} is not known; import the relationships first",
                record.relationship_external_id
            );
            outcome.skip(record.external_id.clone(), why);
            continue;
        };
        let sql = Sql::new("SELECT * FROM access_assignment WHERE source_id = ").bind(ingest.source.0);
        let sql = sql.push(" AND external_id = ").bind(record.external_id.as_str());
        let known: Option<assignment::Model> = first(rows_in(&ingest.tx, sql).await?);
        if known.as_ref().is_some_and(|k| is_older(ingest, record.modified_at, k.modified_at, k.as_of)) {
            outcome.skip(record.external_id.clone(), "older than what is stored");
            continue;
        }
        if let Some(before) = known.as_ref().filter(|k| k.relationship_id != parent.id) {
            touch_customer_of(ingest, before.relationship_id).await?;
        }
        store_assignment(ingest, record, &parent, known).await?;
        if let Some(customer) = parent.customer_id {
            ingest.touch(customer);
        }
        if !has_group(ingest, record).await? {
            outcome.notes.push(format!(
                "{}: its security group {} is not in the directory yet",
                record.external_id, record.group_object_id
            ));
        }
        outcome.stored += 1;
    }
    if ingest.is_complete {
        end_absent_assignments(ingest, records).await?;
    }
    Ok(outcome)
}

/// An assignment that its relationship's complete list lacks is deleted upstream.
async fn end_absent_assignments(ingest: &mut Ingest, records: &[AssignmentRecord]) -> Result<()> {
    let listed: BTreeSet<&str> = records.iter().map(|r| r.relationship_external_id.as_str()).collect();
    let named: BTreeSet<&str> = records.iter().map(|r| r.external_id.as_str()).collect();
    for relationship in listed {
        let Some(parent) = known(ingest, relationship).await? else { continue };
        let sql = Sql::new("SELECT * FROM access_assignment WHERE relationship_id = ").bind(parent.id.0);
        let rows: Vec<assignment::Model> = rows_in(&ingest.tx, sql).await?;
        let as_of = ingest.as_of;
        let gone = rows
            .iter()
            .filter(|a| !named.contains(a.external_id.as_str()) && a.as_of <= as_of && a.status != "deleted");
        for row in gone {
            let update = Sql::new("UPDATE access_assignment SET status = 'deleted', status_raw = 'absent from a complete list', as_of = ")
                .bind(as_of.0)
                .push(", modified_at = ")
                .bind(as_of.0)
                .push(", ends_at = ")
                .bind(as_of.min(row.ends_at).0)
                .push(" WHERE id = ")
                .bind(row.id.0);
            execute(&ingest.tx, update).await?;
        }
        if let Some(customer) = parent.customer_id {
            ingest.touch(customer);
        }
    }
    Ok(())
}

/// An assignment left this relationship: what it gave on its customer goes.
async fn touch_customer_of(ingest: &mut Ingest, relationship: RelationshipId) -> Result<()> {
    let sql = Sql::new("SELECT * FROM delegated_admin_relationship WHERE id = ").bind(relationship.0);
    let row: Option<relationship::Model> = first(rows_in(&ingest.tx, sql).await?);
    if let Some(customer) = row.and_then(|row| row.customer_id) {
        ingest.touch(customer);
    }
    Ok(())
}

async fn has_group(ingest: &Ingest, record: &AssignmentRecord) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Found {
        #[allow(dead_code)]
        id: uuid::Uuid,
    }
    let sql = Sql::new("SELECT id FROM security_group WHERE tenant_id = ").bind(ingest.source_tenant);
    Ok(!rows_in::<Found>(&ingest.tx, sql.push(" AND object_id = ").bind(record.group_object_id))
        .await?
        .is_empty())
}

async fn store_assignment(
    ingest: &Ingest,
    record: &AssignmentRecord,
    parent: &relationship::Model,
    known: Option<assignment::Model>,
) -> Result<()> {
    let r = record.clone();
    let is_over = ["deleting", "deleted", "error"].contains(&r.status);
    let ends_at = match &known {
        // What ended stays ended at its first ending.
        Some(k) if is_over => k.ends_at.min(ingest.as_of),
        _ if is_over => ingest.as_of,
        _ => Timestamp::FAR_FUTURE,
    };
    let starts_at = known.as_ref().map(|k| k.starts_at).or(r.created_at).unwrap_or(ingest.as_of);
    let model = assignment::Model {
        id: known.as_ref().map_or_else(AssignmentId::random, |k| k.id),
        source_id: ingest.source,
        relationship_id: parent.id,
        external_id: r.external_id,
        group_object_id: r.group_object_id,
        status: r.status.to_owned(),
        status_raw: r.status_raw,
        starts_at,
        ends_at,
        etag: r.etag,
        system: ingest.system.into(),
        as_of: ingest.as_of,
        modified_at: r.modified_at,
    };
    let id = model.id;
    let active = model.into_active_model();
    match known {
        Some(_) => drop(assignment::Entity::update(active.reset_all()).exec(&ingest.tx).await?),
        None => drop(assignment::Entity::insert(active).exec_without_returning(&ingest.tx).await?),
    }
    execute(&ingest.tx, Sql::new("DELETE FROM access_assignment_role WHERE assignment_id = ").bind(id.0))
        .await?;
    let roles: BTreeSet<&String> = record.roles.iter().collect();
    let rows: Vec<_> = roles
        .into_iter()
        .map(|role| {
            access_assignment_role::Model { assignment_id: id, role_template_id: role.clone() }
                .into_active_model()
        })
        .collect();
    if !rows.is_empty() {
        access_assignment_role::Entity::insert_many(rows).exec_without_returning(&ingest.tx).await?;
    }
    Ok(())
}
