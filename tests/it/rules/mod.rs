//! The rules of DESIGN 4.3 (whose word) and 4.4, each as a sentence, through the graph. A part cites its numbers.

mod ages;
mod chains;
mod commerce;
pub mod facts;
mod hidden;
mod narrowing;
mod precedence;
mod strangers;
mod windows;
mod words;
