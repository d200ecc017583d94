//! Members of an answer in the order in which the query asks for them, as the specification wants it: the library
//! resolves fields side by side and inserts each as it is done. Equal answers are then equal bytes.

use async_graphql::parser::types::{ExecutableDocument, FragmentDefinition, Selection, SelectionSet};
use async_graphql::{Name, Positioned, ServerError, Value};
use std::collections::HashMap;

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// The order of an object's members, and of theirs.
#[derive(Debug, Default)]
pub struct Order(Vec<(Name, Order)>);

impl Order {
    /// Of an operation of a scanned document; of none if the document has no such operation.
    pub fn of(document: &ExecutableDocument, operation: Option<&str>) -> Self {
        let mut order = Order::default();
        let mut operations = document.operations.iter();
        let chosen =
            operations.find(|(name, _)| operation.is_none_or(|wanted| name.is_some_and(|n| n == wanted)));
        if let Some((_, chosen)) = chosen {
            order.add(&chosen.node.selection_set.node, &document.fragments);
        }
        order
    }

    /// How many members the object has at its root.
    pub fn width(&self) -> usize {
        self.0.len()
    }

    /// The scan has bounded how much fragments expand to, and refused those without end.
    fn add(&mut self, set: &SelectionSet, fragments: &Fragments) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let key = &field.node.response_key().node;
                    let at = self.0.iter().position(|(known, _)| known == key).unwrap_or_else(|| {
                        self.0.push((key.clone(), Order::default()));
                        self.0.len() - 1
                    });
                    self.0[at].1.add(&field.node.selection_set.node, fragments);
                }
                Selection::InlineFragment(fragment) => self.add(&fragment.node.selection_set.node, fragments),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = fragments.get(&spread.node.fragment_name.node) {
                        self.add(&fragment.node.selection_set.node, fragments);
                    }
                }
            }
        }
    }

    /// Puts the members of a value, and of all below it, into this order.
    pub fn apply(&self, value: &mut Value) {
        match value {
            Value::List(items) => items.iter_mut().for_each(|item| self.apply(item)),
            Value::Object(members) if !self.0.is_empty() => {
                let place = |name: &Name| self.0.iter().position(|(known, _)| known == name);
                if !members.keys().map(place).is_sorted() {
                    members.sort_by(|a, _, b, _| place(a).cmp(&place(b)));
                }
                for (name, below) in self.0.iter().filter(|(_, below)| !below.0.is_empty()) {
                    if let Some(member) = members.get_mut(name) {
                        below.apply(member);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Puts errors into the order of their paths.
pub fn arrange_errors(errors: &mut [ServerError]) {
    errors.sort_by_cached_key(|error| (format!("{:?}", error.path), error.message.clone()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;
    use async_graphql::value;

    #[test]
    fn members_come_in_the_order_of_the_query_through_fragments_and_lists() {
        let document =
            parse_query("{ a list { x ...F } b } fragment F on T { y ... on U { z } a: x }").unwrap();
        let mut value = value!({ "b": 1, "list": [{ "a": 1, "z": 2, "y": 3, "x": 4 }, null], "a": 2 });
        Order::of(&document, None).apply(&mut value);
        assert_eq!(value.to_string(), "{a: 2, list: [{x: 4, y: 3, z: 2, a: 1}, null], b: 1}");
    }

    #[test]
    fn the_named_operation_decides() {
        let document = parse_query("query A { a b } query B { b a }").unwrap();
        let mut value = value!({ "a": 1, "b": 2 });
        Order::of(&document, Some("B")).apply(&mut value);
        assert_eq!(value.to_string(), "{b: 2, a: 1}");
    }
}
