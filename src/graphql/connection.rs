//! Relay connections, one pair of types for each: `nodes`, `edges`, `pageInfo`, and `totalCount` on root lists.

use super::error::Result;
use super::op;
use super::page::{PageInfo, TotalCount, cursor};
use crate::db::cursor::Position;
use crate::db::page::{Page, Slice};
use async_graphql::Context;
use futures::future::BoxFuture;

/// Counts a list when asked.
pub type Count = Box<dyn Fn() -> BoxFuture<'static, crate::error::Result<TotalCount>> + Send + Sync>;

/// A row that knows its place in its list.
pub trait Placed {
    /// Its place.
    fn position(&self) -> Position;
}

/// A page of rows, ready to show.
pub struct Rows<T> {
    /// The rows.
    pub slice: Slice<T>,
    /// The page that was asked for.
    pub page: Page,
    /// How to count the whole, on root lists.
    pub count: Option<Count>,
}

impl<T: Placed> Rows<T> {
    /// Without a count.
    pub fn new(slice: Slice<T>, page: Page) -> Self {
        Rows { slice, page, count: None }
    }

    /// Where the page stands.
    pub fn page_info(&self, ctx: &Context<'_>) -> Result<PageInfo> {
        let at = |row: Option<&T>| row.map(|row| cursor(op(ctx), &self.page, &row.position())).transpose();
        let (more, turned) = (self.slice.has_more, self.page.position.is_some());
        Ok(PageInfo {
            has_next_page: if self.page.backward { turned } else { more },
            has_previous_page: if self.page.backward { more } else { turned },
            start_cursor: at(self.slice.rows.first())?,
            end_cursor: at(self.slice.rows.last())?,
        })
    }
}

/// Declares a connection and its edge: `connection!(doc, Connection, Edge, Row => Node)`.
#[macro_export]
macro_rules! connection {
    ($(#[$doc:meta])* $connection:ident, $edge:ident, $row:ty => $node:ident $(, $total:ident)?) => {
        $(#[$doc])*
        pub struct $connection(pub $crate::graphql::connection::Rows<$row>);

        $(#[$doc])*
        #[async_graphql::Object]
        impl $connection {
            /// The rows of this page.
            async fn nodes(&self) -> Vec<$node> {
                self.0.slice.rows.iter().cloned().map($node).collect()
            }

            /// The rows of this page, each with its cursor.
            async fn edges(&self) -> Vec<$edge> {
                self.0.slice.rows.iter().map(|row| $edge { row: row.clone(), page: self.0.page.clone() }).collect()
            }

            /// Where this page stands.
            async fn page_info(&self, ctx: &async_graphql::Context<'_>) -> $crate::graphql::error::Result<$crate::graphql::page::PageInfo> {
                self.0.page_info(ctx)
            }

            $(
            /// How many rows this list has for you, on lists at the root; null on those of an object. Counted only when
            /// asked for.
            async fn $total(&self) -> $crate::graphql::error::Result<Option<$crate::graphql::page::TotalCount>> {
                Ok(match &self.0.count {
                    Some(count) => Some(count().await?),
                    None => None,
                })
            }
            )?
        }

        /// One row of a page.
        pub struct $edge {
            row: $row,
            page: $crate::db::page::Page,
        }

        impl $edge {
            /// An edge of another connection to the same rows.
            #[allow(dead_code)] // few connections share their edges
            pub(crate) fn of(row: $row, page: $crate::db::page::Page) -> Self {
                $edge { row, page }
            }
        }

        /// One row of a page.
        #[async_graphql::Object]
        impl $edge {
            /// The row.
            async fn node(&self) -> $node {
                $node(self.row.clone())
            }

            /// Its cursor.
            async fn cursor(&self, ctx: &async_graphql::Context<'_>) -> $crate::graphql::error::Result<String> {
                let position = $crate::graphql::connection::Placed::position(&self.row);
                $crate::graphql::page::cursor($crate::graphql::op(ctx), &self.page, &position)
            }
        }
    };
}
