//! The composition root: what a running gateway consists of, and how a request becomes an operation.

use crate::access::authenticate;
use crate::access::driving::Drivings;
use crate::access::issuer::{Claims, TokenVerifier};
use crate::access::policy::PolicyInForce;
use crate::audit::recorder::{Reads, Recorder};
use crate::db::cursor::Sealer;
use crate::db::{Db, derive};
use crate::error::{Error, Result};
use crate::events::hub::{Hub, going_away};
use crate::health;
use crate::op::Op;
use crate::schema::{self, Gateway};
use std::sync::Arc;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Mutations under way at once; others wait for their turn. Most of them wait for the one writer anyway.
const MAX_WRITING: u32 = 64;

/// A running gateway. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The store.
    pub db: Db,
    /// The policy in force.
    pub policy: PolicyInForce,
    /// Who may issue tokens.
    pub verifier: Arc<TokenVerifier>,
    /// Seals ids and cursors.
    pub sealer: Sealer,
    /// Live streams' look-out.
    pub hub: Hub,
    /// How accounts' lists are driven.
    pub drivings: Drivings,
    /// Leave to run mutations, each in a task of its own.
    writing: Arc<Semaphore>,
    /// Records reads of protected fields, off the requests' path.
    pub recorder: Recorder,
    /// The schema.
    pub schema: Gateway,
    /// Age in seconds from which ingested data is stale.
    pub stale_after_secs: i64,
}

impl App {
    /// Puts the parts together. Derived tables made with another vocabulary are made anew.
    pub async fn new(
        db: Db,
        policy: PolicyInForce,
        verifier: TokenVerifier,
        secret: &[u8],
        stale_after_secs: i64,
    ) -> Result<Self> {
        let vocabulary = &policy.current().vocabulary;
        derive::use_vocabulary(&db, &vocabulary.role_tokens(), &vocabulary.fingerprint()).await?;
        health::ingest::use_catalogue(&db).await?;
        let sealer = Sealer::new(secret)?;
        Ok(App {
            hub: Hub::new(db.clone()),
            drivings: Drivings::default(),
            writing: Arc::new(Semaphore::new(MAX_WRITING as usize)),
            recorder: Recorder::start(db.clone()),
            db,
            policy,
            verifier: Arc::new(verifier),
            sealer,
            schema: schema::build(),
            stale_after_secs,
        })
    }

    /// Who the token speaks for. It carries no right by itself.
    pub async fn authenticate(&self, token: Option<&str>) -> Result<Claims> {
        const HOW: &str = "send `authorization: Bearer <token>` with a token of a configured issuer";
        let token = token.ok_or(Error::Unauthenticated(HOW))?;
        let now = self.db.clock().now().0.div_euclid(entity::Timestamp::SECOND);
        self.verifier.verify(token, now).await.map_err(|error| {
            tracing::debug!(%error, "token refused");
            Error::Unauthenticated("the token is not valid here: it may have expired, or come from another issuer or for another audience")
        })
    }

    /// The operation of one request.
    pub async fn operation(&self, claims: &Claims, request_id: Uuid) -> Result<Op> {
        let viewer = authenticate::viewer(&self.db, claims, &self.drivings).await?;
        let scope = authenticate::scope(&self.db, &viewer, claims.groups.as_deref(), self.policy.current());
        Ok(Op {
            viewer: Arc::new(viewer),
            scope: Arc::new(scope),
            db: self.db.clone(),
            sealer: self.sealer.clone(),
            stale_after_secs: self.stale_after_secs,
            reads: Reads::new(self.recorder.clone()),
            request_id,
        })
    }

    /// Runs a mutation in a task of its own, once it has its turn: what was begun is finished, and its refusal recorded,
    /// also if the client goes meanwhile and drops what waits here.
    ///
    /// # Errors
    /// The process is about to end; the task broke off.
    pub async fn finish(&self, request: async_graphql::Request, op: Op) -> Result<async_graphql::Response> {
        let turn = self.writing.clone().acquire_owned().await.map_err(|_| going_away())?;
        let app = self.clone();
        let running = async move {
            let response = app.execute(request, op).await;
            drop(turn);
            response
        };
        tokio::spawn(running).await.map_err(Error::internal)
    }

    /// Waits for the mutations under way, and lets no other begin.
    pub async fn finished(&self) {
        // Whoever waits for a turn now comes after this, and is refused.
        let _all = self.writing.acquire_many(MAX_WRITING).await;
        self.writing.close();
    }

    /// Runs a request for an operation.
    pub async fn execute(&self, request: async_graphql::Request, op: Op) -> async_graphql::Response {
        self.schema.execute(schema::request(request, op)).await
    }
}
