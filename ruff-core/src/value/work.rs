//! Work on values that is charged a tick's worth at a time.
//!
//! Walks over nested or many values count what they do in one [`Work`], so that many small parts cost as much as one large part.
//! What is less than a tick's worth in the end is free.

use super::Hooks;
use crate::fault::Result;

/// Elements and bytes that one tick pays for.
pub const WORK_PER_TICK: usize = 64;

/// Elements and bytes that were gone through and not charged yet: always less than a tick's worth.
#[derive(Default)]
pub struct Work(usize);

impl Work {
    /// Counts elements that were gone through, or will be.
    ///
    /// # Errors
    /// The traps of section 21.
    #[inline]
    pub fn add(&mut self, hooks: &mut dyn Hooks, elements: usize) -> Result<()> {
        self.0 += elements;
        if self.0 < WORK_PER_TICK { Ok(()) } else { self.charge(hooks) }
    }

    /// Counts the bytes or limbs of one element. Few of them are part of the work on the element.
    ///
    /// # Errors
    /// The traps of section 21.
    #[inline]
    pub fn add_long(&mut self, hooks: &mut dyn Hooks, len: usize) -> Result<()> {
        if len < WORK_PER_TICK { Ok(()) } else { self.add(hooks, len) }
    }

    #[cold]
    #[inline(never)]
    fn charge(&mut self, hooks: &mut dyn Hooks) -> Result<()> {
        let ticks = self.0 / WORK_PER_TICK;
        self.0 %= WORK_PER_TICK;
        hooks.charge(ticks as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::ops::testing::TestHooks;

    #[test]
    fn parts_of_ticks_add_up() {
        let mut hooks = TestHooks::new();
        let mut work = Work::default();
        for _ in 0..63 {
            work.add(&mut hooks, 1).unwrap();
        }
        work.add_long(&mut hooks, 63).unwrap();
        assert_eq!(hooks.ticks, 0);
        work.add(&mut hooks, 1).unwrap();
        assert_eq!(hooks.ticks, 1);
        work.add_long(&mut hooks, 1000).unwrap();
        assert_eq!(hooks.ticks, 16);
        work.add(&mut hooks, 24).unwrap();
        assert_eq!(hooks.ticks, 17);
    }
}
