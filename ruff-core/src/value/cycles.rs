//! The collector of cycles.
//!
//! Containers are values, so that data cannot form cycles: every cycle goes through a captured variable or the registers of a
//! generator. Closures with captures and generators are therefore listed from their allocation to their release, and when the list
//! has doubled a trial deletion over what they reach finds those that are only referenced from among themselves (Christopher 1984,
//! as in CPython): an object whose count is explained by references from visited objects, and that nothing else reaches, is
//! garbage. Emptying the captured variables and registers in it makes the counts fall to zero. All walks are iterative.
//!
//! This file is unsafe: it keeps addresses of objects and second references that are not counted.

#![allow(unsafe_code)]

use super::Value;
use super::closure::ClosureObject;
use super::generator::GeneratorObject;
use super::heap::{Header, Heap};
use super::repr::Ref;
use super::walk::{has_children, visit_children};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// Fewer objects than this are not worth a collection.
const COLLECT_MIN: usize = 1000;

/// The closures with captures and the generators that are alive. An object knows its index in the list.
#[derive(Default)]
pub struct Tracked {
    list: RefCell<Vec<TrackedObject>>,
    /// How many of them are generators.
    generators: Cell<usize>,
    /// The length of the list at which the next collection is due.
    threshold: Cell<usize>,
}

#[derive(Clone, Copy)]
enum TrackedObject {
    Closure(NonNull<ClosureObject>),
    Generator(NonNull<GeneratorObject>),
}

impl TrackedObject {
    fn index(&self) -> &Cell<u32> {
        // SAFETY: listed objects are alive.
        unsafe {
            match self {
                TrackedObject::Closure(closure) => &closure.as_ref().tracked_at,
                TrackedObject::Generator(generator) => &generator.as_ref().tracked_at,
            }
        }
    }

    /// The object as a value that is not counted.
    fn value(self) -> ManuallyDrop<Value> {
        // SAFETY: listed objects are alive, and the reference is never dropped.
        ManuallyDrop::new(unsafe {
            match self {
                TrackedObject::Closure(closure) => Value::Closure(Ref::from_raw(closure)),
                TrackedObject::Generator(generator) => Value::Generator(Ref::from_raw(generator)),
            }
        })
    }
}

impl Tracked {
    /// Tracks a closure from its allocation on.
    pub fn add_closure(&self, closure: &Ref<ClosureObject>) {
        self.add(TrackedObject::Closure(closure.as_ptr()));
    }

    /// Forgets a closure that is being released.
    pub fn remove_closure(&self, closure: &ClosureObject) {
        self.remove(closure.tracked_at.get());
    }

    /// Tracks a generator from its allocation on.
    pub fn add_generator(&self, generator: &Ref<GeneratorObject>) {
        self.add(TrackedObject::Generator(generator.as_ptr()));
        self.generators.set(self.generators.get() + 1);
    }

    /// Forgets a generator that is being released.
    pub fn remove_generator(&self, generator: &GeneratorObject) {
        self.remove(generator.tracked_at.get());
        self.generators.set(self.generators.get() - 1);
    }

    /// The number of generators that are alive.
    pub fn generators(&self) -> usize {
        self.generators.get()
    }

    fn add(&self, object: TrackedObject) {
        let mut list = self.list.borrow_mut();
        object.index().set(list.len() as u32);
        list.push(object);
    }

    fn remove(&self, index: u32) {
        let mut list = self.list.borrow_mut();
        let index = index as usize;
        if index < list.len() {
            list.swap_remove(index);
            if let Some(moved) = list.get(index) {
                moved.index().set(index as u32);
            }
        }
    }

    /// The number of objects that may be part of a cycle.
    pub fn len(&self) -> usize {
        self.list.borrow().len()
    }

    /// Is there no such object?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Has the list doubled since the last collection?
    pub fn should_collect(&self) -> bool {
        self.len() >= self.threshold.get().max(COLLECT_MIN)
    }
}

/// An object that the collector has seen.
struct Node {
    /// Not counted.
    value: ManuallyDrop<Value>,
    /// References from objects that it has seen.
    internal: u32,
    is_live: bool,
}

