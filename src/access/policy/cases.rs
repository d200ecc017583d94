//! Tests of the policy that anybody can read and write: TOML files beside it.

use super::{Policy, PolicyError};
use crate::access::action::Action;
use serde::Deserialize;

/// One expectation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows, a sentence.
    pub name: String,
    /// Tokens held, before precedence.
    pub holds: Vec<String>,
    /// Whether the holder is an agent of its partner.
    #[serde(default)]
    pub is_agent: bool,
    /// Operations that must be allowed.
    #[serde(default)]
    pub may: Vec<String>,
    /// Operations that must not.
    #[serde(default)]
    pub may_not: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

/// Reads a file of cases.
pub fn parse(text: &str) -> Result<Vec<Case>, PolicyError> {
    let file: File = toml::from_str(text).map_err(|e| {
        let line = e.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        PolicyError { file: "tests", line, reason: e.message().to_owned() }
    })?;
    Ok(file.case)
}

/// What a case finds wrong; empty if it holds.
pub fn run(policy: &Policy, case: &Case) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut held = 0;
    for name in &case.holds {
        match policy.vocabulary.token(name) {
            Some(token) => held |= token.mask(),
            None => wrong.push(format!("token `{name}` is not in the vocabulary")),
        }
    }
    let effective = policy.vocabulary.effective(held, held, case.is_agent);
    for (names, expected) in [(&case.may, true), (&case.may_not, false)] {
        for name in names {
            match Action::parse(name) {
                None => wrong.push(format!("operation `{name}` does not exist")),
                Some(action) if policy.allows(action, effective) != expected => {
                    wrong.push(format!("`{name}` is {}", if expected { "denied" } else { "allowed" }));
                }
                Some(_) => {}
            }
        }
    }
    wrong
}
