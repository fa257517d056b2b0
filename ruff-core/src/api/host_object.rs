//! Objects of host types, and how Rust code reaches them.
//!
//! An object is behind a lock that nobody waits for: whoever finds it taken gets an error, so that a method that changes an
//! object while the object is in use is an error of the script. A part of an object (a nested field) is reached through the
//! whole: one borrow of the whole serves the path to it.

use super::convert::{FromValue, IntoValue};
use super::copy_out::{CopyOut, Refusal};
use crate::code::Code;
use crate::fault::{Fault, Result as FaultResult};
use crate::value::host::{HostIdentity, HostObject};
use crate::value::{Heap, NativeId, Ref, Value};
use std::any::TypeId;
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, RwLock, TryLockError};

/// Why an object of the host cannot be used now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum AccessError {
    /// It is being changed, or it was to be changed while it is being read.
    InUse,
    /// It was lent for a call that is over.
    Gone,
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AccessError::InUse => "Host object is already in use",
            AccessError::Gone => "Host object is no longer valid",
        })
    }
}

impl std::error::Error for AccessError {}

impl AccessError {
    #[cold]
    pub(super) fn into_fault(self) -> Fault {
        let code = match self {
            AccessError::InUse => Code::HOST,
            AccessError::Gone => Code::HOST_OBJECT_GONE,
        };
        Fault::error(code, self.to_string())
    }
}

/// A way to an object. The closures are called once if the result is `Ok`, else not at all.
pub(super) trait Access<T>: Send + Sync {
    fn read(&self, run: &mut dyn FnMut(&T)) -> Result<(), AccessError>;
    fn write(&self, run: &mut dyn FnMut(&mut T)) -> Result<(), AccessError>;
}

/// An object that scripts own.
struct Owned<T>(RwLock<T>);

impl<T: Send + Sync> Access<T> for Owned<T> {
    fn read(&self, run: &mut dyn FnMut(&T)) -> Result<(), AccessError> {
        match self.0.try_read() {
            Ok(object) => run(&object),
            Err(TryLockError::Poisoned(object)) => run(&object.into_inner()),
            Err(TryLockError::WouldBlock) => return Err(AccessError::InUse),
        }
        Ok(())
    }

    fn write(&self, run: &mut dyn FnMut(&mut T)) -> Result<(), AccessError> {
        match self.0.try_write() {
            Ok(mut object) => run(&mut object),
            Err(TryLockError::Poisoned(object)) => run(&mut object.into_inner()),
            Err(TryLockError::WouldBlock) => return Err(AccessError::InUse),
        }
        Ok(())
    }
}

/// How to get from an object to a part of it.
pub(super) struct Projection<T, U> {
    pub read: fn(&T) -> &U,
    pub write: fn(&mut T) -> &mut U,
}

/// A part of an object.
struct Part<T, U> {
    whole: Arc<dyn Access<T>>,
    projection: Arc<Projection<T, U>>,
}

impl<T: 'static, U: 'static> Access<U> for Part<T, U> {
    fn read(&self, run: &mut dyn FnMut(&U)) -> Result<(), AccessError> {
        self.whole.read(&mut |object| run((self.projection.read)(object)))
    }

    fn write(&self, run: &mut dyn FnMut(&mut U)) -> Result<(), AccessError> {
        self.whole.write(&mut |object| run((self.projection.write)(object)))
    }
}

/// An object of a host type that script and host share: a parameter or result of natives and script functions.
///
/// Copies stand for the same object.
///
/// ```
/// use ruff_core::{Engine, HostRef, HostType, Vm};
/// struct Counter(i64);
/// let counter = HostType::new("Counter").getter("value", |c: &Counter| c.0);
/// let engine = Engine::builder().host_type(counter).build();
/// let mut vm = Vm::new(&engine);
/// let shared = HostRef::new(Counter(1));
/// vm.set_global("counter", shared.clone())?;
/// shared.with_mut(|c| c.0 += 1).unwrap();
/// assert_eq!(vm.eval("1", "counter.value")?.as_deref(), Some("2"));
/// # Ok::<(), ruff_core::Error>(())
/// ```
pub struct HostRef<T> {
    access: Arc<dyn Access<T>>,
    identity: HostIdentity,
}

impl<T> Clone for HostRef<T> {
    fn clone(&self) -> HostRef<T> {
        HostRef { access: self.access.clone(), identity: self.identity }
    }
}

impl<T> fmt::Debug for HostRef<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostRef<{}>", short_name::<T>())
    }
}

