//! Records of reads of protected fields, written off the request's path: in batches, by one task of this process.
//!
//! - Nothing is dropped: a full queue is waited for, and a read whose record is not taken on is refused.
//! - A database that is away keeps the batch; it is tried again until it is written. Where the answer to a commit got
//!   lost, a record may so stand twice; it never stands not at all.
//! - An orderly stop ([`Recorder::close`]) writes what is queued. A process that is killed loses the last moments' reads.

use super::{Audited, Stamped, store};
use crate::access::action::Action;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::op::Op;
use entity::CustomerId;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use uuid::Uuid;

/// Records that wait to be written; a full queue slows reads down.
const QUEUED: usize = 10_000;

/// How fast it goes.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// Most records of a transaction.
    most: usize,
    /// How long the first of them waits for others.
    gather: Duration,
    /// Between two tries while the database is away.
    retry: Duration,
    /// How long a read waits for a place in the queue.
    patience: Duration,
    /// How long a stop waits for a database that is away.
    last_tries: Duration,
}

const PACE: Pace = Pace {
    most: 500,
    gather: Duration::from_millis(200),
    retry: Duration::from_secs(1),
    patience: Duration::from_secs(10),
    last_tries: Duration::from_secs(30),
};

enum Told {
    Read(Box<Stamped>),
    /// Somebody waits until what was told before is written.
    Flush(oneshot::Sender<()>),
}

/// Takes records on. Cheap to clone.
#[derive(Clone)]
pub struct Recorder(Arc<Inner>);

struct Inner {
    queue: mpsc::Sender<Told>,
    closing: watch::Sender<bool>,
    /// The writing task, until somebody waits for its end: how many records it could not write.
    task: Mutex<Option<JoinHandle<usize>>>,
    patience: Duration,
}

impl Recorder {
    /// Over a database; starts the task that writes. It ends with [`Self::close`], or with the last clone.
    pub fn start(db: Db) -> Self {
        Self::paced(db, QUEUED, PACE)
    }

    fn paced(db: Db, queued: usize, pace: Pace) -> Self {
        let (queue, told) = mpsc::channel(queued);
        let (closing, is_closing) = watch::channel(false);
        let writer = Writer { db, told, closing: is_closing, give_up_at: None, pace };
        let task = Mutex::new(Some(tokio::spawn(writer.run())));
        Recorder(Arc::new(Inner { queue, closing, task, patience: pace.patience }))
    }

    /// Takes a record on.
    ///
    /// # Errors
    /// It cannot be taken on: what it tells of must not happen.
    pub async fn record(&self, op: &Op, event: Audited) -> Result<()> {
        self.tell(Told::Read(Box::new(Stamped::of(op, event)))).await
    }

    /// Waits until all that was taken on before is written: for those who read the records.
    pub async fn flush(&self) -> Result<()> {
        let (written, is_written) = oneshot::channel();
        self.tell(Told::Flush(written)).await?;
        is_written.await.map_err(|_| refused())
    }

    async fn tell(&self, told: Told) -> Result<()> {
        self.0.queue.send_timeout(told, self.0.patience).await.map_err(|_| refused())
    }

    /// Takes no more, and writes what is queued: for an orderly stop.
    ///
    /// # Errors
    /// The database stayed away, and records are lost.
    pub async fn close(&self) -> Result<()> {
        self.0.closing.send_replace(true);
        let task = self.0.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(task) = task else { return Ok(()) };
        match task.await.map_err(Error::internal)? {
            0 => Ok(()),
            lost => Err(Error::internal(format!("records of reads that could not be written: {lost}"))),
        }
    }
}

fn refused() -> Error {
    Error::Unavailable {
        reason: "protected fields cannot be read now, since reads cannot be recorded; try again",
    }
}

/// The writing end.
struct Writer {
    db: Db,
    told: mpsc::Receiver<Told>,
    closing: watch::Receiver<bool>,
    /// Until when it is tried, once it is closing.
    give_up_at: Option<Instant>,
    pace: Pace,
}

/// What is written together, and those who wait for it.
#[derive(Default)]
struct Batch {
    events: Vec<Stamped>,
    waiting: Vec<oneshot::Sender<()>>,
}

impl Batch {
    fn add(&mut self, told: Told) {
        match told {
            Told::Read(event) => self.events.push(*event),
            Told::Flush(waiting) => self.waiting.push(waiting),
        }
    }
}

