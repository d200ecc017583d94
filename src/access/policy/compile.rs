//! casbin's `enforce`, asked for every token and operation, allow and deny apart, gives the masks.
//!
//! Asked of one enforcer over all lines this is slow; the matcher begins with token and anchor, so the lines of one
//! token and anchor can be asked alone with the same answers. A test compares with [`reference`].

use super::file::Line;
use super::vocabulary::Vocabulary;
use super::{Masks, PolicyError};
use crate::access::action::Action;
use casbin::{CoreApi, DefaultModel, EnforceContext, Enforcer, MemoryAdapter, MgmtApi};

/// Slicing by token and anchor is right for this matcher: a line of another slice cannot match.
const MATCHER: &str =
    "m = r.token == p.token && r.anchor == p.anchor && r.object == p.object && r.action == p.action";

fn wrong(reason: impl std::fmt::Display) -> PolicyError {
    PolicyError { file: "model.conf", line: 0, reason: reason.to_string() }
}

/// Compiles the masks.
pub async fn masks(
    model: &str,
    lines: &[Line],
    vocabulary: &Vocabulary,
) -> Result<[Masks; Action::COUNT], PolicyError> {
    check_model(model)?;
    let mut masks = [Masks::default(); Action::COUNT];
    let mut sliced = 0;
    for token in vocabulary.tokens() {
        let slice: Vec<&Line> =
            lines.iter().filter(|l| l.token == token.name && l.anchor == token.anchor).collect();
        sliced += slice.len();
        // An empty slice is "no": its deny pass would find nothing to deny, and its allow pass nothing to allow.
        if slice.is_empty() {
            continue;
        }
        let enforcer = enforcer(model, &slice).await?;
        for action in Action::ALL {
            let (allow, deny) = ask(&enforcer, &token.name, &token.anchor, action)?;
            let cell = &mut masks[action as usize];
            cell.allow |= if allow { token.mask() } else { 0 };
            cell.deny |= if deny { token.mask() } else { 0 };
        }
    }
    if sliced != lines.len() {
        return Err(wrong(format!("{} lines, but {sliced} after slicing by token and anchor", lines.len())));
    }
    Ok(masks)
}

/// The same cells from one enforcer over all lines: slow, for tests and `policy check`.
pub async fn reference(
    model: &str,
    lines: &[Line],
    vocabulary: &Vocabulary,
) -> Result<[Masks; Action::COUNT], PolicyError> {
    let enforcer = enforcer(model, &lines.iter().collect::<Vec<_>>()).await?;
    let mut masks = [Masks::default(); Action::COUNT];
    for token in vocabulary.tokens() {
        for action in Action::ALL {
            let (allow, deny) = ask(&enforcer, &token.name, &token.anchor, action)?;
            let cell = &mut masks[action as usize];
            cell.allow |= if allow { token.mask() } else { 0 };
            cell.deny |= if deny { token.mask() } else { 0 };
        }
    }
    Ok(masks)
}

/// The model must be the one that slicing and the two effects are right for.
fn check_model(model: &str) -> Result<(), PolicyError> {
    let lines: Vec<&str> =
        model.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
    let wanted = [
        "r = token, anchor, object, action",
        "p = token, anchor, object, action, eft",
        "e = some(where (p.eft == allow))",
        "e2 = !some(where (p.eft == deny))",
    ];
    for line in wanted {
        if !lines.contains(&line) {
            return Err(wrong(format!("the line `{line}` is missing")));
        }
    }
    let matchers: Vec<&&str> = lines.iter().filter(|line| line.starts_with('m')).collect();
    if matchers != [&MATCHER] {
        return Err(wrong(format!("the one matcher must be `{MATCHER}`")));
    }
    if let Some(extra) =
        lines.iter().find(|l| l.starts_with("p2") || l.starts_with('g') || l.contains("role_definition"))
    {
        return Err(wrong(format!("`{extra}`: further policies and role definitions are not used")));
    }
    Ok(())
}

async fn enforcer(model: &str, lines: &[&Line]) -> Result<Enforcer, PolicyError> {
    let model = DefaultModel::from_str(model).await.map_err(wrong)?;
    let mut enforcer = Enforcer::new(model, MemoryAdapter::default()).await.map_err(wrong)?;
    let rows = lines.iter().map(|l| {
        let effect = if l.deny { "deny" } else { "allow" };
        vec![l.token.clone(), l.anchor.clone(), l.object.clone(), l.action.clone(), effect.to_owned()]
    });
    enforcer.add_policies(rows.collect()).await.map_err(wrong)?;
    let loaded = enforcer.get_policy().len();
    if loaded != lines.len() {
        return Err(wrong(format!("casbin kept {loaded} of {} lines", lines.len())));
    }
    Ok(enforcer)
}

/// Whether some line allows, and whether some line denies.
fn ask(enforcer: &Enforcer, token: &str, anchor: &str, action: Action) -> Result<(bool, bool), PolicyError> {
    let (object, name) = action.object_action();
    let context = |effect: &str| EnforceContext {
        r_type: "r".into(),
        p_type: "p".into(),
        e_type: effect.into(),
        m_type: "m".into(),
    };
    let ask =
        |effect| enforcer.enforce_with_context(context(effect), (token, anchor, object, name)).map_err(wrong);
    Ok((ask("e")?, !ask("e2")?))
}
