//! `policy.csv`, read strictly: casbin's own loader drops what it does not understand, this one refuses it.

use super::PolicyError;
use super::vocabulary::{ANCHORS, Vocabulary};
use crate::access::action::Action;
use std::collections::HashSet;

/// One right.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    /// Line of the file, from 1.
    pub number: usize,
    /// How the right is held.
    pub token: String,
    /// The path that must reach the resource.
    pub anchor: String,
    /// Object, such as `customer.profile`.
    pub object: String,
    /// Action, such as `read`.
    pub action: String,
    /// Allow or deny.
    pub deny: bool,
}

impl Line {
    /// As the file has it.
    pub fn text(&self) -> String {
        let effect = if self.deny { "deny" } else { "allow" };
        format!("p, {}, {}, {}, {}, {effect}", self.token, self.anchor, self.object, self.action)
    }
}

fn wrong(line: usize, reason: impl Into<String>) -> PolicyError {
    PolicyError { file: "policy.csv", line, reason: reason.into() }
}

/// Reads the lines: blank, `#`, or `p` with exactly five columns.
pub fn parse(text: &str) -> Result<Vec<Line>, PolicyError> {
    let mut lines = Vec::new();
    for (index, raw) in text.lines().enumerate() {
        let number = index + 1;
        let raw = raw.trim();
        if raw.is_empty() || raw.starts_with('#') {
            continue;
        }
        let columns: Vec<&str> = raw.split(',').map(str::trim).collect();
        let ["p", token, anchor, object, action, effect] = columns[..] else {
            return Err(wrong(number, "expected `p, token, anchor, object, action, effect`"));
        };
        let deny = match effect {
            "allow" => false,
            "deny" => true,
            other => {
                return Err(wrong(number, format!("effect `{other}` is neither allow nor deny")));
            }
        };
        if [token, anchor, object, action].iter().any(|column| column.is_empty() || !column.is_ascii()) {
            return Err(wrong(number, "an empty column, or one that is not ASCII"));
        }
        lines.push(Line {
            number,
            token: token.into(),
            anchor: anchor.into(),
            object: object.into(),
            action: action.into(),
            deny,
        });
    }
    if lines.is_empty() {
        return Err(wrong(0, "holds no line: nobody would be allowed anything"));
    }
    Ok(lines)
}

/// Every name is in the vocabulary, every token stands at its own anchor, only restrictions deny, none appears twice.
pub fn lint(lines: &[Line], vocabulary: &Vocabulary) -> Result<(), PolicyError> {
    let mut seen = HashSet::new();
    for line in lines {
        let Some(token) = vocabulary.token(&line.token) else {
            return Err(wrong(line.number, format!("token `{}` is not in the vocabulary", line.token)));
        };
        if !ANCHORS.contains(&line.anchor.as_str()) {
            return Err(wrong(line.number, format!("anchor `{}` does not exist", line.anchor)));
        }
        if token.anchor != line.anchor {
            return Err(wrong(
                line.number,
                format!("token `{}` is held at `{}` only", line.token, token.anchor),
            ));
        }
        if !Action::ALL.iter().any(|a| a.object_action() == (line.object.as_str(), line.action.as_str())) {
            return Err(wrong(
                line.number,
                format!("operation `{}, {}` does not exist", line.object, line.action),
            ));
        }
        // Narrowing applies to allows; a deny on an allow's token would be narrowed away.
        if line.deny != (token.class() == "restriction") {
            return Err(wrong(line.number, "`restriction:` tokens deny, and no other token does"));
        }
        if !seen.insert((&line.token, &line.object, &line.action)) {
            return Err(wrong(line.number, "this right stands in the file already"));
        }
    }
    Ok(())
}
