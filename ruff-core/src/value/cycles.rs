//! Closures that may be part of a cycle, and the collector that finds those that are.

use super::closure::ClosureObject;
use super::repr::Ref;

/// The closures with captures that are alive.
#[derive(Default)]
pub struct Tracked {}

impl Tracked {
    /// Tracks a closure from its allocation on.
    pub fn add_closure(&self, _closure: &Ref<ClosureObject>) {}

    /// Forgets a closure that is being released.
    pub fn remove_closure(&self, _closure: &ClosureObject) {}
}
