//! The caller's scope as SQL. Only this module makes a [`Scoped`] statement, and only a [`Scoped`] statement reads.
//!
//! Groups, grants and data are read in the same statement, so a revocation holds from the next one. What is held on
//! a row is one aggregate over the caller's grants there: never an OR of `EXISTS`, which PostgreSQL plans as scans.
//! Rows that stand at no customer of their own, such as incidents, are opened by rows that do: [`Opening`]. Where many
//! rows stand at each customer, the aggregates are made once for all of them: [`Gathered`].

mod gather;

use super::action::Action;
use super::policy::Policy;
use crate::clock::Clock;
use crate::db::Db;
use crate::db::sql::Sql;
use crate::error::Result;
use entity::{AccountId, CustomerId, PartnerId};
use sea_orm::{DatabaseTransaction, DbBackend, FromQueryResult};
use std::sync::Arc;
use uuid::Uuid;

pub use gather::Gathered;

/// A statement that holds the caller's scope.
pub struct Scoped(Sql);

impl Scoped {
    /// Runs it.
    pub async fn rows<T: FromQueryResult>(self, db: &Db) -> Result<Vec<T>> {
        db.scoped_rows(self).await
    }

    /// Runs it inside a transaction, for a write that rests on what it finds.
    pub async fn rows_in<T: FromQueryResult>(self, tx: &DatabaseTransaction) -> Result<Vec<T>> {
        crate::db::rows_in(tx, self.0).await
    }

    pub(crate) fn into_sql(self) -> Sql {
        self.0
    }
}

/// Whose scope it is: the facts that are looked up stay in the database.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The account; nil for an unknown one, which holds nothing.
    pub account: AccountId,
    /// Its tenant: whose lists it reads.
    pub tenant: Uuid,
    /// The partner of that tenant.
    pub partner: Option<PartnerId>,
    /// The customer of that tenant.
    pub customer: Option<CustomerId>,
    /// Object ids of groups that a token narrows allows to.
    pub narrowed: Option<Arc<[Uuid]>>,
    /// The policy of this request.
    pub policy: Arc<Policy>,
    /// The engine.
    pub backend: DbBackend,
    /// The clock of the statements.
    pub clock: Clock,
}

/// Where the rows of a statement stand: columns that name the customer, and the source whose rows they are.
#[derive(Clone, Copy, Debug)]
pub struct Anchor {
    /// Column with the customer's id.
    pub customer: &'static str,
    /// Column with the source's id.
    pub source: &'static str,
}

/// A piece of SQL that lets through only what a right opens: a statement that holds it is scoped by it.
#[derive(Clone, Debug)]
pub struct Opening(Sql);

impl Opening {
    /// The piece.
    pub fn sql(&self) -> Sql {
        self.0.clone()
    }

    /// The rows of two tables of the same columns.
    pub fn and(self, other: Opening) -> Opening {
        let all = Sql::new("(SELECT * FROM ").add(self.0).push(" x UNION ALL SELECT * FROM ");
        Opening(all.add(other.0).push(" y)"))
    }

    /// A statement that holds the piece, as it is; of any other one that finds nothing.
    fn checked(&self, sql: Sql) -> Sql {
        if sql.holds(&self.0) {
            return sql;
        }
        Sql::new("SELECT * FROM (").add(sql).push(") closed WHERE 1 = 0")
    }
}

/// Rows that lead to others: the parts of [`Scope::reached`] that a store chooses.
pub struct Links {
    /// Their columns.
    pub columns: &'static str,
    /// Tables and their joins.
    pub from: Sql,
    /// Which rows of them.
    pub conditions: Sql,
}

/// What must be held on a row.
#[derive(Clone, Debug)]
pub struct Right {
    /// On any row.
    mask: i64,
    /// What suffices on rows that meet a condition.
    named: Option<(Sql, i64)>,
}

impl Right {
    /// Its mask, possibly depending on the row.
    fn sql(self) -> Sql {
        let Some((condition, both)) = self.named else { return Sql::default().bind(self.mask) };
        let mask = Sql::new("CASE WHEN ").add(condition).push(" THEN ").bind(both).push(" ELSE ");
        mask.bind(self.mask).push(" END")
    }
}

