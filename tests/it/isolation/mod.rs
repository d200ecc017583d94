//! Isolation: every account of the demo world, and two that nobody knows, ask for everything that the schema can reach;
//! nothing outside the asker's scope shows in data, ids, counts, cursors, errors, order or search.
//!
//! The walk is made once for all tests. Row ids are those of the template that every test's database is a copy of, and
//! the secret is one, so an id gathered in the walk names the same object in each test.

mod captures;
mod cursors;
mod filters;
mod graph;
mod health;
mod ids;
mod imports;
mod requests;
mod revocation;
mod sources;
mod support;

use crate::harness::walk::{Gathered, Question, Schema};
use crate::harness::{Reply, TestApp, Viewer};
use partner_gateway::demo;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use uuid::Uuid;

/// Page sizes of the longest paths, of whole lists with what is next to each row, and of paths from a single object: of
/// each the first that cost no more than the gateway lets a query cost.
const DEEP: [&[u32]; 4] = [&[1, 1, 2, 3], &[1, 1, 1, 2], &[1, 1, 1, 1], &[1, 1, 2]];
const WIDE: [&[u32]; 4] = [&[2, 150], &[2, 40], &[1, 40], &[60]];
const FROM_ONE: [&[u32]; 2] = [&[1, 1, 2], &[1, 1]];
/// How many objects of a type a question is asked about, and about how many of the last type in one document.
const ASKED: usize = 3;
const ASKED_TOGETHER: usize = 8;
/// The words of a question.
const WORDS: &str = "mail is late, files do not open, and the portal shows an error";
/// Fields of one document that may fail: an answer lists at most 50 errors.
const BATCH: usize = 45;

/// Somebody with a valid token.
#[derive(Clone)]
struct Reader {
    name: String,
    tenant: Uuid,
    object_id: Uuid,
}

impl Reader {
    fn viewer<'a>(&self, test: &'a TestApp) -> Viewer<'a> {
        test.as_account(self.tenant, self.object_id)
    }

    /// Key of its organisation.
    fn organization(&self) -> &str {
        self.name.split_once('@').map_or("", |(_, key)| key)
    }
}

/// All accounts of the demo world, one of a tenant that nobody knows, and one unknown in a tenant that is known.
fn readers() -> Vec<Reader> {
    let known = demo::accounts().into_iter();
    let mut readers: Vec<Reader> =
        known.map(|a| Reader { name: a.name, tenant: a.tenant, object_id: a.object_id }).collect();
    let (nobody, fabrikam) = (Uuid::from_u128(0x57_0001), demo::partner_tenant("fabrikam").unwrap());
    readers.push(Reader { name: "stranger".into(), tenant: nobody, object_id: Uuid::from_u128(0x57_0002) });
    readers.push(Reader { name: "newcomer".into(), tenant: fabrikam, object_id: Uuid::from_u128(0x57_0003) });
    readers
}

/// What an account got to see.
struct Account {
    reader: Reader,
    gathered: Gathered,
}

/// What everybody got to see.
struct Harvest {
    schema: Schema,
    accounts: Vec<Account>,
}

impl Harvest {
    /// Every id that anybody got to see, with its type.
    fn ids(&self) -> BTreeMap<&str, &str> {
        let objects = self.accounts.iter().flat_map(|account| &account.gathered.objects);
        objects.map(|(id, object)| (id.as_str(), object.ty.as_str())).collect()
    }

    fn account(&self, name: &str) -> &Account {
        self.accounts.iter().find(|account| account.reader.name == name).unwrap()
    }
}

/// The walk, made once.
fn harvest() -> &'static Harvest {
    static HARVEST: OnceLock<Harvest> = OnceLock::new();
    HARVEST.get_or_init(|| {
        // Each half of the readers on a thread and a database of its own: the walk is most of what these tests take.
        let halves = [0, 1].map(|half| {
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(walk(half))
            })
        });
        let [first, second] = halves.map(|half| half.join().unwrap());
        let mut accounts = first.accounts;
        accounts.extend(second.accounts);
        Harvest { schema: first.schema, accounts }
    })
}

