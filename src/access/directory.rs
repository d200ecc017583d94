//! The directory: organisations that use the gateway, their accounts, groups, memberships and restrictions.
//!
//! A membership, an account and a restriction end by their interval and are never deleted. What a change implies for
//! grants is derived in the same transaction.

use crate::customers::names::folded;
use crate::db::sql::Sql;
use crate::db::{Db, derive, execute, rows_in};
use crate::error::Result;
use crate::events;
use entity::{
    AccountId, CustomerId, GroupId, PartnerId, Timestamp, account, group_member, partner_profile,
    restriction, security_group,
};
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, EntityTrait, FromQueryResult, IntoActiveModel};
use uuid::Uuid;

/// A partner that signs up: what it says of itself.
pub struct Organization<'a> {
    /// Its tenant.
    pub tenant: Uuid,
    /// Its name.
    pub name: &'a str,
    /// `direct_bill`, `indirect_provider` or `indirect_reseller`.
    pub kind: &'a str,
    /// PartnerID.
    pub mpn_id: Option<&'a str>,
    /// Country code.
    pub location: Option<&'a str>,
}

/// Registers a partner: its shell, and what it says of itself.
pub async fn register_partner(
    tx: &DatabaseTransaction,
    organization: &Organization<'_>,
    as_of: Timestamp,
) -> Result<PartnerId> {
    let shell = Sql::new("INSERT INTO partner (id, tenant_id) VALUES (").bind(Uuid::new_v4()).push(", ");
    execute(tx, shell.bind(organization.tenant).push(") ON CONFLICT (tenant_id) DO NOTHING")).await?;
    let found = entity::partner::Entity::find();
    let found = sea_orm::QueryFilter::filter(
        found,
        sea_orm::ColumnTrait::eq(&entity::partner::Column::TenantId, organization.tenant),
    );
    let id = found.one(tx).await?.ok_or_else(|| crate::error::Error::internal("a shell vanished"))?.id;
    let model = partner_profile::Model {
        source_id: id,
        partner_id: id,
        kind: organization.kind.to_owned(),
        name: organization.name.to_owned(),
        sort_name: folded(organization.name),
        mpn_id: organization.mpn_id.map(str::to_owned),
        location: organization.location.map(str::to_owned),
        system: "gateway".into(),
        as_of,
    };
    use partner_profile::Column as C;
    let conflict = OnConflict::columns([C::SourceId, C::PartnerId])
        .update_columns([C::Kind, C::Name, C::SortName, C::MpnId, C::Location, C::AsOf])
        .to_owned();
    partner_profile::Entity::insert(model.into_active_model())
        .on_conflict(conflict)
        .exec_without_returning(tx)
        .await?;
    derive::for_tenant(tx, organization.tenant).await?;
    Ok(id)
}

/// Adds an account.
pub async fn add_account(
    tx: &DatabaseTransaction,
    tenant: Uuid,
    object_id: Uuid,
    kind: &str,
    name: &str,
    from: Timestamp,
) -> Result<AccountId> {
    let id = AccountId::random();
    let model = account::Model {
        id,
        tenant_id: tenant,
        object_id,
        kind: kind.to_owned(),
        display_name: name.to_owned(),
        user_principal_name: None,
        starts_at: from,
        ends_at: Timestamp::FAR_FUTURE,
    };
    account::Entity::insert(model.into_active_model()).exec_without_returning(tx).await?;
    Ok(id)
}

/// Adds a security group; with a role, its members hold that role's tokens.
pub async fn add_group(
    tx: &DatabaseTransaction,
    tenant: Uuid,
    object_id: Uuid,
    name: &str,
    role: Option<&str>,
) -> Result<GroupId> {
    let id = GroupId::random();
    let model = security_group::Model {
        id,
        tenant_id: tenant,
        object_id,
        name: name.to_owned(),
        role: role.map(str::to_owned),
    };
    security_group::Entity::insert(model.into_active_model()).exec_without_returning(tx).await?;
    derive::for_tenant(tx, tenant).await?;
    Ok(id)
}

