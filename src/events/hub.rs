//! Listening to the log: one look-out for all streams of this process, which keeps the newest events at hand, and says
//! when rights may have changed.
//!
//! - A stream has a place of its own in the log and takes what follows at its own pace: one that does not read holds
//!   up nobody, and costs no memory but its place. What is no longer at hand is read from the database.
//! - A commit is noticed by its notification on PostgreSQL, and by looking in any case: a notification that is missed
//!   costs half a second.
//! - Nothing here decides who may read what: readers are named generously, and each stream asks under its own scope.

use super::{Event, Kind};
use crate::db::Db;
use crate::error::{Error, Result};
use entity::Timestamp;
use sea_orm::DbBackend;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;
use uuid::Uuid;

/// Streams that one process serves at once.
const MAX_STREAMS: usize = 10_000;
/// Streams of one account at once.
const MAX_PER_ACCOUNT: usize = 100;
/// Events kept at hand.
const AT_HAND: usize = 10_000;
/// Events read at a time.
const CHUNK: u64 = 2_000;
/// Between two looks where a notification shortens the wait, and where none does.
const LOOK_NOTIFIED: Duration = Duration::from_millis(500);
const LOOK: Duration = Duration::from_millis(200);
/// After a notification, for what follows at once.
const BREATH: Duration = Duration::from_millis(50);
/// For one look, and for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// An event, and the tenants with open streams that may come to read what changed.
struct Told {
    event: Arc<Event>,
    readers: HashSet<Uuid>,
}

/// The newest events: those after `first`, up to `last`.
#[derive(Default)]
struct AtHand {
    events: VecDeque<Told>,
    first: i64,
    last: i64,
}

/// Who listens.
#[derive(Default)]
struct Listeners {
    tenants: HashMap<Uuid, usize>,
    accounts: HashMap<Uuid, usize>,
    count: usize,
    /// Of those, how many are open.
    open: usize,
    /// Whether somebody looks out.
    is_running: bool,
}

/// What every look tells all streams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signal {
    /// The place of the newest event at hand.
    pub last: i64,
    /// Rises when rights may have changed.
    pub access: u64,
    /// When it was looked, by the gateway's clock.
    pub now: i64,
    /// The process is about to end.
    pub is_draining: bool,
}

/// The look-out. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    db: Db,
    at_hand: Mutex<AtHand>,
    listeners: Mutex<Listeners>,
    signal: watch::Sender<Signal>,
}

impl Hub {
    /// Over a database; nothing looks out before somebody listens.
    pub fn new(db: Db) -> Self {
        let (signal, _) = watch::channel(Signal::default());
        Hub(Arc::new(Inner { db, at_hand: Mutex::default(), listeners: Mutex::default(), signal }))
    }

    /// Ends all streams: the process is about to end.
    pub fn drain(&self) {
        self.0.signal.send_modify(|signal| signal.is_draining = true);
    }

    /// What every look tells.
    pub fn signals(&self) -> watch::Receiver<Signal> {
        self.0.signal.subscribe()
    }

    /// Rights may have changed in a way that the log does not tell: another policy.
    pub fn access_changed(&self) {
        self.0.signal.send_modify(|signal| signal.access += 1);
    }

    /// How many streams are open: they have their place in the log, and their ground has been looked at once.
    pub fn stream_count(&self) -> usize {
        lock(&self.0.listeners).open
    }

    /// Listens in a tenant's name, from now on.
    ///
    /// # Errors
    /// Too many streams are open; the database does not answer.
    pub async fn listen(&self, tenant: Uuid, account: Uuid) -> Result<Listener> {
        let signal = self.0.signal.subscribe();
        if signal.borrow().is_draining {
            return Err(going_away());
        }
        // Registered before the newest place is read: from there on every look thinks of this tenant.
        let starts = self.register(tenant, account)?;
        let mut listener = Listener {
            hub: self.clone(),
            tenant,
            account,
            position: 0,
            registered_at: 0,
            is_open: false,
            signal,
        };
        if starts {
            tokio::spawn(self.clone().look_out());
        }
        let (_, last) = super::ends(&self.0.db).await?;
        (listener.position, listener.registered_at) = (last, last);
        Ok(listener)
    }

