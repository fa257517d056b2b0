//! Objects that a host lends to scripts for the time of a call.
//!
//! This file is unsafe: a handle outlives the borrow that it stands for. Invariant: while [`Lent`] holds an address, the object
//! there is borrowed for changing by a [`HostRef::lend`] that has not returned, and is reached only under the lock.

#![allow(unsafe_code)]

use super::host_object::{Access, AccessError, HostRef};
use std::ptr::NonNull;
use std::sync::{Arc, PoisonError, RwLock, TryLockError};

/// The address of an object until it is taken back.
struct Lent<T>(RwLock<Option<NonNull<T>>>);

// SAFETY: the address gives what a `RwLock<&mut T>` would: one thread changes the object, or many read it.
unsafe impl<T: Send + Sync> Send for Lent<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Lent<T> {}

impl<T: Send + Sync> Access<T> for Lent<T> {
    fn read(&self, run: &mut dyn FnMut(&T)) -> Result<(), AccessError> {
        let address = match self.0.try_read() {
            Ok(address) => address,
            Err(TryLockError::Poisoned(address)) => address.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(AccessError::InUse),
        };
        let Some(object) = *address else { return Err(AccessError::Gone) };
        // SAFETY: the invariant; the lock is held for reading while `run` works.
        run(unsafe { object.as_ref() });
        Ok(())
    }

    fn write(&self, run: &mut dyn FnMut(&mut T)) -> Result<(), AccessError> {
        let address = match self.0.try_write() {
            Ok(address) => address,
            Err(TryLockError::Poisoned(address)) => address.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(AccessError::InUse),
        };
        let Some(mut object) = *address else { return Err(AccessError::Gone) };
        // SAFETY: the invariant; the lock is held for writing while `run` works.
        run(unsafe { object.as_mut() });
        Ok(())
    }
}

/// Takes the object back when the call is over, also by a panic.
struct Return<'a, T>(&'a Lent<T>);

impl<T> Drop for Return<'_, T> {
    fn drop(&mut self) {
        // Waits for other threads that use the object now. This one does not: what it began inside the call has ended.
        *self.0.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl<T: Send + Sync + 'static> HostRef<T> {
    /// Lends an object that the host owns while `run` works. Scripts use it as any object of its type; a handle that is kept
    /// beyond that, by a script or by the host, gives the error `RUF4004`, *Host object is no longer valid*.
    ///
    /// If another thread uses the object through a handle when `run` is over, `lend` waits for it.
    ///
    /// ```
    /// use ruff_core::{Engine, HostRef, HostType, Vm};
    /// struct World { time: i64 }
    /// let world = HostType::new("World").field("time", |w: &World| w.time, |w: &mut World, time: i64| w.time = time);
    /// let engine = Engine::builder().host_type(world).build();
    /// let mut vm = Vm::new(&engine);
    /// vm.eval("1", "kept := null\nfunc update(world) { world.time += 1  kept := world }")?;
    ///
    /// let mut world = World { time: 41 };
    /// HostRef::lend(&mut world, |world| vm.call::<()>("update", (world.clone(),)))?;
    /// assert_eq!(world.time, 42);
    /// assert_eq!(vm.eval("2", "kept.time").unwrap_err().message(), "Host object is no longer valid");
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn lend<R>(object: &mut T, run: impl FnOnce(&HostRef<T>) -> R) -> R {
        let lent = Arc::new(Lent(RwLock::new(Some(NonNull::from(object)))));
        let _return = Return(&lent);
        run(&HostRef::of_access(lent.clone()))
    }
}
