//! A request that was under way when the program was killed, sent again with its key: it happens once.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Longer than a start takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// A demo that serves; killed with its owner.
struct Demo {
    child: Child,
    /// Keeps what it prints flowing.
    _printed: Receiver<String>,
    endpoint: String,
    token: String,
}

fn between<'a>(line: &'a str, before: &str, after: &str) -> &'a str {
    let rest = line.split_once(before).unwrap_or_else(|| panic!("no `{before}` in {line}")).1;
    rest.split_once(after).unwrap().0
}

impl Demo {
    /// Starts one and waits until it has told how to ask it.
    fn start(data: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_partner-gateway"));
        let arguments = ["demo", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
        command.env_clear().args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (sender, printed) = channel();
        let out = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let line = loop {
            let line = printed.recv_timeout(PATIENCE).expect("the demo never printed a first query");
            if line.starts_with("curl ") {
                break line;
            }
        };
        let endpoint = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
        let token = between(&line, "Bearer ", "'").to_owned();
        Demo { child, _printed: printed, endpoint, token }
    }

    /// SIGKILL: nothing of it runs any more.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn client(&self) -> Client {
        Client { endpoint: self.endpoint.clone(), token: self.token.clone() }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Clone)]
struct Client {
    endpoint: String,
    token: String,
}

impl Client {
    /// None where nobody answers.
    async fn send(&self, query: &str, variables: Value) -> Option<Value> {
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let body = json!({ "query": query, "variables": variables });
        let sent = client.post(&self.endpoint).bearer_auth(&self.token).json(&body).send().await;
        let mut body: Value = sent.ok()?.json().await.ok()?;
        assert!(body.get("errors").is_none(), "{body:#}");
        Some(body["data"].take())
    }
}

const RAISE: &str = "mutation($input: RaiseSupportRequestInput!) { raiseSupportRequest(input: $input) {
    supportRequest { id } userErrors { code message } } }";
const LIST: &str =
    "query($title: String!) { supportRequests(filter: { title: { contains: $title } }, first: 50) {
    totalCount { value } nodes { id timeline(first: 9) { nodes { kind } } } } }";

#[tokio::test]
async fn what_was_under_way_when_the_program_was_killed_happens_once() {
    let data = tempfile::tempdir().unwrap();
    let mut demo = Demo::start(data.path());
    let tenant = partner_gateway::demo::customer_tenant("adventure-works").unwrap();
    let query = "query($t: UUID) { customer(tenantId: $t) { id } }";
    let found = demo.client().send(query, json!({ "t": tenant })).await.unwrap();
    let customer = found["customer"]["id"].clone();
    for (round, delay) in [0, 3, 8, 20, 60].into_iter().enumerate() {
        let title = format!("Killed round {round}");
        let input = json!({ "idempotencyKey": format!("killed {round}"), "customerId": customer, "kind": "BILLING",
            "severity": "MODERATE", "title": title, "description": "It is wrong." });
        let client = demo.client();
        let variables = json!({ "input": input });
        let under_way = {
            let (client, variables) = (client.clone(), variables.clone());
            tokio::spawn(async move { client.send(RAISE, variables).await })
        };
        tokio::time::sleep(Duration::from_millis(delay)).await;
        demo.kill();
        let first = under_way.await.unwrap();
        demo = Demo::start(data.path());
        let client = demo.client();
        let mut ids = Vec::new();
        for _ in 0..2 {
            let sent = client.send(RAISE, variables.clone()).await.unwrap();
            let payload = &sent["raiseSupportRequest"];
            assert_eq!(payload["userErrors"], json!([]), "round {round}");
            ids.push(payload["supportRequest"]["id"].clone());
        }
        // What was acknowledged before the end is what is there.
        ids.extend(first.map(|data| data["raiseSupportRequest"]["supportRequest"]["id"].clone()));
        let listed = client.send(LIST, json!({ "title": title })).await.unwrap();
        let list = &listed["supportRequests"];
        assert_eq!(list["totalCount"]["value"], 1, "round {round}: {list:#}");
        assert!(ids.iter().all(|id| *id == list["nodes"][0]["id"]), "round {round}: {ids:?}");
        assert_eq!(list["nodes"][0]["timeline"]["nodes"], json!([{ "kind": "RAISED" }]), "round {round}");
    }
}
