//! Filters as a tree over a domain's fields, and their SQL. A field that is protected is known as such by its domain.

use super::sql::Sql;
use sea_orm::{DbBackend, Value};
use std::fmt::Debug;

/// A condition over fields `F`.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate<F> {
    /// All must hold; holds when empty.
    All(Vec<Predicate<F>>),
    /// Any must hold; does not hold when empty.
    Any(Vec<Predicate<F>>),
    /// Must not hold.
    Not(Box<Predicate<F>>),
    /// A comparison.
    Is(F, Comparison),
}

/// A comparison of one field.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // each is the comparison of its name
pub enum Comparison {
    Eq(Operand),
    Ne(Operand),
    In(Vec<Operand>),
    NotIn(Vec<Operand>),
    Lt(Operand),
    Lte(Operand),
    Gt(Operand),
    Gte(Operand),
    /// Text contains, case folded.
    Contains(String),
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // each is the type of its name
pub enum Operand {
    Text(String),
    Int(i64),
    Bool(bool),
    Id(uuid::Uuid),
}

impl From<Operand> for Value {
    fn from(operand: Operand) -> Value {
        match operand {
            Operand::Text(text) => text.into(),
            Operand::Int(int) => int.into(),
            Operand::Bool(bool) => bool.into(),
            Operand::Id(id) => id.into(),
        }
    }
}

impl<F: Clone> Predicate<F> {
    /// The fields it speaks of.
    pub fn fields(&self) -> Vec<F> {
        match self {
            Predicate::All(parts) | Predicate::Any(parts) => parts.iter().flat_map(Self::fields).collect(),
            Predicate::Not(part) => part.fields(),
            Predicate::Is(field, _) => vec![field.clone()],
        }
    }

    /// As SQL; `field` gives a field's comparison.
    pub fn sql(&self, field: &dyn Fn(&F, &Comparison) -> Sql) -> Sql {
        let list = |parts: &[Predicate<F>], between: &str| {
            Sql::new("(").join(parts.iter().map(|part| part.sql(field)), between).push(")")
        };
        match self {
            Predicate::All(parts) if parts.is_empty() => Sql::new("1 = 1"),
            Predicate::Any(parts) if parts.is_empty() => Sql::new("1 = 0"),
            Predicate::All(parts) => list(parts, " AND "),
            Predicate::Any(parts) => list(parts, " OR "),
            // Two-valued: what is unknown does not hold, so its negation does.
            Predicate::Not(part) => Sql::new("((").add(part.sql(field)).push(") IS NOT TRUE)"),
            Predicate::Is(name, comparison) => field(name, comparison),
        }
    }
}

impl Comparison {
    /// The comparison of a column.
    pub fn sql(&self, backend: DbBackend, column: &str) -> Sql {
        let binary = |operator: &str, operand: &Operand| {
            Sql::new(format!("{column} {operator} ")).bind(Value::from(operand.clone()))
        };
        match self {
            Comparison::Eq(operand) => binary("=", operand),
            Comparison::Ne(operand) => binary("IS DISTINCT FROM", operand),
            Comparison::Lt(operand) => binary("<", operand),
            Comparison::Lte(operand) => binary("<=", operand),
            Comparison::Gt(operand) => binary(">", operand),
            Comparison::Gte(operand) => binary(">=", operand),
            Comparison::In(operands) => one_of(backend, column, operands),
            Comparison::NotIn(operands) => {
                Sql::new("((").add(one_of(backend, column, operands)).push(") IS NOT TRUE)")
            }
            Comparison::Contains(text) => {
                let find = if backend == DbBackend::Postgres { "strpos" } else { "instr" };
                Sql::new(format!("{find}({column}, ")).bind(text.to_lowercase()).push(") > 0")
            }
        }
    }
}

/// One value whatever the number of operands, so that the text stays the same.
fn one_of(backend: DbBackend, column: &str, operands: &[Operand]) -> Sql {
    if operands.is_empty() {
        return Sql::new("1 = 0");
    }
    let ids: Vec<_> =
        operands.iter().filter_map(|o| if let Operand::Id(id) = o { Some(*id) } else { None }).collect();
    if !ids.is_empty() {
        return Sql::default().any_of(backend, column, ids);
    }
    let texts = operands.iter().filter_map(|o| if let Operand::Text(t) = o { Some(t.clone()) } else { None });
    Sql::default().any_text(backend, column, texts)
}