impl Heap {
    /// Releases what is only referenced from cycles; the number of captured variables and generators that were emptied. Where the
    /// process has no memory for the graph, nothing is released.
    pub fn collect_cycles(&self) -> usize {
        let garbage = self.garbage().unwrap_or_default();
        let emptied = garbage.len();
        // What the variables held is released at the end, when nobody looks at the graph any more.
        let mut contents = Vec::new();
        for value in &garbage {
            match value {
                Value::Cell(cell) => contents.push(cell.replace(Value::Null)),
                Value::Generator(generator) => contents.append(&mut generator.empty()),
                _ => {}
            }
        }
        drop(garbage);
        drop(contents);
        self.tracked.threshold.set(self.tracked.len() * 2);
        emptied
    }

    /// The captured variables and generators that only cycles keep alive; `None` without memory for the graph.
    fn garbage(&self) -> Option<Vec<Value>> {
        let mut graph = Graph::new();
        for object in self.tracked.list.borrow().iter() {
            graph.visit(&object.value());
        }
        graph.count_references();
        if !graph.is_complete {
            return None;
        }
        graph.mark_live()?;
        graph.into_garbage()
    }
}

/// What the tracked objects reach.
struct Graph {
    nodes: Vec<Node>,
    /// Addresses of headers to indices of nodes.
    indices: HashMap<*const Header, usize, ahash::RandomState>,
    /// Was there memory for all nodes?
    is_complete: bool,
}

impl Graph {
    fn new() -> Graph {
        // Addresses need no secret keys: scripts do not choose them.
        let state = ahash::RandomState::with_seeds(1, 2, 3, 4);
        Graph { nodes: Vec::new(), indices: HashMap::with_hasher(state), is_complete: true }
    }

    /// Adds an object if it is new; gives its index. Without memory for it the graph is incomplete.
    fn visit(&mut self, value: &Value) -> Option<usize> {
        let header: *const Header = value.object_header()?;
        if self.nodes.try_reserve(1).is_err() || self.indices.try_reserve(1).is_err() {
            self.is_complete = false;
            return None;
        }
        let next = self.nodes.len();
        let index = *self.indices.entry(header).or_insert(next);
        if index == next {
            // SAFETY: a second reference that is never dropped; the object lives as long as the graph.
            let value = ManuallyDrop::new(unsafe { std::ptr::read(value) });
            self.nodes.push(Node { value, internal: 0, is_live: false });
        }
        Some(index)
    }

    /// Adds all that is reached and counts the references on the way.
    fn count_references(&mut self) {
        let mut at = 0;
        while let Some(node) = self.nodes.get(at) {
            // SAFETY: as in `visit`.
            let value = ManuallyDrop::new(unsafe { std::ptr::read(&*node.value) });
            visit_children(&value, &mut |child| {
                debug_assert!(has_children(child));
                if let Some(node) = self.visit(child).and_then(|index| self.nodes.get_mut(index)) {
                    node.internal += 1;
                }
            });
            at += 1;
        }
    }

    /// Marks what is referenced from elsewhere, and what that reaches. `None` without memory for the work list.
    fn mark_live(&mut self) -> Option<()> {
        // Each node is in it at most once.
        let mut work = Vec::new();
        work.try_reserve(self.nodes.len()).ok()?;
        for (index, node) in self.nodes.iter_mut().enumerate() {
            let count = node.value.object_header().map_or(0, |h| h.count.get());
            if count > node.internal {
                node.is_live = true;
                work.push(index);
            }
        }
        while let Some(node) = work.pop().and_then(|index| self.nodes.get(index)) {
            // SAFETY: as in `visit`.
            let value = ManuallyDrop::new(unsafe { std::ptr::read(&*node.value) });
            visit_children(&value, &mut |child| {
                if let Some(index) = self.visit(child)
                    && let Some(node) = self.nodes.get_mut(index)
                    && !node.is_live
                {
                    node.is_live = true;
                    work.push(index);
                }
            });
        }
        Some(())
    }