/// Makes an account a member of a group of its own tenant.
pub async fn add_member(
    tx: &DatabaseTransaction,
    tenant: Uuid,
    group: GroupId,
    account: AccountId,
    from: Timestamp,
) -> Result<()> {
    let model = group_member::Model {
        account_id: account,
        group_id: group,
        tenant_id: tenant,
        starts_at: from,
        ends_at: Timestamp::FAR_FUTURE,
    };
    group_member::Entity::insert(model.into_active_model()).exec_without_returning(tx).await?;
    events::access_changed(tx).await
}

/// Ends an account's membership. Grants follow memberships in every statement, so nothing needs deriving.
pub async fn end_membership(db: &Db, group: GroupId, account: AccountId, at: Timestamp) -> Result<()> {
    let tx = db.begin().await?;
    let update =
        Sql::new("UPDATE group_member SET ends_at = ").bind(at.0).push(" WHERE group_id = ").bind(group.0);
    execute(&tx, update.push(" AND account_id = ").bind(account.0).push(" AND ends_at > ").bind(at.0))
        .await?;
    events::access_changed(&tx).await?;
    Ok(tx.commit().await?)
}

/// Ends an account.
pub async fn end_account(db: &Db, account: AccountId, at: Timestamp) -> Result<()> {
    let tx = db.begin().await?;
    let update = Sql::new("UPDATE account SET ends_at = ").bind(at.0).push(" WHERE id = ").bind(account.0);
    execute(&tx, update.push(" AND ends_at > ").bind(at.0)).await?;
    events::access_changed(&tx).await?;
    Ok(tx.commit().await?)
}

/// Restricts a group of a tenant on one customer.
pub async fn restrict(
    tx: &DatabaseTransaction,
    tenant: Uuid,
    group: GroupId,
    customer: CustomerId,
    name: &str,
    from: Timestamp,
    until: Timestamp,
) -> Result<()> {
    let model = restriction::Model {
        id: Uuid::new_v4(),
        tenant_id: tenant,
        group_id: group,
        customer_id: customer,
        name: name.to_owned(),
        starts_at: from,
        ends_at: until,
    };
    restriction::Entity::insert(model.into_active_model()).exec_without_returning(tx).await?;
    derive::for_customers(tx, &[customer]).await
}

/// A reseller consents that one provider sees its customers whose relation names no provider, from `from` to `until`.
pub async fn consent(
    tx: &DatabaseTransaction,
    reseller: PartnerId,
    provider: PartnerId,
    from: Timestamp,
    until: Timestamp,
) -> Result<()> {
    let update = Sql::new("UPDATE partnership SET consent_from = ")
        .bind(from.0)
        .push(", consent_until = ")
        .bind(until.0);
    let update =
        update.push(" WHERE source_id = ").bind(reseller.0).push(" AND reseller_id = ").bind(reseller.0);
    if execute(tx, update.push(" AND provider_id = ").bind(provider.0)).await? == 0 {
        let reason =
            "the reseller has not said that it has this partnership; import its list of providers first";
        return Err(crate::error::Error::invalid("consent", reason));
    }
    derive_shared(tx, reseller).await
}

/// A reseller withdraws all its consents.
pub async fn withdraw_consents(tx: &DatabaseTransaction, reseller: PartnerId, at: Timestamp) -> Result<()> {
    let update = Sql::new("UPDATE partnership SET consent_until = ")
        .bind(at.0)
        .push(" WHERE source_id = ")
        .bind(reseller.0);
    let update = update.push(" AND reseller_id = ").bind(reseller.0).push(" AND consent_until > ").bind(at.0);
    if execute(tx, update.push(" AND consent_from < ").bind(at.0)).await? > 0 {
        derive_shared(tx, reseller).await?;
    }
    Ok(())
}

/// The customers that providers say this reseller serves through them are those that its consent may cover.
async fn derive_shared(tx: &DatabaseTransaction, reseller: PartnerId) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Shared {
        customer_id: CustomerId,
    }
    let sql = Sql::new(
        "SELECT DISTINCT customer_id FROM indirect_relation WHERE source_id = provider_id AND reseller_id = ",
    );
    let shared: Vec<Shared> = rows_in(tx, sql.bind(reseller.0)).await?;
    let shared: Vec<CustomerId> = shared.into_iter().map(|row| row.customer_id).collect();
    derive::for_customers(tx, &shared).await
}
