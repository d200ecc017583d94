//! `bench --streams`: how soon a change reaches many live streams, what each costs, and whether one that is not read
//! loses anything.
//!
//! - The streams are server-sent events in the names of accounts of the largest provider and of its small reseller, half
//!   each. One change of one incident of the reseller's concerns all of them.
//! - A stream does not say when it is open: nothing is measured before each has told of a first change.
//! - Changes are numbered, and a frame shows its number. A change counts as told once a stream shows it or a later one.
//! - The incident is the benchmark's own, and is over at the end.

use super::bench::{body, unwritable};
use super::bench_load::{Target, checked, cpu_millis, percentile};
use super::bench_stream::{Frame, Reader, TITLE};
use crate::db::Db;
use crate::demo::scale;
use crate::error::{Error, Result};
use crate::health::record::ServiceName;
use crate::incidents::ingest::incidents;
use crate::incidents::record::IncidentRecord;
use crate::ingest::Ingest;
use entity::{PartnerId, Timestamp};
use sea_orm::Statement;
use serde_json::{Value, json};
use std::io::Write;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use uuid::Uuid;

/// The most streams: what the accounts may have together.
pub const MAX_STREAMS: i64 = 2_000;

/// The incident.
const INCIDENT: &str = "EX9900001";

const CHANGED: &str =
    "subscription { incidentChanged { change at incident { id externalId status title } } }";
const SMALL: &str = "{ customers(first: 200) { nodes { tenantId services { status } } } }";
const ONE: &str = "query ($tenant: UUID!) { customer(tenantId: $tenant) { services { status } } }";

/// Changes that are timed, and how far apart they are.
const CHANGES: usize = 20;
const APART: Duration = Duration::from_secs(1);
/// Changes that one stream does not read, and how many of them are one transaction.
const FLOOD: u64 = 10_000;
const BATCH: u64 = 100;
/// Of those changes each frame holds so much text, so often, that no buffer between server and client takes them all.
const TEXT_CHARS: usize = 10_000;
const TEXTS: usize = 20;

/// How long streams have for a change before another one is made, and how often, until all are open.
const OPENING: Duration = Duration::from_secs(3);
const ATTEMPTS: usize = 30;
/// No stream is silent for so long while there is something to tell.
const PATIENCE: Duration = Duration::from_secs(60);
/// After so long a silence nothing more is under way.
const SILENCE: Duration = Duration::from_secs(1);

/// Measures streams of a running server over `db`, and writes what it found to `out`. Answers with the statements that
/// streams run, for a look at their plans.
///
/// # Errors
/// The process may not open enough files; a stream fails, or loses a change.
pub async fn run(
    streams: u32,
    db: &Db,
    endpoint: &str,
    token_for: &dyn Fn(&str) -> Result<String>,
    out: &mut dyn Write,
) -> Result<Vec<Statement>> {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    require_files(&limits, u64::from(streams))?;
    let target = |account: &str| Target::new(endpoint, &token_for(account)?);
    let targets = scale::watchers().iter().map(|name| target(name)).collect::<Result<Vec<_>>>()?;
    let unread = target(&format!("helpdesk@{}", scale::small_partner()))?;
    let mut changes = Changes::prepare(db, &targets).await?;
    db.record_statements();
    // One stream each: their statements, and the memory that the first ones take once and for all.
    let mut first = Streams::open(&targets, 2).await?;
    first.warm_up(&mut changes).await?;
    drop(first);
    tokio::time::sleep(SILENCE).await;
    let statements = db.recorded_statements();
    let found = fan_out(&targets, streams as usize, &mut changes).await?;
    found.write(out).map_err(unwritable)?;
    tokio::time::sleep(SILENCE).await;
    let told = flood(&unread, &mut changes).await?;
    told.write(out).map_err(unwritable)?;
    changes.end().await?;
    tokio::time::sleep(SILENCE).await;
    Ok(statements)
}

