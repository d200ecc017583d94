//! The one place that reads the system's time. Tests hold a fixed clock; nothing else asks the system.

use entity::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Where "now" comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The system's time; statements use the database's own.
    #[default]
    System,
    /// A time that moves only when told to, in microseconds since 1970; shared by all clones.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands still at `at`.
    pub fn fixed(at: Timestamp) -> Self {
        Clock::Fixed(Arc::new(AtomicI64::new(at.0)))
    }

    /// Now, to the microsecond.
    #[allow(clippy::disallowed_methods)] // this is the module that may
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => Timestamp(chrono::Utc::now().timestamp_micros()),
            Clock::Fixed(at) => Timestamp(at.load(Ordering::Relaxed)),
        }
    }

    /// Moves a fixed clock; the system's is left alone.
    pub fn set(&self, at: Timestamp) {
        if let Clock::Fixed(cell) = self {
            cell.store(at.0, Ordering::Relaxed);
        }
    }

    /// The fixed time, if this clock stands still: statements then take it instead of the database's.
    pub fn fixed_now(&self) -> Option<Timestamp> {
        match self {
            Clock::System => None,
            Clock::Fixed(at) => Some(Timestamp(at.load(Ordering::Relaxed))),
        }
    }
}
