//! The 16-byte value and the counted reference.
//!
//! Native code relies on this layout: the tag is the byte at offset 0, the payload the word at offset 8, and every tag from
//! [`Value::FIRST_HEAP_TAG`] on has a pointer to an object with a [`Header`] as payload.
//!
//! This file is unsafe: it counts references.

#![allow(unsafe_code)]

use super::array::ArrayObject;
use super::bytes::BytesObject;
use super::closure::{CellObject, ClosureObject, ConstructorObject};
use super::collections::{QueueObject, SetObject, StackObject};
use super::dict::DictObject;
use super::generator::GeneratorObject;
use super::heap::{Header, Heap, HeapObject};
use super::host::HostObject;
use super::int::BigIntObject;
use super::module::ModuleObject;
use super::range::RangeObject;
use super::record::{EnumDefObject, StructDefObject, StructObject, VariantObject};
use super::string::StrObject;
use crate::fault::Result;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ops::Deref;
use std::ptr::NonNull;

/// A counted reference to an object of the heap. One word; cloning adds one to a non-atomic count.
#[repr(transparent)]
pub struct Ref<T: HeapObject>(NonNull<T>, PhantomData<T>);

impl<T: HeapObject> Ref<T> {
    /// Takes over a reference.
    ///
    /// # Safety
    /// `object` is alive and the caller gives up one of its counted references.
    #[inline(always)]
    pub unsafe fn from_raw(object: NonNull<T>) -> Ref<T> {
        let reference = Ref(object, PhantomData);
        debug_assert!(reference.is_alive());
        reference
    }

    /// Allocates an object that has no inline part behind `T`.
    #[inline(always)]
    pub fn alloc(heap: &Heap, object: T) -> Ref<T> {
        let start = heap.alloc_object(size_of::<T>()).cast::<T>();
        // SAFETY: the memory is fresh, large enough and aligned to 16.
        unsafe {
            start.write(object);
            Ref::from_raw(start)
        }
    }

    /// The address of the object.
    #[inline(always)]
    pub fn as_ptr(&self) -> NonNull<T> {
        self.0
    }

    /// Is this the only reference?
    #[inline(always)]
    pub fn is_unique(&self) -> bool {
        self.header().count.get() == 1
    }

    /// The number of references.
    pub fn count(&self) -> u32 {
        self.header().count.get()
    }

    /// Do both refer to the same object?
    #[inline(always)]
    pub fn same(&self, other: &Ref<T>) -> bool {
        self.0 == other.0
    }

    /// The heap of the object.
    #[inline(always)]
    pub fn heap(&self) -> &Heap {
        Heap::of(&**self)
    }

    /// Has the object references? In debug builds that of a freed one has none: see `FreeCell` of the heap.
    #[inline(always)]
    fn is_alive(&self) -> bool {
        self.header().count.get() > 0
    }

    #[inline(always)]
    fn header(&self) -> &Header {
        // SAFETY: every object starts with a header and is alive while a reference exists.
        unsafe { self.0.cast::<Header>().as_ref() }
    }

    /// The word of the header that the object uses itself.
    #[inline(always)]
    pub fn aux(&self) -> u32 {
        self.header().aux.get()
    }

    /// The object, if this is its only reference.
    #[inline(always)]
    pub fn get_mut(&mut self) -> Option<&mut T> {
        // SAFETY: the only reference is borrowed mutably.
        if self.is_unique() { Some(unsafe { self.0.as_mut() }) } else { None }
    }
}

/// Containers: shared ones are copied before one side changes.
pub trait CopyOnWrite: HeapObject {
    /// A copy of this object, not of what it holds.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    fn copy(&self, heap: &Heap) -> Result<Ref<Self>>;

    /// How many elements a copy goes over.
    fn copied_elements(&self) -> usize;
}

impl<T: CopyOnWrite> Ref<T> {
    /// The object for changing: itself if this is the only reference, else a copy that takes its place.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    #[inline(always)]
    pub fn make_mut(&mut self) -> Result<&mut T> {
        if !self.is_unique() {
            self.replace_by_copy()?;
        }
        // SAFETY: the only reference is borrowed mutably.
        Ok(unsafe { self.0.as_mut() })
    }

    #[cold]
    #[inline(never)]
    fn replace_by_copy(&mut self) -> Result<()> {
        let copy = self.copy(self.heap())?;
        self.heap().count_copy(copy.copied_elements());
        *self = copy;
        Ok(())
    }
}

impl<T: HeapObject> Clone for Ref<T> {
    #[inline(always)]
    fn clone(&self) -> Ref<T> {
        debug_assert!(self.is_alive());
        let count = &self.header().count;
        count.set(count.get() + 1);
        Ref(self.0, PhantomData)
    }
}

impl<T: HeapObject> Drop for Ref<T> {
    #[inline(always)]
    fn drop(&mut self) {
        debug_assert!(self.is_alive());
        let count = &self.header().count;
        let left = count.get() - 1;
        count.set(left);
        if left == 0 {
            // SAFETY: this was the last reference.
            unsafe { Heap::release(self.0) };
        }
    }
}

