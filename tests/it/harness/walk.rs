//! Walks the graph as the schema describes itself: documents made from introspection, and what their answers hold.
//!
//! Names no type and no field of the gateway but Relay's own: what is added to the schema is walked too. An edge is a
//! field that leads to an object with a global id, or to a page of anything; all other fields belong to the object
//! that they stand on and are always selected. Roots that need ids, as arguments or in an input, are asked with ids that
//! other answers held. Of a list that has no pages the rows' own fields are selected, and no edges from them: each type is
//! a starting point of its own.

use super::{Reply, Viewer};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

const INTROSPECTION: &str =
    "{ __schema { queryType { name } directives { name description args { name description } }
    types { kind name description possibleTypes { name }
      fields(includeDeprecated: true) { name description type { ...T } args { name description type { ...T } } }
      inputFields { name description type { ...T } } enumValues(includeDeprecated: true) { name description } } } }
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// The interface of everything with a global id.
const NODE: &str = "Node";

/// Answers under these names are sealed, and differ from account to account.
const OPAQUE: [&str; 5] = ["id", "cursor", "startCursor", "endCursor", "requestId"];

/// `__schema`, as the gateway tells it.
pub async fn introspect(viewer: &Viewer<'_>) -> Value {
    viewer.ask(INTROSPECTION).await.data()["__schema"].clone()
}

/// The members of a JSON list; none where it is null.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The types of the schema.
pub struct Schema {
    query: String,
    types: BTreeMap<String, Type>,
}

struct Type {
    is_object: bool,
    fields: Vec<Field>,
    /// What may stand for it, if it is an interface or a union.
    possible: Vec<String>,
    /// What it takes, if it is an input.
    inputs: Vec<Argument>,
}

struct Field {
    name: String,
    ty: String,
    /// Leads to fields of its own.
    is_composite: bool,
    is_list: bool,
    arguments: Vec<Argument>,
}

struct Argument {
    name: String,
    ty: String,
    is_required: bool,
}

/// The type inside of lists and of "not null".
fn inner(mut ty: &Value) -> &Value {
    while ty["ofType"].is_object() {
        ty = &ty["ofType"];
    }
    ty
}

/// Whether a type is a list, be it one that is never null.
fn is_list(ty: &Value) -> bool {
    ty["kind"] == "LIST" || ty["ofType"]["kind"] == "LIST"
}

impl Argument {
    fn of(argument: &Value) -> Self {
        Argument {
            name: text(&argument["name"]),
            ty: text(&inner(&argument["type"])["name"]),
            is_required: argument["type"]["kind"] == "NON_NULL",
        }
    }
}

impl Field {
    fn of(field: &Value) -> Self {
        let ty = inner(&field["type"]);
        Field {
            name: text(&field["name"]),
            ty: text(&ty["name"]),
            is_composite: ["OBJECT", "INTERFACE", "UNION"].map(Some).contains(&ty["kind"].as_str()),
            is_list: is_list(&field["type"]),
            arguments: list(&field["args"]).iter().map(Argument::of).collect(),
        }
    }

    fn takes(&self, name: &str) -> bool {
        self.arguments.iter().any(|argument| argument.name == name)
    }
}

/// A root that asks about objects by their ids.
pub struct Question {
    root: String,
    /// The argument that holds all others, if there is one.
    input: Option<String>,
    /// Each argument that takes an id, with the type of the object.
    pub ids: Vec<(String, String)>,
    /// Arguments that take words.
    texts: Vec<String>,
}

impl Schema {
    /// Asks the gateway.
    pub async fn read(viewer: &Viewer<'_>) -> Self {
        let schema = introspect(viewer).await;
        let read = |ty: &Value| {
            let read = Type {
                is_object: ty["kind"] == "OBJECT",
                fields: list(&ty["fields"]).iter().map(Field::of).collect(),
                possible: list(&ty["possibleTypes"]).iter().map(|ty| text(&ty["name"])).collect(),
                inputs: list(&ty["inputFields"]).iter().map(Argument::of).collect(),
            };
            (text(&ty["name"]), read)
        };
        Schema {
            query: text(&schema["queryType"]["name"]),
            types: list(&schema["types"]).iter().map(read).collect(),
        }
    }

    /// The roots that can be asked without knowing an id: pages, and what takes no argument.
    pub fn roots(&self) -> Vec<&str> {
        let fields = self.types[&self.query].fields.iter();
        let open = fields.filter(|field| self.is_connection(&field.ty) || field.arguments.is_empty());
        open.map(|field| field.name.as_str()).collect()
    }

