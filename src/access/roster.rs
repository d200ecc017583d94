//! The directory as a file: the organisations that use this gateway, their groups, accounts and memberships.
//!
//! Applied as a whole, in one transaction: what the file names is begun or kept, and accounts and memberships of its
//! organisations that it no longer names end now. Organisations that it does not mention are left alone.

use super::directory::{self, Organization};
use super::policy::Policy;
use crate::db::sql::Sql;
use crate::db::{Db, derive, execute, rows_in};
use crate::error::{Error, Result};
use entity::{AccountId, GroupId, PartnerId, Timestamp, account, group_member, security_group};
use sea_orm::DatabaseTransaction;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A file of organisations.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roster {
    /// Partners.
    #[serde(default)]
    partner: Vec<Partner>,
    /// Customers whose own staff uses the gateway.
    #[serde(default)]
    customer: Vec<Customer>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Partner {
    tenant: Uuid,
    name: String,
    kind: Kind,
    partner_id: Option<String>,
    location: Option<String>,
    /// Providers that this reseller lets see its customers that name no provider.
    #[serde(default)]
    consents_to: Vec<Uuid>,
    #[serde(default)]
    group: Vec<Group>,
    #[serde(default)]
    account: Vec<Account>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Customer {
    tenant: Uuid,
    #[serde(default)]
    group: Vec<Group>,
    #[serde(default)]
    account: Vec<Account>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    DirectBill,
    IndirectProvider,
    IndirectReseller,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    object_id: Uuid,
    name: String,
    /// A role of the vocabulary; none for a plain group.
    role: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    object_id: Uuid,
    name: String,
    #[serde(default)]
    kind: AccountKind,
    /// Object ids of its groups.
    #[serde(default)]
    groups: BTreeSet<Uuid>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AccountKind {
    #[default]
    Member,
    Guest,
    Application,
}

/// How much there is now.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Organisations of the file.
    pub organizations: usize,
    /// Accounts of the file.
    pub accounts: usize,
    /// Memberships of the file.
    pub memberships: usize,
    /// Accounts and memberships that ended.
    pub ended: u64,
}

impl Roster {
    /// Reads a file; each error names its line.
    pub fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|e| {
            let line =
                e.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            Error::invalid(format!("line {line}"), e.message().replace('\n', " "))
        })
    }

    /// Applies it, all or nothing.
    pub async fn apply(&self, db: &Db, policy: &Policy) -> Result<Applied> {
        let now = db.clock().now();
        let tx = db.begin().await?;
        derive::lock(&tx).await?;
        let mut applied = Applied::default();
        for partner in &self.partner {
            apply_partner(&tx, partner, now).await?;
            let staff = Staff { tenant: partner.tenant, groups: &partner.group, accounts: &partner.account };
            staff.apply(&tx, policy, &["self", "commerce"], now, &mut applied).await?;
        }
        for customer in &self.customer {
            let staff =
                Staff { tenant: customer.tenant, groups: &customer.group, accounts: &customer.account };
            staff.apply(&tx, policy, &["customer"], now, &mut applied).await?;
        }
        tx.commit().await?;
        Ok(applied)
    }
}

async fn apply_partner(tx: &DatabaseTransaction, partner: &Partner, now: Timestamp) -> Result<()> {
    let kind = match partner.kind {
        Kind::DirectBill => "direct_bill",
        Kind::IndirectProvider => "indirect_provider",
        Kind::IndirectReseller => "indirect_reseller",
    };
    let organization = Organization {
        tenant: partner.tenant,
        name: &partner.name,
        kind,
        mpn_id: partner.partner_id.as_deref(),
        location: partner.location.as_deref(),
    };
    let id = directory::register_partner(tx, &organization, now).await?;
    directory::withdraw_consents(tx, id, now).await?;
    for provider in &partner.consents_to {
        let shell = Sql::new("SELECT * FROM partner WHERE tenant_id = ").bind(*provider);
        let shell: Vec<entity::partner::Model> = rows_in(tx, shell).await?;
        let provider = shell.first().map(|row| row.id).ok_or_else(|| {
            Error::invalid(
                "consents_to",
                format!("{provider} is no partner here; import the partnership first"),
            )
        })?;
        consent(tx, id, provider, now).await?;
    }
    Ok(())
}

async fn consent(
    tx: &DatabaseTransaction,
    reseller: PartnerId,
    provider: PartnerId,
    now: Timestamp,
) -> Result<()> {
    directory::consent(tx, reseller, provider, now, Timestamp::FAR_FUTURE).await
}

/// Groups and accounts of one tenant.
struct Staff<'a> {
    tenant: Uuid,
    groups: &'a [Group],
    accounts: &'a [Account],
}

