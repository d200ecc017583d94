//! The arrows that must never be, read from the sources, and the lengths of files.

use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            all.push((path, text));
        }
    }
    all
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn is_test(path: &Path) -> bool {
    path.to_string_lossy().ends_with("tests.rs")
}

/// `(file below src, line)` for each line of ours outside comments and test modules.
fn lines() -> Vec<(String, String)> {
    let src = root().join("src");
    let mut all = Vec::new();
    for (path, text) in sources(&src) {
        if is_test(&path) {
            continue;
        }
        let name = path.strip_prefix(&src).unwrap().to_string_lossy().into_owned();
        let product = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let code = product.lines().filter(|l| !l.trim_start().starts_with("//"));
        all.extend(code.map(|line| (name.clone(), line.to_owned())));
    }
    all
}

/// Fails with each line in files that `from` picks and that `forbidden` matches.
fn never(what: &str, from: impl Fn(&str) -> bool, forbidden: impl Fn(&str) -> bool) {
    let found: Vec<String> = lines()
        .into_iter()
        .filter(|(f, l)| from(f) && forbidden(l))
        .map(|(f, l)| format!("{f}: {}", l.trim()))
        .collect();
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

const DOMAINS: [&str; 8] =
    ["customers", "subscriptions", "partners", "delegation", "health", "incidents", "escalations", "support"];
const FLOOR: [&str; 7] = ["graphql/", "access/", "audit/", "db/", "events/", "op.rs", "writes"];

#[test]
fn leaf_crates_know_nothing_of_ours() {
    for leaf in ["entity", "migration"] {
        let manifest = std::fs::read_to_string(root().join(leaf).join("Cargo.toml")).unwrap();
        let manifest = manifest.split("[dependencies]").nth(1).unwrap();
        for other in ["partner-gateway", "async-graphql", "casbin", "axum"] {
            assert!(!manifest.contains(other), "{leaf} depends on {other}");
        }
    }
    never("config imports something of ours", |f| f == "config.rs", |l| l.contains("crate::"));
}

#[test]
fn the_floor_knows_no_domain_and_nothing_above_it() {
    let above = [
        "schema",
        "http",
        "live",
        "sync",
        "cli",
        "app",
        "demo",
        "subscriptions",
        "partners",
        "delegation",
        "health",
        "incidents",
        "escalations",
        "support",
    ];
    never(
        "the floor uses something above it",
        |f| FLOOR.iter().any(|floor| f.starts_with(floor)),
        |l| {
            above.iter().any(|module| l.contains(&format!("crate::{module}::")))
                || l.contains("crate::customers::s")
        },
    );
}

#[test]
fn services_stores_and_ingest_know_neither_graphql_s_library_nor_axum() {
    let inner =
        |f: &str| ["service.rs", "store.rs", "ingest.rs", "record.rs"].iter().any(|end| f.ends_with(end));
    never("an inner file uses an outer library", inner, |l| {
        l.contains("async_graphql::") || l.contains("axum::")
    });
}

#[test]
fn only_http_and_the_command_line_know_axum() {
    never("axum outside http", |f| !f.starts_with("http/") && !f.starts_with("cli/"), |l| l.contains("axum"));
}

#[test]
fn schemas_hold_no_sql() {
    never(
        "SQL in a schema",
        |f| f.ends_with("schema.rs"),
        |l| l.contains("db::sql") || l.contains("sea_orm::Entity"),
    );
}

#[test]
fn one_domain_never_reaches_into_another_s_loader() {
    for domain in DOMAINS {
        never(
            "a loader of another domain",
            |f| f.starts_with(domain),
            |l| {
                DOMAINS.iter().any(|o| {
                    *o != domain && l.contains(&format!("crate::{o}::loader::")) && !l.contains("by_page")
                })
            },
        );
    }
}

#[test]
fn queries_are_written_in_stores_ingest_access_and_db_alone() {
    let may = |f: &str| {
        f.ends_with("store.rs")
            || f.ends_with("ingest.rs")
            || ["access/", "db/", "demo/", "events/", "sync/import.rs", "cli/bench"]
                .iter()
                .any(|p| f.starts_with(p))
    };
    never(
        "a statement outside its place",
        |f| !may(f),
        |l| l.contains("Sql::new(") || l.contains("Sql::default("),
    );
}

#[test]
fn unscoped_reads_stay_with_authentication_import_the_sweep_and_the_command_line() {
    let may = |f: &str| {
        [
            "access/authenticate.rs",
            "access/explain.rs",
            "audit/store.rs",
            "db/",
            "demo/",
            "escalations/due_store.rs",
            "events/",
            "sync/import.rs",
            "cli/",
        ]
        .iter()
        .any(|p| f.starts_with(p))
    };
    never("an unscoped read", |f| !may(f), |l| l.contains("unscoped_rows"));
}

#[test]
fn captures_are_stored_through_the_domains_ingest() {
    never(
        "sync uses a store or a schema",
        |f| f.starts_with("sync/"),
        |l| l.contains("::store") && l.contains("crate::") || l.contains("::schema"),
    );
}

#[test]
fn no_role_name_stands_in_the_code_that_decides() {
    let roles = ["admin_agents", "helpdesk_agents", "sales_agents", "global_administrator", "global_reader"];
    never("a role's name", |f| !f.starts_with("demo/"), |l| roles.iter().any(|role| l.contains(role)));
}

#[test]
fn no_file_is_longer_than_600_lines() {
    let folders = ["src", "entity/src", "migration/src", "tests", "benches"];
    let all = folders.iter().flat_map(|folder| sources(&root().join(folder)));
    let long: Vec<String> = all
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > 600)
        .map(|(path, lines)| format!("{} {lines}", path.display()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}