    /// The roots that are pages.
    pub fn lists(&self) -> Vec<&str> {
        let fields = self.types[&self.query].fields.iter();
        fields.filter(|field| self.is_connection(&field.ty)).map(|field| field.name.as_str()).collect()
    }

    /// The roots that look an object up by its own id, each with its type.
    pub fn look_ups(&self) -> Vec<(&str, &str)> {
        let fields = self.types[&self.query].fields.iter();
        let own = fields.filter(|field| self.is_node(&field.ty) && field.takes("id"));
        own.map(|field| (field.name.as_str(), field.ty.as_str())).collect()
    }

    /// The roots that ask about objects by their ids: all that they need is such ids, and words.
    pub fn questions(&self) -> Vec<Question> {
        let fields = self.types[&self.query].fields.iter();
        fields.filter_map(|field| self.question(field)).collect()
    }

    fn question<'a>(&'a self, field: &'a Field) -> Option<Question> {
        let root = field.name.clone();
        let mut question = Question { root, input: None, ids: Vec::new(), texts: Vec::new() };
        let required = |all: &'a [Argument]| all.iter().filter(|argument| argument.is_required);
        let mut asked: Vec<&Argument> = required(&field.arguments).collect();
        if let [only] = asked[..]
            && !self.types[&only.ty].inputs.is_empty()
        {
            question.input = Some(only.name.clone());
            asked = required(&self.types[&only.ty].inputs).collect();
        }
        for argument in asked {
            match self.named_by(argument) {
                Some(ty) => question.ids.push((argument.name.clone(), ty)),
                None if argument.ty == "String" => question.texts.push(argument.name.clone()),
                None => return None,
            }
        }
        (!question.ids.is_empty()).then_some(question)
    }

    /// The type of the object whose id an argument takes, by the argument's name: `thingId` takes that of a `Thing`.
    fn named_by(&self, argument: &Argument) -> Option<String> {
        let mut name = argument.name.strip_suffix("Id").filter(|_| argument.ty == "ID")?.chars();
        let ty = format!("{}{}", name.next()?.to_ascii_uppercase(), name.as_str());
        self.is_node(&ty).then_some(ty)
    }

    /// `Type.field` of every object type that a query can reach.
    pub fn coordinates(&self) -> BTreeSet<String> {
        let (mut open, mut reached) = (vec![self.query.as_str()], BTreeSet::new());
        while let Some(name) = open.pop() {
            if !reached.insert(name) {
                continue;
            }
            let ty = &self.types[name];
            open.extend(ty.possible.iter().map(String::as_str));
            open.extend(ty.fields.iter().filter(|field| field.is_composite).map(|field| field.ty.as_str()));
        }
        let objects = reached.into_iter().filter(|name| self.types[*name].is_object);
        objects
            .flat_map(|name| {
                self.types[name].fields.iter().map(move |field| format!("{name}.{}", field.name))
            })
            .collect()
    }

    /// All paths from these roots that are as long as there are page sizes, the root's own edge included. A page has the
    /// size that stands at the number of edges that still follow it: the first size is that of the last edge.
    pub fn document(&self, roots: &[&str], pages: &[u32]) -> String {
        let mut document = Document { schema: self, pages, fragments: BTreeMap::new() };
        let mut selections = vec!["__typename".to_owned()];
        for root in roots {
            let field = self.types[&self.query].fields.iter().find(|field| field.name == *root).unwrap();
            let is_edge = self.is_connection(&field.ty) || self.is_node(&field.ty);
            let edges = pages.len() - usize::from(!is_edge);
            selections.extend(document.field(field, edges));
        }
        document.text(&format!("{{ {} }}", selections.join(" ")))
    }

    /// All such paths from the object with the id in `$id`, which is of this type.
    pub fn node_document(&self, ty: &str, pages: &[u32]) -> String {
        let mut document = Document { schema: self, pages, fragments: BTreeMap::new() };
        let spread = document.node(ty, pages.len() - 1);
        document.text(&format!("query($id: ID!) {{ __typename node(id: $id) {{ __typename {spread} }} }}"))
    }

    /// A question about several objects in one document: they differ in the last id. `$id0`, `$id1` and so on are ids in
    /// the order of the arguments, those of the last argument at the end; `$text` is every text.
    pub fn question_document(&self, question: &Question, lasts: usize, pages: &[u32]) -> String {
        let field = self.types[&self.query].fields.iter().find(|field| field.name == question.root).unwrap();
        let mut document = Document { schema: self, pages, fragments: BTreeMap::new() };
        let selection = document.selection(&field.ty, pages.len() - 1);
        let before = question.ids.len() - 1;
        let asked = (0..lasts).map(|last| {
            let at = |place: usize| if place == before { before + last } else { place };
            let ids = question.ids.iter().enumerate();
            let ids = ids.map(|(place, (name, _))| format!("{name}: $id{}", at(place)));
            let texts = question.texts.iter().map(|name| format!("{name}: $text"));
            let arguments = ids.chain(texts).collect::<Vec<String>>().join(", ");
            let arguments = match &question.input {
                Some(input) => format!("{input}: {{ {arguments} }}"),
                None => arguments,
            };
            // Under its own name once, so that it counts as walked.
            let alias = if last == 0 { String::new() } else { format!("further{last}: ") };
            format!("{alias}{}({arguments}) {{ {selection} }}", question.root)
        });
        let asked: Vec<String> = asked.collect();
        let mut heads: Vec<String> = (0..before + lasts).map(|place| format!("$id{place}: ID!")).collect();
        heads.extend((!question.texts.is_empty()).then(|| "$text: String!".to_owned()));
        document.text(&format!("query({}) {{ __typename {} }}", heads.join(" "), asked.join(" ")))
    }

    fn is_connection(&self, ty: &str) -> bool {
        let has = |name: &str| self.types[ty].fields.iter().any(|field| field.name == name);
        has("nodes") && has("edges") && has("pageInfo")
    }

    fn is_node(&self, ty: &str) -> bool {
        self.types[NODE].possible.iter().any(|name| name == ty)
    }
}

