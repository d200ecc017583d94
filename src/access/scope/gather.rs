//! What is held on many customers, gathered once at the head of a statement that asks for it again and again.
//!
//! A look-up of grants for each row costs most where many rows stand at one customer, and PostgreSQL cannot know that
//! they do. Here grants are looked up once for each customer, and rows are compared with what that gave.
//!
//! - What is held is what `Scope::held` says: one aggregate over the caller's grants of the row's source and of none,
//!   precedence and restrictions within it.
//! - A statement is scoped only with its head, and its further tables are [`Opening`]s too, which ask the head.

use super::{Anchor, Links, Opening, Right, Scope, Scoped};
use crate::access::action::Action;
use crate::db::sql::Sql;
use sea_orm::DbBackend;

const LINKED: Anchor = Anchor { customer: "linked.customer_id", source: "linked.source_id" };

/// The head of a statement: links, and what the caller holds at their customers. It begins the statement with the tables
/// `linked`, `bits`, `rights` and, of the links on which the operations are allowed, `f`; further ones may follow.
pub struct Gathered<'a> {
    /// Whose scope it is.
    pub scope: &'a Scope,
    head: Opening,
}

impl Gathered<'_> {
    /// The head.
    pub fn head(&self) -> Sql {
        self.head.sql()
    }

    /// Links that stand at customers of the head, on which a right is held: a table of their columns. At any other
    /// customer nothing is held.
    pub fn reached(&self, links: Links, anchor: Anchor, right: Right) -> Opening {
        let Links { columns, from, conditions } = links;
        let table = Sql::new(format!("(SELECT {columns} FROM ")).add(from).push(" WHERE ");
        Opening(table.add(conditions).push(" AND ").add(self.scope.passes_gathered(anchor, right)).push(")"))
    }

    /// A statement that holds the head. One that does not finds nothing.
    pub fn opened(&self, sql: Sql) -> Scoped {
        self.scope.opened(sql, &self.head)
    }
}

