//! Stores what a source says of subscriptions, in that source's own rows. The newer upstream modification wins, then
//! the newer capture; what a body does not say is kept.

use super::record::SubscriptionRecord;
use crate::customers;
use crate::db::sql::Sql;
use crate::db::{execute, first, rows_in};
use crate::error::Result;
use crate::health::catalogue::Catalogue;
use crate::ingest::{Ingest, Outcome};
use crate::partners;
use entity::{
    CustomerId, PartnerId, SubscriptionId, Timestamp, customer_subscription as subscription, partner_profile,
    subscription_commerce,
};
use sea_orm::{ActiveModelTrait, EntityTrait, FromQueryResult, IntoActiveModel};
use std::collections::{BTreeMap, BTreeSet};

/// Stores subscriptions. From a complete list, a subscription of a listed customer that is absent is deleted upstream.
pub async fn subscriptions(ingest: &mut Ingest, records: &[SubscriptionRecord]) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut named: BTreeMap<CustomerId, BTreeSet<String>> = BTreeMap::new();
    for record in records {
        let customer = customers::ingest::ensure_named(ingest, record.customer_tenant_id, None).await?;
        named.entry(customer).or_default().insert(record.external_id.clone());
        let known = known(ingest, customer, &record.external_id).await?;
        if known.as_ref().is_some_and(|known| is_older(ingest, record.modified_at, known)) {
            outcome.skip(record.external_id.clone(), "older than what is stored");
            continue;
        }
        let partner_of_record = partner_of_record(ingest, record, &mut outcome).await?;
        let seller = seller(ingest, customer, record).await?;
        store(ingest, customer, record, known, seller, partner_of_record).await?;
        outcome.stored += 1;
    }
    if ingest.is_complete {
        end_absent(ingest, &named).await?;
    }
    Ok(outcome)
}

async fn known(
    ingest: &Ingest,
    customer: CustomerId,
    external_id: &str,
) -> Result<Option<subscription::Model>> {
    let sql = Sql::new("SELECT * FROM customer_subscription WHERE source_id = ").bind(ingest.source.0);
    let sql = sql.push(" AND customer_id = ").bind(customer.0).push(" AND external_id = ").bind(external_id);
    Ok(first(rows_in(&ingest.tx, sql).await?))
}

fn is_older(ingest: &Ingest, modified_at: Option<Timestamp>, known: &subscription::Model) -> bool {
    match (modified_at, known.modified_at) {
        (Some(new), Some(old)) if new != old => new < old,
        _ => ingest.as_of < known.as_of,
    }
}

async fn partner_of_record(
    ingest: &Ingest,
    record: &SubscriptionRecord,
    outcome: &mut Outcome,
) -> Result<Option<PartnerId>> {
    let Some(mpn_id) = &record.partner_of_record_mpn_id else {
        return Ok(None);
    };
    let found = partners::ingest::by_mpn_id(ingest, mpn_id).await?;
    if found.is_none() {
        outcome.notes.push(format!(
            "{}: PartnerID {mpn_id} belongs to no partner that this source knows",
            record.external_id
        ));
    }
    Ok(found)
}

