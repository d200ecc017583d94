//! Batching by level: every look-up that one level of a query makes becomes one fetch, whatever its number.
//!
//! The `dataloader` crate gathers by yielding, but hands its lock to one waiter at a time, so that 200 parents split
//! into several fetches. Here keys gather in an open batch; the first waiter through closes it and makes one shared
//! future of the crate's loader; all wait for that one. Lives for one request, and its fetch carries that request's
//! scope: never share one between requests.

use crate::error::{Error, Result};
use dataloader::BatchFn;
use dataloader::non_cached::Loader;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What a fetch gives for a key: absent keys are absent.
type Fetched<V> = std::result::Result<Option<V>, Arc<Error>>;
type Fetch<K, V> = Box<dyn Fn(Vec<K>) -> BoxFuture<'static, Result<HashMap<K, V>>> + Send + Sync>;
type Running<K, V> = Shared<BoxFuture<'static, Arc<HashMap<K, Fetched<V>>>>>;

struct Adapter<K, V>(Fetch<K, V>);

impl<K: Clone + Eq + Hash + Debug + Send + Sync, V: Clone + Send + Sync> BatchFn<K, Fetched<V>>
    for Adapter<K, V>
{
    async fn load(&mut self, keys: &[K]) -> HashMap<K, Fetched<V>> {
        match (self.0)(keys.to_vec()).await {
            Ok(mut found) => keys.iter().map(|key| (key.clone(), Ok(found.remove(key)))).collect(),
            Err(error) => {
                let error = Arc::new(error);
                keys.iter().map(|key| (key.clone(), Err(error.clone()))).collect()
            }
        }
    }
}

/// Turns without a new key after which a batch is closed.
const CALM_TURNS: usize = 2;

struct Batch<K, V> {
    keys: Mutex<Vec<K>>,
    running: OnceLock<Running<K, V>>,
}

/// A batched look-up.
pub struct Level<K: Clone + Eq + Hash + Debug + Send + Sync + 'static, V: Clone + Send + Sync + 'static> {
    loader: Loader<K, Fetched<V>, Adapter<K, V>>,
    open: Mutex<Option<Arc<Batch<K, V>>>>,
}

impl<K, V> Level<K, V>
where
    K: Clone + Eq + Hash + Debug + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Batches calls of `fetch`.
    pub fn new<F, R>(fetch: F) -> Self
    where
        F: Fn(Vec<K>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<HashMap<K, V>>> + Send + 'static,
    {
        let fetch: Fetch<K, V> = Box::new(move |keys| fetch(keys).boxed());
        let loader = Loader::new(Adapter(fetch)).with_max_batch_size(usize::MAX).with_yield_count(0);
        Level { loader, open: Mutex::new(None) }
    }

    /// The value of a key, or none.
    pub async fn load(&self, key: K) -> std::result::Result<Option<V>, Arc<Error>> {
        let batch = self.join(key.clone());
        self.gather(&batch).await;
        let running = self.close(&batch);
        running.await.get(&key).cloned().unwrap_or(Ok(None))
    }

    /// Gives siblings and nested levels their turns until no more keys come in, or another waiter has closed the batch.
    async fn gather(&self, batch: &Batch<K, V>) {
        let (mut known, mut calm) = (0, 0);
        while calm < CALM_TURNS && batch.running.get().is_none() {
            tokio::task::yield_now().await;
            let keys = batch.keys.lock().unwrap_or_else(PoisonError::into_inner).len();
            calm = if keys == known { calm + 1 } else { 0 };
            known = keys;
        }
    }

    fn join(&self, key: K) -> Arc<Batch<K, V>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Batch { keys: Mutex::new(Vec::new()), running: OnceLock::new() });
        let batch = open.get_or_insert_with(new).clone();
        let mut keys = batch.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.push(key);
        drop(keys);
        batch
    }

    fn close(&self, batch: &Arc<Batch<K, V>>) -> Running<K, V> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.as_ref().is_some_and(|current| Arc::ptr_eq(current, batch)) {
            *open = None;
        }
        drop(open);
        let start = || {
            let keys = std::mem::take(&mut *batch.keys.lock().unwrap_or_else(PoisonError::into_inner));
            let loader = self.loader.clone();
            let fetch = async move {
                match loader.try_load_many(keys.clone()).await {
                    Ok(found) => Arc::new(found),
                    Err(error) => {
                        let error = Arc::new(Error::internal(error));
                        Arc::new(keys.into_iter().map(|key| (key, Err(error.clone()))).collect())
                    }
                }
            };
            fetch.boxed().shared()
        };
        batch.running.get_or_init(start).clone()
    }
}