/// The parts of a statement that a store chooses. The scope is not among them.
#[derive(Clone)]
pub struct Select {
    /// Columns.
    pub columns: Sql,
    /// Tables and their joins.
    pub from: Sql,
    /// Further conditions, all of which must hold.
    pub filters: Vec<Sql>,
    /// `ORDER BY` columns.
    pub order: String,
    /// At most so many rows, or so many per parent.
    pub limit: Option<u64>,
    /// Children of these parents: their column, and the parents' ids.
    pub parents: Option<(&'static str, Vec<Uuid>)>,
    /// Where children of one customer share sources: the sources of the parent `parents.id`, so that what is held is
    /// aggregated once for each and not once a row. The children's own anchor must name the same source.
    pub sources: Option<Sql>,
}

impl Scope {
    /// A right that one operation gives.
    pub fn right(&self, action: Action) -> Right {
        Right { mask: self.mask(action), named: None }
    }

    /// A right that `named` gives on rows where the condition holds, and `any` on all rows.
    pub fn right_if(&self, condition: Sql, named: Action, any: Action) -> Right {
        let mask = self.mask(any);
        Right { mask, named: Some((condition, self.mask(named) | mask)) }
    }

    /// Allows and denies of an operation in one mask: the tokens that deny are the highest bits, so a masked value above
    /// 0 and below them holds an allow and no deny.
    fn mask(&self, action: Action) -> i64 {
        let masks = self.policy.masks(action);
        (masks.allow | masks.deny) as i64
    }

    /// A masked value holds an allow and no deny. On PostgreSQL as a range, which looks at the value once: of `BETWEEN`
    /// it would make two comparisons, each with a subquery of its own.
    fn admits(&self, masked: Sql) -> Sql {
        let restrictions = self.policy.vocabulary.restrictions;
        let lowest = if restrictions == 0 { i64::MAX } else { 1 << restrictions.trailing_zeros() };
        let masked = Sql::new("(").add(masked).push(")");
        match self.backend {
            DbBackend::Postgres => masked.push(&format!(" <@ int8range(1, {lowest})")),
            _ => masked.push(&format!(" BETWEEN 1 AND {}", lowest - 1)),
        }
    }

    /// The nil id as a literal.
    fn nil(&self) -> &'static str {
        match self.backend {
            DbBackend::Postgres => "'00000000-0000-0000-0000-000000000000'::uuid",
            _ => "x'00000000000000000000000000000000'",
        }
    }

    /// The caller's live groups; narrowed ones only, if asked.
    fn groups(&self, narrowed: bool) -> Sql {
        let mut groups = Sql::new("SELECT m.group_id FROM group_member m");
        let narrowed = self.narrowed.as_deref().filter(|_| narrowed);
        if narrowed.is_some() {
            groups = groups.push(" JOIN security_group s ON s.id = m.group_id");
        }
        groups = groups.push(" WHERE m.account_id = ").bind(self.account.0).push(" AND ");
        groups = groups.live(self.backend, &self.clock, "m");
        match narrowed {
            Some(ids) => groups.push(" AND ").any_of(self.backend, "s.object_id", ids.iter().copied()),
            None => groups,
        }
    }

    /// `column` is one of the caller's live groups; narrowed ones only, if asked.
    fn in_groups(&self, column: &str, narrowed: bool) -> Sql {
        let groups = self.groups(narrowed);
        match self.backend {
            DbBackend::Postgres => Sql::new(column).push(" = ANY(ARRAY(").add(groups).push("))"),
            _ => Sql::new(column).push(" IN (").add(groups).push(")"),
        }
    }

    /// The grants `gr` in force of the caller's groups that meet a condition, as a table `g`. On PostgreSQL group by group, so that each is one look-up in an index: it would not look for any of several groups,
    /// but for all that anybody holds there, or for all that the caller holds anywhere.
    fn grants(&self, condition: Sql) -> Sql {
        let of = |group: Sql| {
            group.push(" AND ").add(condition).push(" AND ").live(self.backend, &self.clock, "gr")
        };
        let grants = "SELECT gr.* FROM access_grant gr WHERE ";
        match self.backend {
            DbBackend::Postgres => Sql::new("unnest(ARRAY(")
                .add(self.groups(false))
                .push(&format!(")) own(id) CROSS JOIN LATERAL ({grants}"))
                .add(of(Sql::new("gr.principal_id = own.id")))
                .push(" OFFSET 0) g"),
            _ => Sql::new(format!("({grants}")).add(of(self.in_groups("gr.principal_id", false))).push(") g"),
        }
    }

    /// Whether the caller is an agent of its partner.
    fn is_agent(&self) -> Sql {
        Sql::new("EXISTS (SELECT 1 FROM access_grant o WHERE ")
            .add(self.in_groups("o.principal_id", true))
            .push(&format!(" AND o.customer_id = {}", self.nil()))
            .push(&format!(" AND (o.tokens & {}) <> 0)", self.policy.vocabulary.agent))
    }

