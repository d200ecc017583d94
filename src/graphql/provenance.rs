//! Where an object's data came from, and how fresh it is.

use super::op;
use super::scalar::date_time;
use async_graphql::{Context, Enum, Object};
use chrono::{DateTime, Utc};
use entity::Timestamp;

/// A system that data comes from.
///
/// May grow: treat values that you do not know as another system.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceSystem {
    /// The vendor's Partner Center REST API.
    PartnerCenter,
    /// Microsoft Graph.
    MicrosoftGraph,
    /// This gateway itself.
    Gateway,
}

/// How much the data can be relied on.
///
/// May grow: treat values that you do not know as UNKNOWN.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProvenanceState {
    /// Confirmed recently.
    Fresh,
    /// Confirmed longer ago than the gateway's setting allows for.
    Stale,
    /// Never confirmed.
    Unknown,
    /// The source is limiting requests: older than it should be.
    Throttled,
    /// No delegation lets the gateway look.
    NoDelegation,
}

/// Where an object's data came from, and how fresh it is.
#[derive(Clone, Debug)]
pub struct Provenance {
    /// Stored system.
    pub system: String,
    /// When the system said so; 0 where it merely named the object, or was never asked.
    pub as_of: Timestamp,
    /// Whether anything else than its age speaks against it.
    pub standing: Standing,
}

/// What is known of a source besides when it spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing: its age decides.
    Dated,
    /// It limits requests.
    Throttled,
    /// No delegation lets anybody look.
    NoDelegation,
}

impl Provenance {
    /// Data as old as it is.
    pub fn dated(system: &str, as_of: Timestamp) -> Self {
        Provenance { system: system.to_owned(), as_of, standing: Standing::Dated }
    }
}

/// Where an object's data came from, and how fresh it is.
#[Object]
impl Provenance {
    /// The system that said so; never a partner.
    async fn source(&self) -> SourceSystem {
        match self.system.as_str() {
            "partner_center" => SourceSystem::PartnerCenter,
            "microsoft_graph" => SourceSystem::MicrosoftGraph,
            _ => SourceSystem::Gateway,
        }
    }

    /// When that system said so; null where it merely named the object.
    async fn as_of(&self) -> Option<DateTime<Utc>> {
        date_time(self.as_of).filter(|_| self.as_of.0 > 0)
    }

    /// How much the data can be relied on.
    async fn state(&self, ctx: &Context<'_>) -> ProvenanceState {
        match self.standing {
            Standing::Throttled => return ProvenanceState::Throttled,
            Standing::NoDelegation => return ProvenanceState::NoDelegation,
            Standing::Dated => {}
        }
        if self.as_of.0 == 0 {
            return ProvenanceState::Unknown;
        }
        let op = op(ctx);
        let age = op.now().0 - self.as_of.0;
        if age > op.stale_after_secs * Timestamp::SECOND {
            ProvenanceState::Stale
        } else {
            ProvenanceState::Fresh
        }
    }
}
