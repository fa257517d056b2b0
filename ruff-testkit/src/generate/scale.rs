//! How large programs are, and how many constructs each is about.

use super::WRITERS;
use crate::random::Random;

/// The size of programs.
pub(super) struct Scale {
    /// What a hot function may cost in one call: one of these.
    pub function_ticks: [u64; 4],
    /// What all calls of one hot function may cost.
    pub calls_ticks: u64,
    /// How often a hot function is called, at least and at most.
    pub calls: (u64, u64),
    /// What a top-level loop may cost.
    pub top_level_ticks: u64,
    /// Variables that a hot function starts with, at most.
    pub locals_max: u64,
    /// Statements in the outermost loop of a hot function, at least and at most.
    pub statements: (u64, u64),
    /// Do functions return digests of what they have worked on? Else all of it is printed, which takes less native code and more output.
    pub digests: bool,
    /// Hot functions, at most.
    pub functions_max: u64,
    /// In so many of a hundred programs there is a top-level loop.
    pub top_level_percent: u64,
    /// In so many of a hundred programs there is a deep recursion.
    pub deep_percent: u64,
    /// The constructs that a program is about; `None` for any number.
    pub constructs: Option<u64>,
}

/// Programs with some of everything.
pub(super) const LARGE: Scale = Scale {
    function_ticks: [500, 1_000, 2_000, 4_000],
    calls_ticks: 200_000,
    calls: (50, 300),
    top_level_ticks: 60_000,
    locals_max: 5,
    statements: (2, 6),
    digests: true,
    functions_max: 3,
    top_level_percent: 60,
    deep_percent: 15,
    constructs: None,
};

/// Programs about a few constructs.
pub(super) const SMALL: Scale = Scale {
    function_ticks: [30, 60, 120, 240],
    calls_ticks: 8_000,
    calls: (12, 50),
    top_level_ticks: 1_000,
    locals_max: 2,
    statements: (1, 3),
    digests: false,
    functions_max: 1,
    top_level_percent: 10,
    deep_percent: 0,
    constructs: Some(3),
};

impl Scale {
    /// By writer: how much a program likes it.
    pub fn taste(&self, random: &mut Random) -> Vec<u64> {
        let Some(constructs) = self.constructs else {
            return WRITERS.iter().map(|(_, weight, _)| weight * [0, 1, 1, 4][random.below(4) as usize]).collect();
        };
        let mut taste = vec![0; WRITERS.len()];
        for _ in 0..constructs {
            taste[random.below(WRITERS.len() as u64) as usize] += 1;
        }
        taste
    }
}
