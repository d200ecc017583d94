//! The built program as a process: what it prints, how it ends, and what survives it. Always on an embedded database.

use crate::journeys::post;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;
use tempfile::TempDir;

/// Longer than anything here takes; who waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(120);
const MANIFEST: &str = env!("CARGO_MANIFEST_DIR");
const DOCUMENTED: &str = "tests/it/captures/partner-center/customer.get.json";

/// The program, without any setting from outside: neither a database's address nor a log filter reaches it.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_partner-gateway"));
    command.env_clear().args(arguments).stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The lines of a pipe as they come; the sender goes away with the pipe.
fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// The first line that contains some words.
fn awaited(lines: &Receiver<String>, words: &str) -> String {
    loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) if line.contains(words) => return line,
            Ok(_) => {}
            Err(error) => panic!("`{words}` was never printed: {error}"),
        }
    }
}

/// A program that runs until it is told to stop; killed with its owner.
struct Running {
    child: Child,
    out: Receiver<String>,
    err: Receiver<String>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = program(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
        Running { child, out, err }
    }

    /// Sends a signal, such as `TERM`.
    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("/bin/sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// SIGKILL: nothing of the program runs any more.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the end of its output, then for its exit code.
    fn exit_code(mut self) -> Option<i32> {
        loop {
            match self.out.recv_timeout(PATIENCE) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap().code(),
                Err(RecvTimeoutError::Timeout) => panic!("it never ended"),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A demo that serves, and what it printed to begin with.
struct Demo {
    running: Running,
    printed: Vec<String>,
    endpoint: String,
    token: String,
    first_query: Value,
}

fn between<'a>(line: &'a str, before: &str, after: &str) -> &'a str {
    let rest = line.split_once(before).unwrap_or_else(|| panic!("no `{before}` in {line}")).1;
    rest.rsplit_once(after).unwrap().0
}

impl Demo {
    /// Starts one and waits until it has told how to ask it.
    fn start(data: &Path, more: &[&str]) -> Self {
        let mut arguments = vec!["demo", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
        arguments.extend(more);
        let running = Running::start(&arguments);
        let mut printed = Vec::new();
        let command = loop {
            let line = running.out.recv_timeout(PATIENCE).expect("the demo never printed a first query");
            if line.starts_with("curl ") {
                break line;
            }
            printed.push(line);
        };
        let endpoint =
            command.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
        let token = between(&command, "Bearer ", "' -d").to_owned();
        let first_query = serde_json::from_str(between(&command, "-d '", "'")).unwrap();
        Demo { running, printed, endpoint, token, first_query }
    }

    async fn ask(&self, query: &str) -> Value {
        let (status, body) = post(&self.endpoint, &self.token, &json!({ "query": query })).await;
        assert_eq!(status, 200, "{body:#}");
        assert!(body.get("errors").is_none(), "{body:#}");
        body["data"].clone()
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn documented() -> String {
    Path::new(MANIFEST).join(DOCUMENTED).to_str().unwrap().to_owned()
}

const ASK_DOCUMENTED: &str = "{ customer(domain: \"abcdefgh1234.ccsctp.net\") { name } }";

#[tokio::test]
async fn the_demo_answers_the_first_query_that_it_prints() {
    let data = folder();
    let demo = Demo::start(data.path(), &[]);
    let greeting = format!("partner-gateway demo at {}", demo.endpoint);
    assert!(demo.printed.iter().any(|line| line.starts_with(&greeting)), "{:#?}", demo.printed);
    assert!(demo.printed.contains(&demo.token), "the token stands on a line of its own");
    assert!(demo.printed.iter().any(|line| line.trim_start().starts_with("helpdesk@fabrikam ")));
    let (status, body) = post(&demo.endpoint, &demo.token, &demo.first_query).await;
    assert_eq!((status, body.get("errors")), (200, None), "{body:#}");
    assert_eq!(body["data"]["viewer"]["partner"]["name"], "Fabrikam Cloud");
    let customers = body["data"]["customers"]["nodes"].as_array().unwrap();
    assert_eq!(customers.len(), 5);
    assert!(customers.iter().all(|one| one["name"].is_string() && one["myAccess"]["roles"].is_array()));
}

#[tokio::test]
async fn a_second_start_uses_the_same_world_key_and_secret() {
    let data = folder();
    let question = "{ customers(first: 100) { nodes { id name subscriptions { nodes { id } } } } }";
    let first = Demo::start(data.path(), &[]);
    assert!(first.printed.iter().any(|line| line.contains("loaded the demo world")));
    let (world, token) = (first.ask(question).await, first.token.clone());
    first.running.signal("TERM");
    assert_eq!(first.running.exit_code(), Some(0));
    let mut second = Demo::start(data.path(), &[]);
    assert!(!second.printed.iter().any(|line| line.contains("loaded the demo world")));
    assert_eq!(second.ask(question).await, world);
    second.token = token;
    assert_eq!(second.ask(question).await, world, "a token of the first start still proves its account");
}

#[tokio::test]
async fn what_an_import_acknowledged_survives_the_kill_of_every_process() {
    let data = folder();
    let demo = Demo::start(data.path(), &[]);
    let (folder, file) = (data.path().to_str().unwrap(), documented());
    let import = Running::start(&["import", "--partner", "fabrikam", "--data", folder, &file]);
    awaited(&import.out, "customers: 1 read, 1 stored, 0 skipped");
    import.kill();
    demo.running.kill();
    let again = Demo::start(data.path(), &[]);
    assert_eq!(again.ask(ASK_DOCUMENTED).await, json!({ "customer": { "name": "1kl as kjk" } }));
}

#[tokio::test]
async fn an_import_beside_a_running_demo_is_seen_at_once_and_names_what_it_refuses() {
    let (data, bodies) = (folder(), folder());
    let demo = Demo::start(data.path(), &[]);
    std::fs::copy(documented(), bodies.path().join("good.json")).unwrap();
    std::fs::write(bodies.path().join("bad.json"), "{\n  \"items\": [,]\n}").unwrap();
    std::fs::write(bodies.path().join("notes.txt"), "not for import").unwrap();
    let (store, captured) = (data.path().to_str().unwrap(), bodies.path().to_str().unwrap());
    let output = run(&["import", "--partner", "fabrikam", "--data", store, captured]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("good.json: customers: 1 read, 1 stored, 0 skipped"));
    let refused = text(&output.stderr);
    assert_eq!(refused.lines().count(), 1, "{refused}");
    for words in ["bad.json", "line 2, column 13", "nothing of this file was stored"] {
        assert!(refused.contains(words), "{words}: {refused}");
    }
    assert_eq!(demo.ask(ASK_DOCUMENTED).await["customer"]["name"], "1kl as kjk");
    let again = run(&["import", "--partner", "fabrikam", "--data", store, &documented()]);
    assert_eq!((again.status.code(), again.stderr.len()), (Some(0), 0));
}

#[tokio::test]
async fn a_token_is_all_that_token_prints() {
    let data = folder();
    let store = data.path().to_str().unwrap();
    let none = run(&["token", "helpdesk@fabrikam", "--data", store]);
    assert_eq!((none.status.code(), none.stdout.len()), (Some(1), 0), "there is no demo yet");
    let mut demo = Demo::start(data.path(), &[]);
    let output = run(&["token", "helpdesk@fabrikam", "--data", store, "--ttl", "5m"]);
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
    let token = text(&output.stdout).strip_suffix('\n').unwrap();
    assert_eq!(token.split('.').count(), 3, "{token}");
    assert!(!token.contains(char::is_whitespace));
    demo.token = token.to_owned();
    let viewer = demo.ask("{ viewer { account { name } } }").await;
    assert_eq!(viewer["viewer"]["account"]["name"], "Helpdesk agent, Fabrikam Cloud");
}

#[tokio::test]
async fn an_explanation_names_the_policys_lines_and_the_rows_of_facts() {
    let data = folder();
    let _demo = Demo::start(data.path(), &[]);
    let explain = |account: &str, customer: &str| {
        let store = data.path().to_str().unwrap();
        let output = run(&["policy", "explain", account, "customer.profile:read", customer, "--data", store]);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
        text(&output.stdout).to_owned()
    };
    let denied = explain("admin@fabrikam", "contoso");
    assert!(denied.starts_with("DENIED: admin@fabrikam customer.profile:read contoso"), "{denied}");
    let row = denied
        .lines()
        .find(|line| line.contains("by reseller_relation "))
        .unwrap_or_else(|| panic!("{denied}"));
    assert!(row.contains("commerce:admin_agents") && row.contains("in force"), "{row}");
    let id = between(row, "by reseller_relation ", " (");
    assert!(uuid::Uuid::parse_str(id).is_ok(), "{id} is no row");
    assert!(denied.contains("dap:admin_agents"), "what would have to be held: {denied}");
    let allowed = explain("admin@fabrikam", "adventure-works");
    assert!(allowed.starts_with("ALLOWED: "), "{allowed}");
    assert!(allowed.contains("by delegated_admin_privilege "), "{allowed}");
    let line = allowed.lines().find(|line| line.trim_start().starts_with("policy.csv:")).unwrap();
    assert!(line.ends_with("p, dap:admin_agents, relationship, customer.profile, read, allow"), "{line}");
    let number: usize = between(line, "policy.csv:", ": p,").parse().unwrap();
    let policy = std::fs::read_to_string(Path::new(MANIFEST).join("policies/policy.csv")).unwrap();
    assert_eq!(policy.lines().nth(number - 1), line.split_once(": ").map(|(_, right)| right));
    let silenced = explain("engineer@fabrikam", "fourth-coffee");
    assert!(silenced.starts_with("DENIED: ") && silenced.contains("DAP does not count"), "{silenced}");
    // A denial rests on lines, too: those of which none is held.
    assert!(denied.contains("policy.csv:"), "no line of the policy is named: {denied}");
}

#[tokio::test]
async fn an_invalid_policy_is_not_loaded_and_the_one_in_force_keeps_serving() {
    let (data, policies) = (folder(), folder());
    for file in ["model.conf", "policy.csv", "vocabulary.toml"] {
        std::fs::copy(Path::new(MANIFEST).join("policies").join(file), policies.path().join(file)).unwrap();
    }
    let lines_of = policies.path().join("policy.csv");
    let shipped = std::fs::read_to_string(&lines_of).unwrap();
    let demo = Demo::start(data.path(), &["--policies", policies.path().to_str().unwrap()]);
    let question = "{ customers(first: 100) { nodes { name myAccess { operations } } } }";
    let before = demo.ask(question).await;
    assert!(before.to_string().contains("subscription.commerce:read"));
    for (broken, file) in [(format!("{shipped}\nnonsense\n"), "policy.csv"), (String::new(), "policy.csv")] {
        std::fs::write(&lines_of, broken).unwrap();
        demo.running.signal("HUP");
        let logged = awaited(&demo.running.err, "POLICY NOT RELOADED");
        assert!(logged.contains(file), "{logged}");
        assert_eq!(demo.ask(question).await, before);
    }
    let narrower: Vec<&str> =
        shipped.lines().filter(|line| !line.contains("subscription.commerce, read, allow")).collect();
    std::fs::write(&lines_of, narrower.join("\n")).unwrap();
    demo.running.signal("HUP");
    awaited(&demo.running.err, "policy reloaded");
    let after = demo.ask(question).await;
    assert!(!after.to_string().contains("subscription.commerce:read"));
    assert_eq!(
        after["customers"]["nodes"].as_array().map(Vec::len),
        before["customers"]["nodes"].as_array().map(Vec::len)
    );
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_it_ends() {
    let data = folder();
    let demo = Demo::start(data.path(), &[]);
    let address = demo.endpoint.trim_start_matches("http://").trim_end_matches("/graphql");
    let body = json!({ "query": "{ viewer { account { name } } }" }).to_string();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "POST /graphql HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nAuthorization: Bearer {}\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        demo.token,
        body.len()
    )
    .unwrap();
    // It has the request's head, and waits for the body.
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    demo.running.signal("TERM");
    awaited(&demo.running.err, "draining");
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200 OK") && answer.contains("Admin agent, Fabrikam Cloud"),
        "{answer}"
    );
    assert_eq!(demo.running.exit_code(), Some(0));
}

/// Refused or failed: exit code 1, one line on standard error that says what, and nothing on standard output.
fn assert_refused(output: &Output, words: &[&str]) {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("partner-gateway: "), "{said}");
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
}

#[test]
fn what_it_cannot_do_is_one_clear_line() {
    let data = folder();
    let store = data.path().to_str().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = (taken.local_addr().unwrap().to_string(), taken);
    assert_refused(&run(&["demo", "--listen", &taken.0, "--data", store]), &["listen", &taken.0]);
    let file = data.path().join("file");
    std::fs::write(&file, "no folder").unwrap();
    let below = file.join("data").to_str().unwrap().to_owned();
    assert_refused(&run(&["demo", "--listen", "127.0.0.1:0", "--data", &below]), &["--data", &below]);
    let foreign = ["migrate", "--data", store, "--database-url", "mysql://127.0.0.1/x", "up"];
    assert_refused(&run(&foreign), &["--database-url"]);
    assert_refused(&run(&["token", "nobody@nowhere", "--data", store]), &["--data"]);
    let import = ["import", "--partner", "nobody", "--data", store, &documented()];
    assert_refused(&run(&import), &["--partner", "nobody"]);
    let import = ["import", "--partner", "fabrikam", "--data", store, &documented()];
    assert_refused(&run(&import), &["migrate"]);
    let explain =
        ["policy", "explain", "admin@fabrikam", "customer.everything:read", "contoso", "--data", store];
    assert_refused(&run(&explain), &["customer.everything:read", "customer.profile:read"]);
}

#[test]
fn a_database_that_cannot_be_reached_is_one_clear_line_without_its_password() {
    let data = folder();
    let arguments =
        ["demo", "--listen", "127.0.0.1:0", "--data", data.path().to_str().unwrap(), "--database-url"];
    let output = run(&[arguments.as_slice(), &["postgres://gateway:hunter2@127.0.0.1:1/x"]].concat());
    assert_refused(&output, &["postgres://127.0.0.1:1/x"]);
    assert!(!text(&output.stderr).contains("hunter2"));
}

#[test]
fn a_wrong_setting_is_refused_by_its_name_and_the_variable_it_came_from() {
    for (variable, value, setting) in [
        ("PARTNER_GATEWAY_LISTEN", "everywhere", "setting listen"),
        ("PARTNER_GATEWAY_STALE_AFTER", "soon", "setting stale_after"),
        ("PARTNER_GATEWAY_LOG_FORMAT", "xml", "setting log_format"),
        ("PARTNER_GATEWAY_POLICIES", "/nowhere/at/all", "setting policies"),
        ("DATABASE_URL", "oracle://db", "setting database_url"),
    ] {
        let output = program(&["serve"]).env(variable, value).output().unwrap();
        assert_refused(&output, &[setting, variable]);
    }
    assert_refused(&run(&["serve"]), &["setting database_url", "is required"]);
    let file = folder();
    let settings = file.path().join("settings.toml");
    let written = "database_url = 'sqlite://nowhere.db'\nsecret = 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='\nlisen = ''\n\
        [[issuers]]\nname = 'entra'\nissuer = 'https://issuer.example'\naudience = ['us']\njwks_url = 'https://issuer.example/keys'\n";
    std::fs::write(&settings, written).unwrap();
    assert_refused(&run(&["serve", "--config", settings.to_str().unwrap()]), &["setting lisen"]);
}

#[test]
fn migrations_take_the_store_before_and_after_their_verb() {
    let data = folder();
    let store = data.path().to_str().unwrap();
    let applied = run(&["migrate", "--data", store, "up"]);
    assert_eq!(applied.status.code(), Some(0), "{}", text(&applied.stderr));
    assert!(text(&applied.stdout).contains("applying"));
    let pending = run(&["migrate", "status", "--data", store]);
    assert_eq!(pending.status.code(), Some(0), "{}", text(&pending.stderr));
    assert_eq!(text(&pending.stdout), "nothing is pending\n");
}

#[test]
fn wrong_usage_has_an_exit_code_of_its_own() {
    for arguments in [
        vec!["frobnicate"],
        vec![],
        vec!["demo", "--customers", "many"],
        vec!["demo", "--customers", "1000001"],
        vec!["demo", "--listen", "nowhere"],
        vec!["import", "--data", "x", "file.json"],
        vec!["import", "--partner", "fabrikam"],
        vec!["token"],
        vec!["token", "admin@fabrikam", "--ttl", "0s"],
        vec!["policy", "explain", "admin@fabrikam"],
    ] {
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
    let help = run(&["--help"]);
    assert_eq!((help.status.code(), help.stderr.len()), (Some(0), 0));
    for command in ["demo", "serve", "token", "import", "migrate", "sdl", "policy"] {
        assert!(text(&help.stdout).contains(command), "{command}");
    }
}
