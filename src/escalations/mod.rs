//! Support requests: raised by a customer or for it, diagnosed, linked to known incidents, handed from the named partner to a
//! provider and to the vendor, each hop with a clock and a reason; and what the vendor lists of its own.
//!
//! - Each party reads a copy of the request of its own ([`case`] decides what is in it, [`case_store`] writes it), and of the
//!   timeline what was written for it. What is visible is settled when it is written, never when it is read.
//! - A command is judged and carried out in one transaction under the lock of facts ([`perform`], [`hops`]), once for each
//!   key.
//! - A tier reads its own hop, and keeps what it could read when the hop ends; nothing of another tier's.

pub mod case;
pub mod case_store;
pub mod check;
pub mod command;
pub mod desk;
pub mod due;
pub mod due_store;
pub mod evidence;
pub mod filter;
pub mod hops;
pub mod ingest;
pub mod live;
pub mod loader;
pub mod mutation;
pub mod mutation_commands;
pub mod mutation_inputs;
pub mod own;
pub mod pace;
pub mod perform;
pub mod preflight;
pub mod preflight_schema;
pub mod preflight_store;
pub mod record;
pub mod say;
pub mod schema;
pub mod schema_parts;
pub mod schema_words;
pub mod store;
pub mod words;