async fn walk(half: usize) -> Harvest {
    let test = TestApp::demo().await;
    let schema = Schema::read(&test.as_viewer("admin@fabrikam")).await;
    let mut accounts = Vec::new();
    for reader in readers().into_iter().skip(half).step_by(2) {
        let gathered = gather(&schema, &reader.viewer(&test)).await;
        accounts.push(Account { reader, gathered });
    }
    Harvest { schema, accounts }
}

/// Everything that one viewer can reach: whole lists, the longest paths from every root, and from one object of each
/// type; its own ids once more by `nodes`.
async fn gather(schema: &Schema, viewer: &Viewer<'_>) -> Gathered {
    let mut gathered = Gathered::of(schema);
    for root in schema.lists() {
        gathered.take(&whole(schema, viewer, root).await);
    }
    for root in schema.roots() {
        let documents = DEEP.map(|pages| schema.document(&[root], pages));
        gathered.take(&affordable(viewer, &documents, &json!({})).await);
    }
    let samples = gathered.types().into_iter().map(|ty| (ty.to_owned(), gathered.ids_of(ty)[0].to_owned()));
    for (ty, id) in samples.collect::<Vec<_>>() {
        let documents = FROM_ONE.map(|pages| schema.node_document(&ty, pages));
        gathered.take(&affordable(viewer, &documents, &json!({ "id": id })).await);
    }
    // Pages of what stands below an object are short in the walk: these are read whole, so that what is left is hidden.
    for id in gathered.ids_of("SupportRequest").into_iter().map(str::to_owned).collect::<Vec<_>>() {
        let document = "query($id: ID!) { __typename supportRequest(id: $id) { __typename id
            notes(first: 200) { nodes { __typename id } } escalations { __typename id } } }";
        gathered.take(&executed(viewer.ask_with(document, json!({ "id": id })).await));
    }
    let ids: Vec<String> = gathered.objects.keys().cloned().collect();
    for ids in ids.chunks(100) {
        let document = "query($ids: [ID!]!) { __typename nodes(ids: $ids) { __typename id } }";
        let reply = executed(viewer.ask_with(document, json!({ "ids": ids })).await);
        let read: Vec<&Value> =
            reply.data()["nodes"].as_array().unwrap().iter().map(|node| &node["id"]).collect();
        assert_eq!(read, ids.iter().collect::<Vec<_>>(), "an id that was seen cannot be read again");
        gathered.take(&reply);
    }
    for (root, ty) in schema.look_ups() {
        let Some(id) = gathered.ids_of(ty).first().map(|id| (*id).to_owned()) else { continue };
        let document = format!("query($id: ID!) {{ __typename {root}(id: $id) {{ __typename id }} }}");
        let reply = viewer.ask_with(&document, json!({ "id": id })).await;
        assert!(reply.data()[root].is_object(), "a {ty} that was seen cannot be looked up");
        gathered.take(&reply);
    }
    for question in schema.questions() {
        ask_about(schema, viewer, &question, &mut gathered).await;
    }
    gathered
}

/// A whole list with what is next to each row.
async fn whole(schema: &Schema, viewer: &Viewer<'_>, root: &str) -> Reply {
    let reply = affordable(viewer, &WIDE.map(|pages| schema.document(&[root], pages)), &json!({})).await;
    let is_whole = reply.body["data"][root]["pageInfo"]["hasNextPage"] == false;
    assert!(is_whole, "{root} does not fit its page: make the walk's pages larger");
    reply
}

/// The answer to the first of these documents that is executed: others cost too much.
async fn affordable(viewer: &Viewer<'_>, documents: &[String], variables: &Value) -> Reply {
    let mut refused = Value::Null;
    for document in documents {
        let reply = viewer.ask_with(document, variables.clone()).await;
        if reply.body["data"].is_object() {
            return reply;
        }
        refused = reply.body;
    }
    panic!("not executed, however small its pages are: {refused:#}");
}

