//! Queues and stacks.
//!
//! A queue is a ring buffer; a stack is an array that only its end can change.
//!
//! This file is unsafe: it manages the elements of queues.

#![allow(unsafe_code)]

use super::array::ArrayObject;
use super::heap::{Header, Heap, HeapObject};
use super::repr::{CopyOnWrite, Ref, Value};
use crate::fault::Result;
use std::ptr::NonNull;

pub use super::set::SetObject;

/// A queue. Invariants: `data` points to `cap` values, of which `len` from `head` on, wrapping around, are initialised; `cap` is
/// zero or a power of two.
#[repr(C)]
pub struct QueueObject {
    header: Header,
    data: NonNull<Value>,
    cap: usize,
    head: usize,
    len: usize,
}

const FIRST_CAPACITY: usize = 4;

impl QueueObject {
    /// An empty queue.
    pub fn new(heap: &Heap) -> Ref<QueueObject> {
        let data = NonNull::<u128>::dangling().cast();
        Ref::alloc(heap, QueueObject { header: Header::new(0), data, cap: 0, head: 0, len: 0 })
    }

    /// A queue of the values, front first.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn from_values(heap: &Heap, values: impl IntoIterator<Item = Value>) -> Result<Ref<QueueObject>> {
        let mut queue = QueueObject::new(heap);
        if let Some(object) = queue.get_mut() {
            for value in values {
                object.enqueue(value)?;
            }
        }
        Ok(queue)
    }

    /// The number of elements.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Is it empty?
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The address of the element at a position.
    fn slot(&self, index: usize) -> NonNull<Value> {
        debug_assert!(self.cap.is_power_of_two());
        // SAFETY: the masked index is less than the capacity.
        unsafe { self.data.add(self.head.wrapping_add(index) & (self.cap - 1)) }
    }

    /// The element at a position, counted from the front.
    pub fn get(&self, index: usize) -> Option<&Value> {
        // SAFETY: positions below the length are initialised.
        if index < self.len { Some(unsafe { self.slot(index).as_ref() }) } else { None }
    }

    /// The elements, front first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Value> {
        (0..self.len).map(|i| self.get(i).unwrap_or(&Value::Null))
    }

    /// The element at the front.
    pub fn peek(&self) -> Option<&Value> {
        self.get(0)
    }

    /// Adds an element at the end. Amortised O(1).
    ///
    /// # Errors
    /// The trap `RUF2002`; the queue is then unchanged.
    pub fn enqueue(&mut self, value: Value) -> Result<()> {
        if self.len == self.cap {
            self.grow()?;
        }
        // SAFETY: there is room for one more element.
        unsafe { self.slot(self.len).write(value) };
        self.len += 1;
        Ok(())
    }

    /// Removes the element at the front.
    pub fn dequeue(&mut self) -> Option<Value> {
        if self.len == 0 {
            return None;
        }
        // SAFETY: the front is initialised and skipped from now on.
        let value = unsafe { self.slot(0).read() };
        self.head = self.head.wrapping_add(1) & (self.cap - 1);
        self.len -= 1;
        Some(value)
    }

    /// Removes all elements.
    pub fn clear(&mut self) {
        while self.dequeue().is_some() {}
    }

    #[cold]
    fn grow(&mut self) -> Result<()> {
        let heap = Heap::of(&*self);
        let cap = if self.cap == 0 { FIRST_CAPACITY } else { self.cap.saturating_mul(2) };
        let Some(bytes) = cap.checked_mul(size_of::<Value>()) else { return Err(heap.limit_fault()) };
        let data = heap.alloc_buffer(bytes)?.cast::<Value>();
        for i in 0..self.len {
            // SAFETY: the element moves to the fresh buffer, which is larger.
            unsafe { data.add(i).copy_from_nonoverlapping(self.slot(i), 1) };
        }
        // SAFETY: the old buffer has this size and its elements have moved.
        unsafe { heap.free_buffer(self.data.cast(), self.cap * size_of::<Value>()) };
        (self.data, self.cap, self.head) = (data, cap, 0);
        Ok(())
    }
}

impl CopyOnWrite for QueueObject {
    fn copy(&self, heap: &Heap) -> Result<Ref<QueueObject>> {
        QueueObject::from_values(heap, self.iter().cloned())
    }

