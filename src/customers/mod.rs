//! stub
pub mod ingest;
pub mod record;
pub mod names;