    /// True for the one who has to start looking out.
    fn register(&self, tenant: Uuid, account: Uuid) -> Result<bool> {
        let mut listeners = lock(&self.0.listeners);
        let own = listeners.accounts.get(&account).copied().unwrap_or_default();
        for (count, most, whose) in
            [(own, MAX_PER_ACCOUNT, "of this account"), (listeners.count, MAX_STREAMS, "of this server")]
        {
            if count >= most {
                return Err(Error::LimitExceeded {
                    limit: format!("at most {most} live streams {whose} at once"),
                });
            }
        }
        listeners.count += 1;
        *listeners.tenants.entry(tenant).or_default() += 1;
        *listeners.accounts.entry(account).or_default() += 1;
        Ok(!std::mem::replace(&mut listeners.is_running, true))
    }

    /// Whether somebody listens; if not, nobody looks out any more.
    fn is_wanted(&self) -> bool {
        let mut listeners = lock(&self.0.listeners);
        listeners.is_running = listeners.count > 0;
        listeners.is_running
    }

    /// The tenants that listen.
    fn tenants(&self) -> Vec<Uuid> {
        lock(&self.0.listeners).tenants.keys().copied().collect()
    }

    async fn look_out(self) {
        let db = &self.0.db;
        let pause = if db.backend() == DbBackend::Postgres { LOOK_NOTIFIED } else { LOOK };
        let mut notifications = None;
        let mut state = Looked { at: None, is_new: true, is_away: false };
        while self.is_wanted() {
            if notifications.is_none() {
                let connecting = timeout(PATIENCE, db.notifications(super::CHANNEL)).await;
                notifications = connecting.ok().and_then(|connected| connected.ok().flatten());
            }
            let looked = timeout(PATIENCE, self.look(&state)).await;
            match looked.unwrap_or_else(|_| Err(Error::internal("the database does not answer in time"))) {
                Ok(at) => state = Looked { at: Some(at), is_new: false, is_away: false },
                Err(error) => {
                    if !state.is_away {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "live streams cannot look for events"
                        );
                    }
                    (state.is_away, notifications) = (true, None);
                    // Tokens expire all the same.
                    self.0.signal.send_modify(|signal| signal.now = db.clock().now().0);
                }
            }
            match &mut notifications {
                Some(listener) => {
                    if matches!(timeout(pause, listener.recv()).await, Ok(Err(_))) {
                        notifications = None;
                    }
                    // What comes in a burst is looked at together.
                    tokio::time::sleep(BREATH).await;
                }
                None => tokio::time::sleep(pause).await,
            }
        }
    }

    /// Takes what is new; tells all streams. Once the database is back, rights are asked again in any case.
    async fn look(&self, before: &Looked) -> Result<Timestamp> {
        let db = &self.0.db;
        if before.is_new {
            let (_, last) = super::ends(db).await?;
            *lock(&self.0.at_hand) = AtHand { events: VecDeque::new(), first: last, last };
        }
        let since = before.at.unwrap_or_else(|| db.clock().now().plus_days(-1));
        let (has_turned, now) = super::intervals_turned(db, since).await?;
        // Before the first look somebody may have listened already, and nobody looked out.
        let mut access = before.is_away || before.is_new || has_turned;
        loop {
            let from = lock(&self.0.at_hand).last;
            let events = super::after(db, from, CHUNK).await?;
            let Some(until) = events.last().map(|event| event.seq) else { break };
            let is_whole = (events.len() as u64) < CHUNK;
            access |= events.iter().any(|event| event.is(Kind::Access));
            // Who listens is asked after the events were read: whoever has a place before one of them is among these.
            let tenants = self.tenants();
            let mut readers = super::readers(db, from, until, &tenants).await?;
            let mut at_hand = lock(&self.0.at_hand);
            for event in events {
                let readers = readers.remove(&event.seq).unwrap_or_default();
                at_hand.events.push_back(Told { event: Arc::new(event), readers });
            }
            at_hand.last = until;
            while at_hand.events.len() > AT_HAND {
                at_hand.first = at_hand.events.pop_front().map_or(at_hand.first, |told| told.event.seq);
            }
            drop(at_hand);
            if is_whole {
                break;
            }
        }
        let last = lock(&self.0.at_hand).last;
        self.0.signal.send_modify(|signal| {
            signal.last = last;
            signal.access += u64::from(access);
            signal.now = now.0;
        });
        Ok(now)
    }
}