/// A document under way. A selection is written once for each type and number of edges left, as a fragment.
struct Document<'a> {
    schema: &'a Schema,
    pages: &'a [u32],
    fragments: BTreeMap<String, String>,
}

impl<'a> Document<'a> {
    fn selection(&mut self, ty: &str, edges: usize) -> String {
        let schema: &'a Schema = self.schema;
        let mut selections = vec!["__typename".to_owned()];
        for field in &schema.types[ty].fields {
            selections.extend(self.field(field, edges));
        }
        selections.join(" ")
    }

    /// Nothing where it is an edge and none is left.
    fn field(&mut self, field: &Field, edges: usize) -> Option<String> {
        let schema: &'a Schema = self.schema;
        let Field { name, ty, is_list, .. } = field;
        if !field.is_composite {
            return Some(name.clone());
        }
        if schema.is_connection(ty) {
            let rest = edges.checked_sub(1)?;
            let (size, rows) = (self.pages[rest], self.connection(ty, rest));
            return Some(format!("{name}(first: {size}) {{ {rows} }}"));
        }
        let possible = &schema.types[ty].possible;
        let inner = if !possible.is_empty() {
            let rest = edges.checked_sub(1)?;
            let spreads: Vec<String> = possible.iter().map(|ty| self.node(ty, rest)).collect();
            format!("__typename {}", spreads.join(" "))
        } else if schema.is_node(ty) {
            let rest = edges.checked_sub(1)?;
            self.node(ty, if *is_list { 0 } else { rest })
        } else {
            self.selection(ty, edges)
        };
        Some(format!("{name} {{ {inner} }}"))
    }

    fn connection(&mut self, ty: &str, edges: usize) -> String {
        let schema: &'a Schema = self.schema;
        let mut selections = vec!["__typename".to_owned()];
        for field in &schema.types[ty].fields {
            match field.name.as_str() {
                "nodes" => selections.push(format!("nodes {{ {} }}", self.node(&field.ty, edges))),
                "edges" => selections.push(self.edges(&field.ty)),
                _ => selections.extend(self.field(field, 0)),
            }
        }
        selections.join(" ")
    }

    /// The same rows once more: their ids are enough, where they have any.
    fn edges(&mut self, ty: &str) -> String {
        let schema: &'a Schema = self.schema;
        let (nodes, own): (Vec<&Field>, Vec<&Field>) =
            schema.types[ty].fields.iter().partition(|field| field.name == "node");
        let own: Vec<String> = own.into_iter().filter_map(|field| self.field(field, 0)).collect();
        let id = if nodes.iter().all(|node| schema.is_node(&node.ty)) { " id" } else { "" };
        format!("edges {{ __typename {} node {{ __typename{id} }} }}", own.join(" "))
    }

    fn node(&mut self, ty: &str, edges: usize) -> String {
        let name = format!("{ty}{edges}");
        let spread = format!("...{name}");
        if self.fragments.contains_key(&name) {
            return spread;
        }
        let selection = self.selection(ty, edges);
        self.fragments.insert(name.clone(), format!("fragment {name} on {ty} {{ {selection} }}"));
        spread
    }