    /// The bits of grants `g` together: of all, and of those of the groups that the token leaves.
    fn bits(&self) -> (&'static str, Sql) {
        let full = "coalesce(bit_or(g.tokens), 0)";
        let narrowed = match self.narrowed {
            None => Sql::new(full),
            Some(_) => Sql::new("coalesce(bit_or(g.tokens) FILTER (WHERE ")
                .add(self.in_groups("g.principal_id", true))
                .push("), 0)"),
        };
        (full, narrowed)
    }

    /// What is effectively held, over the aggregate of grants `g`.
    fn effective(&self) -> Sql {
        let (full, narrowed) = self.bits();
        self.effective_of(full, narrowed)
    }

    /// What is effectively held by the bits of grants: the SQL twin of `Vocabulary::effective`.
    fn effective_of(&self, full: &str, narrowed: Sql) -> Sql {
        let v = &self.policy.vocabulary;
        let allows = Sql::new("(")
            .add(narrowed)
            .push(&format!(" & (CASE WHEN ({full} & {}) <> 0", v.gdap_present))
            .push(&format!(
                " THEN {} ELSE {} END))",
                !(v.dap | v.restrictions) as i64,
                !v.restrictions as i64
            ));
        let mut held = Sql::new("(").add(allows.clone());
        if v.conjunction != 0 {
            held = held
                .push(" | (CASE WHEN ")
                .add(self.is_agent())
                .push(" THEN ((")
                .add(allows)
                .push(&format!(" & {}) << {}) ELSE 0 END)", v.conjunction, v.conjunction_shift));
        }
        held.push(&format!(" | ({full} & {}))", v.restrictions))
    }

    /// What the caller holds on a customer, on the rows of a source: a scalar subquery without its parentheses.
    fn held(&self, anchor: Anchor) -> Sql {
        let here = format!(
            "gr.customer_id = {} AND gr.source_id IN ({}, {})",
            anchor.customer,
            anchor.source,
            self.nil()
        );
        Sql::new("SELECT ").add(self.effective()).push(" AS held FROM ").add(self.grants(Sql::new(here)))
    }

    /// What the caller holds on its own organisation: a scalar subquery with its parentheses, evaluated once.
    pub fn held_on_own_organization(&self) -> Sql {
        Sql::new("(SELECT ")
            .add(self.effective())
            .push(" FROM access_grant g WHERE ")
            .add(self.in_groups("g.principal_id", false))
            .push(&format!(" AND g.customer_id = {})", self.nil()))
    }

    /// A condition: the right is held at another place than the statement's own anchor.
    pub fn sees(&self, anchor: Anchor, right: Right) -> Sql {
        let held = Sql::new("(").add(self.held(anchor)).push(") & (");
        self.admits(held.add(right.sql()).push(")"))
    }

    /// A condition: the right is held on a customer for the rows of any source, as its own staff does.
    pub fn sees_every_source(&self, customer: &'static str, right: Right) -> Sql {
        self.sees(Anchor { customer, source: self.nil() }, right)
    }

    /// A condition: the operation is allowed on the caller's own organisation.
    pub fn allowed_on_own_organization(&self, action: Action) -> Sql {
        self.admits(self.held_on_own_organization().push(" & ").bind(self.mask(action)))
    }

    /// The statement: only rows on which the right is held, each with `held`.
    pub fn select(&self, select: Select, anchor: Anchor, right: Right) -> Scoped {
        let passes = self.passes(anchor, right);
        self.assemble(select, Some(anchor), passes)
    }

    /// The statement over rows that also one's own organisation may open: rows on which the right is held as usual,
    /// and its own rows if the organisation's lines allow the operation. A restriction still denies.
    pub fn select_with_own_organization(
        &self,
        select: Select,
        anchor: Anchor,
        right: Right,
        own_rows: Sql,
        action: Action,
    ) -> Scoped {
        let deny = self.policy.masks(action).deny as i64;
        let passes = Sql::new("(")
            .add(self.passes(anchor, right))
            .push(" OR (")
            .add(own_rows)
            .push(" AND ")
            .add(self.allowed_on_own_organization(action))
            .push(" AND (")
            .add(self.held_column(anchor))
            .push(" & ")
            .bind(deny)
            .push(") = 0))");
        self.assemble(select, Some(anchor), passes)
    }

    /// The statement over rows that belong to one's own organisation alone: all or none of them. The first filter
    /// ties the rows to it.
    pub fn select_own_organization(&self, select: Select, action: Action) -> Scoped {
        let passes = self.allowed_on_own_organization(action);
        self.assemble(select, None, passes)
    }

