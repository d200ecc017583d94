//! Why an account may, or may not, do something with a customer: the policy's lines and the rows of facts that decide.
//!
//! For operators at the command line: it sees all, and is never part of the graph.

use super::action::Action;
use super::policy::Policy;
use crate::db::Db;
use crate::db::sql::Sql;
use crate::error::Result;
use entity::{AccountId, CustomerId, PartnerId, Timestamp};
use sea_orm::FromQueryResult;
use std::collections::BTreeSet;
use uuid::Uuid;

/// A grant of one of the account's groups, in force or not.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Fact {
    /// Name of the group.
    pub group_name: String,
    /// Start of the membership.
    pub member_from: Timestamp,
    /// End of the membership.
    pub member_until: Timestamp,
    /// From when the account is registered.
    pub account_from: Timestamp,
    /// Until when.
    pub account_until: Timestamp,
    /// Whose rows it opens; nil for any.
    pub source_id: PartnerId,
    /// Name of that source, as it says it itself.
    pub source_name: Option<String>,
    /// Table of the fact.
    pub ground_kind: String,
    /// Row of that table.
    pub ground_id: Uuid,
    /// Token bits.
    pub tokens: i64,
    /// From when.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// The customer; nil for the own organisation.
    pub customer_id: CustomerId,
}

impl Fact {
    /// Whether it is in force.
    pub fn is_live(&self, now: Timestamp) -> bool {
        let intervals = [
            (self.starts_at, self.ends_at),
            (self.member_from, self.member_until),
            (self.account_from, self.account_until),
        ];
        intervals.into_iter().all(|(from, until)| from <= now && now < until)
    }
}

/// A verdict over the rows of one source.
#[derive(Debug)]
pub struct Verdict {
    /// Whose rows; nil for one's own organisation's operations.
    pub source: PartnerId,
    /// Name of that source.
    pub source_name: String,
    /// What is effectively held.
    pub held: u64,
    /// Whether it is allowed.
    pub is_allowed: bool,
    /// Whether GDAP silences DAP.
    pub is_silenced: bool,
}

/// All that decides.
#[derive(Debug)]
pub struct Explanation {
    /// Grants of the account's groups on the customer and on its own organisation.
    pub facts: Vec<Fact>,
    /// One for each source whose rows there are to open.
    pub verdicts: Vec<Verdict>,
    /// Evaluated at.
    pub now: Timestamp,
}

/// Gathers the facts and decides from them, independently of the statements of the graph.
pub async fn explain(
    db: &Db,
    policy: &Policy,
    account: AccountId,
    customer: Option<CustomerId>,
    action: Action,
) -> Result<Explanation> {
    let now = db.clock().now();
    let facts = facts(db, account, customer.unwrap_or(CustomerId::NONE)).await?;
    let live: Vec<&Fact> = facts.iter().filter(|fact| fact.is_live(now)).collect();
    let own =
        live.iter().filter(|f| f.customer_id == CustomerId::NONE).fold(0, |held, f| held | f.tokens as u64);
    let is_agent = own & policy.vocabulary.agent != 0;
    let here: Vec<&&Fact> = live.iter().filter(|f| customer.is_none_or(|c| f.customer_id == c)).collect();
    let sources: BTreeSet<PartnerId> = here.iter().map(|f| f.source_id).collect();
    let everywhere = |f: &&&&Fact| f.source_id == PartnerId::ANY;
    let mut verdicts = Vec::new();
    for source in sources {
        let held = here
            .iter()
            .filter(|f| f.source_id == source || everywhere(f))
            .fold(0, |held, f| held | f.tokens as u64);
        let effective = policy.vocabulary.effective(held, held, is_agent);
        let name = here.iter().find(|f| f.source_id == source).and_then(|f| f.source_name.clone());
        verdicts.push(Verdict {
            source,
            source_name: name.unwrap_or_else(|| "any source".into()),
            held: effective,
            is_allowed: policy.allows(action, effective),
            is_silenced: held & policy.vocabulary.gdap_present != 0 && held & policy.vocabulary.dap != 0,
        });
    }
    Ok(Explanation { facts, verdicts, now })
}

async fn facts(db: &Db, account: AccountId, customer: CustomerId) -> Result<Vec<Fact>> {
    let sql = Sql::new("SELECT s.name AS group_name, m.starts_at AS member_from, m.ends_at AS member_until, a.starts_at AS account_from, a.ends_at AS account_until, g.source_id, v.name AS source_name,")
        .push(" g.ground_kind, g.ground_id, g.tokens, g.starts_at, g.ends_at, g.customer_id")
        .push(" FROM group_member m JOIN account a ON a.id = m.account_id JOIN security_group s ON s.id = m.group_id JOIN access_grant g ON g.principal_id = m.group_id")
        .push(" LEFT JOIN partner_profile v ON v.source_id = g.source_id AND v.partner_id = g.source_id")
        .push(" WHERE m.account_id = ")
        .bind(account.0)
        .push(" AND (g.customer_id = ")
        .bind(customer.0)
        .push(" OR g.customer_id = ")
        .bind(CustomerId::NONE.0)
        .push(") ORDER BY g.customer_id, g.source_id, s.name, g.ground_kind, g.starts_at");
    db.unscoped_rows(sql).await
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

/// The account of a tenant and object id.
pub async fn account(db: &Db, tenant: Uuid, object_id: Uuid) -> Result<Option<AccountId>> {
    let sql = Sql::new("SELECT id FROM account WHERE kind <> 'guest' AND tenant_id = ").bind(tenant);
    let rows: Vec<Id> = db.unscoped_rows(sql.push(" AND object_id = ").bind(object_id)).await?;
    Ok(rows.first().map(|row| AccountId(row.id)))
}

/// The customer of a tenant id, or of a verified domain in any source.
pub async fn customer(db: &Db, text: &str) -> Result<Option<CustomerId>> {
    let sql = match Uuid::parse_str(text) {
        Ok(tenant) => Sql::new("SELECT id FROM customer WHERE tenant_id = ").bind(tenant),
        Err(_) => Sql::new("SELECT DISTINCT customer_id AS id FROM customer_domain WHERE domain = ")
            .bind(text.to_lowercase()),
    };
    let rows: Vec<Id> = db.unscoped_rows(sql).await?;
    Ok(rows.first().map(|row| CustomerId(row.id)))
}
