//! Statements as text with their values, `?` for each; numbered on PostgreSQL when rendered.
//!
//! Text never depends on data: lists of ids travel as one value, so that statements stay prepared. Nothing that
//! a client sent is ever part of the text.

use crate::clock::Clock;
use sea_orm::sea_query::ArrayType;
use sea_orm::{DbBackend, Statement, Value};
use uuid::Uuid;

/// A statement, or a piece of one.
#[derive(Clone, Debug, Default)]
pub struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// A piece without values.
    pub fn new(text: impl Into<String>) -> Self {
        Sql { text: text.into(), values: Vec::new() }
    }

    /// Adds text.
    pub fn push(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Adds a placeholder and its value.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.text.push('?');
        self.values.push(value.into());
        self
    }

    /// Adds another piece.
    #[allow(clippy::should_implement_trait)] // it builds text; `a + b` would hide which piece comes first
    pub fn add(mut self, other: Sql) -> Self {
        self.text.push_str(&other.text);
        self.values.extend(other.values);
        self
    }

    /// Adds pieces with text between them.
    pub fn join(mut self, pieces: impl IntoIterator<Item = Sql>, between: &str) -> Self {
        for (i, piece) in pieces.into_iter().enumerate() {
            if i > 0 {
                self.text.push_str(between);
            }
            self = self.add(piece);
        }
        self
    }

    /// Adds `column = any of ids`, one value whatever their number.
    pub fn any_of(self, backend: DbBackend, column: &str, ids: impl IntoIterator<Item = Uuid>) -> Self {
        match backend {
            DbBackend::Postgres => self.push(column).push(" = ANY(").bind(uuid_array(ids)).push(")"),
            _ => self
                .push(column)
                .push(" IN (SELECT unhex(value) FROM json_each(")
                .bind(json_of_ids(ids))
                .push("))"),
        }
    }

    /// Adds `column = any of texts`, one value whatever their number.
    pub fn any_text(self, backend: DbBackend, column: &str, texts: impl IntoIterator<Item = String>) -> Self {
        match backend {
            DbBackend::Postgres => {
                let values = texts.into_iter().map(Value::from).collect();
                self.push(column)
                    .push(" = ANY(")
                    .bind(Value::Array(ArrayType::String, Some(Box::new(values))))
                    .push(")")
            }
            _ => {
                let json = serde_json::Value::from(texts.into_iter().collect::<Vec<_>>()).to_string();
                self.push(column).push(" IN (SELECT value FROM json_each(").bind(json).push("))")
            }
        }
    }

    /// Adds a table of ids with one column `id`, one value whatever their number, in the `FROM` of a statement.
    pub fn table_of(self, backend: DbBackend, alias: &str, ids: impl IntoIterator<Item = Uuid>) -> Self {
        match backend {
            DbBackend::Postgres => {
                self.push("unnest(").bind(uuid_array(ids)).push(") AS ").push(alias).push("(id)")
            }
            _ => self
                .push("(SELECT unhex(value) AS id FROM json_each(")
                .bind(json_of_ids(ids))
                .push(")) AS ")
                .push(alias),
        }
    }

    /// Joins a table by a condition on what is there already. On PostgreSQL row by row: it would rather read the whole
    /// table than believe that there are few rows.
    pub fn look_up(self, backend: DbBackend, table: &str, alias: &str, condition: Sql) -> Self {
        self.joined_by_row(backend, "", table, alias, condition)
    }

    /// The same, with a row of nulls where there is none.
    pub fn look_up_or_null(self, backend: DbBackend, table: &str, alias: &str, condition: Sql) -> Self {
        self.joined_by_row(backend, " LEFT", table, alias, condition)
    }

    fn joined_by_row(self, backend: DbBackend, left: &str, table: &str, alias: &str, condition: Sql) -> Self {
        match backend {
            DbBackend::Postgres => self
                .push(&format!("{left} JOIN LATERAL (SELECT {alias}.* FROM {table} {alias} WHERE "))
                .add(condition)
                .push(&format!(" OFFSET 0) {alias} ON true")),
            _ => self.push(&format!("{left} JOIN {table} {alias} ON ")).add(condition),
        }
    }

    /// Adds the current time: the database's own, or a fixed clock's.
    pub fn now(self, backend: DbBackend, clock: &Clock) -> Self {
        match (clock.fixed_now(), backend) {
            (Some(at), _) => self.bind(at.0),
            (None, DbBackend::Postgres) => {
                // Not `extract`, whose numeric is slow: it is computed for every row that is looked at.
                self.push("(date_part('epoch', statement_timestamp()) * 1000000)::bigint")
            }
            (None, _) => self.push("CAST(unixepoch('subsec') * 1000000 AS INTEGER)"),
        }
    }

    /// Adds `starts <= now < ends` of an alias.
    pub fn live(self, backend: DbBackend, clock: &Clock, alias: &str) -> Self {
        self.push(alias)
            .push(".starts_at <= ")
            .now(backend, clock)
            .push(" AND ")
            .now(backend, clock)
            .push(" < ")
            .push(alias)
            .push(".ends_at")
    }

    /// Whether another piece is part of this one.
    pub fn holds(&self, piece: &Sql) -> bool {
        self.text.contains(&piece.text)
    }

    /// The text with its placeholders as this engine writes them.
    pub fn text(&self, backend: DbBackend) -> String {
        if backend != DbBackend::Postgres {
            return self.text.clone();
        }
        let mut out = String::with_capacity(self.text.len() + 32);
        let mut number = 0;
        for piece in self.text.split_inclusive('?') {
            match piece.strip_suffix('?') {
                Some(before) => {
                    number += 1;
                    out.push_str(before);
                    out.push('$');
                    out.push_str(&number.to_string());
                }
                None => out.push_str(piece),
            }
        }
        out
    }

    /// Ready to run.
    pub fn statement(self, backend: DbBackend) -> Statement {
        let text = self.text(backend);
        Statement::from_sql_and_values(backend, text, self.values)
    }
}

fn uuid_array(ids: impl IntoIterator<Item = Uuid>) -> Value {
    Value::Array(ArrayType::Uuid, Some(Box::new(ids.into_iter().map(Value::from).collect())))
}

fn json_of_ids(ids: impl IntoIterator<Item = Uuid>) -> String {
    let mut json = String::from("[");
    for id in ids {
        if json.len() > 1 {
            json.push(',');
        }
        json.push('"');
        json.push_str(&id.simple().to_string());
        json.push('"');
    }
    json.push(']');
    json
}
