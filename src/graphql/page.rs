//! Keyset paging: arguments in, a condition and an order out, a slice back.

use super::error::Result;
use crate::access::scope::Scope;
use crate::db::cursor::Position;
use crate::db::page::Page;
use crate::error::Error;
use crate::op::Op;
use async_graphql::SimpleObject;

/// Rows on a page unless told otherwise.
pub const DEFAULT_SIZE: i32 = 25;
/// Most rows on a page.
pub const MAX_SIZE: i32 = 200;

/// The paging arguments of a connection.
#[derive(Clone, Debug, Default)]
pub struct PageArgs {
    /// Rows from the start.
    pub first: Option<i32>,
    /// Rows from the end.
    pub last: Option<i32>,
    /// Only rows after this cursor.
    pub after: Option<String>,
    /// Only rows before this cursor.
    pub before: Option<String>,
}

impl PageArgs {
    /// From the four arguments of a field.
    pub fn new(first: Option<i32>, last: Option<i32>, after: Option<String>, before: Option<String>) -> Self {
        PageArgs { first, last, after, before }
    }

    /// The page they ask for. `context` names operation, order and filter: a cursor of another one is refused.
    pub fn page(&self, op: &Op, context: &str) -> Result<Page> {
        let backward = self.last.is_some() || self.before.is_some();
        if backward && (self.first.is_some() || self.after.is_some()) {
            return Err(Error::invalid("last", "use either first and after, or last and before").into());
        }
        let (name, size) = if backward { ("last", self.last) } else { ("first", self.first) };
        let size = size.unwrap_or(DEFAULT_SIZE);
        if !(1..=MAX_SIZE).contains(&size) {
            return Err(Error::invalid(name, format!("must be from 1 to {MAX_SIZE}")).into());
        }
        let (name, cursor) = if backward { ("before", &self.before) } else { ("after", &self.after) };
        let context = cursor_context(&op.scope, context);
        let position = match cursor {
            None => None,
            Some(text) => Some(op.sealer.open_cursor(&context, text).ok_or_else(|| {
                Error::invalid(name, "is not a cursor of this account, list, order and filter")
            })?),
        };
        Ok(Page { size: size as usize, position, backward, context })
    }
}

/// What a cursor is bound to: the account, and what the list says of itself.
fn cursor_context(scope: &Scope, context: &str) -> String {
    format!("cursor {} {context}", scope.account.0)
}

/// The text of a cursor.
pub fn cursor(op: &Op, page: &Page, position: &Position) -> Result<String> {
    Ok(op.sealer.cursor(&page.context, position)?)
}

/// Where a page stands in its list.
#[derive(Clone, Debug, Default, SimpleObject)]
pub struct PageInfo {
    /// Whether rows follow.
    pub has_next_page: bool,
    /// Whether rows precede.
    pub has_previous_page: bool,
    /// Cursor of the first row.
    pub start_cursor: Option<String>,
    /// Cursor of the last row.
    pub end_cursor: Option<String>,
}

/// How many rows a list has for this viewer.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct TotalCount {
    /// The number.
    pub value: i64,
    /// True where the list is longer than what is counted exactly, and the number an estimate from the viewer's grants.
    pub is_estimate: bool,
}
