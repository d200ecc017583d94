//! The scan of a document before async-graphql sees it, and of its variables.
//!
//! The library's parser recurses into nested brackets without a bound, its validators expand a fragment as often as it
//! is spread, and both report every error that they find: a few kilobytes can end the process or hold a core for
//! seconds. So every document passes here first, whichever way it came.
//!
//! - The characters are counted before the parser runs, the structure that it read before a validator does. Nothing
//!   here recurses; what is spread is expanded in numbers only, once per fragment.
//! - The count never takes text for brackets nor brackets for text: where the parser is laxer than the specification
//!   (an open `"""` is `""` to it, `00` two numbers) the document is refused. Structure is read by the parser alone, so
//!   that there is no second opinion about it.
//! - The scan never calls a document valid: types and names are left to the library.

use std::collections::HashMap;

use async_graphql::parser::types::{Directive, ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::parser::{self, parse_query};
use async_graphql::{Positioned, Value, Variables};

/// One line per limit: its figure, and its words in the refusal.
macro_rules! limits {
    ($($(#[$doc:meta])+ $name:ident = $default:expr, $words:literal;)+) => {
        /// How much one request may ask for. Each figure is the largest that is still allowed.
        #[derive(Debug, Clone, Copy)]
        pub struct Limits {
            $($(#[$doc])+ pub $name: usize,)+
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl Limits {
            const NONE: Self = Self { $($name: 0,)+ };

            /// Refuses the first figure found that is above its limit.
            fn check(&self, found: &Self) -> Result<(), ScanError> {
                $(if found.$name > self.$name {
                    let (limit, allowed, found) = ($words, self.$name, found.$name);
                    return Err(ScanError::LimitExceeded { limit, allowed, found });
                })+
                Ok(())
            }
        }
    };
}

limits! {
    /// Bytes of the document.
    bytes = 64 * 1024, "bytes in its document";
    /// Tokens of the document; comments and commas are none.
    tokens = 8_000, "tokens";
    /// Nesting of `{`, `[` and `(` together, of selections with fragments expanded, and of the variables.
    depth = 40, "levels of nesting";
    /// Bytes of one name or number; they come back in error messages and logs.
    name_bytes = 128, "bytes in one name or number";
    /// Fragment spreads and inline fragments, that is `...`.
    spreads = 200, "fragment spreads";
    /// Directives: an unknown directive is an error each time.
    directives = 100, "directives";
    /// Operations: each is validated with all the fragments that it reaches, whichever is chosen.
    operations = 10, "operations";
    /// Fragment definitions.
    fragments = 50, "fragments";
    /// Arguments of one field, fields of one input object, variables of one operation.
    members = 50, "arguments in one place";
    /// Items of one list, in the document or its variables; the library's complexity does not see them.
    list_items = 200, "items in one list";
    /// Fields with the same response name in one selection: each is compared with the first.
    same_fields = 25, "fields of one name in one selection";
    /// Root fields of one operation, with fragments expanded: each is a statement at least.
    root_fields = 50, "root fields";
    /// Fields, arguments and values with fragments expanded, of all definitions together. Inside `n` inline fragments a
    /// field counts `n + 1` times, for on each of these levels it is compared with its namesakes; long strings count
    /// as one value for every 64 bytes.
    expanded = 10_000, "fields and values when its fragments are expanded";
    /// Values in the variables times the expanded uses of variables: the library copies a variable at every use.
    variable_copies = 30_000, "variable values, counted for every use of a variable";
}

/// Why a document or its variables are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// More than `Limits` allow.
    #[error("the request has {found} {limit}; at most {allowed} are allowed")]
    LimitExceeded {
        /// What was counted, in the plural.
        limit: &'static str,
        /// The largest figure allowed.
        allowed: usize,
        /// The figure found.
        found: usize,
    },
    /// What spreads itself has no end.
    #[error("the fragment \"{name}\" has no end: it, or a fragment in it, spreads itself")]
    FragmentCycle {
        /// A fragment that is part of a cycle or leads to one.
        name: String,
    },
    /// Not GraphQL: where, and what is wrong there.
    #[error("{0}")]
    Syntax(String),
}

impl ScanError {
    /// The value of `extensions.code` in the response.
    pub fn code(&self) -> &'static str {
        match self {
            Self::LimitExceeded { .. } => "LIMIT_EXCEEDED",
            Self::FragmentCycle { .. } | Self::Syntax(_) => "BAD_USER_INPUT",
        }
    }
}

impl From<parser::Error> for ScanError {
    /// The parser's message draws the line in question, however long that is; only its own last line is kept.
    fn from(error: parser::Error) -> Self {
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default();
        let reason = reason.trim_start_matches([' ', '=']);
        Self::Syntax(match error.positions().next() {
            Some(at) => format!("line {}, column {}: {reason}", at.line, at.column),
            None => reason.to_owned(),
        })
    }
}

/// An accepted document.
#[derive(Debug, Clone)]
pub struct Scanned {
    /// The document as parsed, for `Request::set_parsed_query`: nothing is parsed twice.
    pub document: ExecutableDocument,
    /// How often variables are used once fragments are expanded.
    pub variable_uses: usize,
}

/// Scans and parses a document. Nothing else may parse one.
///
/// # Errors
///
/// The first limit that the document exceeds, a cycle of fragments, or where and why it cannot be read.
pub fn scan(document: &str, limits: &Limits) -> Result<Scanned, ScanError> {
    let mut found = Limits::NONE;
    found.bytes = document.len();
    limits.check(&found)?;
    count(document, &mut found)?;
    limits.check(&found)?;
    let document = parse_query(document)?;
    found.operations = document.operations.iter().len();
    found.fragments = document.fragments.len();
    limits.check(&found)?;
    let variable_uses = Outline::read(&document, &mut found).expand(&mut found)?;
    found.variable_copies = variable_uses.saturating_mul(default_values(&document, &mut found));
    limits.check(&found)?;
    Ok(Scanned {
        document,
        variable_uses,
    })
}

/// Scans the variables that come with a scanned document.
///
/// # Errors
///
/// The first limit that the variables exceed, alone or together with the document's uses of them.
pub fn scan_variables(variables: &Variables, scanned: &Scanned, limits: &Limits) -> Result<(), ScanError> {
    let mut found = Limits::NONE;
    found.members = variables.len();
    let values: usize = variables.values().map(|value| weigh(value, &mut found)).sum();
    found.variable_copies = scanned.variable_uses.max(1).saturating_mul(values);
    limits.check(&found)
}

/// Counts what needs no structure. Behind a bracket that closes nothing the depth is meaningless, but the parser never
/// gets there.
fn count(document: &str, found: &mut Limits) -> Result<(), ScanError> {
    let (mut at, mut depth) = (0, 0_usize);
    while at < document.len() {
        let rest = &document.as_bytes()[at..];
        let ignored = ignored_length(rest);
        if ignored > 0 {
            at += ignored;
            continue;
        }
        let length = match rest {
            [b'"', ..] => string_length(rest),
            [b'-' | b'0'..=b'9', ..] => number_length(&document[at..]),
            [b'.', b'.', b'.', ..] => 3,
            [mark, ..] if b"!$():=@[]{}".contains(mark) => 1,
            _ => run(rest, is_name_byte),
        };
        if length == 0 {
            let before = &document[..at];
            let line = 1 + before.matches('\n').count();
            let column = 1 + before.chars().rev().take_while(|it| *it != '\n').count();
            return Err(ScanError::Syntax(format!(
                "line {line}, column {column}: neither GraphQL nor a string that is closed"
            )));
        }
        found.tokens += 1;
        match rest[0] {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'@' => found.directives += 1,
            b'.' => found.spreads += 1,
            b'"' => {}
            _ => found.name_bytes = length.max(found.name_bytes),
        }
        found.depth = depth.max(found.depth);
        at += length;
    }
    Ok(())
}

fn run(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| belongs(**byte)).count()
}

fn is_name_byte(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

fn ignored_length(rest: &[u8]) -> usize {
    match rest {
        [b' ' | b',' | b'\t' | b'\r' | b'\n', ..] => 1,
        [b'#', ..] => run(rest, |byte| byte != b'\r' && byte != b'\n'),
        [0xef, 0xbb, 0xbf, ..] => 3,
        _ => 0,
    }
}

/// The length of a number, 0 if it is none. The numbers of GraphQL are those of JSON.
fn number_length(rest: &str) -> usize {
    let length = run(rest.as_bytes(), |byte| {
        is_name_byte(byte) || b"+-.".contains(&byte)
    });
    serde_json::from_str::<serde_json::Number>(&rest[..length]).map_or(0, |_| length)
}

/// The length of a string, 0 if it does not end. The parser would read an open `"""` as `""` and go on behind it.
fn string_length(rest: &[u8]) -> usize {
    let block = rest.starts_with(b"\"\"\"");
    let mut at = if block { 3 } else { 1 };
    while at < rest.len() {
        at += match &rest[at..] {
            [b'"', b'"', b'"', ..] if block => return at + 3,
            [b'\\', b'"', b'"', b'"', ..] if block => 4,
            [_, ..] if block => 1,
            [b'"', ..] => return at + 1,
            [b'\\', escaped, ..] if b"\"\\/bfnrtu".contains(escaped) => 2,
            [b'\\' | b'\n' | b'\r', ..] => return 0,
            _ => 1,
        };
    }
    0
}

/// The values in one value, itself included; a long string counts as one for every 64 bytes.
fn weigh(value: &Value, found: &mut Limits) -> usize {
    let mut size = 0;
    let mut open = vec![(value, 1)];
    while let Some((value, depth)) = open.pop() {
        size += 1;
        match value {
            Value::String(text) => size += text.len() / 64,
            Value::List(items) => {
                found.list_items = items.len().max(found.list_items);
                found.depth = depth.max(found.depth);
                open.extend(items.iter().map(|item| (item, depth + 1)));
            }
            Value::Object(fields) => {
                found.members = fields.len().max(found.members);
                found.depth = depth.max(found.depth);
                open.extend(fields.values().map(|field| (field, depth + 1)));
            }
            _ => {}
        }
    }
    size
}

fn default_values(document: &ExecutableDocument, found: &mut Limits) -> usize {
    let mut size = 0;
    for (_, operation) in document.operations.iter() {
        let variables = &operation.node.variable_definitions;
        found.members = variables.len().max(found.members);
        let defaults = variables.iter().filter_map(|it| it.node.default_value.as_ref());
        size += defaults.map(|value| weigh(&value.node, found)).sum::<usize>();
    }
    size
}

/// What a definition costs the validators.
#[derive(Clone, Copy, Default)]
struct Cost {
    size: usize,
    variable_uses: usize,
    root_fields: usize,
    depth: usize,
}

struct Definition<'a> {
    /// Its name if it is a fragment.
    fragment: Option<&'a str>,
    own: Cost,
    spreads: Vec<(&'a str, Level<'a>)>,
}

impl Definition<'_> {
    /// The cost with all fragments in place; nothing while that of one of them is not known yet. A fragment that is not
    /// defined costs nothing, for the validators refuse it.
    fn expanded(&self, fragments: &HashMap<&str, Option<Cost>>) -> Option<Cost> {
        let mut cost = self.own;
        for (name, level) in &self.spreads {
            if let Some(known) = fragments.get(name) {
                let inner = (*known)?;
                let size = inner.size.saturating_mul(level.inline + 1);
                let root_fields = inner.root_fields * usize::from(level.root);
                cost.size = cost.size.saturating_add(size);
                cost.variable_uses = cost.variable_uses.saturating_add(inner.variable_uses);
                cost.root_fields = cost.root_fields.saturating_add(root_fields);
                cost.depth = cost.depth.max(level.depth + inner.depth);
            }
        }
        Some(cost)
    }
}

/// A selection that is still to be read.
#[derive(Clone, Copy)]
struct Level<'a> {
    selections: &'a [Positioned<Selection>],
    depth: usize,
    /// How many inline fragments are directly around it.
    inline: usize,
    /// The same for a selection and the inline fragments in it, for their fields are merged.
    group: usize,
    root: bool,
}

/// Fields with the same response name in one group.
#[derive(Default)]
struct Namesakes {
    definition: usize,
    count: usize,
    weight: usize,
}

#[derive(Default)]
struct Outline<'a> {
    definitions: Vec<Definition<'a>>,
    fields: HashMap<(usize, &'a str), Namesakes>,
    /// The most arguments that any field of a response name has: a namesake can give an error for each of them.
    arguments: HashMap<&'a str, usize>,
    groups: usize,
}

impl<'a> Outline<'a> {
    fn read(document: &'a ExecutableDocument, found: &mut Limits) -> Self {
        let mut outline = Self::default();
        for (name, it) in &document.fragments {
            let name = Some(name.as_str());
            outline.define(name, &it.node.directives, &it.node.selection_set.node, found);
        }
        for (_, it) in document.operations.iter() {
            outline.define(None, &it.node.directives, &it.node.selection_set.node, found);
        }
        outline
    }

    fn define(
        &mut self,
        fragment: Option<&'a str>,
        directives: &'a [Positioned<Directive>],
        selection_set: &'a SelectionSet,
        found: &mut Limits,
    ) {
        let (mut own, mut spreads) = (Cost::default(), Vec::new());
        let mut arguments: Vec<_> = directives.iter().map(|it| &it.node.arguments).collect();
        let mut open = vec![self.level(selection_set, 1, true)];
        while let Some(level) = open.pop() {
            for selection in level.selections {
                own.depth = level.depth.max(own.depth);
                let directives = selection.node.directives().iter();
                arguments.extend(directives.map(|it| &it.node.arguments));
                match &selection.node {
                    Selection::Field(field) => {
                        own.root_fields += usize::from(level.root);
                        arguments.push(&field.node.arguments);
                        self.field(&field.node, level);
                        let inner = &field.node.selection_set.node;
                        open.push(self.level(inner, level.depth + 1, false));
                    }
                    Selection::InlineFragment(fragment) => open.push(Level {
                        selections: &fragment.node.selection_set.node.items,
                        depth: level.depth + 1,
                        inline: level.inline + 1,
                        ..level
                    }),
                    Selection::FragmentSpread(spread) => {
                        spreads.push((spread.node.fragment_name.node.as_str(), level));
                    }
                }
            }
        }
        for arguments in arguments {
            found.members = arguments.len().max(found.members);
            for (_, value) in arguments {
                let constant = value.node.clone().into_const_with(|_| {
                    own.variable_uses += 1;
                    Ok::<_, ()>(Value::Null)
                });
                own.size += constant.map_or(0, |value| weigh(&value, found));
            }
        }
        self.definitions.push(Definition {
            fragment,
            own,
            spreads,
        });
    }

    fn level(&mut self, selection_set: &'a SelectionSet, depth: usize, root: bool) -> Level<'a> {
        self.groups += 1;
        let (selections, group) = (selection_set.items.as_slice(), self.groups);
        Level {
            selections,
            depth,
            inline: 0,
            group,
            root,
        }
    }

    fn field(&mut self, field: &'a Field, level: Level<'a>) {
        let name = field.response_key().node.as_str();
        let most = self.arguments.entry(name).or_default();
        *most = field.arguments.len().max(*most);
        let namesakes = self.fields.entry((level.group, name)).or_default();
        namesakes.definition = self.definitions.len();
        namesakes.count += 1;
        namesakes.weight += level.inline + 1;
    }

    /// Adds the definitions up, each once, as soon as all fragments that it spreads are known: there are at most as many
    /// rounds as definitions. Returns the uses of variables.
    fn expand(self, found: &mut Limits) -> Result<usize, ScanError> {
        let mut definitions = self.definitions;
        for ((_, name), namesakes) in &self.fields {
            let arguments = self.arguments.get(name).copied().unwrap_or(0);
            definitions[namesakes.definition].own.size += namesakes.weight * (1 + arguments);
            found.same_fields = namesakes.count.max(found.same_fields);
        }
        let names = definitions.iter().filter_map(|definition| definition.fragment);
        let mut fragments: HashMap<&str, Option<Cost>> = names.map(|name| (name, None)).collect();
        let mut waiting: Vec<&Definition<'_>> = definitions.iter().collect();
        let mut variable_uses = 0_usize;
        while !waiting.is_empty() {
            let before = waiting.len();
            waiting.retain(|definition| {
                let Some(cost) = definition.expanded(&fragments) else {
                    return true;
                };
                if let Some(name) = definition.fragment {
                    fragments.insert(name, Some(cost));
                } else {
                    found.root_fields = cost.root_fields.max(found.root_fields);
                }
                found.depth = cost.depth.max(found.depth);
                found.expanded = found.expanded.saturating_add(cost.size);
                variable_uses = variable_uses.saturating_add(cost.variable_uses);
                false
            });
            if waiting.len() == before {
                let name = waiting.iter().find_map(|definition| definition.fragment);
                let name = name.unwrap_or_default().to_owned();
                return Err(ScanError::FragmentCycle { name });
            }
        }
        Ok(variable_uses)
    }
}