/// Who bought it from Microsoft: as the body says. Partner Center lists what was sold through the source: a
/// direct-bill partner or provider itself; for a reseller the one provider through which it serves the customer.
/// Graph lists all of the tenant's, strangers' too, so there nothing is concluded.
async fn seller(
    ingest: &mut Ingest,
    customer: CustomerId,
    record: &SubscriptionRecord,
) -> Result<Option<PartnerId>> {
    if let Some(tenant) = record.seller_tenant_id {
        return Ok(Some(ingest.partner(tenant).await?));
    }
    if ingest.system != "partner_center" {
        return Ok(None);
    }
    let own = Sql::new("SELECT * FROM partner_profile WHERE source_id = ").bind(ingest.source.0);
    let own = own.push(" AND partner_id = ").bind(ingest.source.0);
    let own: Option<partner_profile::Model> = first(rows_in(&ingest.tx, own).await?);
    if own.is_some_and(|own| own.kind != "indirect_reseller") {
        return Ok(Some(ingest.source));
    }
    #[derive(FromQueryResult)]
    struct Through {
        provider_id: PartnerId,
    }
    let through = Sql::new("SELECT DISTINCT provider_id FROM indirect_relation WHERE source_id = ")
        .bind(ingest.source.0);
    let through = through
        .push(" AND customer_id = ")
        .bind(customer.0)
        .push(" AND reseller_id = ")
        .bind(ingest.source.0);
    let through =
        through.push(" AND starts_at <= ").bind(ingest.as_of.0).push(" AND ends_at > ").bind(ingest.as_of.0);
    let through: Vec<Through> = rows_in(&ingest.tx, through).await?;
    Ok(if let [only] = through.as_slice() { Some(only.provider_id) } else { None })
}

async fn store(
    ingest: &mut Ingest,
    customer: CustomerId,
    record: &SubscriptionRecord,
    known: Option<subscription::Model>,
    seller: Option<PartnerId>,
    partner_of_record: Option<PartnerId>,
) -> Result<()> {
    let id = known.as_ref().map_or_else(SubscriptionId::random, |known| known.id);
    let support = match record.support_contact_tenant_id {
        Some(tenant) => Some(ingest.partner(tenant).await?),
        None => known.as_ref().and_then(|k| k.support_contact_id).or(seller),
    };
    let r = record.clone();
    // Keeps what the body does not say.
    macro_rules! kept {
        ($field:ident) => {
            r.$field.or_else(|| known.as_ref().and_then(|k| k.$field.clone()))
        };
    }
    let (offer_id, offer_name) = (kept!(offer_id), kept!(offer_name));
    let services = Catalogue::shipped().brought_by(offer_id.as_deref(), offer_name.as_deref());
    let model = subscription::Model {
        id,
        source_id: ingest.source,
        customer_id: customer,
        external_id: r.external_id,
        offer_id,
        offer_name,
        friendly_name: kept!(friendly_name),
        product_type: kept!(product_type),
        quantity: r.quantity,
        assigned_quantity: kept!(assigned_quantity),
        unit_type: kept!(unit_type),
        parent_external_id: kept!(parent_external_id),
        status: r.status.to_owned(),
        status_raw: r.status_raw,
        is_trial: kept!(is_trial),
        created_at: kept!(created_at),
        effective_at: kept!(effective_at),
        commitment_ends_at: r
            .commitment_ends_at
            .or(known.as_ref().map(|k| k.commitment_ends_at))
            .unwrap_or(Timestamp::FAR_FUTURE),
        cancellable_until: kept!(cancellable_until),
        term_duration: kept!(term_duration),
        billing_cycle: kept!(billing_cycle),
        billing_type: kept!(billing_type),
        auto_renew: kept!(auto_renew),
        services,
        seller_id: seller.or(known.as_ref().and_then(|k| k.seller_id)),
        // Said, but unknown here: it is not the former one any more.
        partner_of_record_id: match record.partner_of_record_mpn_id {
            Some(_) => partner_of_record,
            None => known.as_ref().and_then(|k| k.partner_of_record_id),
        },
        support_contact_id: support,
        support_contact_as_of: match r.support_contact_tenant_id {
            Some(_) => Some(ingest.as_of),
            None => known.as_ref().and_then(|k| k.support_contact_as_of),
        },
        system: ingest.system.into(),
        as_of: ingest.as_of,
        modified_at: r.modified_at.or(known.as_ref().and_then(|k| k.modified_at)),
    };
    let active = model.into_active_model();
    match known {
        Some(_) => drop(subscription::Entity::update(active.reset_all()).exec(&ingest.tx).await?),
        None => drop(subscription::Entity::insert(active).exec_without_returning(&ingest.tx).await?),
    }
    store_commerce(ingest, id, record).await
}

