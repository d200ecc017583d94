//! The rules of customers: what a look-up takes, what a search is, which fields need which right.

use super::names::{folded, words};
use super::store::{self, CustomerRow, Key, Query};
use crate::access::action::Action;
use crate::db::page::{Page, Slice};
use crate::db::predicate::Predicate;
use crate::error::{Error, Result};
use crate::graphql::page::TotalCount;
use crate::op::Op;
use entity::CustomerId;
use uuid::Uuid;

/// Most words of a search.
const MAX_WORDS: usize = 6;
/// Longest search, in characters.
const MAX_SEARCH: usize = 200;
/// Lists are counted exactly up to here.
pub const EXACT_COUNT: u64 = 10_000;

/// A list's question. A search that holds no letter or digit finds nothing in particular, so it is refused.
pub fn query(search: Option<&str>, filter: Predicate<store::Field>, descending: bool) -> Result<Query> {
    let search = match search {
        None => Vec::new(),
        Some(text) if text.chars().count() > MAX_SEARCH => {
            return Err(Error::LimitExceeded { limit: format!("search: at most {MAX_SEARCH} characters") });
        }
        Some(text) => {
            let words: Vec<String> = words(text).into_iter().collect();
            if words.is_empty() {
                return Err(Error::invalid("search", "holds no letter or digit"));
            }
            if words.len() > MAX_WORDS {
                return Err(Error::LimitExceeded { limit: format!("search: at most {MAX_WORDS} words") });
            }
            words
        }
    };
    Ok(Query { search, filter, descending })
}

/// A page of the viewer's customers.
pub async fn list(op: &Op, query: &Query, page: &Page) -> Result<Slice<CustomerRow>> {
    store::list(&op.db, &op.scope, query, op.viewer.driving.has_few_grants, page).await
}

/// How many customers the list has: exact up to [`EXACT_COUNT`], beyond it the reader's whole list as an estimate.
pub async fn count(op: &Op, query: &Query) -> Result<TotalCount> {
    let counted =
        store::count(&op.db, &op.scope, query, op.viewer.driving.has_few_grants, EXACT_COUNT).await? as u64;
    if counted <= EXACT_COUNT {
        return Ok(TotalCount { value: counted as i64, is_estimate: false });
    }
    Ok(TotalCount {
        value: op.scope.widest_grant_count(&op.db).await?.max(counted as i64),
        is_estimate: true,
    })
}

/// By what a customer may be looked up: exactly one at a time.
pub fn key(id: Option<CustomerId>, tenant: Option<Uuid>, domain: Option<&str>) -> Result<Key> {
    match (id, tenant, domain) {
        (Some(id), None, None) => Ok(Key::Id(id)),
        (None, Some(tenant), None) => Ok(Key::Tenant(tenant)),
        (None, None, Some(domain)) if domain.contains('\0') => {
            Err(Error::invalid("domain", "holds a NUL character"))
        }
        (None, None, Some(domain)) if domain.len() <= 255 => Ok(Key::Domain(folded(domain))),
        (None, None, Some(_)) => Err(Error::invalid("domain", "is longer than a domain name can be")),
        _ => Err(Error::invalid("customer", "give exactly one of id, tenantId and domain")),
    }
}

/// A single customer; absent and hidden are the same answer.
pub async fn find(op: &Op, key: &Key) -> Result<CustomerRow> {
    store::find(&op.db, &op.scope, key).await?.ok_or(Error::NotFound { kind: "customer" })
}

/// Opens company details and further domains of this row, if they may be read: that they are is recorded, for the
/// customer too.
pub async fn open_profile(op: &Op, row: &CustomerRow) -> Result<()> {
    let action = Action::CustomerProfileRead;
    op.require(action, row.held)?;
    op.reads.protected(op, action, row.id, row.held, &[row.tenant_id]).await
}
