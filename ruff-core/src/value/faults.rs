//! Faults on purpose, for tests: from some allocation on there is no memory, from some look on the interrupt flag is set. Without the
//! feature `faults` nothing of it is left.

#[cfg(feature = "faults")]
use std::cell::Cell;

/// What fails, and when.
#[derive(Default)]
pub struct Faults {
    #[cfg(feature = "faults")]
    allocations: Countdown,
    #[cfg(feature = "faults")]
    looks: Countdown,
}

#[cfg(not(feature = "faults"))]
impl Faults {
    /// Is an allocation to fail?
    #[inline(always)]
    pub(super) fn fail_allocation(&self) -> bool {
        false
    }

    /// Do allocations fail?
    #[inline(always)]
    pub fn is_out_of_memory(&self) -> bool {
        false
    }

    /// Is a look at the interrupt flag to find it set?
    #[inline(always)]
    pub fn interrupt(&self) -> bool {
        false
    }

    /// Is the flag looked at in each tick?
    #[inline(always)]
    pub fn looks_each_tick(&self) -> bool {
        false
    }
}

#[cfg(feature = "faults")]
impl Faults {
    /// From the `n`-th on (counted from 0) all allocations fail that a memory limit can stop, as long as there is such a limit;
    /// `None`: no allocation fails.
    pub fn fail_allocations_from(&self, n: Option<u64>) {
        self.allocations.0.set(n);
    }

    /// From the `n`-th look on (counted from 0) the interrupt flag is found set, and it is looked at in each tick; `None`: it is not.
    pub fn interrupt_from(&self, n: Option<u64>) {
        self.looks.0.set(n);
    }

    /// Counts an allocation; is it to fail?
    pub(super) fn fail_allocation(&self) -> bool {
        self.allocations.count()
    }

    /// Do allocations fail?
    pub fn is_out_of_memory(&self) -> bool {
        self.allocations.is_over()
    }

    /// Counts a look at the interrupt flag; is it to be found set?
    pub fn interrupt(&self) -> bool {
        self.looks.count()
    }

    /// Is the flag looked at in each tick?
    pub fn looks_each_tick(&self) -> bool {
        self.looks.0.get().is_some()
    }

    /// Is the flag found set?
    pub fn is_interrupted(&self) -> bool {
        self.looks.is_over()
    }
}

/// Events until the first that fails; `None`: none does.
#[cfg(feature = "faults")]
#[derive(Default)]
struct Countdown(Cell<Option<u64>>);

#[cfg(feature = "faults")]
impl Countdown {
    fn is_over(&self) -> bool {
        self.0.get() == Some(0)
    }

    /// Counts an event; does it fail?
    fn count(&self) -> bool {
        let fails = self.is_over();
        self.0.set(self.0.get().map(|left| left.saturating_sub(1)));
        fails
    }
}