    fn text(self, operation: &str) -> String {
        let fragments: Vec<String> = self.fragments.into_values().collect();
        format!("{operation} {}", fragments.join(" "))
    }
}

/// What answers held.
#[derive(Default)]
pub struct Gathered {
    /// The types of objects that can be read again by their ids.
    nodes: BTreeSet<String>,
    /// Every such object.
    pub objects: BTreeMap<String, Object>,
    /// Every text in a value or an error, but ids and cursors.
    pub texts: BTreeSet<String>,
    /// Every field that an answer had, null or not: `Type.field`.
    pub fields: BTreeSet<String>,
    /// Fields that had one value on one path and another on the next.
    pub contradictions: Vec<String>,
}

/// An object as it was answered.
pub struct Object {
    /// Its type.
    pub ty: String,
    /// Its fields by name: scalars and lists of them as they are, an object as its id, or true where it has none.
    pub values: BTreeMap<String, Value>,
}

impl Gathered {
    /// Nothing yet.
    pub fn of(schema: &Schema) -> Self {
        Gathered { nodes: schema.types[NODE].possible.iter().cloned().collect(), ..Gathered::default() }
    }

    /// Adds what an answer holds.
    pub fn take(&mut self, reply: &Reply) {
        self.value("", &reply.body);
    }

    /// Ids of all objects of a type.
    pub fn ids_of(&self, ty: &str) -> Vec<&str> {
        self.objects.iter().filter(|(_, object)| object.ty == ty).map(|(id, _)| id.as_str()).collect()
    }

    /// Ids of a type to ask about: of objects that others lead to, or of any where none does; at most so many.
    pub fn referred(&self, ty: &str, most: usize) -> Vec<String> {
        let all: BTreeSet<&str> = self.ids_of(ty).into_iter().collect();
        let values = self.objects.values().flat_map(|object| object.values.values());
        let led: BTreeSet<&str> = values.filter_map(Value::as_str).filter(|id| all.contains(id)).collect();
        let chosen = if led.is_empty() { all } else { led };
        chosen.into_iter().take(most).map(str::to_owned).collect()
    }

    /// The types of the objects.
    pub fn types(&self) -> BTreeSet<&str> {
        self.objects.values().map(|object| object.ty.as_str()).collect()
    }

    /// A field's texts on all objects of a type; of a list each.
    pub fn values_of(&self, ty: &str, field: &str) -> BTreeSet<&str> {
        let objects = self.objects.values().filter(|object| object.ty == ty);
        let values = objects.filter_map(|object| object.values.get(field));
        values
            .flat_map(|value| value.as_str().into_iter().chain(list(value).iter().filter_map(Value::as_str)))
            .collect()
    }

    fn value(&mut self, key: &str, value: &Value) {
        match value {
            Value::Object(fields) => self.object(fields),
            Value::Array(values) => values.iter().for_each(|value| self.value(key, value)),
            Value::String(text) if !OPAQUE.contains(&key) => {
                self.texts.insert(text.clone());
            }
            _ => {}
        }
    }

    fn object(&mut self, fields: &Map<String, Value>) {
        let ty = fields.get("__typename").and_then(Value::as_str);
        for (name, value) in fields.iter().filter(|(name, _)| *name != "__typename") {
            if let Some(ty) = ty {
                self.fields.insert(format!("{ty}.{name}"));
            }
            self.value(name, value);
        }
        let ty = ty.filter(|ty| self.nodes.contains(*ty));
        if let (Some(ty), Some(id)) = (ty, fields.get("id").and_then(Value::as_str)) {
            self.remember(ty, id, fields);
        }
    }

    fn remember(&mut self, ty: &str, id: &str, fields: &Map<String, Value>) {
        let new = || Object { ty: ty.to_owned(), values: BTreeMap::new() };
        let object = self.objects.entry(id.to_owned()).or_insert_with(new);
        for (name, value) in fields.iter().filter(|(name, _)| !["__typename", "id"].contains(&name.as_str()))
        {
            let kept = match value {
                Value::Object(inner) => inner.get("id").cloned().unwrap_or(Value::Bool(true)),
                Value::Array(values) if values.iter().any(Value::is_object) => continue,
                scalar => scalar.clone(),
            };
            let known = object.values.entry(name.clone()).or_insert_with(|| kept.clone());
            if *known != kept {
                self.contradictions.push(format!("{ty}.{name}: {known} and {kept}"));
            }
        }
    }
}
