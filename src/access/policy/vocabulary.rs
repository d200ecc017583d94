//! `vocabulary.toml`: the tokens, each with one bit and one anchor, and the names of Entra role templates.

use super::PolicyError;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Most tokens that fit a signed 64-bit integer of the database.
pub const MAX_TOKENS: u32 = 63;

/// The anchors that exist: paths, provable in SQL, that must reach a resource. There is none for "any tenant".
pub const ANCHORS: [&str; 5] = ["own_org", "relationship", "downstream", "case", "own_tenant"];

/// The classes of tokens, each with the anchors it may have.
const CLASSES: [(&str, &str); 9] = [
    ("gdap", "relationship"),
    ("gdap+agent", "relationship"),
    ("dap", "relationship"),
    ("commerce", "relationship"),
    ("downstream", "downstream"),
    ("case", "case"),
    ("self", "own_org"),
    ("customer", "own_tenant"),
    ("restriction", "relationship"),
];

/// How a right is held.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// `class:role`.
    pub name: String,
    /// Its bit, 0 to 62, never reused.
    pub bit: u32,
    /// Its one anchor.
    pub anchor: String,
    /// Holding it makes its holder an agent of the partner.
    #[serde(default)]
    pub agent: bool,
    /// The Entra role template that yields it, lower case.
    #[serde(default)]
    pub role_template: Option<String>,
}

impl Token {
    /// Its mask.
    pub fn mask(&self) -> u64 {
        1 << self.bit
    }

    /// The part before the colon.
    pub fn class(&self) -> &str {
        self.name.split_once(':').map_or("", |(class, _)| class)
    }

    /// The part after the colon.
    pub fn role(&self) -> &str {
        self.name.split_once(':').map_or("", |(_, role)| role)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    never_extended: Vec<String>,
    token: Vec<Token>,
    role_templates: BTreeMap<String, String>,
}

/// All tokens, and the masks that precedence and conjunction need.
#[derive(Debug)]
pub struct Vocabulary {
    tokens: Vec<Token>,
    role_templates: BTreeMap<String, String>,
    /// Role templates with which a relationship cannot extend itself.
    pub never_extended: Vec<String>,
    /// `gdap:present`: silences DAP of the same partner for that customer.
    pub gdap_present: u64,
    /// All `dap:` tokens.
    pub dap: u64,
    /// Tokens of one's own organisation that make an agent.
    pub agent: u64,
    /// `gdap:` tokens that have a `gdap+agent:` twin.
    pub conjunction: u64,
    /// How far the twin lies to the left.
    pub conjunction_shift: u32,
    /// All `restriction:` tokens: the highest bits, the only ones that may deny.
    pub restrictions: u64,
}

fn wrong(reason: impl Into<String>) -> PolicyError {
    PolicyError { file: "vocabulary.toml", line: 0, reason: reason.into() }
}

impl Vocabulary {
    /// Reads and checks the file.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let file: File = toml::from_str(text).map_err(|e| {
            let line =
                e.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            PolicyError { file: "vocabulary.toml", line, reason: e.message().to_owned() }
        })?;
        check_tokens(&file.token)?;
        let mask = |pick: &dyn Fn(&Token) -> bool| {
            file.token.iter().filter(|t| pick(t)).fold(0, |m, t| m | t.mask())
        };
        let of_class = |class: &'static str| mask(&move |t: &Token| t.class() == class);
        let gdap_present = mask(&|t| t.name == "gdap:present");
        if gdap_present == 0 {
            return Err(wrong("token `gdap:present` is missing: without it GDAP could not silence DAP"));
        }
        let (conjunction, conjunction_shift) = conjunctions(&file.token)?;
        let restrictions = of_class("restriction");
        let others = mask(&|t| t.class() != "restriction");
        if restrictions != 0 && restrictions.trailing_zeros() <= 63 - others.leading_zeros() {
            return Err(wrong("`restriction:` tokens must have the highest bits"));
        }
        Ok(Vocabulary {
            gdap_present,
            dap: of_class("dap"),
            agent: mask(&|t| t.agent),
            conjunction,
            conjunction_shift,
            restrictions,
            never_extended: file.never_extended,
            tokens: file.token,
            role_templates: file.role_templates,
        })
    }

    /// All tokens.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The token of that name.
    pub fn token(&self, name: &str) -> Option<&Token> {
        self.tokens.iter().find(|token| token.name == name)
    }

    /// The tokens in a mask.
    pub fn tokens_in(&self, held: u64) -> impl Iterator<Item = &Token> {
        self.tokens.iter().filter(move |token| held & token.mask() != 0)
    }

    /// The vendor's name of a role template.
    pub fn role_template_name(&self, id: &str) -> Option<&str> {
        self.role_templates.get(id).map(String::as_str)
    }

    /// A token's role as people call it: the vendor's name of a role template, else its words.
    pub fn title(&self, token: &Token) -> String {
        let base = self.tokens.iter().find(|t| t.class() == "gdap" && t.role() == token.role());
        let template =
            base.filter(|_| token.class().starts_with("gdap")).and_then(|t| t.role_template.as_deref());
        if let Some(name) = template.and_then(|id| self.role_template_name(id)) {
            return name.to_owned();
        }
        let mut words = token.role().replace('_', " ");
        if let Some(first) = words.get_mut(0..1) {
            first.make_ascii_uppercase();
        }
        words
    }

    /// Rows for the database: class, role or role template, bits.
    pub fn role_tokens(&self) -> Vec<(String, String, i64)> {
        let row = |t: &Token| {
            let role = t.role_template.clone().unwrap_or_else(|| t.role().to_owned());
            (t.class().to_owned(), role, t.mask() as i64)
        };
        self.tokens.iter().filter(|t| t.class() != "gdap+agent").map(row).collect()
    }

    /// Changes exactly when derived rows would: the rows of [`Self::role_tokens`] as one text.
    pub fn fingerprint(&self) -> String {
        self.role_tokens().iter().map(|(class, role, bits)| format!("{class}:{role}={bits}\n")).collect()
    }

    /// What is effectively held, in Rust: GDAP silences DAP, restrictions and precedence follow `full`, allows
    /// follow `narrowed`, and agents' conjunctions are folded in. The same as the statements' expression.
    pub fn effective(&self, narrowed: u64, full: u64, is_agent: bool) -> u64 {
        let silenced = if full & self.gdap_present != 0 { self.dap } else { 0 };
        let allows = narrowed & !silenced & !self.restrictions;
        let folded = if is_agent { (allows & self.conjunction) << self.conjunction_shift } else { 0 };
        allows | folded | (full & self.restrictions)
    }
}