    /// Counted references to the captured variables and generators that nothing live reaches. `None` without memory for them.
    fn into_garbage(self) -> Option<Vec<Value>> {
        let dead = self.nodes.iter().filter(|node| !node.is_live);
        let breakable = dead.filter(|node| matches!(&*node.value, Value::Cell(_) | Value::Generator(_)));
        let mut garbage = Vec::new();
        garbage.try_reserve(breakable.clone().count()).ok()?;
        garbage.extend(breakable.map(|node| Value::clone(&node.value)));
        Some(garbage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::array::ArrayObject;
    use crate::value::closure::{CellObject, LinkedFunction};
    use crate::value::dict::DictObject;
    use std::ptr::null;

    fn function() -> Box<LinkedFunction> {
        Box::new(LinkedFunction {
            code: null(),
            consts: null(),
            globals: null(),
            sites: null(),
            places: null(),
            registers: 4,
            params: 0,
            is_simple: true,
            is_direct: Cell::new(true),
            is_interpreted: Cell::new(true),
            in_out: 0,
            feedback: null(),
            function: null(),
            instance: null(),
        })
    }

    /// A closure that captures the variable that holds it, inside what `wrap` makes.
    fn recursive(heap: &Heap, function: &LinkedFunction, wrap: impl Fn(Value) -> Value) -> Ref<ClosureObject> {
        let cell = CellObject::alloc(heap, Value::Null);
        let closure = ClosureObject::alloc(heap, NonNull::from(function), std::iter::once(cell.clone()));
        cell.replace(wrap(Value::Closure(closure.clone())));
        closure
    }

    #[test]
    fn cycles_are_released_and_the_rest_stays() {
        let (heap, function) = (Heap::new(usize::MAX, 1), function());
        let plain = |value| value;
        let in_array = |value| Value::Array(ArrayObject::from_values(&heap, [value, Value::Int(1)]).unwrap());
        let in_dict = |value| {
            let mut dict = DictObject::new(&heap);
            dict.make_mut().unwrap().insert_str("f", value).unwrap();
            Value::Dict(dict)
        };
        drop((
            recursive(&heap, &function, plain),
            recursive(&heap, &function, in_array),
            recursive(&heap, &function, in_dict),
        ));
        let kept = recursive(&heap, &function, in_array);
        assert_eq!(heap.tracked.len(), 4);
        assert_eq!(heap.collect_cycles(), 3);
        assert_eq!(heap.tracked.len(), 1);
        assert!(matches!(kept.captures()[0].get(), Value::Array(a) if a.len() == 2));
        drop(kept);
        assert_eq!(heap.collect_cycles(), 1);
        assert_eq!(heap.used_bytes(), 0);
    }

    #[test]
    fn what_a_live_closure_reaches_stays() {
        let (heap, function) = (Heap::new(usize::MAX, 1), function());
        let inner = recursive(&heap, &function, |v| v);
        let cell = CellObject::alloc(&heap, Value::Closure(inner));
        let outer = ClosureObject::alloc(&heap, NonNull::from(&*function), std::iter::once(cell));
        assert_eq!(heap.collect_cycles(), 0);
        drop(outer);
        assert_eq!(heap.tracked.len(), 1);
        assert_eq!(heap.collect_cycles(), 1);
        assert_eq!(heap.used_bytes(), 0);
    }

    #[test]
    fn generators_in_their_own_registers() {
        let (heap, function) = (Heap::new(usize::MAX, 1), function());
        let generator = GeneratorObject::alloc(&heap, NonNull::from(&*function), None, 0, &mut []).unwrap();
        // SAFETY: the function has registers, and nobody borrows them.
        unsafe { *generator.registers_ptr() = Value::Generator(generator.clone()) };
        drop(generator);
        assert_eq!(heap.collect_cycles(), 1);
        assert_eq!((heap.used_bytes(), heap.tracked.len()), (0, 0));
    }

    #[test]
    fn long_chains_are_collected_without_recursion() {
        let thread = std::thread::Builder::new().stack_size(128 * 1024).spawn(|| {
            let (heap, function) = (Heap::new(usize::MAX, 1), function());
            let first = CellObject::alloc(&heap, Value::Null);
            let mut last = Value::Null;
            for i in 0..200_000 {
                let cell = if i == 0 { first.clone() } else { CellObject::alloc(&heap, last) };
                last = Value::Closure(ClosureObject::alloc(&heap, NonNull::from(&*function), std::iter::once(cell)));
            }
            assert!(heap.tracked.should_collect());
            first.replace(last);
            assert_eq!(heap.collect_cycles(), 0);
            assert!(!heap.tracked.should_collect());
            drop(first);
            assert_eq!(heap.collect_cycles(), 200_000);
            assert_eq!((heap.used_bytes(), heap.tracked.len()), (0, 0));
        });
        thread.unwrap().join().unwrap();
    }
}
