//! Values that the host keeps alive, by slots.
//!
//! A slot is given back from any thread through a queue that the heap empties when it next hands one out. Invariant: a
//! [`RootSlot`] names a slot of the heap whose queue it shares, and the slot is not given to another value while it lives.

use super::repr::Value;
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The kept values of one heap.
#[derive(Default)]
pub struct Roots {
    slots: RefCell<Slots>,
    queue: Arc<ReleaseQueue>,
}

#[derive(Default)]
struct Slots {
    values: Vec<Value>,
    free: Vec<u32>,
}

/// The slots whose owners are gone.
#[derive(Default)]
struct ReleaseQueue {
    slots: Mutex<Vec<u32>>,
    is_filled: AtomicBool,
}

/// The right to use a slot; dropping it, on any thread, gives the slot back.
pub struct RootSlot {
    slot: u32,
    queue: Arc<ReleaseQueue>,
}

impl Roots {
    /// Keeps a value.
    pub fn keep(&self, value: Value) -> RootSlot {
        self.release_dropped();
        let mut slots = self.slots.borrow_mut();
        let slot = match slots.free.pop() {
            Some(slot) => slot,
            None => {
                slots.values.push(Value::Null);
                slots.values.len() as u32 - 1
            }
        };
        if let Some(place) = slots.values.get_mut(slot as usize) {
            *place = value;
        }
        RootSlot { slot, queue: self.queue.clone() }
    }

    /// The value in a slot; `None` if it is a slot of another heap.
    #[inline]
    pub fn get(&self, root: &RootSlot) -> Option<Value> {
        if !Arc::ptr_eq(&self.queue, &root.queue) {
            return None;
        }
        self.slots.borrow().values.get(root.slot as usize).cloned()
    }

    /// Releases the values whose slots were given back.
    #[inline]
    pub fn release_dropped(&self) {
        if self.queue.is_filled.load(Ordering::Relaxed) {
            self.release_queue();
        }
    }

    #[cold]
    fn release_queue(&self) {
        self.queue.is_filled.store(false, Ordering::Relaxed);
        let dropped = std::mem::take(&mut *self.queue.slots.lock().unwrap_or_else(PoisonError::into_inner));
        for slot in dropped {
            let mut slots = self.slots.borrow_mut();
            let value = slots.values.get_mut(slot as usize).map(|v| std::mem::replace(v, Value::Null));
            slots.free.push(slot);
            // An object of the host may do anything when it goes, so nothing is borrowed then.
            drop(slots);
            drop(value);
        }
    }

    /// Releases all values, when the machine goes.
    pub fn clear(&self) {
        let slots = std::mem::take(&mut *self.slots.borrow_mut());
        drop(slots);
    }
}

impl Drop for RootSlot {
    fn drop(&mut self) {
        self.queue.slots.lock().unwrap_or_else(PoisonError::into_inner).push(self.slot);
        self.queue.is_filled.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_used_again() {
        let roots = Roots::default();
        let first = roots.keep(Value::Int(1));
        let second = roots.keep(Value::Int(2));
        std::thread::spawn(move || drop(first)).join().unwrap();
        let third = roots.keep(Value::Int(3));
        assert_eq!(third.slot, 0);
        assert!(matches!(roots.get(&second), Some(Value::Int(2))));
        assert!(Roots::default().get(&third).is_none());
    }
}