fn check_tokens(tokens: &[Token]) -> Result<(), PolicyError> {
    let (mut names, mut bits, mut templates) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for token in tokens {
        let name = &token.name;
        let Some((_, anchor)) = CLASSES.iter().find(|(class, _)| *class == token.class()) else {
            return Err(wrong(format!("token `{name}`: unknown class")));
        };
        if token.role().is_empty() || !token.role().bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
            return Err(wrong(format!("token `{name}`: a role is lower-case letters and `_`")));
        }
        if token.anchor != *anchor {
            return Err(wrong(format!(
                "token `{name}`: its anchor must be `{anchor}`, not `{}`",
                token.anchor
            )));
        }
        if token.bit >= MAX_TOKENS {
            return Err(wrong(format!("token `{name}`: bit {} is not below {MAX_TOKENS}", token.bit)));
        }
        if !names.insert(name) {
            return Err(wrong(format!("token `{name}` appears twice")));
        }
        if !bits.insert(token.bit) {
            return Err(wrong(format!("token `{name}`: bit {} is taken", token.bit)));
        }
        let needs_template = token.class() == "gdap" && token.role() != "present";
        match &token.role_template {
            Some(id) if !needs_template => {
                return Err(wrong(format!(
                    "token `{name}`: role_template `{id}` belongs to `gdap:` tokens only"
                )));
            }
            Some(id) if !templates.insert(id) => {
                return Err(wrong(format!(
                    "token `{name}`: role_template `{id}` yields another token already"
                )));
            }
            None if needs_template => return Err(wrong(format!("token `{name}`: role_template is missing"))),
            _ => {}
        }
        if token.agent && token.class() != "self" {
            return Err(wrong(format!("token `{name}`: only `self:` tokens make an agent")));
        }
    }
    Ok(())
}

/// The `gdap:` tokens with a twin, and the one distance between twins.
fn conjunctions(tokens: &[Token]) -> Result<(u64, u32), PolicyError> {
    let (mut mask, mut shift) = (0, None);
    for twin in tokens.iter().filter(|t| t.class() == "gdap+agent") {
        let Some(base) = tokens.iter().find(|t| t.class() == "gdap" && t.role() == twin.role()) else {
            return Err(wrong(format!("token `{}` has no `gdap:{}`", twin.name, twin.role())));
        };
        let distance = twin.bit.checked_sub(base.bit).filter(|d| *d > 0);
        if distance.is_none() || shift.is_some_and(|s| Some(s) != distance) {
            return Err(wrong(format!(
                "token `{}` must lie as far above its base as the other conjunctions",
                twin.name
            )));
        }
        shift = distance;
        mask |= base.mask();
    }
    Ok((mask, shift.unwrap_or(0)))
}
