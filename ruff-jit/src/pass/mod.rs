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
use crate::hir::graph::Graph;
use crate::hir::verify::verify as verify_function;

/// A pass with its name in listings and switches.
#[derive(Debug)]
pub struct Pass {
    pub name: &'static str,
    pub run: fn(&mut Function),
    /// It only has something to do where there is a loop.
    is_for_loops: bool,
}

impl Pass {
    const fn new(name: &'static str, run: fn(&mut Function)) -> Pass {
        Pass { name, run, is_for_loops: false }
    }

    const fn for_loops(name: &'static str, run: fn(&mut Function)) -> Pass {
        Pass { name, run, is_for_loops: true }
    }
}

/// All passes in the order in which they run.
pub const PASSES: &[Pass] = &[
    Pass::new("fold", fold::run),
    Pass::new("wrap", wrap::run),
    Pass::new("gvn", gvn::run),
    Pass::for_loops("licm", licm::run),
    Pass::for_loops("bounds", bounds::run),
    Pass::for_loops("gvn", gvn::run),
    Pass::new("range", range::run),
    Pass::new("dce", dce::run),
    Pass::new("fold", fold::run),
    Pass::for_loops("counters", counters::run),
    Pass::for_loops("ticks", ticks::run),
    Pass::for_loops("dce", dce::run),
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
    let has_loop = has_loop(function);
    for pass in PASSES {
        if disabled.contains(&pass.name) || pass.is_for_loops && !has_loop {
            continue;
        }
        (pass.run)(function);
        if verify {
            check(function, pass.name);
        }
    }
}

fn has_loop(function: &Function) -> bool {
    let graph = Graph::new(function);
    graph.order.iter().any(|block| graph.is_header(*block))
}

fn check(function: &Function, after: &str) {
    if let Err(problem) = verify_function(function) {
        panic!("HIR after {after}: {problem}\n{function}");
    }
}
