//! Typed comparisons of filters, bounded in size and depth, as predicates over a domain's fields.

use super::error::Result;
use crate::db::predicate::{Comparison, Operand, Predicate};
use crate::error::Error;
use async_graphql::InputObject;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Most values in a list, and most conditions in an `and` or `or`.
pub const MAX_ITEMS: usize = 100;
/// How deep `and`, `or` and `not` may nest.
pub const MAX_DEPTH: usize = 4;
/// Longest text in a filter, in characters.
pub const MAX_TEXT: usize = 256;

/// Compares a text.
#[derive(Clone, Debug, Default, InputObject)]
pub struct StringFilter {
    /// Equal.
    pub eq: Option<String>,
    /// Not equal.
    pub ne: Option<String>,
    /// One of these.
    #[graphql(name = "in")]
    pub is_in: Option<Vec<String>>,
    /// None of these.
    pub not_in: Option<Vec<String>>,
    /// Contains, whatever the case.
    pub contains: Option<String>,
}

/// Compares a UUID.
#[derive(Clone, Debug, Default, InputObject)]
pub struct UuidFilter {
    /// Equal.
    pub eq: Option<Uuid>,
    /// Not equal.
    pub ne: Option<Uuid>,
    /// One of these.
    #[graphql(name = "in")]
    pub is_in: Option<Vec<Uuid>>,
    /// None of these.
    pub not_in: Option<Vec<Uuid>>,
}

/// Compares a boolean.
#[derive(Clone, Debug, Default, InputObject)]
pub struct BooleanFilter {
    /// Equal.
    pub eq: Option<bool>,
    /// Not equal; what is unknown differs from both.
    pub ne: Option<bool>,
}

/// Compares a number.
#[derive(Clone, Debug, Default, InputObject)]
pub struct IntFilter {
    /// Equal.
    pub eq: Option<i64>,
    /// Not equal.
    pub ne: Option<i64>,
    /// Less than.
    pub lt: Option<i64>,
    /// Less than or equal.
    pub lte: Option<i64>,
    /// Greater than.
    pub gt: Option<i64>,
    /// Greater than or equal.
    pub gte: Option<i64>,
}

/// Compares a point in time.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DateTimeFilter {
    /// Before.
    pub lt: Option<DateTime<Utc>>,
    /// At or before.
    pub lte: Option<DateTime<Utc>>,
    /// After.
    pub gt: Option<DateTime<Utc>>,
    /// At or after.
    pub gte: Option<DateTime<Utc>>,
}

/// The comparisons of one field, all of which must hold.
pub struct Comparisons<F> {
    field: F,
    name: &'static str,
    parts: Vec<Predicate<F>>,
}

impl<F: Clone> Comparisons<F> {
    /// None yet.
    pub fn of(field: F, name: &'static str) -> Self {
        Comparisons { field, name, parts: Vec::new() }
    }

    fn one<T>(
        mut self,
        value: Option<T>,
        comparison: impl Fn(Operand) -> Comparison,
        operand: impl Fn(T) -> Operand,
    ) -> Self {
        self.parts.extend(value.map(|v| Predicate::Is(self.field.clone(), comparison(operand(v)))));
        self
    }

    fn many<T>(
        mut self,
        values: Option<Vec<T>>,
        comparison: impl Fn(Vec<Operand>) -> Comparison,
        operand: impl Fn(T) -> Operand,
    ) -> Result<Self> {
        let Some(values) = values else { return Ok(self) };
        if values.len() > MAX_ITEMS {
            return Err(Error::LimitExceeded {
                limit: format!("{}: a list holds at most {MAX_ITEMS} values", self.name),
            }
            .into());
        }
        self.parts
            .push(Predicate::Is(self.field.clone(), comparison(values.into_iter().map(operand).collect())));
        Ok(self)
    }

    /// The whole.
    pub fn done(self) -> Predicate<F> {
        Predicate::All(self.parts)
    }
}

/// Texts of a filter: not too long, and without the character that no database text can hold.
fn usable<'a>(name: &str, texts: impl Iterator<Item = &'a String>) -> Result<()> {
    for text in texts {
        if text.chars().count() > MAX_TEXT {
            let limit = format!("{name}: a text holds at most {MAX_TEXT} characters");
            return Err(Error::LimitExceeded { limit }.into());
        }
        if text.contains('\0') {
            return Err(Error::invalid(name, "holds a NUL character").into());
        }
    }
    Ok(())
}

impl StringFilter {
    /// As a predicate; `fold` brings values into the column's form.
    pub fn predicate<F: Clone>(
        self,
        field: F,
        name: &'static str,
        fold: fn(&str) -> String,
    ) -> Result<Predicate<F>> {
        let lists = [&self.is_in, &self.not_in].into_iter().flatten().flatten();
        usable(name, [&self.eq, &self.ne, &self.contains].into_iter().flatten().chain(lists))?;
        let text = |text: String| Operand::Text(fold(&text));
        let mut all = Comparisons::of(field.clone(), name)
            .one(self.eq, Comparison::Eq, text)
            .one(self.ne, Comparison::Ne, text)
            .many(self.is_in, Comparison::In, text)?
            .many(self.not_in, Comparison::NotIn, text)?;
        all.parts.extend(self.contains.map(|c| Predicate::Is(field, Comparison::Contains(fold(&c)))));
        Ok(all.done())
    }
}