/// What the look-out knows of its last look.
struct Looked {
    /// When it was, by the database's clock.
    at: Option<Timestamp>,
    /// There was none yet.
    is_new: bool,
    /// It failed.
    is_away: bool,
}

const GOING_AWAY: &str = "the server is going away; subscribe again";

/// What a stream is told when the process is about to end.
pub fn going_away() -> Error {
    Error::Unavailable { reason: GOING_AWAY }
}

/// Whether an error says that the process is about to end.
pub fn is_going_away(error: &Error) -> bool {
    matches!(error, Error::Unavailable { reason } if *reason == GOING_AWAY)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One stream's place in the log.
pub struct Listener {
    hub: Hub,
    tenant: Uuid,
    account: Uuid,
    /// The place up to which everything was taken.
    position: i64,
    /// The newest place when it began to listen: looks before that did not think of its tenant.
    registered_at: i64,
    is_open: bool,
    signal: watch::Receiver<Signal>,
}

impl Listener {
    /// The place up to which everything was taken.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Goes back to a place that a client remembers.
    ///
    /// # Errors
    /// The events after it are not kept any more, or it lies in the future.
    pub async fn resume(&mut self, position: i64) -> Result<()> {
        let (first, last) = super::ends(&self.hub.0.db).await?;
        if position > last || position + 1 < first {
            let kept = super::KEPT_DAYS;
            let reason = format!(
                "events after this position are not kept any more ({kept} days are); read the lists anew, then subscribe without it"
            );
            return Err(Error::invalid("after", reason));
        }
        self.position = position;
        Ok(())
    }

    /// Its ground has been looked at: from now on it counts as open.
    pub fn opened(&mut self) {
        if !std::mem::replace(&mut self.is_open, true) {
            lock(&self.hub.0.listeners).open += 1;
        }
    }

    /// What the last look told.
    pub fn signal(&self) -> Signal {
        *self.signal.borrow()
    }

    /// Waits for the next look that tells something.
    pub async fn changed(&mut self) {
        // The sender lives as long as the hub, which this holds.
        let _ = self.signal.changed().await;
    }

    /// Whether something follows its place.
    pub fn is_behind(&self) -> bool {
        self.signal.borrow().last > self.position
    }

    /// Takes the next events that its tenant may come to read, in order; the place moves beyond all that were looked
    /// at. Empty does not mean that nothing follows.
    ///
    /// # Errors
    /// The database does not answer; the place stays.
    pub async fn take(&mut self) -> Result<Vec<Arc<Event>>> {
        if let Some((events, until)) = self.take_at_hand() {
            self.position = until;
            return Ok(events);
        }
        let db = &self.hub.0.db;
        let events = super::after(db, self.position, CHUNK).await?;
        let Some(until) = events.last().map(|event| event.seq) else { return Ok(Vec::new()) };
        let readers = super::readers(db, self.position, until, &[self.tenant]).await?;
        self.position = until;
        Ok(events.into_iter().filter(|event| readers.contains_key(&event.seq)).map(Arc::new).collect())
    }

    fn take_at_hand(&self) -> Option<(Vec<Arc<Event>>, i64)> {
        let at_hand = lock(&self.hub.0.at_hand);
        if self.position < self.registered_at.max(at_hand.first) {
            return None;
        }
        let start = at_hand.events.partition_point(|told| told.event.seq <= self.position);
        let mine = at_hand.events.iter().skip(start).filter(|told| told.readers.contains(&self.tenant));
        Some((mine.map(|told| told.event.clone()).collect(), at_hand.last.max(self.position)))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut listeners = lock(&self.hub.0.listeners);
        listeners.count = listeners.count.saturating_sub(1);
        listeners.open = listeners.open.saturating_sub(usize::from(self.is_open));
        let Listeners { tenants, accounts, .. } = &mut *listeners;
        for (counts, key) in [(tenants, self.tenant), (accounts, self.account)] {
            if let Some(count) = counts.get_mut(&key) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(&key);
                }
            }
        }
    }
}
