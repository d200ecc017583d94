//! stub
pub mod ingest;
pub mod record;