/// Asks a question about objects that the answers so far held.
async fn ask_about(schema: &Schema, viewer: &Viewer<'_>, question: &Question, gathered: &mut Gathered) {
    let (last, before) = question.ids.split_last().unwrap();
    let mut heads: Vec<Vec<String>> = vec![Vec::new()];
    for (_, ty) in before {
        let ids = gathered.referred(ty, ASKED);
        let longer = |head: &Vec<String>| -> Vec<Vec<String>> {
            ids.iter().map(|id| head.iter().chain([id]).cloned().collect()).collect()
        };
        heads = heads.iter().flat_map(longer).collect();
    }
    let lasts = gathered.referred(&last.1, ASKED_TOGETHER);
    if lasts.is_empty() {
        return;
    }
    for head in heads {
        if ask_together(schema, viewer, question, (&head, &lasts), FROM_ONE[0], gathered).await {
            continue;
        }
        for last in lasts.chunks(1) {
            let mut is_answered = false;
            for pages in FROM_ONE {
                is_answered = is_answered
                    || ask_together(schema, viewer, question, (&head, last), pages, gathered).await;
            }
            assert!(is_answered, "one question of its kind costs too much");
        }
    }
}

/// Asks a question about several last objects in one document; false if that costs too much.
async fn ask_together(
    schema: &Schema,
    viewer: &Viewer<'_>,
    question: &Question,
    (head, lasts): (&[String], &[String]),
    pages: &[u32],
    gathered: &mut Gathered,
) -> bool {
    let document = schema.question_document(question, lasts.len(), pages);
    let mut variables = json!({ "text": WORDS });
    for (place, id) in head.iter().chain(lasts).enumerate() {
        variables[format!("id{place}")] = json!(id);
    }
    let reply = viewer.ask_with(&document, variables).await;
    // What may not be asked at all is refused as a whole, where the answer cannot be null.
    let codes = reply.codes();
    let is_denied = !codes.is_empty() && codes.iter().all(|code| code == "FORBIDDEN");
    if !reply.body["data"].is_object() && !is_denied {
        let cost = reply.body["errors"][0]["message"].as_str().unwrap_or_default();
        assert!(cost.contains("cost"), "{document}: {:#}", reply.body);
        return false;
    }
    gathered.take(&reply);
    true
}

/// The answer, if its document was executed: a refused one would have gathered nothing.
fn executed(reply: Reply) -> Reply {
    assert!(reply.body["data"].is_object(), "not executed: {:#}", reply.body);
    reply
}

/// Asks one field for each of several values, in one document; `$` in the field stands for the value.
async fn ask_each(viewer: &Viewer<'_>, field: &str, ty: &str, selection: &str, values: &[String]) -> Reply {
    let heads: Vec<String> = (0..values.len()).map(|i| format!("$v{i}: {ty}")).collect();
    let fields =
        (0..values.len()).map(|i| format!("f{i}: {} {selection}", field.replace('$', &format!("$v{i}"))));
    let fields: Vec<String> = fields.collect();
    let variables: Map<String, Value> =
        values.iter().enumerate().map(|(i, value)| (format!("v{i}"), json!(value))).collect();
    let document = format!("query({}) {{ {} }}", heads.join(" "), fields.join(" "));
    viewer.ask_with(&document, Value::Object(variables)).await
}

/// An answer for comparison: without request ids, its errors by path, since fields end in no fixed order.
fn settled(reply: &Reply) -> String {
    let mut body = reply.body.clone();
    if let Some(errors) = body.get_mut("errors").and_then(Value::as_array_mut) {
        for error in errors.iter_mut() {
            error["extensions"].as_object_mut().unwrap().remove("requestId");
        }
        errors.sort_by_key(|error| error["path"].to_string());
    }
    format!("{} {body}", reply.status)
}

/// Where two texts part, with what stands around it; none if they are equal.
fn difference(before: &str, after: &str) -> Option<String> {
    if before == after {
        return None;
    }
    let at = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| {
        let (from, to) = (at.saturating_sub(120).min(text.len()), (at + 120).min(text.len()));
        String::from_utf8_lossy(&text.as_bytes()[from..to]).into_owned()
    };
    Some(format!("{}\n      became {}", around(before), around(after)))
}
