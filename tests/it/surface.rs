//! What clients depend on: the schema, word by word, and a description of everything in it.

use crate::harness::TestApp;
use crate::harness::walk::{introspect, list};
use serde_json::Value;
use std::path::Path;

/// Scalars and directives of GraphQL itself, which describe themselves or need no description.
const SCALARS: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];
const DIRECTIVES: [&str; 5] = ["deprecated", "include", "oneOf", "skip", "specifiedBy"];

/// Compares with a file below the repository's root, and shows where the two part.
///
/// With `UPDATE_SNAPSHOTS=1` the file is written instead: look at its change before you commit it.
pub fn assert_snapshot(file: &str, current: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if is_updating() {
        std::fs::write(&path, current).unwrap();
        return;
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == current, "{file} {}", first_difference(&stored, current));
}

#[allow(
    clippy::disallowed_methods,
    reason = "a switch for the person who runs this test, no setting of the gateway"
)]
fn is_updating() -> bool {
    std::env::var("UPDATE_SNAPSHOTS").is_ok_and(|value| value == "1")
}

fn first_difference(stored: &str, current: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (stored.lines().collect(), current.lines().collect());
    let at = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let shown = |lines: &[&str], sign: char| {
        let lines = lines.iter().skip(at).take(6).map(|line| format!("  {sign} {line}\n"));
        lines.collect::<String>()
    };
    let (removed, added) = (shown(&old, '-'), shown(&new, '+'));
    format!(
        "is not what there is now; from line {} on:\n{removed}{added}If the change is meant, run this test once with \
         UPDATE_SNAPSHOTS=1 and commit the file.",
        at + 1
    )
}

#[test]
fn the_schema_is_the_one_that_clients_know() {
    assert_snapshot("tests/it/schema.graphql", &partner_gateway::cli::sdl(false));
}

#[test]
fn a_snapshot_that_differs_is_told_by_its_first_lines() {
    let told = first_difference("a\nb\nc\n", "a\nx\nc\n");
    assert!(told.contains("from line 2 on:\n  - b\n  - c\n  + x\n  + c\n"), "{told}");
    assert!(told.contains("UPDATE_SNAPSHOTS=1"));
}

/// `prefix.name` of each entry without a description.
fn undescribed(prefix: &str, entries: &Value, missing: &mut Vec<String>) {
    for entry in list(entries) {
        let name = format!("{prefix}{}", entry["name"].as_str().unwrap());
        if entry["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
            missing.push(name.clone());
        }
        undescribed(&format!("{name}."), &entry["args"], missing);
    }
}

#[tokio::test]
async fn everything_in_the_schema_is_described() {
    let test = TestApp::demo().await;
    let schema = introspect(&test.as_viewer("admin@fabrikam")).await;
    let (mut missing, mut seen) = (Vec::new(), 0);
    let ours = list(&schema["types"]).iter().filter(|ty| {
        let name = ty["name"].as_str().unwrap();
        !name.starts_with("__") && !SCALARS.contains(&name)
    });
    for ty in ours {
        let name = ty["name"].as_str().unwrap();
        undescribed("", &Value::Array(vec![ty.clone()]), &mut missing);
        for members in ["fields", "inputFields", "enumValues"] {
            seen += list(&ty[members]).len();
            undescribed(&format!("{name}."), &ty[members], &mut missing);
        }
    }
    let directives = list(&schema["directives"]).iter();
    let directives = directives.filter(|it| !DIRECTIVES.contains(&it["name"].as_str().unwrap())).cloned();
    undescribed("@", &Value::Array(directives.collect()), &mut missing);
    assert!(seen > 250, "only {seen} fields and values were looked at");
    assert!(missing.is_empty(), "without a description: {missing:#?}");
}

#[tokio::test]
async fn the_roots_have_the_names_that_federation_needs() {
    let test = TestApp::demo().await;
    let query = "{ __schema { queryType { name } mutationType { name } subscriptionType { name } } }";
    let reply = test.as_viewer("admin@fabrikam").ask(query).await;
    for (root, name) in
        [("queryType", "Query"), ("mutationType", "Mutation"), ("subscriptionType", "Subscription")]
    {
        let found = &reply.data()["__schema"][root]["name"];
        assert!(found == name || (found.is_null() && name != "Query"), "{root} is {found}");
    }
}

#[test]
fn the_schema_for_federation_links_its_specification() {
    let sdl = partner_gateway::cli::sdl(true);
    assert!(sdl.contains("@link(") && sdl.contains("type Query"), "{sdl:.400}");
}
