//! Support requests by many hands: a model that shares no code with the gateway, and sentences about what must hold of
//! requests, hops, notes, clocks, keys, streams and records.
//!
//! - `model` says what becomes of each operation by each party, from the text and the domain's; `clocks` counts
//!   service time minute by minute. `walk` and `crowd` compare the gateway with it.
//! - The rest are sentences of their own. All of them bring their facts along: nothing rests on which requests the demo's
//!   world holds.

mod arranged;
mod clocks;
mod crowd;
mod desk;
mod effects;
mod killed;
mod model;
mod moves;
mod narrow;
mod overdue;
mod replay;
mod strangers;
mod stream;
mod trail;
mod walk;

use crate::oracle::dice;