    /// The statement over the caller's own grants `g` in force on some customers, the ground of an explanation; `from`
    /// is what joins them.
    pub fn select_own_grants(&self, customers: impl IntoIterator<Item = Uuid>, mut select: Select) -> Scoped {
        let there = Sql::default().any_of(self.backend, "gr.customer_id", customers);
        select.from = self.grants(there).add(select.from);
        self.assemble(select, None, Sql::new("1 = 1"))
    }

    /// How many grants the caller's widest group has: an estimate of its customers. Reads grants of its groups alone.
    pub async fn widest_grant_count(&self, db: &Db) -> Result<i64> {
        #[derive(FromQueryResult)]
        struct Widest {
            n: i64,
        }
        let sql = Sql::new("SELECT count(*) AS n FROM access_grant g WHERE ")
            .add(self.in_groups("g.principal_id", true))
            .push(" AND ")
            .live(self.backend, &self.clock, "g")
            .push(" GROUP BY g.principal_id ORDER BY n DESC LIMIT 1");
        let rows: Vec<Widest> = Scoped(sql).rows(db).await?;
        Ok(rows.first().map_or(0, |row| row.n))
    }

    /// A table of the customers on which the caller's groups hold anything now: for accounts with few grants.
    pub fn granted_customers(&self) -> Sql {
        self.customers_of(Sql::new("1 = 1"))
    }

    /// The customers on which the caller's groups hold a grant now that can bear the operation: a table with one column
    /// `customer_id`. What is effectively held there is another question.
    pub fn bearing_customers(&self, action: Action) -> Sql {
        self.customers_of(self.bears(action))
    }

    fn customers_of(&self, condition: Sql) -> Sql {
        Sql::new("(SELECT DISTINCT g.customer_id FROM ").add(self.grants(condition)).push(")")
    }

    /// Whether so few grants of the caller can bear the operation that a list is better driven from them than from the
    /// tenant's whole list. An index holds all that this asks for, so that it stops at one more than that many.
    pub async fn has_few_bearing(&self, db: &Db, action: Action, few: i64) -> Result<bool> {
        #[derive(FromQueryResult)]
        struct Grants {
            n: i64,
        }
        let sql = Sql::new("SELECT count(*) AS n FROM (SELECT 1 FROM ")
            .add(self.grants(self.bears(action)))
            .push(&format!(" LIMIT {}) x", few + 1));
        let rows: Vec<Grants> = Scoped(sql).rows(db).await?;
        Ok(rows.first().is_none_or(|row| row.n <= few))
    }

    /// A condition on grants `gr`: some token of theirs can bear the operation.
    fn bears(&self, action: Action) -> Sql {
        let (kinds, tokens) = self.policy.bearing(action);
        let kinds: Vec<String> = kinds.into_iter().map(|kind| format!("'{kind}'")).collect();
        let kinds = if kinds.is_empty() { "''".into() } else { kinds.join(", ") };
        let sql = Sql::new(format!("gr.ground_kind IN ({kinds}) AND (gr.tokens & "));
        sql.bind(tokens as i64).push(") <> 0")
    }

    /// Opens rows that some link leads to: `EXISTS` over `links` (tables and their conditions, `WHERE` included), where
    /// the right is held on the link's customer and source.
    pub fn opened_by(&self, links: Sql, anchor: Anchor, right: Right) -> Opening {
        // `OFFSET 0` keeps PostgreSQL from looking at all links of all rows before it compares them.
        let exists = Sql::new("EXISTS (SELECT 1 FROM ").add(links).push(" AND ");
        Opening(exists.add(self.sees(anchor, right)).push(" LIMIT 1 OFFSET 0)"))
    }

    /// Opens rows that stand at a customer themselves, where the right is held.
    pub fn opened_at(&self, anchor: Anchor, right: Right) -> Opening {
        Opening(self.sees(anchor, right))
    }

    /// The links on which rights are held: a table of their columns.
    pub fn reached(&self, links: Links, anchor: Anchor, rights: Vec<Right>) -> Opening {
        let Links { columns, from, conditions } = links;
        let table = Sql::new(format!("(SELECT {columns} FROM ")).add(self.with_held(from, anchor));
        let passes = rights.into_iter().map(|right| self.passes(anchor, right));
        let all = Sql::default().join(std::iter::once(conditions).chain(passes), " AND ");
        Opening(table.push(" WHERE ").add(all).push(")"))
    }

    /// A statement that holds an opening. One that does not would show what nobody opened: it finds nothing.
    pub fn opened(&self, sql: Sql, opening: &Opening) -> Scoped {
        debug_assert!(sql.holds(&opening.0), "a statement without its opening");
        Scoped(opening.checked(sql))
    }