/// A stream takes a file at either end.
fn require_files(limits: &str, streams: u64) -> Result<()> {
    let needed = 2 * streams + 200;
    match open_files(limits) {
        Some(allowed) if allowed < needed => {
            let reason = format!("needs {needed} open files; this process may have {allowed} (`ulimit -n`)");
            Err(Error::invalid("--streams", reason))
        }
        _ => Ok(()),
    }
}

/// How many files may be open, in `/proc/self/limits`; none where it does not say, or there is no limit.
fn open_files(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

/// Resident memory of this process in KiB; none where the system does not tell.
fn resident_kib() -> Option<u64> {
    resident_of(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn resident_of(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Makes changes of one incident, in the small partner's name.
struct Changes<'a> {
    db: &'a Db,
    source: PartnerId,
    customer: Uuid,
    starts_at: Timestamp,
    /// Number of the newest.
    last: u64,
    text: Option<String>,
    is_over: bool,
}

impl<'a> Changes<'a> {
    /// With a customer whose health both partners read; the first two of `targets` are one of either.
    async fn prepare(db: &'a Db, targets: &[Target]) -> Result<Self> {
        let none = || Error::Conflict {
            reason: "no customer's health is read by both partners; generate more customers".into(),
        };
        let [provider, small, ..] = targets else { return Err(none()) };
        let customer = shared_customer(provider, small).await?.ok_or_else(none)?;
        let source = scale::source(&scale::small_partner()).ok_or_else(none)?;
        let starts_at = db.clock().now();
        Ok(Changes { db, source, customer, starts_at, last: 0, text: None, is_over: false })
    }

    /// Brings in so many changes in one transaction. Answers when its commit was asked for.
    async fn bring(&mut self, count: u64) -> Result<Instant> {
        let now = self.db.clock().now();
        let mut ingest = Ingest::begin(self.db, self.source, "microsoft_graph", now, false).await?;
        let record = |n: u64| self.record(self.last + n, Timestamp(now.0 - (count - n) as i64));
        let records: Vec<IncidentRecord> = (1..=count).map(record).collect();
        let outcome = incidents(&mut ingest, &records).await?;
        if outcome.stored as u64 != count {
            return Err(Error::internal(format!("{} of {count} changes were stored", outcome.stored)));
        }
        let asked = Instant::now();
        ingest.commit().await?;
        self.last += count;
        Ok(asked)
    }

    fn record(&self, number: u64, modified_at: Timestamp) -> IncidentRecord {
        IncidentRecord {
            customer_tenant_id: self.customer,
            external_id: INCIDENT.into(),
            title: format!("{TITLE}{number}"),
            service: ServiceName { id: Some("Exchange".into()), name: "Exchange Online".into() },
            impact_description: self.text.clone(),
            classification: "incident",
            origin: Some("microsoft"),
            status: if self.is_over { "service_restored" } else { "service_degradation" },
            is_resolved: self.is_over,
            starts_at: Some(self.starts_at),
            ends_at: self.is_over.then_some(modified_at),
            modified_at: Some(modified_at),
            ..IncidentRecord::default()
        }
    }

    /// The incident is over.
    async fn end(&mut self) -> Result<()> {
        (self.text, self.is_over) = (None, true);
        self.bring(1).await.map(drop)
    }
}

/// The tenant of a customer of the small partner whose health the provider reads there, too.
async fn shared_customer(provider: &Target, small: &Target) -> Result<Option<Uuid>> {
    const NODES: &str = "/data/customers/nodes";
    let (asking_provider, asking_small) = (provider.connect()?, small.connect()?);
    let list = checked(&small.ask(&asking_small, body(SMALL, json!({}))).await?, NODES)?;
    let nodes = list.pointer(NODES).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for node in nodes.iter().filter(|node| has_status(node)) {
        let answer = provider.ask(&asking_provider, body(ONE, json!({ "tenant": node["tenantId"] }))).await?;
        let answer: Value = serde_json::from_slice(&answer).map_err(Error::internal)?;
        if has_status(&answer["data"]["customer"]) {
            let tenant = node["tenantId"].as_str().unwrap_or_default();
            return Uuid::try_parse(tenant).map(Some).map_err(Error::internal);
        }
    }
    Ok(None)
}

/// Whether a customer in an answer has a service whose status is known.
pub fn has_status(customer: &Value) -> bool {
    let services = customer["services"].as_array();
    services.is_some_and(|services| services.iter().any(|service| service["status"].is_string()))
}

/// Reads a stream until it fails, or nobody wants its frames any more.
async fn read(mut reader: Reader, frames: mpsc::UnboundedSender<Result<Frame>>) {
    loop {
        let read = match reader.read().await {
            Ok(read) => read,
            Err(error) => {
                let _ = frames.send(Err(error));
                return;
            }
        };
        for frame in read {
            if frames.send(Ok(frame)).is_err() {
                return;
            }
        }
    }
}

/// Streams that are read, each by a task of its own. Dropping them closes them.
struct Streams {
    _tasks: JoinSet<()>,
    frames: mpsc::UnboundedReceiver<Result<Frame>>,
    /// The newest change that each showed.
    newest: Vec<u64>,
    gathered: Vec<Frame>,
}

impl Streams {
    /// So many, of the targets in turn.
    async fn open(targets: &[Target], count: usize) -> Result<Self> {
        let clients = targets.iter().map(Target::stay).collect::<Result<Vec<_>>>()?;
        let (sender, frames) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        let accounts = targets.iter().zip(&clients).cycle().take(count);
        for (stream, (target, client)) in accounts.enumerate() {
            let reader = Reader::open(target, client, CHANGED, stream).await?;
            tasks.spawn(read(reader, sender.clone()));
        }
        Ok(Streams { _tasks: tasks, frames, newest: vec![0; count], gathered: Vec::new() })
    }

    /// Gathers frames until each stream shows this change or a later one; false if one takes too long.
    async fn until(&mut self, number: u64, patience: Duration) -> Result<bool> {
        let deadline = tokio::time::Instant::now() + patience;
        while self.newest.iter().any(|newest| *newest < number) {
            let frame = match tokio::time::timeout_at(deadline, self.frames.recv()).await {
                Ok(Some(frame)) => frame?,
                Ok(None) => return Err(Error::internal("no stream is open any more")),
                Err(_) => return Ok(false),
            };
            self.newest[frame.stream] = self.newest[frame.stream].max(frame.number);
            self.gathered.push(frame);
        }
        Ok(true)
    }

    /// Changes something until every stream tells of it.
    async fn warm_up(&mut self, changes: &mut Changes<'_>) -> Result<()> {
        for _ in 0..ATTEMPTS {
            changes.bring(1).await?;
            if self.until(changes.last, OPENING).await? {
                return Ok(());
            }
        }
        Err(Error::internal("not every stream tells of changes"))
    }
}

/// What was measured of streams that are read.
struct FanOut {
    streams: usize,
    frames: usize,
    /// How long each stream waited for each change, in microseconds, ascending.
    waits: Vec<u32>,
    /// How long the last stream waited for each change, likewise.
    last: Vec<u32>,
    cpu_millis: Option<u64>,
    /// Memory of all streams.
    kib: Option<u64>,
}

async fn fan_out(targets: &[Target], count: usize, changes: &mut Changes<'_>) -> Result<FanOut> {
    let before = resident_kib();
    let mut streams = Streams::open(targets, count).await?;
    streams.warm_up(changes).await?;
    let kib = resident_kib().zip(before).map(|(after, before)| after.saturating_sub(before));
    let (first, cpu, mut asked) = (changes.last + 1, cpu_millis(), Vec::new());
    let mut ticks = tokio::time::interval(APART);
    for _ in 0..CHANGES {
        ticks.tick().await;
        let at = changes.bring(1).await?;
        asked.push((changes.last, at));
    }
    if !streams.until(changes.last, PATIENCE).await? {
        return Err(Error::internal("a stream was not told of the last change"));
    }
    let cpu_millis = cpu_millis().zip(cpu).map(|(after, before)| after.saturating_sub(before));
    streams.gathered.retain(|frame| frame.number >= first);
    let waited = waits(&asked, &streams.gathered, count);
    let mut last: Vec<u32> = waited.iter().filter_map(|waits| waits.iter().max().copied()).collect();
    let mut waits = waited.concat();
    last.sort_unstable();
    waits.sort_unstable();
    Ok(FanOut { streams: count, frames: streams.gathered.len(), waits, last, cpu_millis, kib })
}

/// For each change how long each stream waited until it showed that change or a later one, in microseconds.
fn waits(asked: &[(u64, Instant)], frames: &[Frame], streams: usize) -> Vec<Vec<u32>> {
    let mut of_stream: Vec<Vec<&Frame>> = vec![Vec::new(); streams];
    for frame in frames {
        of_stream[frame.stream].push(frame);
    }
    let waited = |(number, at): &(u64, Instant)| -> Vec<u32> {
        let told = of_stream.iter().filter_map(|frames| frames.iter().find(|frame| frame.number >= *number));
        let micros = told.map(|frame| frame.at.saturating_duration_since(*at).as_micros());
        micros.map(|micros| u32::try_from(micros).unwrap_or(u32::MAX)).collect()
    };
    asked.iter().map(waited).collect()
}

impl FanOut {
    fn write(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let each = |total: Option<u64>, count: usize| {
            total.map_or_else(|| "-".into(), |total| format!("{:.2}", total as f64 / count.max(1) as f64))
        };
        let [p50, p95, most] = [50, 95, 100].map(|p| percentile(&self.waits, p));
        let [last_p50, last_most] = [50, 100].map(|p| percentile(&self.last, p));
        writeln!(
            out,
            "\n{:>7} {:>7} {:>8} {:>8} {:>8} {:>8} {:>11} {:>11} {:>7} {:>8}",
            "streams",
            "changes",
            "frames",
            "p50 ms",
            "p95 ms",
            "max ms",
            "last p50 ms",
            "last max ms",
            "CPU ms",
            "KiB"
        )?;
        writeln!(
            out,
            "{:>7} {CHANGES:>7} {:>8} {p50:>8.1} {p95:>8.1} {most:>8.1} {last_p50:>11.1} {last_most:>11.1} {:>7} {:>8}",
            self.streams,
            self.frames,
            each(self.cpu_millis, self.frames),
            each(self.kib, self.streams)
        )?;
        writeln!(
            out,
            "\nFrom asking for a change's commit to a stream's frame, over all streams and changes; `last` is the last\n\
             stream's, over the changes. CPU is per frame; KiB is resident memory per open stream. Both are this process's:\n\
             the gateway's end and the client's together."
        )?;
        out.flush()
    }
}

/// What a stream told of changes that it was not read for.
#[derive(Debug, Default, PartialEq)]
struct Told {
    frames: u64,
    /// Changes that its frames stand for.
    changes: u64,
    /// Of the frame that stands for most, how many besides one.
    largest: u64,
    /// The change that its newest frame shows.
    newest: u64,
    /// How long it took to bring the changes in, and then to read what was told of them.
    brought: Duration,
    read: Duration,
}

impl Told {
    fn add(&mut self, frame: &Frame) {
        self.frames += 1;
        self.changes += 1 + frame.missed;
        self.largest = self.largest.max(frame.missed);
        self.newest = frame.number;
    }

    /// Every change is accounted for once, some together, and the state is the newest.
    fn check(&self, newest: u64) -> Result<()> {
        if self.changes == FLOOD && self.newest == newest && self.largest > 0 {
            return Ok(());
        }
        let Told { frames, changes, largest, newest: shown, .. } = self;
        Err(Error::internal(format!(
            "{frames} frames stand for {changes} of {FLOOD} changes, at most {largest} missed; the last shows {shown} of {newest}"
        )))
    }

    fn write(&self, out: &mut dyn Write) -> std::io::Result<()> {
        writeln!(
            out,
            "\n{FLOOD} changes in {:.1} s while one stream was not read. Read again, it got {} frames within {:.1} s: all changes\n\
             accounted for, the largest `missed` {}, the last frame with the newest state.",
            self.brought.as_secs_f64(),
            self.frames,
            self.read.as_secs_f64(),
            self.largest
        )?;
        out.flush()
    }
}

/// Changes something until the stream tells of it, and reads what else is under way.
async fn warm_up(reader: &mut Reader, changes: &mut Changes<'_>) -> Result<()> {
    for _ in 0..ATTEMPTS {
        changes.bring(1).await?;
        if let Ok(told) = timeout(OPENING, reader.until(changes.last)).await {
            told?;
            while let Ok(rest) = timeout(SILENCE, reader.read()).await {
                rest?;
            }
            return Ok(());
        }
    }
    Err(Error::internal("a stream does not tell of changes"))
}

/// Many changes while one stream is not read.
async fn flood(target: &Target, changes: &mut Changes<'_>) -> Result<Told> {
    changes.text = Some("x".repeat(TEXT_CHARS));
    let client = target.stay()?;
    let mut reader = Reader::open(target, &client, &heavy_document(), 0).await?;
    warm_up(&mut reader, changes).await?;
    let begun = Instant::now();
    for _ in 0..FLOOD / BATCH {
        changes.bring(BATCH).await?;
    }
    let mut told = Told { brought: begun.elapsed(), ..Told::default() };
    let begun = Instant::now();
    while told.changes < FLOOD {
        let silent = |_| Error::internal("a stream that was not read for a while tells no more");
        let frames = timeout(PATIENCE, reader.read()).await.map_err(silent)??;
        frames.iter().for_each(|frame| told.add(frame));
    }
    told.read = begun.elapsed();
    told.check(changes.last)?;
    Ok(told)
}

/// Frames with so much text that the server soon cannot write on.
fn heavy_document() -> String {
    let texts: String = (0..TEXTS).map(|n| format!(" text{n}: impactDescription")).collect();
    format!("subscription {{ incidentChanged {{ change incident {{ id title{texts} }} }} }}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_waited_for_a_change_until_it_showed_that_one_or_a_later_one() {
        let start = Instant::now();
        let after = |millis: u64| start + Duration::from_millis(millis);
        let frame = |stream, number, millis| Frame { stream, number, missed: 0, at: after(millis) };
        let asked = [(5, after(0)), (6, after(10)), (7, after(20))];
        let frames = [frame(0, 5, 1), frame(1, 6, 13), frame(0, 6, 12), frame(1, 7, 24), frame(0, 7, 27)];
        let expected = [vec![1_000, 13_000], vec![2_000, 3_000], vec![7_000, 4_000]];
        assert_eq!(waits(&asked, &frames, 2), expected);
    }

    #[test]
    fn each_change_must_be_accounted_for_once_and_the_last_frame_be_the_newest() {
        let at = Instant::now();
        let told = |frames: &[(u64, u64)]| {
            let mut told = Told::default();
            for (number, missed) in frames {
                told.add(&Frame { stream: 0, number: *number, missed: *missed, at });
            }
            told
        };
        assert!(told(&[(1, 0), (10_000, FLOOD - 2)]).check(10_000).is_ok());
        for wrong in [
            told(&[(1, 0), (10_000, FLOOD - 3)]),
            told(&[(1, 0), (10_000, FLOOD - 1)]),
            told(&[(1, 0), (9_999, FLOOD - 2)]),
        ] {
            assert!(wrong.check(10_000).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn limits_and_memory_are_read_as_the_system_writes_them() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max processes             127826               127826               processes \n\
                      Max open files            1024                 1048576              files     \n";
        assert_eq!(open_files(limits), Some(1024));
        assert!(require_files(limits, 400).is_ok() && require_files(limits, 1000).is_err());
        assert!(
            require_files(
                "Max open files            unlimited            unlimited            files\n",
                1000
            )
            .is_ok()
        );
        assert!(require_files("", 1000).is_ok());
        assert_eq!(resident_of("VmHWM:\t  200 kB\nVmRSS:\t   12345 kB\n"), Some(12345));
        assert_eq!(resident_of("Name:\tx\n"), None);
    }

    #[test]
    fn the_accounts_may_have_as_many_streams_as_can_be_asked_for() {
        assert_eq!(scale::watchers().len() as i64 * 100, MAX_STREAMS);
        assert_eq!(heavy_document().matches("impactDescription").count(), TEXTS);
    }
}