    fn copied_elements(&self) -> usize {
        self.len()
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for QueueObject {
    fn object_bytes(&self) -> usize {
        size_of::<QueueObject>()
    }

    unsafe fn finalize(this: NonNull<QueueObject>) {
        let mut this = this;
        // SAFETY: the object is alive; its elements are dropped and its buffer freed once.
        unsafe {
            this.as_mut().clear();
            let queue = this.as_ref();
            Heap::of(queue).free_buffer(queue.data.cast(), queue.cap * size_of::<Value>());
        }
    }
}

/// A stack.
#[repr(C)]
pub struct StackObject {
    header: Header,
    items: Ref<ArrayObject>,
}

impl StackObject {
    /// A stack of the elements of an array, bottom first.
    pub fn alloc(heap: &Heap, items: Ref<ArrayObject>) -> Ref<StackObject> {
        Ref::alloc(heap, StackObject { header: Header::new(0), items })
    }

    /// The elements, bottom first.
    pub fn items(&self) -> &Ref<ArrayObject> {
        &self.items
    }

    /// The number of elements.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Is it empty?
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The element on top.
    pub fn peek(&self) -> Option<Value> {
        self.len().checked_sub(1).and_then(|top| self.items.get(top))
    }

    /// Puts an element on top. Amortised O(1).
    ///
    /// # Errors
    /// The trap `RUF2002`; the stack is then unchanged.
    pub fn push(&mut self, value: Value) -> Result<()> {
        self.items.make_mut()?.push(value)
    }

    /// Removes the element on top.
    ///
    /// # Errors
    /// The trap `RUF2002`, if the elements are shared.
    pub fn pop(&mut self) -> Result<Option<Value>> {
        Ok(self.items.make_mut()?.pop())
    }

    /// Removes all elements.
    pub fn clear(&mut self) {
        self.items = ArrayObject::new(self.items.heap());
    }
}

impl CopyOnWrite for StackObject {
    /// Shares the elements, which are copied when one side changes.
    fn copy(&self, heap: &Heap) -> Result<Ref<StackObject>> {
        Ok(StackObject::alloc(heap, self.items.clone()))
    }

    fn copied_elements(&self) -> usize {
        0
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for StackObject {
    fn object_bytes(&self) -> usize {
        size_of::<StackObject>()
    }

    unsafe fn finalize(this: NonNull<StackObject>) {
        // SAFETY: the object is not used afterwards.
        unsafe { std::ptr::drop_in_place(&raw mut (*this.as_ptr()).items) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::string::StrObject;
    use std::collections::VecDeque;

    #[test]
    fn queues_wrap_around() {
        let heap = Heap::new(usize::MAX, 1);
        let mut queue = QueueObject::new(&heap);
        let mut model = VecDeque::new();
        for i in 0..1000i64 {
            let object = queue.make_mut().unwrap();
            object.enqueue(Value::Str(StrObject::new(&heap, &i.to_string()).unwrap())).unwrap();
            model.push_back(i.to_string());
            if i % 3 > 0 {
                let (Some(Value::Str(text)), Some(expected)) = (object.dequeue(), model.pop_front()) else { panic!() };
                assert_eq!(text.as_str(), expected);
            }
        }
        let texts: Vec<String> = queue.iter().map(|v| format!("{v:?}").replace('"', "")).collect();
        assert_eq!(texts, model.into_iter().collect::<Vec<_>>());
        let copy = queue.clone();
        queue.make_mut().unwrap().clear();
        assert_eq!((queue.len(), copy.len(), heap.copies()), (0, texts.len(), 1));
        drop((queue, copy));
        assert_eq!(heap.used_bytes(), 0);
    }

    #[test]
    fn stacks() {
        let heap = Heap::new(usize::MAX, 1);
        let mut stack = StackObject::alloc(&heap, ArrayObject::new(&heap));
        for i in 0..5 {
            stack.make_mut().unwrap().push(Value::Int(i)).unwrap();
        }
        let copy = stack.clone();
        assert!(matches!(stack.make_mut().unwrap().pop().unwrap(), Some(Value::Int(4))));
        assert_eq!((stack.len(), copy.len()), (4, 5));
        assert!(matches!(copy.peek(), Some(Value::Int(4))));
        stack.make_mut().unwrap().clear();
        assert!(stack.is_empty() && stack.peek().is_none());
        drop((stack, copy));
        assert_eq!(heap.used_bytes(), 0);
    }
}