impl<T: HeapObject> Deref for Ref<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        debug_assert!(self.is_alive());
        // SAFETY: the object is alive while a reference exists.
        unsafe { self.0.as_ref() }
    }
}

/// The index of a native function in the engine's table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct NativeId(pub u32);

/// Why a variable has no value. Scripts never see it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Absence {
    /// Its declaration has not run.
    Undefined,
    /// It is on loan to a `mut` parameter.
    OnLoan,
    /// An argument that the caller left out; the callee fills in the default.
    Missing,
}

/// The tag bytes of values.
pub mod tag {
    pub const NULL: u8 = 0;
    pub const BOOL: u8 = 1;
    pub const INT: u8 = 2;
    pub const FLOAT: u8 = 3;
    pub const NATIVE: u8 = 4;
    pub const ABSENT: u8 = 5;
    pub const BIG_INT: u8 = 8;
    pub const STR: u8 = 9;
    pub const ARRAY: u8 = 10;
    pub const DICT: u8 = 11;
    pub const STRUCT: u8 = 12;
    pub const VARIANT: u8 = 13;
    pub const RANGE: u8 = 14;
    pub const BYTES: u8 = 15;
    pub const SET: u8 = 16;
    pub const QUEUE: u8 = 17;
    pub const STACK: u8 = 18;
    pub const CLOSURE: u8 = 19;
    pub const CONSTRUCTOR: u8 = 20;
    pub const GENERATOR: u8 = 21;
    pub const STRUCT_DEF: u8 = 22;
    pub const ENUM_DEF: u8 = 23;
    pub const MODULE: u8 = 24;
    pub const HOST: u8 = 25;
    pub const CELL: u8 = 26;
    /// Tags from here on stand for counted references.
    pub const FIRST_HEAP: u8 = 8;
    /// All tags are below this.
    pub const END: u8 = 32;

    /// The name of the kind of values with a tag; `None` if the object has it.
    pub fn kind_name(tag: u8) -> Option<&'static str> {
        Some(match tag {
            NULL => "null",
            BOOL => "bool",
            INT | BIG_INT => "int",
            FLOAT => "float",
            NATIVE | CLOSURE | CONSTRUCTOR => "function",
            ABSENT => "undefined",
            STR => "string",
            ARRAY => "array",
            DICT => "dict",
            STRUCT => "struct",
            RANGE => "range",
            BYTES => "bytes",
            SET => "set",
            QUEUE => "queue",
            STACK => "stack",
            GENERATOR => "generator",
            STRUCT_DEF => "structdef",
            ENUM_DEF => "enumdef",
            MODULE => "module",
            CELL => "cell",
            _ => return None,
        })
    }
}

/// A value of the language.
#[repr(C, u8)]
pub enum Value {
    Null = tag::NULL,
    Bool(bool) = tag::BOOL,
    /// An int that fits 64 bits.
    Int(i64) = tag::INT,
    Float(f64) = tag::FLOAT,
    /// A function of the engine or the host.
    Native(NativeId) = tag::NATIVE,
    /// No value; only in registers, cells and globals.
    Absent(Absence) = tag::ABSENT,
    /// An int that does not fit 64 bits.
    BigInt(Ref<BigIntObject>) = tag::BIG_INT,
    Str(Ref<StrObject>) = tag::STR,
    Array(Ref<ArrayObject>) = tag::ARRAY,
    Dict(Ref<DictObject>) = tag::DICT,
    Struct(Ref<StructObject>) = tag::STRUCT,
    /// A value of a declared enum, of `Result` or of `Option`.
    Variant(Ref<VariantObject>) = tag::VARIANT,
    Range(Ref<RangeObject>) = tag::RANGE,
    Bytes(Ref<BytesObject>) = tag::BYTES,
    Set(Ref<SetObject>) = tag::SET,
    Queue(Ref<QueueObject>) = tag::QUEUE,
    Stack(Ref<StackObject>) = tag::STACK,
    /// A function or lambda of a script.
    Closure(Ref<ClosureObject>) = tag::CLOSURE,
    /// The constructor function of an enum variant.
    Constructor(Ref<ConstructorObject>) = tag::CONSTRUCTOR,
    Generator(Ref<GeneratorObject>) = tag::GENERATOR,
    StructDef(Ref<StructDefObject>) = tag::STRUCT_DEF,
    EnumDef(Ref<EnumDefObject>) = tag::ENUM_DEF,
    Module(Ref<ModuleObject>) = tag::MODULE,
    Host(Ref<HostObject>) = tag::HOST,
    /// A captured variable; only in registers and closures.
    Cell(Ref<CellObject>) = tag::CELL,
}

const _: () = assert!(size_of::<Value>() == 16 && align_of::<Value>() == 8);
const _: () = assert!(size_of::<Result<Value>>() == 16);
const _: () = {
    const WORD: i64 = 0x0123_4567_89AB_CDEF;
    let value = std::mem::ManuallyDrop::new(Value::Int(WORD));
    let start = (&raw const value).cast::<u8>();
    // SAFETY: the value is 16 initialised bytes, but for the padding behind the tag.
    unsafe {
        assert!(*start.add(Value::TAG_OFFSET) == tag::INT);
        assert!(*start.add(Value::PAYLOAD_OFFSET).cast::<i64>() == WORD);
    }
};

