//! The scan of a document before async-graphql sees it, and of its variables.
//!
//! The library's parser recurses into nested brackets without a bound, its validators expand a fragment as often
//! as it is spread, and both report every error: a few kilobytes can end the process or hold a core for seconds.
//!
//! - Characters are counted before the parser runs, structure before a validator does. Nothing here recurses, and
//!   fragments are expanded in numbers only.
//! - Text is never taken for brackets nor brackets for text: where the parser is laxer than the specification (an
//!   open `"""` is `""` to it, `00` two numbers) a document is refused. Structure is what the parser read.
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
    /// Fields, spreads, arguments and values of all definitions, with fragments expanded. In `n` inline fragments a
    /// field counts `n + 1` times: on each level it is compared with its namesakes. Text: one for every 64 bytes.
    expanded = 10_000, "fields and values when its fragments are expanded";
    /// Fields with the same response name in one selection: each is compared with the first.
    same_fields = 25, "fields of one name in one selection";
    /// Root fields of one operation, with fragments expanded: each is a statement at least.
    root_fields = 50, "root fields";
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
        let reason = text.lines().next_back().unwrap_or_default();
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
    limits.check(&found)?;
    Ok(Scanned { document, variable_uses })
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
        let length = match rest {
            [b' ' | b',' | b'\t' | b'\r' | b'\n', ..] => 1,
            [b'#', ..] => run(rest, |byte| byte != b'\r' && byte != b'\n'),
            [0xef, 0xbb, 0xbf, ..] => 3,
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
            let reason = "neither GraphQL nor a string that is closed";
            return Err(ScanError::Syntax(format!("line {line}, column {column}: {reason}")));
        }
        at += length;
        match rest[0] {
            b' ' | b',' | b'\t' | b'\r' | b'\n' | b'#' | 0xef => continue,
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'@' => found.directives += 1,
            b'.' => found.spreads += 1,
            b'"' => {}
            _ => found.name_bytes = length.max(found.name_bytes),
        }
        found.tokens += 1;
        found.depth = depth.max(found.depth);
    }
    Ok(())
}

fn run(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| belongs(**byte)).count()
}