impl Writer {
    /// Until it is closed and its queue is empty. Gives the number of records that could not be written.
    async fn run(mut self) -> usize {
        let mut lost = 0;
        while let Some(batch) = self.gather().await {
            if self.write(&batch.events).await {
                for waiting in batch.waiting {
                    // Who waited may have gone.
                    let _ = waiting.send(());
                }
            } else {
                lost += batch.events.len();
            }
        }
        lost
    }

    /// The next records: those that come within a moment of the first. None once it is closed and its queue is empty.
    async fn gather(&mut self) -> Option<Batch> {
        let mut batch = Batch::default();
        batch.add(self.next().await?);
        let enough = tokio::time::sleep(self.pace.gather);
        tokio::pin!(enough);
        while batch.waiting.is_empty() && batch.events.len() < self.pace.most {
            tokio::select! {
                biased;
                told = self.next() => match told {
                    Some(told) => batch.add(told),
                    None => break,
                },
                () = &mut enough => break,
            }
        }
        Some(batch)
    }

    /// The next one in the queue, which is closed as soon as somebody asks for that. Cancel safe.
    async fn next(&mut self) -> Option<Told> {
        if self.give_up_at.is_none() {
            tokio::select! {
                biased;
                () = asked_to_close(&mut self.closing) => self.stop_taking(),
                told = self.told.recv() => return told,
            }
        }
        self.told.recv().await
    }

    fn stop_taking(&mut self) {
        self.give_up_at = Some(Instant::now() + self.pace.last_tries);
        self.told.close();
    }

    /// Writes a batch, however often it takes. Gives up only when the process is about to end.
    async fn write(&mut self, events: &[Stamped]) -> bool {
        let mut is_away = false;
        loop {
            match commit(&self.db, events).await {
                Ok(()) if is_away => {
                    tracing::info!("records of reads are written again");
                    return true;
                }
                Ok(()) => return true,
                Err(error) if !is_away => {
                    is_away = true;
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "records of reads cannot be written; they are kept, and tried again"
                    );
                }
                Err(_) => {}
            }
            match self.give_up_at {
                Some(at) if Instant::now() >= at => {
                    tracing::error!(
                        count = events.len(),
                        "records of reads are lost: the database stayed away"
                    );
                    return false;
                }
                Some(_) => tokio::time::sleep(self.pace.retry).await,
                None => {
                    tokio::select! {
                        () = asked_to_close(&mut self.closing) => self.stop_taking(),
                        () = tokio::time::sleep(self.pace.retry) => {}
                    }
                }
            }
        }
    }
}

/// Somebody closes it, or nobody is left who could tell it anything.
async fn asked_to_close(closing: &mut watch::Receiver<bool>) {
    // An error says that the last clone is gone: the same.
    drop(closing.wait_for(|is_closing| *is_closing).await);
}

async fn commit(db: &Db, events: &[Stamped]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let tx = db.begin().await?;
    store::append(&tx, events).await?;
    Ok(tx.commit().await?)
}

/// What one request has read of protected fields: each record once, however many rows and fields it asks for.
#[derive(Clone)]
pub struct Reads {
    recorder: Recorder,
    /// Held while a record is taken on: a field beside it, which would rest on the same record, waits for it.
    told: Arc<tokio::sync::Mutex<HashSet<(Action, CustomerId)>>>,
}

impl Reads {
    /// Of one request, nothing yet.
    pub fn new(recorder: Recorder) -> Self {
        Reads { recorder, told: Arc::default() }
    }

    /// Records that protected fields of a customer are read: called when the right was found, before anything is shown.
    /// `held` is what is held on the row that they belong to; `chains` are tenants besides one's own that may read of it.
    ///
    /// # Errors
    /// The record cannot be taken on: nothing may be shown.
    pub async fn protected(
        &self,
        op: &Op,
        action: Action,
        customer: CustomerId,
        held: i64,
        chains: &[Uuid],
    ) -> Result<()> {
        let mut told = self.told.lock().await;
        if told.contains(&(action, customer)) {
            return Ok(());
        }
        let policy = op.policy();
        let tokens = policy.vocabulary.tokens_in(held as u64 & policy.masks(action).allow);
        let ground = tokens.map(|token| token.name.as_str()).collect::<Vec<_>>().join(" ");
        let event = Audited {
            customer: Some(customer),
            ground: Some(ground).filter(|ground| !ground.is_empty()),
            chains: chains.to_vec(),
            ..Audited::done(action.name())
        };
        self.recorder.record(op, event).await?;
        told.insert((action, customer));
        Ok(())
    }
}

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
