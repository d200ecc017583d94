//! Support requests. So far what a source says of those that were filed with the vendor: whose open ones count in an
//! incident's impact.

pub mod ingest;
pub mod record;