fn is_name_byte(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

/// The length of a number, 0 if it is none. The numbers of GraphQL are those of JSON.
fn number_length(rest: &str) -> usize {
    let length = run(rest.as_bytes(), |it| is_name_byte(it) || b"+-.".contains(&it));
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
    let mut open = vec![(value, 0)];
    while let Some((value, depth)) = open.pop() {
        size += 1;
        found.depth = depth.max(found.depth);
        match value {
            Value::String(text) => size += text.len() / 64,
            Value::List(items) => {
                found.list_items = items.len().max(found.list_items);
                open.extend(items.iter().map(|item| (item, depth + 1)));
            }
            Value::Object(fields) => {
                found.members = fields.len().max(found.members);
                open.extend(fields.values().map(|field| (field, depth + 1)));
            }
            _ => {}
        }
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
    name: Option<&'a str>,
    own: Cost,
    spreads: Vec<(&'a str, Level<'a>)>,
}

impl Definition<'_> {
    /// The cost with these fragments in place. One that is not defined costs nothing: the validators refuse it.
    fn expanded(&self, fragments: &HashMap<&str, Cost>) -> Cost {
        let mut cost = self.own;
        for (name, level) in &self.spreads {
            let inner = fragments.get(*name).copied().unwrap_or_default();
            let size = inner.size.saturating_mul(level.inline + 1);
            let root_fields = inner.root_fields * usize::from(level.root);
            cost.size = cost.size.saturating_add(size);
            cost.variable_uses = cost.variable_uses.saturating_add(inner.variable_uses);
            cost.root_fields = cost.root_fields.saturating_add(root_fields);
            cost.depth = cost.depth.max(level.depth + inner.depth);
        }
        cost
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

#[derive(Default)]
struct Outline<'a> {
    definitions: Vec<Definition<'a>>,
    /// How many fields there are in one definition and group with the same response name, and their weight.
    fields: HashMap<(usize, usize, &'a str), (usize, usize)>,
    /// The most arguments that any field of a response name has: a namesake can give an error for each of them.
    arguments: HashMap<&'a str, usize>,
    default_values: usize,
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
            let variables = &it.node.variable_definitions;
            found.members = variables.len().max(found.members);
            for default in variables.iter().filter_map(|it| it.node.default_value.as_ref()) {
                outline.default_values += weigh(&default.node, found);
            }
        }
        outline
    }

    fn define(
        &mut self,
        name: Option<&'a str>,
        directives: &'a [Positioned<Directive>],
        selection_set: &'a SelectionSet,
        found: &mut Limits,
    ) {
        let (mut own, mut spreads, mut groups) = (Cost::default(), Vec::new(), 0);
        let mut arguments: Vec<_> = directives.iter().map(|it| &it.node.arguments).collect();
        let mut open =
            vec![Level { selections: &selection_set.items, depth: 1, inline: 0, group: 0, root: true }];
        while let Some(level) = open.pop() {
            for selection in level.selections {
                own.depth = level.depth.max(own.depth);
                arguments.extend(selection.node.directives().iter().map(|it| &it.node.arguments));
                let mut inner = level;
                inner.depth += 1;
                match &selection.node {
                    Selection::Field(field) => {
                        own.root_fields += usize::from(level.root);
                        arguments.push(&field.node.arguments);
                        self.field(&field.node, level);
                        groups += 1;
                        (inner.group, inner.inline, inner.root) = (groups, 0, false);
                        inner.selections = &field.node.selection_set.node.items;
                        open.push(inner);
                    }
                    // A spread costs something by itself: fragments may hold nothing but spreads.
                    Selection::InlineFragment(fragment) => {
                        inner.inline += 1;
                        inner.selections = &fragment.node.selection_set.node.items;
                        own.size += inner.inline;
                        open.push(inner);
                    }
                    Selection::FragmentSpread(spread) => {
                        own.size += level.inline + 1;
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
        self.definitions.push(Definition { name, own, spreads });
    }

    fn field(&mut self, field: &'a Field, level: Level<'a>) {
        let name = field.response_key().node.as_str();
        let most = self.arguments.entry(name).or_default();
        *most = field.arguments.len().max(*most);
        let key = (self.definitions.len(), level.group, name);
        let (count, weight) = self.fields.entry(key).or_default();
        *count += 1;
        *weight += level.inline + 1;
    }

    /// Adds the definitions up and returns the uses of variables. Fragments take as many rounds as they are nested,
    /// which is less than there are definitions: a cost that then still changes belongs to a cycle.
    fn expand(mut self, found: &mut Limits) -> Result<usize, ScanError> {
        for (&(definition, _, name), &(count, weight)) in &self.fields {
            let arguments = self.arguments.get(name).copied().unwrap_or(0);
            self.definitions[definition].own.size += weight * (1 + arguments);
            found.same_fields = count.max(found.same_fields);
        }
        let mut fragments: HashMap<&str, Cost> = HashMap::new();
        for _ in &self.definitions {
            let cost = |it: &Definition<'a>| Some((it.name?, it.expanded(&fragments)));
            fragments = self.definitions.iter().filter_map(cost).collect();
        }
        let mut variable_uses = 0_usize;
        for definition in &self.definitions {
            let cost = definition.expanded(&fragments);
            match definition.name {
                Some(name) if fragments[name].depth != cost.depth => {
                    let name = name.to_owned();
                    return Err(ScanError::FragmentCycle { name });
                }
                Some(_) => {}
                None => found.root_fields = cost.root_fields.max(found.root_fields),
            }
            found.depth = cost.depth.max(found.depth);
            found.expanded = found.expanded.saturating_add(cost.size);
            variable_uses = variable_uses.saturating_add(cost.variable_uses);
        }
        found.variable_copies = variable_uses.saturating_mul(self.default_values);
        Ok(variable_uses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const EXPANDED: &str = "fields and values when its fragments are expanded";
    const LEVELS: &str = "levels of nesting";
    const COPIES: &str = "variable values, counted for every use of a variable";

    fn refusal(document: &str) -> ScanError {
        scan(document, &Limits::default()).unwrap_err()
    }

    fn over(refusal: ScanError) -> (&'static str, usize) {
        match refusal {
            ScanError::LimitExceeded { limit, found, .. } => (limit, found),
            other => panic!("{other}"),
        }
    }

    /// The item so many times, with `#` for its number and `+` for the next.
    fn numbered(count: usize, item: &str) -> String {
        let next = |i: usize| item.replace('+', &(i + 1).to_string());
        (0..count).map(|i| next(i).replace('#', &i.to_string())).collect()
    }

    #[test]
    fn each_limit_admits_its_figure_and_not_one_more() {
        let fields = numbered(800, "f# ");
        let spreads = format!("fragment F on T{{{fields}}}{{a{{{}", "...F ".repeat(8));
        let rows = [
            (65_536, 6, "{a #", "x", "", "\n}"),
            (8_000, 5, "{a{", "f# ", "", "}}"),
            (40, 0, "", "{a", "}", ""),
            (40, 2, "{a(b:", "[", "]", ")}"),
            (128, 0, "{", "a", "", "}"),
            (200, 0, "{a{", "...{f#}", "", "}}"),
            (100, 0, "{a", " @x", "", "}"),
            (10, 0, "", "query q#{a}", "", ""),
            (50, 0, "{a}", "fragment f# on T{a}", "", ""),
            (50, 0, "{a(", "b#:1 ", "", ")}"),
            (50, 0, "query(", "$v#:T ", "", "){a}"),
            (200, 0, "{a(b:[", "1 ", "", "])}"),
            (10_000, 7_209, spreads.as_str(), "g# ", "", "}}"),
            (25, 1, "{a{...{b}", "b ", "", "}}"),
            (50, 1, "{...F ...{x}} fragment F on T{", "f# ", "", "}"),
        ];
        for (allowed, others, head, item, close, tail) in rows {
            let document = |total: usize| {
                let (items, close) = (numbered(total - others, item), close.repeat(total - others));
                format!("{head}{items}{close}{tail}")
            };
            assert!(scan(&document(allowed), &Limits::default()).is_ok(), "{head}{item}");
            let (limit, found) = over(refusal(&document(allowed + 1)));
            assert_eq!(found, allowed + 1, "{head}{item}: {limit}");
        }
    }

    #[test]
    fn small_requests_of_great_cost_are_refused_at_their_limit() {
        let doubling = numbered(24, "fragment f# on T{...f+ ...f+}");
        let leaf = "fragment f24 on T{a}";
        let deep = numbered(30, "fragment f# on T{a{...f+}}");
        let fields = numbered(500, "f# ");
        let inline = format!("{}{fields}{}", "...{".repeat(30), "}".repeat(30));
        let call = format!("a#{{f({}){}}}", numbered(50, "b#:1 "), "f ".repeat(24));
        let rows = [
            (format!("{{a(b:{}", "[".repeat(2_000)), LEVELS, 2_002),
            (format!("{{a(b:{}", "{a:".repeat(1_500)), LEVELS, 1_502),
            (format!("{{...f0}}{doubling}"), EXPANDED, 100_663_243),
            (format!("{{...f0}}{doubling}{leaf}"), EXPANDED, 150_994_890),
            (format!("{{...f0}}{deep}"), LEVELS, 61),
            (format!("{{a{{{inline}}}}}"), EXPANDED, 15_966),
            (format!("{{{}}}", numbered(30, &call)), EXPANDED, 39_780),
            (format!("{{a{}}}", "@x".repeat(20_000)), "tokens", 40_003),
            ("{".repeat(1 << 20), "bytes in its document", 1 << 20),
        ];
        for (document, limit, found) in rows {
            assert_eq!(over(refusal(&document)), (limit, found));
        }
    }

    #[test]
    fn a_cycle_of_fragments_is_refused_by_name() {
        let own = "{...a} fragment a on T{x ...a}";
        let both = "{...a} fragment a on T{...{...b}} fragment b on T{...a}";
        for refused in [refusal(own), refusal(both)] {
            assert!(matches!(&refused, ScanError::FragmentCycle { name } if name == "a" || name == "b"));
        }
    }

    #[test]
    fn brackets_in_text_are_not_counted() {
        let brackets = "[{(".repeat(50);
        for text in [
            format!(r#""{brackets}""#),
            format!(r#""\"{brackets}\\""#),
            format!(r#""""{brackets}\"""{brackets}""""#),
            format!("\"\" # {brackets} \"\r"),
            format!("\u{feff}\"é\\u00e9{brackets}\",,"),
        ] {
            assert!(scan(&format!("{{a(b:{text})}}"), &Limits::default()).is_ok(), "{text}");
        }
    }

    #[test]
    fn brackets_cannot_hide_behind_text_that_the_parser_reads_differently() {
        let brackets = "[".repeat(2_000);
        for text in r#"""" " |"|"\x" |"""\""" |00|1-1|1.5.5|é"#.split('|') {
            let refused = refusal(&format!("{{a(b:[{text}{brackets}"));
            assert!(matches!(refused, ScanError::Syntax(_)), "{text}: {refused}");
        }
        for text in r#""\\"|""|""" \\""" """"#.split('|') {
            let refused = refusal(&format!("{{a(b:[{text}{brackets}"));
            assert_eq!(over(refused), (LEVELS, 2_003), "{text}");
        }
    }

    #[test]
    fn a_refusal_says_where_or_how_much() {
        for document in ["", "}", "{a}}", "{a(b:[1)}", "{a(b:[1})", "]]", "{a"] {
            assert_eq!(refusal(document).code(), "BAD_USER_INPUT", "{document}");
        }
        let words = |document: &str| refusal(document).to_string();
        assert!(words("{a\n (}").starts_with("line 2, column 3: "));
        assert!(words("{a\n é}").starts_with("line 2, column 2: "));
        assert!(words(&format!("{{a(}} # {}", "x".repeat(9_000))).len() < 200);
        let deep = "{a".repeat(41);
        assert!(words(&deep).ends_with("has 41 levels of nesting; at most 40 are allowed"));
        assert_eq!(refusal(&deep).code(), "LIMIT_EXCEEDED");
    }

    #[test]
    fn variables_and_their_defaults_are_bounded_together_with_their_uses() {
        let limits = Limits::default();
        let uses = numbered(300, "f#(b:$v) ");
        let scanned = scan(&format!("query($v:T){{a{{{uses}}}}}"), &limits).unwrap();
        let scan_list = |list: Vec<serde_json::Value>| {
            scan_variables(&Variables::from_json(json!({ "v": list })), &scanned, &limits)
        };
        let refused = |list| over(scan_list(list).unwrap_err());
        assert_eq!(scan_list(vec![json!(1); 99]), Ok(()));
        assert_eq!(refused(vec![json!(1); 100]), (COPIES, 30_300));
        assert_eq!(refused(vec![json!("x".repeat(64 * 99))]), (COPIES, 30_300));
        assert_eq!(refused(vec![json!(1); 201]), ("items in one list", 201));
        let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(refused(vec![deep]), (LEVELS, 41));
        let defaults = |items| format!("query($v:T=[{}]){{a{{{uses}}}}}", "1 ".repeat(items));
        assert!(scan(&defaults(99), &limits).is_ok());
        assert_eq!(over(refusal(&defaults(100))), (COPIES, 30_300));
    }
}
