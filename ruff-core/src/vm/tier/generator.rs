//! Generators that go on natively.
//!
//! A generator knows the code by which it is resumed: that of its function for the word at which it is suspended, or
//! [`rt_resume`], which resumes any generator. Native code checks that the generator is suspended at its word, so that an address
//! that is out of date does no harm. Where the interpreter has left registers that are of no use any more, they are released
//! before native code goes on.
//!
//! This file is unsafe: native code trusts it with addresses.

#![allow(unsafe_code)]

use super::super::Machine;
use super::super::call::held_raw;
use super::super::coroutine::{Asker, END, already_running};
use super::super::instance::instance_of;
use super::super::stack;
use super::{THROWN, machine_below};
use crate::bytecode::{Function, Pc};
use crate::fault::Result;
use crate::jit::{LoopEntry, Pair};
use crate::value::generator::{GeneratorObject, GeneratorState};
use crate::value::{Ref, Value};
use std::sync::atomic::Ordering;

/// The address of the code that resumes any generator.
pub(in crate::vm) fn any_generator() -> usize {
    (rt_resume as *const ()).expose_provenance()
}

/// The address of the code that resumes a generator of that function at a word.
fn entry_at(function: &Function, pc: u32) -> usize {
    function.native.resumption(pc).map_or_else(any_generator, |r| r.entry.load(Ordering::Acquire))
}

impl Machine {
    /// The native code by which a suspended generator goes on, if it is to run natively.
    pub(in crate::vm) fn native_resumption(&mut self, generator: &GeneratorObject) -> Option<usize> {
        let function = self.function_of(generator.linked());
        let mut entry = self.compiled_entry(generator, function);
        if self.quantum == 0 && entry == any_generator() {
            let heat = self.tier.heat(self.quantum);
            function.native.heat(heat);
            entry = self.compiled_entry(generator, function);
        }
        let is_native = entry != any_generator() && self.tier.has_stack() && make_ready(generator, function);
        is_native.then_some(entry)
    }

    /// A generator is new: native code may go on with it at once if there is some.
    pub(in crate::vm) fn prepare_generator(&self, generator: &GeneratorObject) {
        let function = self.function_of(generator.linked());
        let entry = entry_at(function, 0);
        if entry != any_generator() && make_ready(generator, function) {
            generator.entry.set(entry);
        }
    }

    /// The address of the code that resumes a generator, which is compiled if the function is hot: wherever its ticks were spent, what
    /// follows is a part of it.
    fn compiled_entry(&mut self, generator: &GeneratorObject, function: &Function) -> usize {
        let entry = entry_at(function, generator.pc.get());
        if entry == any_generator() && function.native.ticks() >= self.tier.threshold {
            return self.compile_resumption(generator, function);
        }
        entry
    }

    #[cold]
    fn compile_resumption(&mut self, generator: &GeneratorObject, function: &Function) -> usize {
        let pc = generator.pc.get();
        // SAFETY: linked functions live as long as the machine.
        let program = &instance_of(unsafe { generator.linked().as_ref() }).program;
        let registers = generator.registers();
        let native = self.attached(program);
        let entry = native.and_then(|native| native.resume_entry(program, function.id, Pc(pc), registers));
        let place = function.native.resumption_or(pc, function.code.len(), any_generator());
        match (entry, place) {
            (Some(entry), Some(place)) => {
                place.entry.store(entry, Ordering::Release);
                entry
            }
            _ => {
                function.native.cool();
                any_generator()
            }
        }
    }

    /// The native code by which a generator goes on that native code asks: what it asks is hot too. None if the interpreter must see
    /// to it.
    fn entry_for_native_code(&mut self, generator: &GeneratorObject) -> Option<usize> {
        if !generator.state.get().is_suspended() || !self.tier.has_stack() {
            return None;
        }
        let function = self.function_of(generator.linked());
        function.native.heat(1);
        let entry = self.compiled_entry(generator, function);
        // Code that has no room comes here itself.
        let was_left = generator.state.get() == GeneratorState::Left || generator.entry.get() == any_generator();
        if entry == any_generator() || !was_left || !make_ready(generator, function) {
            return None;
        }
        generator.entry.set(entry);
        Some(entry)
    }

