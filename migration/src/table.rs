//! Tables as data, rendered for either engine: one description, two dialects.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// A column that must have a value.
pub const NOT_NULL: bool = true;
/// A column that may be absent.
pub const NULL: bool = false;

/// Kind of a column.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A UUID: native on PostgreSQL, 16 bytes on SQLite.
    Id,
    /// Text, compared by code point on both engines.
    Text,
    /// 64-bit integer; also a point in time in microseconds.
    Big,
    /// 32-bit integer.
    Int,
    /// True or false.
    Bool,
}

/// Columns here, the table they refer to, and the columns there.
pub type Foreign = (&'static [&'static str], &'static str, &'static [&'static str]);

/// A table with its keys.
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Name, kind and whether a value is required.
    pub columns: &'static [(&'static str, Kind, bool)],
    /// Primary key.
    pub key: &'static [&'static str],
    /// Unique keys.
    pub unique: &'static [&'static [&'static str]],
    /// Further indexes.
    pub indexes: &'static [&'static [&'static str]],
    /// Foreign keys.
    pub foreign: &'static [Foreign],
}

impl Table {
    fn statements(&self, backend: DbBackend) -> Vec<String> {
        let kind = |kind: Kind| match (kind, backend) {
            (Kind::Id, DbBackend::Postgres) => "uuid",
            (Kind::Id, _) => "blob",
            (Kind::Text, DbBackend::Postgres) => "text COLLATE \"C\"",
            (Kind::Text, _) => "text",
            (Kind::Big, _) => "bigint",
            (Kind::Int, _) => "integer",
            (Kind::Bool, _) => "boolean",
        };
        let mut lines: Vec<String> = self
            .columns
            .iter()
            .map(|(name, k, required)| {
                format!("{name} {}{}", kind(*k), if *required { " NOT NULL" } else { "" })
            })
            .collect();
        lines.push(format!("PRIMARY KEY ({})", self.key.join(", ")));
        lines.extend(self.unique.iter().map(|columns| format!("UNIQUE ({})", columns.join(", "))));
        lines.extend(self.foreign.iter().map(|(here, table, there)| {
            format!("FOREIGN KEY ({}) REFERENCES {table} ({})", here.join(", "), there.join(", "))
        }));
        let mut statements = vec![format!("CREATE TABLE {} ({})", self.name, lines.join(", "))];
        statements.extend(self.indexes.iter().enumerate().map(|(i, columns)| {
            format!("CREATE INDEX {}_ix{i} ON {} ({})", self.name, self.name, columns.join(", "))
        }));
        statements
    }
}

/// Creates the tables in order.
pub async fn create(manager: &SchemaManager<'_>, tables: &[Table]) -> Result<(), DbErr> {
    for statement in tables.iter().flat_map(|table| table.statements(manager.get_database_backend())) {
        manager.get_connection().execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// Drops the tables in reverse order.
pub async fn drop(manager: &SchemaManager<'_>, tables: &[Table]) -> Result<(), DbErr> {
    for table in tables.iter().rev() {
        manager.get_connection().execute_unprepared(&format!("DROP TABLE {}", table.name)).await?;
    }
    Ok(())
}
