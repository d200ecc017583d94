//! The policy as a table that a non-programmer can read: tokens down, operations across.

use super::Policy;
use crate::access::action::Action;
use std::fmt::Write;

/// One line a token with an anchor: `A` allow, `D` deny, `.` nothing.
pub fn render(policy: &Policy) -> String {
    let mut out = String::new();
    let widest = policy.vocabulary.tokens().iter().map(|t| t.name.len()).max().unwrap_or(0);
    for (i, action) in Action::ALL.iter().enumerate() {
        let _ = writeln!(out, "{:>2} = {}", i + 1, action.name());
    }
    let header: String = (1..=Action::COUNT).map(|i| format!("{i:>3}")).collect();
    let _ = writeln!(out, "\n{:widest$}  {:12} {header}", "token", "anchor");
    for token in policy.vocabulary.tokens() {
        let cells: String = Action::ALL
            .iter()
            .map(|action| {
                let masks = policy.masks(*action);
                match (masks.allow & token.mask() != 0, masks.deny & token.mask() != 0) {
                    (_, true) => "  D",
                    (true, _) => "  A",
                    _ => "  .",
                }
            })
            .collect();
        let _ = writeln!(out, "{:widest$}  {:12} {cells}", token.name, token.anchor);
    }
    out
}