    /// Lets a generator go on by native code. Gives an absent value at its end.
    pub(in crate::vm) fn resume_natively(&mut self, entry: usize, generator: &Ref<GeneratorObject>) -> Result<Value> {
        let (caller, window) = (self.frame, self.free_base());
        if window >= self.stack_end {
            return Err(self.depth_error(self.function_of(generator.linked()).display_name()));
        }
        let was_native = self.suspend_period();
        // SAFETY: the window is in the stack, and nothing above it is in use. An entry is code of type `CallEntry` that lives as
        // long as its program; native code checks its room before it writes. The caller keeps the generator.
        let pair = unsafe {
            self.clear_unused(window);
            stack::write_address(window, generator.as_ptr().as_ptr());
            let entry = std::mem::transmute::<*const (), LoopEntry>(std::ptr::with_exposed_provenance(entry));
            entry(
                std::ptr::from_mut(self).expose_provenance(),
                caller.add(1).expose_provenance(),
                window.add(1).expose_provenance(),
                generator.linked().as_ptr().expose_provenance(),
                held_raw(generator.closure()),
            )
        };
        self.frame = caller;
        self.resume_period(was_native);
        self.value_of(pair)
    }

    /// Interprets a generator, whose address is in the slot below `base`, until it yields.
    fn interpret_generator(&mut self, generator: &GeneratorObject, base: *mut Value) -> Result<Value> {
        match generator.state.get() {
            GeneratorState::Running => return Err(already_running()),
            GeneratorState::Done => return Ok(END),
            GeneratorState::Suspended | GeneratorState::Left => {}
        }
        self.interpret_for_native(|m| {
            m.push_generator_frame(generator, base, Asker::Native)?;
            m.run_from(m.frame)
        })
    }
}

/// `(machine, frame, base, linked, closure)`: resumes the generator whose address is in the slot below `base`, of which nothing is
/// known. Gives what it yields, or an absent value at its end.
pub(crate) unsafe extern "C" fn rt_resume(m: usize, frame: usize, base: usize, linked: usize, closure: usize) -> Pair {
    // SAFETY: native code passes its machine, a record above that of the caller, and slots of which the one below `base` has the
    // address of a generator that it keeps alive.
    let (machine, base, generator) = unsafe {
        let (m, base) = (machine_below(m, frame), std::ptr::with_exposed_provenance_mut::<Value>(base));
        let word = stack::parts(base.sub(1)).1.assume_init();
        (m, base, &*std::ptr::with_exposed_provenance::<GeneratorObject>(word as usize))
    };
    let Some(entry) = machine.guarded(None, |m| Some(m.entry_for_native_code(generator))) else { return THROWN };
    if let Some(entry) = entry {
        // SAFETY: the code has the type of this function, and gets what it was given. The generator is suspended where it begins.
        return unsafe {
            let entry = std::mem::transmute::<*const (), LoopEntry>(std::ptr::with_exposed_provenance(entry));
            entry(m, frame, base.expose_provenance(), linked, closure)
        };
    }
    machine.guarded(THROWN, |m| {
        let result = m.interpret_generator(generator, base);
        m.pair_of(result)
    })
}

/// Releases what the interpreter has left in registers that native code takes for empty; false if only the interpreter may go on.
fn make_ready(generator: &GeneratorObject, function: &Function) -> bool {
    if generator.state.get() == GeneratorState::Left {
        let resumption = function.native.resumption(generator.pc.get());
        match resumption.and_then(|r| r.dead.get()) {
            Some(dead) if !generator.holds_back() => generator.clean(dead),
            _ => return false,
        }
    }
    generator.state.get() == GeneratorState::Suspended
}
