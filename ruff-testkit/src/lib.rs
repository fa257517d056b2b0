//! What the tests of the engine share: programs made from a seed, runs in several tiers, their comparison, and the reduction of
//! programs on which tiers differ.
//!
//! ```
//! use ruff_testkit::{Case, Mode, compare, generate};
//! let case = Case::generated(&generate(7));
//! compare(&case, &[Mode::INTERPRETER]).unwrap();
//! ```

pub mod compare;
pub mod edges;
#[cfg(all(unix, target_arch = "x86_64"))]
pub mod evaluator;
pub mod feature;
pub mod fuzz;
mod generate;
pub mod program;
pub mod random;
pub mod reduce;
pub mod run;
pub mod script;
pub mod tally;

pub use compare::{Difference, compare, compare_counted};
pub use feature::{Feature, FeatureSet};
pub use generate::{generate, generate_small};
pub use program::Program;
pub use random::Random;
pub use reduce::reduce;
pub use run::{Action, Case, Failure, Mode, Outcome, run, run_counted, run_with, run_with_options};
pub use script::Script;
pub use tally::Tally;
