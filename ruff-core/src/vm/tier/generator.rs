//! Generators that go on natively.
//!
//! A generator knows the code by which it is resumed: that of its function for the word at which it is suspended, or
//! [`rt_resume`], which resumes any generator. Native code checks that the generator is suspended at its word, so that an address
//! that is out of date does no harm.
//!
//! This file is unsafe: native code trusts it with addresses.

#![allow(unsafe_code)]

use super::super::Machine;
use super::super::call::held_raw;
use super::super::coroutine::{Asker, END, already_running};
use super::super::instance::instance_of;
use super::super::stack;
use super::{THROWN, machine, record};
use crate::bytecode::{Function, Pc};
use crate::fault::Result;
use crate::jit::{LoopEntry, Pair};
use crate::value::generator::{GeneratorObject, GeneratorState};
use crate::value::{Ref, Value};
use std::sync::atomic::Ordering;

/// The address of the code that resumes any generator.
fn any_generator() -> usize {
    (rt_resume as *const ()).expose_provenance()
}

/// The address of the code that resumes a generator of that function at a word.
pub(in crate::vm) fn generator_entry(function: &Function, pc: u32) -> usize {
    function.native.resumption(pc).map_or_else(any_generator, |cell| cell.load(Ordering::Acquire))
}

impl Machine {
    /// The native code by which a suspended generator goes on, if it is to run natively.
    pub(in crate::vm) fn native_resumption(&mut self, generator: &GeneratorObject) -> Option<usize> {
        let function = self.function_of(generator.linked());
        if self.quantum == 0 {
            function.native.heat(self.tier.period as u32);
        }
        let entry = self.compiled_entry(generator, function);
        generator.entry.set(entry);
        let is_native = entry != any_generator() && self.tier.has_stack() && !generator.holds_back();
        is_native.then_some(entry)
    }

    /// The address of the code that resumes a generator, which is compiled if the function is hot: wherever its ticks were spent, what
    /// follows is a part of it.
    fn compiled_entry(&mut self, generator: &GeneratorObject, function: &Function) -> usize {
        let entry = generator_entry(function, generator.pc.get());
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
        let cell = function.native.resumption_or(pc, function.code.len(), any_generator());
        match (entry, cell) {
            (Some(entry), Some(cell)) => {
                cell.store(entry, Ordering::Release);
                entry
            }
            _ => {
                function.native.cool();
                any_generator()
            }
        }
    }

    /// Lets a generator go on by native code. Gives an absent value at its end.
    pub(in crate::vm) fn resume_natively(&mut self, entry: usize, generator: &Ref<GeneratorObject>) -> Result<Value> {
        let (caller, window) = (self.frame, self.free_base());
        if window >= self.stack_end {
            return Err(self.depth_error(self.function_of(generator.linked()).display_name()));
        }
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
        self.shorten_quantum();
        self.value_of(pair)
    }

    /// Resumes the generator whose address is in the slot below `base`.
    fn resume_any(&mut self, generator: &GeneratorObject, base: *mut Value) -> Result<Value> {
        match generator.state.get() {
            GeneratorState::Running => return Err(already_running()),
            GeneratorState::Done => return Ok(END),
            GeneratorState::Suspended => {}
        }
        // What native code asks is hot too. It finds the code the next time.
        let function = self.function_of(generator.linked());
        function.native.heat(1);
        self.compiled_entry(generator, function);
        self.shorten_quantum();
        self.push_generator_frame(generator, base, Asker::Native)?;
        self.run_from(self.frame)
    }
}

/// `(machine, frame, base, linked, closure)`: resumes the generator whose address is in the slot below `base`, of which nothing is
/// known. Gives what it yields, or an absent value at its end.
pub(crate) unsafe extern "C" fn rt_resume(m: usize, frame: usize, base: usize, _: usize, _: usize) -> Pair {
    // SAFETY: native code passes its machine, a record above that of the caller, and slots of which the one below `base` has the
    // address of a generator that it keeps alive.
    unsafe {
        let (m, base) = (machine(m), std::ptr::with_exposed_provenance_mut::<Value>(base));
        m.frame = record(frame).sub(1);
        let word = stack::parts(base.sub(1)).1.assume_init();
        let generator = &*std::ptr::with_exposed_provenance::<GeneratorObject>(word as usize);
        m.guarded(THROWN, |m| {
            let result = m.resume_any(generator, base);
            m.pair_of(result)
        })
    }
}