impl Value {
    /// Tags from here on stand for counted references.
    pub const FIRST_HEAP_TAG: u8 = tag::FIRST_HEAP;
    /// The offset of the tag byte.
    pub const TAG_OFFSET: usize = 0;
    /// The offset of the payload word.
    pub const PAYLOAD_OFFSET: usize = 8;

    /// The tag byte.
    #[inline(always)]
    pub fn tag(&self) -> u8 {
        // SAFETY: `repr(C, u8)` puts the discriminant at offset 0.
        unsafe { *(self as *const Value).cast::<u8>() }
    }

    /// Is the payload a counted reference?
    #[inline(always)]
    pub fn is_heap(&self) -> bool {
        self.tag() >= Value::FIRST_HEAP_TAG
    }

    /// The payload word; upper bytes are undefined for kinds with a smaller payload, so only for 8-byte payloads.
    #[inline(always)]
    pub(crate) fn object_header(&self) -> Option<&Header> {
        if !self.is_heap() {
            return None;
        }
        // SAFETY: heap tags have a pointer to a live object as payload at offset 8.
        unsafe { Some(&**(self as *const Value).cast::<*const Header>().add(1)) }
    }
}

/// Drops values in place. Most hold nothing that needs it, which is tested here instead of in a call for each.
///
/// # Safety
/// As for `drop_in_place` of the slice.
#[inline]
pub(super) unsafe fn drop_values(first: NonNull<Value>, len: usize) {
    for i in 0..len {
        // SAFETY: as the caller promises.
        unsafe {
            let value = first.add(i);
            if value.as_ref().is_heap() {
                value.drop_in_place();
            }
        }
    }
}

impl Value {
    /// Reads a value as a tag byte and a payload word, as values are written: a read that follows a write closely need not wait
    /// for it, as one of 16 bytes would.
    ///
    /// # Safety
    /// `from` holds a value; the caller sees to it that the one read is counted.
    #[inline(always)]
    pub(super) unsafe fn read(from: *const Value) -> Value {
        let mut value = MaybeUninit::<Value>::uninit();
        // SAFETY: the caller's; a tag and a payload word are a whole value.
        unsafe {
            *value.as_mut_ptr().cast::<u8>() = *from.cast::<u8>();
            *value.as_mut_ptr().cast::<MaybeUninit<u64>>().add(1) = *from.cast::<MaybeUninit<u64>>().add(1);
            value.assume_init()
        }
    }

    /// The value, in whose place null is left.
    #[inline(always)]
    pub(crate) fn take(&mut self) -> Value {
        // SAFETY: the value that is read takes over the count; nothing is left that has one.
        unsafe {
            let value = Value::read(self);
            std::ptr::from_mut(self).write(Value::Null);
            value
        }
    }

    /// The same value, moved as [`Value::read`] says.
    #[inline(always)]
    pub(crate) fn in_parts(self) -> Value {
        let value = ManuallyDrop::new(self);
        // SAFETY: the value that is read takes over the count.
        unsafe { Value::read(&raw const *value) }
    }
}

impl Clone for Value {
    #[inline(always)]
    fn clone(&self) -> Value {
        if let Some(header) = self.object_header() {
            header.count.set(header.count.get() + 1);
        }
        // SAFETY: the count covers the second reference; other kinds are plain data.
        unsafe { Value::read(self) }
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Int(i) => write!(f, "{i}"),
            Value::Float(x) => write!(f, "{x}"),
            Value::Str(s) => write!(f, "{:?}", s.as_str()),
            other => f.write_str(other.kind_name()),
        }
    }
}

impl Value {
    /// The name that `type(v)` gives (section 2 of the reference).
    pub fn kind_name(&self) -> &'static str {
        match self {
            Value::Variant(v) => v.kind_name(),
            Value::Host(h) => h.kind_name(),
            other => tag::kind_name(other.tag()).unwrap_or("undefined"),
        }
    }

    /// Truth as in `if` (section 2 of the reference).
    #[inline]
    pub fn is_truthy(&self) -> bool {
        match self {
            Value::Bool(b) => *b,
            Value::Null | Value::Absent(_) => false,
            Value::Int(i) => *i != 0,
            Value::Float(x) => *x != 0.0,
            other => other.is_truthy_object(),
        }
    }

    #[inline(never)]
    fn is_truthy_object(&self) -> bool {
        match self {
            Value::Str(s) => !s.is_empty(),
            Value::Array(a) => !a.is_empty(),
            Value::Dict(d) => !d.is_empty(),
            Value::Bytes(b) => !b.as_slice().is_empty(),
            Value::Range(r) => !r.is_empty(),
            Value::Set(s) => !s.is_empty(),
            Value::Queue(q) => !q.is_empty(),
            Value::Stack(s) => !s.is_empty(),
            _ => true,
        }
    }
}
