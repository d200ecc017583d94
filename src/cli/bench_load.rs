//! The benchmark's clients: each is a task with one connection of its own, which asks again as soon as it is answered.
//!
//! No answer counts that was not checked: each must equal, byte for byte, the one that was looked into before the
//! clock ran, or else is looked into itself. So checking costs next to nothing of what is measured. Time and number
//! of requests are bounded.

use crate::error::{Error, Result};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, ClientBuilder, Response, StatusCode, Url};
use serde_json::Value;
use std::error::Error as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How long the clients run before anything counts.
const WARM_UP: Duration = Duration::from_millis(500);
/// No answer takes longer, not even that of the widest incident to the last of many clients.
const PATIENCE: Duration = Duration::from_secs(120);
/// One client stops after so many requests, whatever the time: 4 MB of latencies.
const MOST_REQUESTS: usize = 1_000_000;
/// The unit of CPU times in `/proc`: hundredths of a second on every Linux.
const TICK_MILLIS: u64 = 10;

/// Whom to ask, and as whom.
#[derive(Clone)]
pub struct Target {
    url: Url,
    headers: HeaderMap,
}

/// An operation with the requests that stand for it, asked in turn.
pub struct Operation {
    /// What the results call it.
    pub name: &'static str,
    /// JSON pointer to what each answer must hold: a list with something in it, or an object.
    pub found: &'static str,
    /// Bodies, each with the answer that was checked.
    pub requests: Vec<(Vec<u8>, Vec<u8>)>,
}

/// What was measured of one operation.
pub struct Measured {
    /// Latencies in microseconds, ascending.
    pub micros: Vec<u32>,
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// CPU time of this process in milliseconds, clients included; none where the system does not tell.
    pub cpu_millis: Option<u64>,
    /// Bytes of all answers.
    pub bytes: u64,
}

impl Target {
    /// The GraphQL endpoint, such as `http://127.0.0.1:8080/graphql`, with this token.
    ///
    /// # Errors
    /// The endpoint is no address, or the token is no header.
    pub fn new(endpoint: &str, token: &str) -> Result<Self> {
        let url = Url::parse(endpoint).map_err(|e| Error::invalid("endpoint", e.to_string()))?;
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(Error::internal)?;
        bearer.set_sensitive(true);
        let json = HeaderValue::from_static("application/json");
        Ok(Target { url, headers: HeaderMap::from_iter([(AUTHORIZATION, bearer), (CONTENT_TYPE, json)]) })
    }

    /// A client with one connection, kept alive.
    ///
    /// # Errors
    /// The client cannot be made.
    pub fn connect(&self) -> Result<Client> {
        self.client().timeout(PATIENCE).build().map_err(unanswered)
    }

    /// A client for live streams, each on a connection of its own and never cut off.
    ///
    /// # Errors
    /// The client cannot be made.
    pub fn stay(&self) -> Result<Client> {
        self.client().build().map_err(unanswered)
    }

    fn client(&self) -> ClientBuilder {
        let client = Client::builder().default_headers(self.headers.clone());
        // On loopback neither proxies nor certificates have a part in it.
        client.pool_max_idle_per_host(1).http1_only().no_proxy().tls_certs_only([])
    }

    /// Asks once.
    ///
    /// # Errors
    /// The server does not answer, or not with status 200.
    pub async fn ask(&self, client: &Client, body: Vec<u8>) -> Result<Vec<u8>> {
        let response = client.post(self.url.clone()).body(body).send().await.map_err(unanswered)?;
        let status = response.status();
        let answer = Vec::from(response.bytes().await.map_err(unanswered)?);
        if status != StatusCode::OK {
            return Err(Error::internal(format!("HTTP {status}: {}", beginning(&answer))));
        }
        Ok(answer)
    }

    /// Asks for server-sent events; the body is still to be read.
    ///
    /// # Errors
    /// The server does not answer, or not with status 200.
    pub async fn listen(&self, client: &Client, body: Vec<u8>) -> Result<Response> {
        let request = client.post(self.url.clone()).header(ACCEPT, "text/event-stream").body(body);
        let response = request.send().await.map_err(unanswered)?;
        if response.status() != StatusCode::OK {
            return Err(Error::internal(format!("HTTP {} instead of a stream", response.status())));
        }
        Ok(response)
    }
}

/// Why there was no answer, in one line.
pub fn unanswered(error: reqwest::Error) -> Error {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    Error::internal(format!("{error}{cause}"))
}

/// As much of an answer as fits an error.
pub fn beginning(answer: &[u8]) -> String {
    String::from_utf8_lossy(answer).chars().take(300).collect()
}

