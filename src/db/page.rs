//! Keyset pages in SQL: no offsets, so a deep page costs what the first one does.

use super::cursor::Position;
use super::sql::Sql;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A page that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    /// Rows wanted.
    pub size: usize,
    /// Beyond this row.
    pub position: Option<Position>,
    /// From the end.
    pub backward: bool,
    /// What its cursors are bound to.
    pub context: String,
}

/// Rows of a page, in the list's order.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether more rows follow in the direction of paging.
    pub has_more: bool,
}

/// A page of a question that several parents are asked. The page's context names the question, so that equal pages
/// ask the same.
#[derive(Clone, Debug)]
pub struct Asked<Q> {
    /// Which page.
    pub page: Page,
    /// Of which list.
    pub question: Arc<Q>,
}

impl<Q> PartialEq for Asked<Q> {
    fn eq(&self, other: &Self) -> bool {
        self.page == other.page
    }
}

impl<Q> Eq for Asked<Q> {}

impl<Q> Hash for Asked<Q> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.page.hash(state);
    }
}

impl Page {
    /// One row more than wanted, to see whether there are more.
    pub fn limit(&self) -> u64 {
        self.size as u64 + 1
    }

    /// `ORDER BY` of a key column and the id that breaks ties.
    pub fn order(&self, key: &str, id: &str, descending: bool) -> String {
        let direction = if descending != self.backward { " DESC" } else { "" };
        format!("{key}{direction}, {id}{direction}")
    }

    /// The condition that rows lie beyond the position; none on the first page.
    pub fn beyond(&self, key: &str, id: &str, descending: bool) -> Option<Sql> {
        let compare = if descending != self.backward { "<" } else { ">" };
        let sql = Sql::new(format!("({key}, {id}) {compare} ("));
        let sql = match self.position.clone()? {
            Position::Text(text, row) => sql.bind(text).push(", ").bind(row),
            Position::Time(at, row) => sql.bind(at).push(", ").bind(row),
        };
        Some(sql.push(")"))
    }

    /// `ORDER BY` of the id alone.
    pub fn order_by_id(&self, id: &str) -> String {
        format!("{id}{}", if self.backward { " DESC" } else { "" })
    }

    /// The condition that rows lie beyond the position's id; none on the first page.
    pub fn beyond_id(&self, id: &str) -> Option<Sql> {
        let row = match self.position.clone()? {
            Position::Text(_, row) | Position::Time(_, row) => row,
        };
        Some(Sql::new(format!("{id} {} ", if self.backward { "<" } else { ">" })).bind(row))
    }

    /// The rows in the list's order, without the extra one.
    pub fn slice<T>(&self, mut rows: Vec<T>) -> Slice<T> {
        let has_more = rows.len() > self.size;
        rows.truncate(self.size);
        if self.backward {
            rows.reverse();
        }
        Slice { rows, has_more }
    }
}

impl Hash for Position {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Position::Text(text, id) => (text, id).hash(state),
            Position::Time(at, id) => (at, id).hash(state),
        }
    }
}