impl Staff<'_> {
    async fn apply(
        &self,
        tx: &DatabaseTransaction,
        policy: &Policy,
        classes: &[&str],
        now: Timestamp,
        applied: &mut Applied,
    ) -> Result<()> {
        let groups = self.apply_groups(tx, policy, classes).await?;
        let known: Vec<account::Model> =
            rows_in(tx, Sql::new("SELECT * FROM account WHERE tenant_id = ").bind(self.tenant)).await?;
        let mut accounts = BTreeMap::new();
        for wanted in self.accounts {
            let id = self
                .apply_account(tx, wanted, known.iter().find(|k| k.object_id == wanted.object_id), now)
                .await?;
            accounts.insert(id, wanted);
            for object_id in &wanted.groups {
                let group = groups.get(object_id).ok_or_else(|| {
                    Error::invalid(
                        "groups",
                        format!(
                            "account {} names group {object_id}, which the file does not hold",
                            wanted.object_id
                        ),
                    )
                })?;
                applied.memberships += 1;
                self.join(tx, id, *group, now).await?;
            }
        }
        applied.ended += self.end_absent(tx, &accounts, &groups, &known, now).await?;
        applied.organizations += 1;
        applied.accounts += self.accounts.len();
        Ok(())
    }

    async fn apply_groups(
        &self,
        tx: &DatabaseTransaction,
        policy: &Policy,
        classes: &[&str],
    ) -> Result<BTreeMap<Uuid, GroupId>> {
        let known = Sql::new("SELECT * FROM security_group WHERE tenant_id = ").bind(self.tenant);
        let known: Vec<security_group::Model> = rows_in(tx, known).await?;
        let mut groups = BTreeMap::new();
        for group in self.groups {
            if let Some(role) = &group.role {
                let exists =
                    classes.iter().any(|class| policy.vocabulary.token(&format!("{class}:{role}")).is_some());
                if !exists {
                    return Err(Error::invalid(
                        "role",
                        format!("`{role}` is no role of the vocabulary for this organisation"),
                    ));
                }
            }
            let id = match known.iter().find(|k| k.object_id == group.object_id) {
                Some(known) => {
                    let update = Sql::new("UPDATE security_group SET name = ")
                        .bind(group.name.as_str())
                        .push(", role = ");
                    execute(tx, update.bind(group.role.clone()).push(" WHERE id = ").bind(known.id.0))
                        .await?;
                    known.id
                }
                None => {
                    directory::add_group(tx, self.tenant, group.object_id, &group.name, group.role.as_deref())
                        .await?
                }
            };
            groups.insert(group.object_id, id);
        }
        derive::for_tenant(tx, self.tenant).await?;
        Ok(groups)
    }

    async fn apply_account(
        &self,
        tx: &DatabaseTransaction,
        wanted: &Account,
        known: Option<&account::Model>,
        now: Timestamp,
    ) -> Result<AccountId> {
        let kind = match wanted.kind {
            AccountKind::Member => "member",
            AccountKind::Guest => "guest",
            AccountKind::Application => "application",
        };
        let Some(known) = known else {
            return directory::add_account(tx, self.tenant, wanted.object_id, kind, &wanted.name, now).await;
        };
        let update = Sql::new("UPDATE account SET kind = ")
            .bind(kind)
            .push(", display_name = ")
            .bind(wanted.name.as_str());
        let update =
            update.push(", ends_at = ").bind(Timestamp::FAR_FUTURE.0).push(" WHERE id = ").bind(known.id.0);
        execute(tx, update).await?;
        Ok(known.id)
    }

    async fn join(
        &self,
        tx: &DatabaseTransaction,
        account: AccountId,
        group: GroupId,
        now: Timestamp,
    ) -> Result<()> {
        let live = Sql::new("SELECT * FROM group_member WHERE account_id = ")
            .bind(account.0)
            .push(" AND group_id = ");
        let live: Vec<group_member::Model> =
            rows_in(tx, live.bind(group.0).push(" AND ends_at > ").bind(now.0)).await?;
        if live.is_empty() {
            directory::add_member(tx, self.tenant, group, account, now).await?;
        }
        Ok(())
    }

    /// Ends what the file no longer names.
    async fn end_absent(
        &self,
        tx: &DatabaseTransaction,
        accounts: &BTreeMap<AccountId, &Account>,
        groups: &BTreeMap<Uuid, GroupId>,
        known: &[account::Model],
        now: Timestamp,
    ) -> Result<u64> {
        let mut ended = 0;
        for gone in known.iter().filter(|k| !accounts.contains_key(&k.id)) {
            let update =
                Sql::new("UPDATE account SET ends_at = ").bind(now.0).push(" WHERE id = ").bind(gone.id.0);
            ended += execute(tx, update.push(" AND ends_at > ").bind(now.0)).await?;
        }
        let members = Sql::new("SELECT * FROM group_member WHERE tenant_id = ").bind(self.tenant);
        let members: Vec<group_member::Model> =
            rows_in(tx, members.push(" AND ends_at > ").bind(now.0)).await?;
        for member in members {
            let wanted = accounts.get(&member.account_id);
            let stays = wanted.is_some_and(|account| {
                account.groups.iter().any(|object| groups.get(object) == Some(&member.group_id))
            });
            if !stays {
                let update =
                    Sql::new("UPDATE group_member SET ends_at = ").bind(now.0).push(" WHERE account_id = ");
                let update =
                    update.bind(member.account_id.0).push(" AND group_id = ").bind(member.group_id.0);
                ended += execute(tx, update.push(" AND ends_at > ").bind(now.0)).await?;
            }
        }
        Ok(ended)
    }
}
