//! Passes over HIR: each takes a valid function to a valid one that does the same.
//!
//! "The same" is what the interpreter can see: the result, memory when the function returns or leaves, and that an exit is
//! taken whose frames and slots are right where it is taken. A guard may move up to the block before its loop, and so leave
//! earlier than it would have.

pub mod bounds;
pub mod counters;
pub mod dce;
mod edit;
pub mod fold;
pub mod gvn;
pub mod licm;
mod memory;
#[cfg(test)]
mod random;
pub mod range;
pub mod ticks;
pub mod wrap;

use crate::hir::Function;
use crate::hir::verify::verify as verify_function;

/// A pass with its name in listings and switches.
#[derive(Debug)]
pub struct Pass {
    pub name: &'static str,
    pub run: fn(&mut Function),
}

/// All passes in the order in which they run.
pub const PASSES: &[Pass] = &[
    Pass { name: "fold", run: fold::run },
    Pass { name: "wrap", run: wrap::run },
    Pass { name: "gvn", run: gvn::run },
    Pass { name: "licm", run: licm::run },
    Pass { name: "bounds", run: bounds::run },
    Pass { name: "gvn", run: gvn::run },
    Pass { name: "range", run: range::run },
    Pass { name: "dce", run: dce::run },
    Pass { name: "fold", run: fold::run },
    Pass { name: "counters", run: counters::run },
    Pass { name: "ticks", run: ticks::run },
    Pass { name: "dce", run: dce::run },
];

/// Runs all passes but those that are disabled by name. The function is verified before and after each of them if `verify`, and
/// always in debug builds.
///
/// # Panics
/// If the function is not valid: a bug of whoever built it, or of the pass that is named.
pub fn optimise(function: &mut Function, disabled: &[&str], verify: bool) {
    let verify = verify || cfg!(debug_assertions);
    if verify {
        check(function, "build");
    }
    for pass in PASSES {
        if disabled.contains(&pass.name) {
            continue;
        }
        (pass.run)(function);
        if verify {
            check(function, pass.name);
        }
    }
}

fn check(function: &Function, after: &str) {
    if let Err(problem) = verify_function(function) {
        panic!("HIR after {after}: {problem}\n{function}");
    }
}