impl Scope {
    /// Gathers what is held at the customers of links, whose columns include `customer_id` and `source_id`; keeps those
    /// on which each of the operations is allowed.
    pub fn gather(&self, links: Links, actions: &[Action]) -> Gathered<'_> {
        let Links { columns, from, conditions } = links;
        let masks = actions.iter().map(|action| self.mask(*action));
        let head = Sql::new(format!("WITH linked AS (SELECT {columns} FROM "))
            .add(from)
            .push(" WHERE ")
            .add(conditions)
            .push("), bits AS (")
            .add(self.bits_of_linked())
            .push("), rights AS (SELECT g.customer_id, g.source_id, ")
            .add(self.effective_of("g.whole", Sql::new("g.narrowed")))
            .push(" AS held FROM ")
            .push(&self.with_every_source())
            .push(" g), f AS (SELECT linked.* FROM linked WHERE ")
            .add(self.is_gathered(LINKED, masks))
            .push(")");
        Gathered { scope: self, head: Opening(head) }
    }

    /// The bits of the caller's grants in force at the customers of `linked`, by the source that each grant names. On
    /// PostgreSQL a look-up for each customer, in the order of the index, so that neighbours are found where the last was.
    fn bits_of_linked(&self) -> Sql {
        let (whole, narrowed) = self.bits();
        let grants = match self.backend {
            DbBackend::Postgres => {
                Sql::new("(SELECT DISTINCT c.customer_id FROM linked c ORDER BY c.customer_id) k CROSS JOIN ")
                    .add(self.grants(Sql::new("gr.customer_id = k.customer_id")))
            }
            _ => self.grants(Sql::new("gr.customer_id IN (SELECT c.customer_id FROM linked c)")),
        };
        Sql::new(format!("SELECT g.customer_id, g.source_id, {whole} AS whole, "))
            .add(narrowed)
            .push(" AS narrowed FROM ")
            .add(grants)
            .push(" GROUP BY g.customer_id, g.source_id")
    }

    /// `bits`, to each source's those that name no source. PostgreSQL does not know how many rows there are, and would
    /// join them one by one; SQLite has no window of `bit_or`.
    fn with_every_source(&self) -> String {
        let nil = self.nil();
        if self.backend != DbBackend::Postgres {
            return format!(
                "(SELECT b.customer_id, b.source_id, b.whole | coalesce(e.whole, 0) AS whole, \
                 b.narrowed | coalesce(e.narrowed, 0) AS narrowed \
                 FROM bits b LEFT JOIN bits e ON e.customer_id = b.customer_id AND e.source_id = {nil})"
            );
        }
        let both = ["whole", "narrowed"].map(|bits| {
            format!(
                "b.{bits} | coalesce(bit_or(b.{bits}) FILTER (WHERE b.source_id = {nil}) \
                 OVER (PARTITION BY b.customer_id), 0) AS {bits}"
            )
        });
        format!("(SELECT b.customer_id, b.source_id, {} FROM bits b)", both.join(", "))
    }

    fn passes_gathered(&self, anchor: Anchor, right: Right) -> Sql {
        let any = self.is_gathered(anchor, [right.mask]);
        let Some((condition, both)) = right.named else { return any };
        let named =
            Sql::new("CASE WHEN ").add(condition).push(" THEN ").add(self.is_gathered(anchor, [both]));
        named.push(" ELSE ").add(any).push(" END")
    }

    /// A condition: what `rights` holds for the row's customer and source passes each of the masks. Where no grant names
    /// the source, that is what those hold that name none.
    ///
    /// Each question is one that PostgreSQL answers from a table in memory: the first `OR` keeps it from making a join of
    /// it, whose size it would guess wrong. Ids are never null on either side, else `NOT IN` would hold for no row.
    fn is_gathered(&self, anchor: Anchor, masks: impl IntoIterator<Item = i64>) -> Sql {
        let Anchor { customer, source } = anchor;
        let passes = masks.into_iter().map(|mask| self.admits(Sql::new("rights.held & ").bind(mask)));
        let passes = Sql::default().join(passes, " AND ");
        let pair = "SELECT rights.customer_id, rights.source_id FROM rights";
        Sql::new(format!("(({customer}, {source}) IN ({pair} WHERE "))
            .add(passes.clone())
            .push(&format!(") OR ({customer} IN (SELECT rights.customer_id FROM rights WHERE "))
            .push(&format!("rights.source_id = {} AND ", self.nil()))
            .add(passes)
            .push(&format!(") AND ({customer}, {source}) NOT IN ({pair})))"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::access::policy::{Files, Policy};
    use crate::clock::Clock;
    use entity::{AccountId, PartnerId, Timestamp};
    use std::sync::Arc;
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp(1_790_000_000_000_000);

    async fn scope(backend: DbBackend) -> Scope {
        Scope {
            account: AccountId(Uuid::from_u128(1)),
            tenant: Uuid::from_u128(2),
            partner: Some(PartnerId(Uuid::from_u128(3))),
            customer: None,
            narrowed: None,
            policy: Arc::new(Policy::load(&Files::shipped()).await.unwrap()),
            backend,
            clock: Clock::fixed(NOW),
        }
    }

    fn links(columns: &'static str, table: &str) -> Links {
        Links { columns, from: Sql::new(table), conditions: Sql::new("1 = 1") }
    }

    #[tokio::test]
    async fn a_statement_without_what_was_gathered_is_closed() {
        for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
            let scope = scope(backend).await;
            let linked = links("t.customer_id, t.source_id", "incident_tenant t");
            let gathered = scope.gather(linked, &[Action::HealthRead]);
            let text = |sql: Sql| gathered.head.checked(sql).text(backend);
            let of_f = " SELECT f.customer_id FROM f";
            let whole = gathered.head().push(of_f);
            assert_eq!(text(whole.clone()), whole.text(backend), "what holds its head stays as it is");
            // As if somebody wrote tables of these names.
            let others =
                ["linked", "rights", "f"].map(|name| format!("{name} AS (SELECT * FROM incident_tenant)"));
            let pretended = Sql::new(format!("WITH {}{of_f}", others.join(", ")));
            for sql in [Sql::new("SELECT t.customer_id FROM incident_tenant t"), pretended] {
                assert!(text(sql).ends_with(") closed WHERE 1 = 0"));
            }
        }
    }

    #[tokio::test]
    async fn the_links_and_each_further_table_ask_what_is_held() {
        for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
            let scope = scope(backend).await;
            let linked = links("t.customer_id, t.source_id", "incident_tenant t");
            let gathered = scope.gather(linked, &[Action::HealthRead]);
            let asks = |sql: Sql, alias: &str, count: usize| {
                let pair = format!("({alias}.customer_id, {alias}.source_id) IN (SELECT rights.");
                assert_eq!(sql.text(backend).matches(&pair).count(), count, "{alias}");
            };
            asks(gathered.head(), "linked", 1);
            let anchor = Anchor { customer: "q.customer_id", source: "q.source_id" };
            let table = || links("q.customer_id", "vendor_request q");
            let any = scope.right(Action::SupportRead);
            asks(gathered.reached(table(), anchor, any).sql(), "q", 1);
            let named = Sql::new("q.is_named");
            let either = scope.right_if(named, Action::SubscriptionRead, Action::SubscriptionTenantRead);
            asks(gathered.reached(table(), anchor, either).sql(), "q", 2);
        }
    }
}
