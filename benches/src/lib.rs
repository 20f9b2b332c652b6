//! One harness for the speed of selvedge: every peer in the same run.
//!
//! ```sh
//! cargo bench -p benches -- [filter]
//! ```
//!
//! A machine is never quiet, and never twice the same. So nothing is compared with a number of yesterday: in each
//! *round* every contestant runs once, in another order each time, and what is reported is a contestant's ratio to
//! another one *of the same round*: its median over the rounds, with the smallest and the largest. What can be
//! counted is checked in each of them: increments of what a mutex or a write lock protects, turns, answers, who is woken.

#![allow(missing_docs, reason = "nobody depends on this crate")]

pub mod goals;
pub mod machine;
pub mod peers;
pub mod plot;
pub mod report;
pub mod rounds;
pub mod threads;
pub mod work;