impl UuidFilter {
    /// As a predicate.
    pub fn predicate<F: Clone>(self, field: F, name: &'static str) -> Result<Predicate<F>> {
        Ok(Comparisons::of(field, name)
            .one(self.eq, Comparison::Eq, Operand::Id)
            .one(self.ne, Comparison::Ne, Operand::Id)
            .many(self.is_in, Comparison::In, Operand::Id)?
            .many(self.not_in, Comparison::NotIn, Operand::Id)?
            .done())
    }
}

impl BooleanFilter {
    /// As a predicate.
    pub fn predicate<F: Clone>(self, field: F, name: &'static str) -> Predicate<F> {
        Comparisons::of(field, name)
            .one(self.eq, Comparison::Eq, Operand::Bool)
            .one(self.ne, Comparison::Ne, Operand::Bool)
            .done()
    }
}

impl IntFilter {
    /// As a predicate.
    pub fn predicate<F: Clone>(self, field: F, name: &'static str) -> Predicate<F> {
        Comparisons::of(field, name)
            .one(self.eq, Comparison::Eq, Operand::Int)
            .one(self.ne, Comparison::Ne, Operand::Int)
            .one(self.lt, Comparison::Lt, Operand::Int)
            .one(self.lte, Comparison::Lte, Operand::Int)
            .one(self.gt, Comparison::Gt, Operand::Int)
            .one(self.gte, Comparison::Gte, Operand::Int)
            .done()
    }
}

impl DateTimeFilter {
    /// As a predicate.
    pub fn predicate<F: Clone>(self, field: F, name: &'static str) -> Predicate<F> {
        let micros = |at: DateTime<Utc>| Operand::Int(at.timestamp_micros());
        Comparisons::of(field, name)
            .one(self.lt, Comparison::Lt, micros)
            .one(self.lte, Comparison::Lte, micros)
            .one(self.gt, Comparison::Gt, micros)
            .one(self.gte, Comparison::Gte, micros)
            .done()
    }
}

/// `and`, `or` and `not` of a filter.
pub type Branches<T> = (Option<Vec<T>>, Option<Vec<T>>, Option<Box<T>>);

/// A filter of a domain: fields side by side, and `and`, `or`, `not`.
pub trait Tree: Sized {
    /// The domain's fields.
    type Field: Clone;
    /// `and`, `or` and `not`, taken out.
    fn branches(&mut self) -> Branches<Self>;
    /// The fields side by side; `depth` is how deep this filter stands.
    fn leaves(self, depth: usize) -> Result<Predicate<Self::Field>>;

    /// As a predicate.
    fn predicate(self) -> Result<Predicate<Self::Field>> {
        self.at(0)
    }

    /// As a predicate, `depth` levels down.
    fn at(mut self, depth: usize) -> Result<Predicate<Self::Field>> {
        if depth > MAX_DEPTH {
            return Err(Error::LimitExceeded {
                limit: format!("filter: and, or and not nest at most {MAX_DEPTH} deep"),
            }
            .into());
        }
        let (and, or, not) = self.branches();
        let list = |parts: Vec<Self>| -> Result<Vec<Predicate<Self::Field>>> {
            if parts.len() > MAX_ITEMS {
                return Err(Error::LimitExceeded {
                    limit: format!("filter: and and or hold at most {MAX_ITEMS} conditions"),
                }
                .into());
            }
            parts.into_iter().map(|part| part.at(depth + 1)).collect()
        };
        let mut all = vec![self.leaves(depth)?];
        if let Some(parts) = and {
            all.extend(list(parts)?);
        }
        if let Some(parts) = or {
            all.push(Predicate::Any(list(parts)?));
        }
        if let Some(part) = not {
            all.push(Predicate::Not(Box::new(part.at(depth + 1)?)));
        }
        all.retain(|part| !matches!(part, Predicate::All(parts) if parts.is_empty()));
        Ok(Predicate::All(all))
    }
}

/// A comparison of an enumeration: `eq`, `ne`, `in`, `notIn`.
#[macro_export]
macro_rules! enum_filter {
    ($(#[$doc:meta])* $name:ident, $enum:ty) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, async_graphql::InputObject)]
        pub struct $name {
            /// Equal.
            pub eq: Option<$enum>,
            /// Not equal.
            pub ne: Option<$enum>,
            /// One of these.
            #[graphql(name = "in")]
            pub is_in: Option<Vec<$enum>>,
            /// None of these.
            pub not_in: Option<Vec<$enum>>,
        }

        impl $name {
            /// As a predicate over the stored codes.
            pub fn predicate<F: Clone>(self, field: F, name: &'static str) -> $crate::graphql::error::Result<$crate::db::predicate::Predicate<F>> {
                let code = |value: $enum| value.code().to_owned();
                let list = |values: Option<Vec<$enum>>| values.map(|v| v.into_iter().map(code).collect());
                $crate::graphql::filter::StringFilter {
                    eq: self.eq.map(code),
                    ne: self.ne.map(code),
                    is_in: list(self.is_in),
                    not_in: list(self.not_in),
                    contains: None,
                }
                .predicate(field, name, str::to_owned)
            }
        }
    };
}

/// An enumeration that upstream may extend: documented codes, and `OTHER` for the rest.
#[macro_export]
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        ///
        /// May grow: treat values that you do not know as OTHER.
        #[derive(async_graphql::Enum, Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
            /// A value that the documentation does not list; the raw word stands beside it.
            Other,
        }

        impl $name {
            /// The stored code.
            pub fn code(self) -> &'static str {
                match self {
                    $($name::$variant => $code,)*
                    $name::Other => "other",
                }
            }

            /// The value of a stored code.
            pub fn of(code: &str) -> Self {
                match code {
                    $($code => $name::$variant,)*
                    _ => $name::Other,
                }
            }
        }
    };
}