    /// A row if the operation is allowed on some customer.
    pub fn allowed_somewhere(&self, action: Action) -> Scoped {
        let anchor = Anchor { customer: "w.customer_id", source: "w.source_id" };
        let sql = Sql::new("SELECT 1 AS held FROM (SELECT g.customer_id, g.source_id FROM ")
            .add(self.grants(self.bears(action)))
            .push(") w WHERE ")
            .add(self.sees(anchor, self.right(action)))
            .push(" LIMIT 1");
        Scoped(sql)
    }

    /// What is held on one's own organisation, as `held`.
    pub fn own_organization(&self) -> Scoped {
        Scoped(Sql::new("SELECT ").add(self.held_on_own_organization()).push(" AS held"))
    }

    /// A condition on grants `g`: the token's groups do not narrow them away.
    pub fn is_unnarrowed(&self) -> Sql {
        self.in_groups("g.principal_id", true)
    }

    /// Tables, with what is held on each row where the engine can join it.
    fn with_held(&self, from: Sql, anchor: Anchor) -> Sql {
        match self.backend {
            DbBackend::Postgres => from.push(" CROSS JOIN LATERAL (").add(self.held(anchor)).push(") h"),
            _ => from,
        }
    }

    fn held_column(&self, anchor: Anchor) -> Sql {
        match self.backend {
            DbBackend::Postgres => Sql::new("h.held"),
            _ => Sql::new("(").add(self.held(anchor)).push(")"),
        }
    }

    fn passes(&self, anchor: Anchor, right: Right) -> Sql {
        self.admits(self.held_column(anchor).push(" & (").add(right.sql()).push(")"))
    }

    fn assemble(&self, select: Select, anchor: Option<Anchor>, passes: Sql) -> Scoped {
        let lateral = self.backend == DbBackend::Postgres;
        let Select { columns, mut from, filters, order, limit, parents, sources } = select;
        let mut head = Sql::new("SELECT ").add(columns);
        if let Some(anchor) = anchor {
            head = head.push(", ").add(self.held_column(anchor)).push(" AS held");
            from = match sources {
                Some(sources) if lateral => {
                    let once = Anchor { customer: "parents.id", source: "z.source_id" };
                    let held =
                        Sql::new("(").add(sources).push(") z CROSS JOIN LATERAL (").add(self.held(once));
                    held.push(") h CROSS JOIN ")
                        .add(from)
                        .push(&format!(" AND {} = z.source_id", anchor.source))
                }
                _ => self.with_held(from, anchor),
            };
        }
        let conditions = |parent: Option<Sql>| {
            let all = parent.into_iter().chain(filters).chain(std::iter::once(passes));
            Sql::default().join(all.map(|c| Sql::new("(").add(c).push(")")), " AND ")
        };
        let limit = limit.map(rounded);
        let Some((column, ids)) = parents else {
            let sql = head
                .push(" FROM ")
                .add(from)
                .push(" WHERE ")
                .add(conditions(None))
                .push(" ORDER BY ")
                .push(&order);
            return Scoped(match limit {
                Some(limit) => sql.push(&format!(" LIMIT {limit}")),
                None => sql,
            });
        };
        let limit = limit.unwrap_or(i64::MAX as u64);
        if lateral {
            let child = head.push(", parents.id AS parent FROM ").add(from).push(" WHERE ");
            let child = child.add(conditions(Some(Sql::new(column).push(" = parents.id"))));
            let child = child.push(" ORDER BY ").push(&order).push(&format!(" LIMIT {limit}"));
            let parents = Sql::new("SELECT x.* FROM ").table_of(self.backend, "parents", ids);
            return Scoped(parents.push(" CROSS JOIN LATERAL (").add(child).push(") x"));
        }
        let child = head
            .push(&format!(
                ", {column} AS parent, row_number() OVER (PARTITION BY {column} ORDER BY {order}) AS place"
            ))
            .push(" FROM ")
            .add(from)
            .push(" WHERE ")
            .add(conditions(Some(Sql::default().any_of(self.backend, column, ids))));
        Scoped(
            Sql::new("SELECT * FROM (")
                .add(child)
                .push(&format!(") WHERE place <= {limit} ORDER BY parent, place")),
        )
    }
}

/// Limits stand in the text, since a planner that does not know them plans for a tenth of the table; few sizes keep
/// the texts few. The caller cuts what is over.
fn rounded(limit: u64) -> u64 {
    [2, 11, 26, 51, 101, 201].into_iter().find(|size| limit <= *size).unwrap_or(limit)
}