/// Looks into an answer: it has no errors, and holds something at `found`.
///
/// # Errors
/// It does not; the text quotes its beginning.
pub fn checked(answer: &[u8], found: &str) -> Result<Value> {
    let wrong = |what: &str| Error::internal(format!("the answer {what}: {}", beginning(answer)));
    let json: Value = serde_json::from_slice(answer).map_err(|_| wrong("is not JSON"))?;
    if json.get("errors").is_some() {
        return Err(wrong("has errors"));
    }
    match json.pointer(found) {
        Some(Value::Array(items)) if !items.is_empty() => Ok(json),
        Some(Value::Object(_)) => Ok(json),
        _ => Err(wrong("holds nothing")),
    }
}

/// So many clients at once, for so long, after a short warm-up.
///
/// # Errors
/// An answer is wrong or missing.
pub async fn measure(
    target: &Target,
    operation: &Arc<Operation>,
    clients: u32,
    time: Duration,
    begin: &mut dyn FnMut(),
) -> Result<Measured> {
    let connections = (0..clients).map(|_| target.connect()).collect::<Result<Vec<_>>>()?;
    together(target, operation, &connections, WARM_UP).await?;
    begin();
    let (cpu, begun) = (cpu_millis(), Instant::now());
    let (mut micros, bytes) = together(target, operation, &connections, time).await?;
    let elapsed = begun.elapsed();
    let cpu_millis = cpu_millis().zip(cpu).map(|(after, before)| after.saturating_sub(before));
    micros.sort_unstable();
    Ok(Measured { micros, elapsed, cpu_millis, bytes })
}

async fn together(
    target: &Target,
    operation: &Arc<Operation>,
    connections: &[Client],
    time: Duration,
) -> Result<(Vec<u32>, u64)> {
    let mut clients = JoinSet::new();
    let until = Instant::now() + time;
    for (place, client) in connections.iter().enumerate() {
        // Clients start at different requests, so that they do not march in step.
        clients.spawn(one(target.clone(), operation.clone(), client.clone(), place * 7, until));
    }
    let (mut micros, mut bytes) = (Vec::new(), 0);
    while let Some(client) = clients.join_next().await {
        let (more, further) = client.map_err(Error::internal)??;
        micros.extend(more);
        bytes += further;
    }
    Ok((micros, bytes))
}

async fn one(
    target: Target,
    operation: Arc<Operation>,
    client: Client,
    first: usize,
    until: Instant,
) -> Result<(Vec<u32>, u64)> {
    let (mut micros, mut bytes) = (Vec::new(), 0);
    let count = operation.requests.len().max(1);
    for (body, expected) in operation.requests.iter().cycle().skip(first % count).take(MOST_REQUESTS) {
        let begun = Instant::now();
        if begun >= until {
            break;
        }
        let answer = target.ask(&client, body.clone()).await?;
        micros.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
        bytes += answer.len() as u64;
        if answer != *expected {
            checked(&answer, operation.found)?;
        }
    }
    Ok((micros, bytes))
}

/// The latency in milliseconds that so many per cent of the requests did not exceed; 0 where there were none.
pub fn percentile(ascending: &[u32], per_cent: usize) -> f64 {
    let place = (ascending.len() * per_cent).div_ceil(100).saturating_sub(1);
    ascending.get(place).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
}

/// CPU time of this process so far, in milliseconds; none where the system does not tell.
pub fn cpu_millis() -> Option<u64> {
    cpu_of(&std::fs::read_to_string("/proc/self/stat").ok()?)
}

/// User and system time are fields 14 and 15; the second field, a name in parentheses, may hold spaces.
fn cpu_of(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) * TICK_MILLIS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_latency_that_so_many_did_not_exceed() {
        let micros: Vec<u32> = (1..=200).map(|n| n * 1000).collect();
        assert_eq!([50, 95, 99, 100].map(|p| percentile(&micros, p)), [100.0, 190.0, 198.0, 200.0]);
        assert_eq!(percentile(&[1500], 99), 1.5);
        assert_eq!(percentile(&[], 50), 0.0);
    }

    #[test]
    fn cpu_time_is_found_behind_any_process_name() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194304 100 0 0 0 123 45 6 7 20 0 4 0 99 1000 10";
        assert_eq!(cpu_of(stat), Some(1680));
        assert_eq!(cpu_of("7 (a) S 1"), None);
    }

    #[test]
    fn an_answer_with_errors_or_without_rows_does_not_count() {
        let rows = br#"{"data":{"customers":{"nodes":[{"id":"a"}]}}}"#;
        assert!(checked(rows, "/data/customers/nodes").is_ok());
        assert!(checked(rows, "/data/customers").is_ok());
        for wrong in [
            &br#"{"data":{"customers":{"nodes":[]}}}"#[..],
            br#"{"data":{"customers":null}}"#,
            br#"{"data":{"customers":{"nodes":[{"id":"a"}]}},"errors":[{"message":"no"}]}"#,
            b"busy",
        ] {
            assert!(checked(wrong, "/data/customers/nodes").is_err());
        }
    }
}