async fn store_commerce(ingest: &Ingest, id: SubscriptionId, record: &SubscriptionRecord) -> Result<()> {
    let known = Sql::new("SELECT * FROM subscription_commerce WHERE subscription_id = ").bind(id.0);
    let known: Option<subscription_commerce::Model> = first(rows_in(&ingest.tx, known).await?);
    let r = record.clone();
    macro_rules! kept {
        ($field:ident) => {
            r.$field.or_else(|| known.as_ref().and_then(|k| k.$field.clone()))
        };
    }
    let model = subscription_commerce::Model {
        subscription_id: id,
        entitlement_id: kept!(entitlement_id),
        order_id: kept!(order_id),
        product_order_id: kept!(product_order_id),
        billing_cycle_ends_at: kept!(billing_cycle_ends_at),
        renewal_term_duration: kept!(renewal_term_duration),
        contract_type: kept!(contract_type),
        publisher_name: kept!(publisher_name),
        promotion_id: kept!(promotion_id),
        migrated_from: kept!(migrated_from),
        has_purchasable_addons: kept!(has_purchasable_addons),
        is_microsoft_product: kept!(is_microsoft_product),
        attention_needed: kept!(attention_needed),
        action_taken: kept!(action_taken),
        actions: kept!(actions),
        suspension_reasons: kept!(suspension_reasons),
        refund_options: kept!(refund_options),
        refundable_quantity: kept!(refundable_quantity),
        scheduled_next_term: kept!(scheduled_next_term),
        next_charge: kept!(next_charge),
        partner_of_record_mpn_id: kept!(partner_of_record_mpn_id),
        etag: kept!(etag),
    };
    let active = model.into_active_model();
    match known {
        Some(_) => drop(subscription_commerce::Entity::update(active.reset_all()).exec(&ingest.tx).await?),
        None => drop(subscription_commerce::Entity::insert(active).exec_without_returning(&ingest.tx).await?),
    }
    Ok(())
}

async fn end_absent(ingest: &mut Ingest, named: &BTreeMap<CustomerId, BTreeSet<String>>) -> Result<()> {
    for (customer, named) in named {
        let sql = Sql::new("SELECT * FROM customer_subscription WHERE source_id = ").bind(ingest.source.0);
        let rows: Vec<subscription::Model> =
            rows_in(&ingest.tx, sql.push(" AND customer_id = ").bind(customer.0)).await?;
        let as_of = ingest.as_of;
        let gone = rows
            .iter()
            .filter(|s| !named.contains(&s.external_id) && s.as_of <= as_of && s.status != "deleted");
        for subscription in gone {
            let update = Sql::new(
                "UPDATE customer_subscription SET status = 'deleted', status_raw = 'absent from a complete list', as_of = ",
            );
            execute(&ingest.tx, update.bind(ingest.as_of.0).push(" WHERE id = ").bind(subscription.id.0))
                .await?;
            ingest.touch(*customer);
        }
    }
    Ok(())
}

/// Stores who supports a subscription that the source has.
pub async fn support_contact(
    ingest: &mut Ingest,
    customer_tenant: uuid::Uuid,
    external_id: &str,
    partner: PartnerId,
) -> Result<bool> {
    let customer = ingest.customer(customer_tenant).await?;
    let Some(known) = known(ingest, customer, external_id).await? else {
        return Ok(false);
    };
    if known.support_contact_as_of.is_some_and(|as_of| as_of > ingest.as_of) {
        return Ok(true);
    }
    let update = Sql::new("UPDATE customer_subscription SET support_contact_id = ").bind(partner.0);
    let update =
        update.push(", support_contact_as_of = ").bind(ingest.as_of.0).push(" WHERE id = ").bind(known.id.0);
    execute(&ingest.tx, update).await?;
    ingest.touch(customer);
    Ok(true)
}
