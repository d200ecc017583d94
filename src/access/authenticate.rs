//! From verified claims to the viewer. The account is tenant and object id, never a name; groups and kind come from
//! our directory. Guests and unknown accounts become a viewer that holds nothing and learns nothing.

use super::driving::{Driving, Drivings};
use super::issuer::Claims;
use super::policy::Policy;
use super::scope::Scope;
use crate::db::sql::Sql;
use crate::db::{Db, first};
use crate::error::Result;
use entity::{AccountId, CustomerId, PartnerId};
use sea_orm::FromQueryResult;
use std::sync::Arc;
use uuid::Uuid;

/// Up to so many grants an account's lists are driven from its grants, beyond from its tenant's list.
pub const FEW_GRANTS: i64 = 1000;

/// Who asks.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The account, if it is registered, live and no guest.
    pub account: Option<AccountId>,
    /// Its display name.
    pub display_name: Option<String>,
    /// Its tenant.
    pub tenant: Uuid,
    /// The partner of its tenant.
    pub partner: Option<PartnerId>,
    /// The customer of its tenant.
    pub customer: Option<CustomerId>,
    /// How its lists are driven; few grants are at most [`FEW_GRANTS`].
    pub driving: Arc<Driving>,
}

impl Viewer {
    /// Somebody who is not registered here.
    fn nobody() -> Self {
        let driving = Arc::new(Driving::new(true));
        Viewer {
            account: None,
            display_name: None,
            tenant: Uuid::nil(),
            partner: None,
            customer: None,
            driving,
        }
    }
}

#[derive(FromQueryResult)]
struct Found {
    id: AccountId,
    display_name: String,
    partner_id: Option<PartnerId>,
    customer_id: Option<CustomerId>,
    grants: Option<i64>,
}

/// Looks the account up: one statement, whoever asks. Its grants are counted unless it is known how its lists are driven.
pub async fn viewer(db: &Db, claims: &Claims, drivings: &Drivings) -> Result<Viewer> {
    let (backend, clock) = (db.backend(), db.clock());
    let key = (claims.tenant_id, claims.object_id);
    let known = drivings.of(key);
    let groups = Sql::new("(SELECT m.group_id FROM group_member m WHERE m.account_id = a.id AND ")
        .live(backend, clock, "m")
        .push(")");
    let count = Sql::new("(SELECT count(*) FROM (SELECT 1 FROM access_grant g WHERE g.principal_id IN ");
    let grants = match known {
        Some(_) => Sql::new("CAST(NULL AS bigint)"),
        None => count.add(groups).push(&format!(" LIMIT {}) x)", FEW_GRANTS + 1)),
    };
    let sql = Sql::new("SELECT a.id, a.display_name, p.id AS partner_id, c.id AS customer_id, ")
        .add(grants)
        .push(" AS grants FROM account a LEFT JOIN (partner p JOIN partner_profile v ON v.source_id = p.id AND v.partner_id = p.id) ON p.tenant_id = a.tenant_id LEFT JOIN customer c ON c.tenant_id = a.tenant_id")
        .push(" WHERE a.tenant_id = ")
        .bind(claims.tenant_id)
        .push(" AND a.object_id = ")
        .bind(claims.object_id)
        .push(" AND a.kind IN ('member', 'application') AND ")
        .live(backend, clock, "a");
    let found: Option<Found> = first(db.unscoped_rows(sql).await?).filter(|_| !claims.guest);
    let Some(found) = found else { return Ok(Viewer::nobody()) };
    let driving = known.unwrap_or_else(|| {
        let driving = Arc::new(Driving::new(found.grants.is_none_or(|grants| grants <= FEW_GRANTS)));
        drivings.remember(key, driving.clone());
        driving
    });
    Ok(Viewer {
        account: Some(found.id),
        display_name: Some(found.display_name),
        tenant: claims.tenant_id,
        partner: found.partner_id,
        customer: found.customer_id,
        driving,
    })
}

/// The viewer's scope. A token's groups narrow it; without any, the directory alone decides.
pub fn scope(db: &Db, viewer: &Viewer, groups: Option<&[Uuid]>, policy: Arc<Policy>) -> Scope {
    Scope {
        account: viewer.account.unwrap_or(AccountId(Uuid::nil())),
        tenant: viewer.tenant,
        partner: viewer.partner,
        customer: viewer.customer,
        narrowed: groups.map(Arc::from),
        policy,
        backend: db.backend(),
        clock: db.clock().clone(),
    }
}