/// The same object, not equal ones.
impl<T> PartialEq for HostRef<T> {
    fn eq(&self, other: &HostRef<T>) -> bool {
        self.identity == other.identity
    }
}

impl<T: Send + Sync + 'static> HostRef<T> {
    /// Makes an object that scripts can own.
    ///
    /// ```
    /// use ruff_core::HostRef;
    /// let shared = HostRef::new(vec![1, 2]);
    /// assert_eq!(shared, shared.clone());
    /// assert_ne!(shared, HostRef::new(vec![1, 2]));
    /// ```
    pub fn new(object: T) -> HostRef<T> {
        HostRef::of_access(Arc::new(Owned(RwLock::new(object))))
    }

    pub(super) fn of_access(access: Arc<dyn Access<T>>) -> HostRef<T> {
        let identity = HostIdentity { address: Arc::as_ptr(&access).cast::<()>().addr(), part: 0 };
        HostRef { access, identity }
    }

    /// Reads the object.
    ///
    /// ```
    /// let shared = ruff_core::HostRef::new(vec![1, 2]);
    /// assert_eq!(shared.with(|list| list.len()), Ok(2));
    /// ```
    ///
    /// # Errors
    /// If it is being changed, or is gone.
    pub fn with<R>(&self, read: impl FnOnce(&T) -> R) -> Result<R, AccessError> {
        let (mut read, mut result) = (Some(read), None);
        self.access.read(&mut |object| result = read.take().map(|read| read(object)))?;
        result.ok_or(AccessError::Gone)
    }

    /// Changes the object.
    ///
    /// ```
    /// use ruff_core::{AccessError, HostRef};
    /// let shared = HostRef::new(vec![1, 2]);
    /// assert_eq!(shared.with_mut(|list| list.pop()), Ok(Some(2)));
    /// assert_eq!(shared.with(|_| shared.with_mut(|_| ())), Ok(Err(AccessError::InUse)));
    /// ```
    ///
    /// # Errors
    /// If it is in use, or is gone.
    pub fn with_mut<R>(&self, change: impl FnOnce(&mut T) -> R) -> Result<R, AccessError> {
        let (mut change, mut result) = (Some(change), None);
        self.access.write(&mut |object| result = change.take().map(|change| change(object)))?;
        result.ok_or(AccessError::Gone)
    }

    /// A part of the object, which the getter `field` gives.
    pub(super) fn part<U: Send + Sync + 'static>(
        &self,
        field: NativeId,
        projection: &Arc<Projection<T, U>>,
    ) -> HostRef<U> {
        let part = Part { whole: self.access.clone(), projection: projection.clone() };
        HostRef { access: Arc::new(part), identity: self.identity.part(field) }
    }

    /// The object behind a handle.
    pub(super) fn of_value(value: &Value) -> Option<&HostRef<T>> {
        match value {
            Value::Host(host) => host.object.downcast_ref(),
            _ => None,
        }
    }
}

impl<T: Send + Sync + 'static> FromValue for HostRef<T> {
    fn expected() -> Cow<'static, str> {
        short_name::<T>().into()
    }

    fn from_value(value: &Value, _out: &mut CopyOut<'_>) -> Result<HostRef<T>, Refusal> {
        HostRef::of_value(value).cloned().ok_or(Refusal::Kind)
    }
}

impl<T: Send + Sync + 'static> IntoValue for HostRef<T> {
    fn into_value(self, heap: &Heap) -> FaultResult<Value> {
        let Some(decl) = heap.shared.host_types.get().and_then(|types| types.get(TypeId::of::<T>())) else {
            let message = format!("Rust type {} is not a host type of this engine", short_name::<T>());
            return Err(Fault::error(Code::HOST, message));
        };
        let identity = self.identity;
        let object: Ref<HostObject> = HostObject::alloc(heap, decl.clone(), identity, Box::new(self));
        Ok(Value::Host(object))
    }
}

/// Makes a Rust value an object of its host type: the result of natives and constructors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Host<T>(pub T);

impl<T: Send + Sync + 'static> IntoValue for Host<T> {
    fn into_value(self, heap: &Heap) -> FaultResult<Value> {
        HostRef::new(self.0).into_value(heap)
    }
}

/// The name of a type without its path.
pub(super) fn short_name<T>() -> &'static str {
    let name = std::any::type_name::<T>();
    let end = name.find('<').unwrap_or(name.len());
    let start = name.get(..end).and_then(|path| path.rfind("::")).map_or(0, |at| at + 2);
    name.get(start..).unwrap_or(name)
}
