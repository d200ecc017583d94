//! Stores what a source says of its partnerships, in that source's own rows.

use super::record::{PartnerRecord, PartnershipRecord};
use crate::customers::names::folded;
use crate::db::sql::Sql;
use crate::db::{first, rows_in};
use crate::error::Result;
use crate::ingest::{Fact, Held, Ingest, Outcome};
use entity::{CustomerId, PartnerId, Timestamp, partner_profile};
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, FromQueryResult, IntoActiveModel};
use uuid::Uuid;

/// Stores partnerships. From a complete list, absence ends a partnership of the directions that the list shows.
pub async fn partnerships(ingest: &mut Ingest, records: &[PartnershipRecord]) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut named = Vec::new();
    for record in records {
        let partner = profile(ingest, &record.partner, kind_of(record)).await?;
        let (provider, reseller) = sides(ingest.source, partner, record.partner_is_provider);
        named.push((provider, reseller));
        let fact = partnership(provider, reseller, record);
        if record.state != "active" {
            if ingest.end(&fact).await? {
                touch_shared(ingest, provider, reseller).await?;
            }
            outcome.stored += 1;
            continue;
        }
        match ingest.hold(&fact).await? {
            Held::EndedLater(_) => outcome
                .skip(record.partner.tenant_id.to_string(), "the partnership ended after this was captured"),
            _ => outcome.stored += 1,
        }
    }
    if ingest.is_complete {
        end_absent(ingest, &named).await?;
    }
    Ok(outcome)
}

fn sides(source: PartnerId, other: PartnerId, other_is_provider: bool) -> (PartnerId, PartnerId) {
    if other_is_provider { (other, source) } else { (source, other) }
}

fn kind_of(record: &PartnershipRecord) -> &'static str {
    if record.partner_is_provider { "indirect_provider" } else { "indirect_reseller" }
}

fn partnership(provider: PartnerId, reseller: PartnerId, record: &PartnershipRecord) -> Fact {
    Fact {
        table: "partnership",
        key: vec![("provider_id", provider.0.into()), ("reseller_id", reseller.0.into())],
        rest: vec![
            ("state", record.state.into()),
            ("state_raw", record.state_raw.clone().into()),
            ("mpn_id", record.partner.mpn_id.clone().into()),
        ],
        initial: vec![
            ("consent_from", Timestamp::FAR_FUTURE.0.into()),
            ("consent_until", Timestamp::FAR_FUTURE.0.into()),
        ],
    }
}

async fn end_absent(ingest: &mut Ingest, named: &[(PartnerId, PartnerId)]) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Pair {
        provider_id: PartnerId,
        reseller_id: PartnerId,
    }
    let sql = Sql::new("SELECT DISTINCT provider_id, reseller_id FROM partnership WHERE source_id = ")
        .bind(ingest.source.0);
    for pair in rows_in::<Pair>(&ingest.tx, sql).await? {
        let pair = (pair.provider_id, pair.reseller_id);
        // A list shows one direction: the other one says nothing by its absence.
        let shown = named.iter().any(|n| n.0 == pair.0 || n.1 == pair.1);
        if shown && !named.contains(&pair) {
            let key = vec![("provider_id", pair.0.0.into()), ("reseller_id", pair.1.0.into())];
            if ingest.end(&Fact { table: "partnership", key, rest: Vec::new(), initial: Vec::new() }).await? {
                touch_shared(ingest, pair.0, pair.1).await?;
            }
        }
    }
    Ok(())
}

/// The customers that this partnership serves: a consent's cover ends for links that begin later.
async fn touch_shared(ingest: &mut Ingest, provider: PartnerId, reseller: PartnerId) -> Result<()> {
    let sql = Sql::new("SELECT DISTINCT customer_id AS id FROM indirect_relation WHERE provider_id = ")
        .bind(provider.0);
    for row in rows_in::<Row>(&ingest.tx, sql.push(" AND reseller_id = ").bind(reseller.0)).await? {
        ingest.touch(CustomerId(row.id));
    }
    Ok(())
}

/// Stores what the source says of another partner; what it does not say is kept.
pub async fn profile(ingest: &mut Ingest, record: &PartnerRecord, kind: &str) -> Result<PartnerId> {
    let id = ingest.partner(record.tenant_id).await?;
    let known = Sql::new("SELECT * FROM partner_profile WHERE source_id = ").bind(ingest.source.0);
    let known: Option<partner_profile::Model> =
        first(rows_in(&ingest.tx, known.push(" AND partner_id = ").bind(id.0)).await?);
    if known.as_ref().is_some_and(|known| known.as_of > ingest.as_of) {
        return Ok(id);
    }
    let name = record.name.clone().or_else(|| known.as_ref().map(|k| k.name.clone()));
    let name = name.unwrap_or_else(|| record.tenant_id.to_string());
    let model = partner_profile::Model {
        source_id: ingest.source,
        partner_id: id,
        // What the partner says of itself is not changed by a relation in which it stands.
        kind: known
            .as_ref()
            .map(|k| k.kind.clone())
            .or(record.kind.map(str::to_owned))
            .unwrap_or_else(|| kind.to_owned()),
        sort_name: folded(&name),
        name,
        mpn_id: record.mpn_id.clone().or_else(|| known.as_ref().and_then(|k| k.mpn_id.clone())),
        location: record.location.clone().or_else(|| known.as_ref().and_then(|k| k.location.clone())),
        system: ingest.system.into(),
        as_of: ingest.as_of,
    };
    use partner_profile::Column as C;
    let conflict = OnConflict::columns([C::SourceId, C::PartnerId])
        .update_columns([C::Kind, C::Name, C::SortName, C::MpnId, C::Location, C::System, C::AsOf])
        .to_owned();
    partner_profile::Entity::insert(model.into_active_model())
        .on_conflict(conflict)
        .exec_without_returning(&ingest.tx)
        .await?;
    Ok(id)
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
}

/// The partner that the source knows by this PartnerID: a partner, or the source itself.
pub async fn by_mpn_id(ingest: &Ingest, mpn_id: &str) -> Result<Option<PartnerId>> {
    let sql =
        Sql::new("SELECT partner_id AS id FROM partner_profile WHERE source_id = ").bind(ingest.source.0);
    let row: Option<Row> = first(
        rows_in(&ingest.tx, sql.push(" AND mpn_id = ").bind(mpn_id).push(" ORDER BY partner_id LIMIT 1"))
            .await?,
    );
    Ok(row.map(|row| PartnerId(row.id)))
}

/// Whether the source says that it has a live partnership with these sides.
pub async fn is_live_partnership(ingest: &Ingest, provider: PartnerId, reseller: PartnerId) -> Result<bool> {
    let sql = Sql::new("SELECT id FROM partnership WHERE source_id = ").bind(ingest.source.0);
    let sql = sql.push(" AND provider_id = ").bind(provider.0).push(" AND reseller_id = ").bind(reseller.0);
    let sql =
        sql.push(" AND starts_at <= ").bind(ingest.as_of.0).push(" AND ends_at > ").bind(ingest.as_of.0);
    Ok(!rows_in::<Row>(&ingest.tx, sql).await?.is_empty())
}
