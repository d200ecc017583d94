//! Who may do what, where. Decides by bit masks compiled from the policy, finds by SQL that holds the same masks.
//!
//! Never lets a statement run without a scope, never caches a right between requests, never asks for a name.

pub mod action;
pub mod authenticate;

pub mod demo_issuer;
pub mod directory;
pub mod driving;
pub mod explain;
pub mod holding;
pub mod issuer;

pub mod policy;
pub mod roster;
pub mod scope;
