//! The rules of DESIGN 4.3 (whose word) and 4.4, each as a sentence, through the graph. A part cites its numbers.

mod ages;
mod candidates;
mod chains;
mod commerce;
pub mod facts;
mod health;
mod health_ages;
mod hidden;
mod impact;
mod narrowing;
pub mod outages;
mod own_requests;
mod precedence;
mod strangers;
mod windows;
mod words;
