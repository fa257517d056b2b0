//! Generators: making, resuming, suspending.
//!
//! A generator that runs has a frame like any call; its registers are moved to the stack when it resumes and back when it
//! yields. The mode of its frame says who asked it. The slot below its registers holds the generator: as a value where `next()`
//! asked, and else as an address, since a loop and native code keep it alive themselves.
//!
//! This file is unsafe: it moves registers.

#![allow(unsafe_code)]

use super::Machine;
use super::call::{Call, Outcome};
use super::frame::{self, Callee, Frame, ReturnMode};
use super::stack;
use super::tier::any_generator;
use crate::bytecode::function::feedback;
use crate::bytecode::{Instr, Op};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::generator::{GeneratorObject, GeneratorState};
use crate::value::{Absence, Ref, Value};

/// What asked a generator for a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Asker {
    /// `ForNext`, `ForNextPair` or `ForNextParts` in the frame below.
    For,
    /// `next()`: the frame below gets an option in that register.
    Next { dst: u16 },
    /// Native code, which gets the value, or an absent one at the end.
    Native,
}

impl Asker {
    /// The mode of the frame of a generator that it asks, and the register for the result.
    fn mode(self) -> (ReturnMode, u16) {
        match self {
            Asker::For => (ReturnMode::GeneratorFor, 0),
            Asker::Next { dst } => (ReturnMode::GeneratorNext, dst),
            Asker::Native => (ReturnMode::GeneratorExit, 0),
        }
    }

    /// What asked the generator of a frame.
    fn of(mode: ReturnMode, dst: u16) -> Asker {
        match mode {
            ReturnMode::GeneratorFor => Asker::For,
            ReturnMode::GeneratorNext => Asker::Next { dst },
            _ => Asker::Native,
        }
    }
}

/// The end of a generator, for native code.
pub(super) const END: Value = Value::Absent(Absence::Undefined);

/// The generator that a frame runs, which the slot below its registers holds.
///
/// # Safety
/// The frame is active, in the mode of a generator, and has its registers.
unsafe fn generator_of<'a>(frame: *const Frame) -> &'a GeneratorObject {
    // SAFETY: the caller's; `push_generator` and native code put it there, and it lives as long as the frame.
    unsafe {
        let word = stack::parts((*frame).base.sub(1)).1.assume_init();
        &*std::ptr::with_exposed_provenance(word as usize)
    }
}

/// The frame of a generator goes, after its registers, and gives its reference to the generator up.
///
/// # Safety
/// As [`generator_of`].
unsafe fn leave_generator(frame: *const Frame) {
    // SAFETY: the slot holds a value, whose count is the frame's unless it is no object.
    unsafe { stack::clear((*frame).base.sub(1)) };
}

/// The frame of a generator goes because the body has ended, or has failed.
///
/// # Safety
/// As [`generator_of`].
pub(super) unsafe fn end_generator(frame: *const Frame) {
    // SAFETY: the caller's.
    unsafe {
        generator_of(frame).state.set(GeneratorState::Done);
        leave_generator(frame);
    }
}

impl Machine {
    /// A generator that has not started; it takes the arguments from the window.
    ///
    /// # Errors
    /// The traps `RUF2009` and `RUF2002`.
    pub(super) fn new_generator(&mut self, callee: Callee, call: Call<'_>) -> Result<Value> {
        self.check_generators()?;
        let arguments = self.arguments(call);
        let Callee { linked, closure, .. } = callee;
        let generator = GeneratorObject::alloc(self.heap(), linked, closure, any_generator(), arguments)?;
        self.prepare_generator(&generator);
        Ok(Value::Generator(generator))
    }

    /// May there be one generator more? Those that only cycles keep alive do not count.
    fn check_generators(&self) -> Result<()> {
        let max = self.limits.generators;
        let is_full = || self.heap().tracked.generators() >= max;
        if !is_full() {
            return Ok(());
        }
        self.heap().collect_cycles();
        if is_full() { Err(Fault::trap(Code::LIMIT_TASKS, format!("Too many tasks: more than {max}"))) } else { Ok(()) }
    }

    /// Lets a generator go on. If it is done, its end is delivered at once.
    ///
    /// # Errors
    /// `RUF1018` if it is running, `RUF1016`.
    pub(super) fn resume(&mut self, generator: &Ref<GeneratorObject>, asker: Asker) -> Result<Outcome> {
        match generator.state.get() {
            GeneratorState::Running => Err(already_running()),
            GeneratorState::Done => self.deliver_end(asker),
            GeneratorState::Suspended | GeneratorState::Left => {
                if self.tier.is_active()
                    && let Some(entry) = self.native_resumption(generator)
                {
                    let value = self.resume_natively(entry, generator)?;
                    return self.deliver(asker, value);
                }
                self.push_generator(generator, asker)?;
                Ok(Outcome::Entered)
            }
        }
    }

    #[inline]
    fn push_generator(&mut self, generator: &Ref<GeneratorObject>, asker: Asker) -> Result<()> {
        let window = self.free_base();
        self.push_generator_frame(generator, window.wrapping_add(1), asker)?;
        if let Asker::Next { .. } = asker {
            // SAFETY: the slot is below the registers of the frame that was pushed, and owns nothing.
            unsafe { window.write(Value::Generator(generator.clone())) };
        }
        Ok(())
    }

    /// Pushes the frame of a suspended generator, whose registers begin at `base`, and moves them there.
    ///
    /// # Errors
    /// `RUF1016`, and the traps of a tick.
    #[inline]
    pub(super) fn push_generator_frame(
        &mut self,
        generator: &GeneratorObject,
        base: *mut Value,
        asker: Asker,
    ) -> Result<()> {
        let (mode, dst) = asker.mode();
        let callee = Callee { linked: generator.linked(), closure: generator.closure().clone(), keeps_receiver: false };
        self.push_frame(callee, base, dst, mode)?;
        // SAFETY: the frame was pushed, so its registers fit the stack; they hold values that nobody uses, and so does the slot
        // below them. The saved registers are moved: they are nobody's afterwards. The saved position is in the generator's code.
        unsafe {
            let frame = &mut *self.frame;
            stack::clear(base.sub(1));
            stack::write_address(base.sub(1), generator);
            let (count, saved) = ((*frame.function).registers as usize, generator.registers_ptr());
            stack::clear_all(base, count);
            for index in 0..count {
                stack::copy_bits(base.add(index), saved.add(index));
            }
            frame.pc = frame.pc.add(generator.pc.get() as usize);
        }
        generator.state.set(GeneratorState::Running);
        if generator.holds_back() {
            self.resume_pending(generator);
        }
        Ok(())
    }

    /// `Yield`: suspends the running generator. Gives the value if native code asked for it.
    pub(super) fn yield_value(&mut self, i: Instr) -> Result<Option<Value>> {
        let value = self.take(i.b());
        self.put(i.a(), Value::Null);
        // SAFETY: a frame is active.
        let (mode, dst) = unsafe { ((*self.frame).mode, (*self.frame).dst) };
        if !mode.is_generator() {
            return Err(Fault::bug("yield outside of a generator"));
        }
        // SAFETY: the running frame is the generator's. Its registers are moved.
        unsafe {
            let frame = &mut *self.frame;
            let linked = &*frame.function;
            let generator = generator_of(frame);
            let pc = frame.pc.offset_from(linked.code) as u32;
            self.suspend_pending(generator);
            let saved = generator.registers_ptr();
            for index in 0..linked.registers as usize {
                let register = frame.base.add(index);
                stack::copy_bits(saved.add(index), register);
                stack::forget(register);
            }
            drop(frame.closure.take());
            generator.pc.set(pc);
            generator.entry.set(any_generator());
            generator.state.set(GeneratorState::Left);
            leave_generator(frame);
            self.frame = self.frame.sub(1);
        }
        if mode == ReturnMode::GeneratorFor {
            self.deliver_to_loop(value)?;
            return Ok(None);
        }
        match self.deliver(Asker::of(mode, dst), value)? {
            Outcome::Value(value) => Ok(Some(value)),
            Outcome::Entered => Ok(None),
        }
    }

    /// Gives a value to who asked for it.
    fn deliver(&mut self, asker: Asker, value: Value) -> Result<Outcome> {
        match asker {
            _ if matches!(value, Value::Absent(_)) => return self.deliver_end(asker),
            Asker::Native => return Ok(Outcome::Value(value)),
            Asker::Next { dst } => {
                let some = self.heap().some(value);
                self.put(dst, some);
            }
            Asker::For => self.deliver_to_loop(value)?,
        }
        Ok(Outcome::Entered)
    }

    /// Gives a value to the loop that waits in the running frame, which goes on with a round.
    #[inline(always)]
    fn deliver_to_loop(&mut self, value: Value) -> Result<()> {
        let (i, extension) = self.asking_loop();
        let bits = feedback::IN_GENERATOR | feedback::kind(value.tag());
        // SAFETY: a frame is active.
        unsafe { frame::record(self.frame, (*self.frame).pc, bits) };
        if i.op_number() == Op::ForNext as u16 {
            self.put(i.b(), value);
        } else if i.op_number() == Op::ForNextParts as u16 && matches!(self.value(i.a() + 2), Value::Null) {
            self.put(i.b(), value);
            self.take_apart(i.b(), extension.y() as u16);
        } else {
            let at = match self.value(i.a() + 1) {
                Value::Int(at) => *at,
                _ => 0,
            };
            self.put(i.a() + 1, Value::Int(at + 1));
            self.put(i.b(), Value::Int(at));
            self.put(extension.y() as u16, value);
        }
        self.jump_back()
    }

    fn deliver_end(&mut self, asker: Asker) -> Result<Outcome> {
        match asker {
            Asker::Native => return Ok(Outcome::Value(END)),
            Asker::Next { dst } => {
                let none = self.heap().none();
                self.put(dst, none);
            }
            Asker::For => self.put(self.asking_loop().0.a(), Value::Null),
        }
        Ok(Outcome::Entered)
    }

    /// The instruction of the loop that waits in the running frame, and its extension word.
    fn asking_loop(&self) -> (Instr, Instr) {
        // SAFETY: the frame stopped behind an instruction of two words.
        unsafe { (*(*self.frame).pc.sub(2), *(*self.frame).pc.sub(1)) }
    }

    /// Takes the jump of the `ForNext` that the running frame stopped after, and charges its tick.
    pub(super) fn jump_back(&mut self) -> Result<()> {
        self.tick_sampled()?;
        let offset = self.extension().x() as i32;
        // SAFETY: a frame is active, and verified jumps stay in its code.
        unsafe { (*self.frame).pc = (*self.frame).pc.offset(offset as isize) };
        Ok(())
    }

    /// The next value of a generator, asked by native code; `None` at its end.
    ///
    /// # Errors
    /// What the body raises.
    pub(super) fn next_of_generator(&mut self, generator: &Ref<GeneratorObject>) -> Result<Option<Value>> {
        let value = self.nested(0, |machine, _| machine.resume(generator, Asker::Native))?;
        Ok(if matches!(value, Value::Absent(_)) { None } else { Some(value) })
    }

    /// Leaves the running frame with a value, in any mode but the normal one. Gives the value if native code waits for it.
    pub(super) fn leave(&mut self, value: Value) -> Result<Option<Value>> {
        let popped = self.pop_frame();
        self.deliver_result(popped.mode, popped.dst, value)
    }

    /// Does with the result of a frame that is gone what its mode says. Gives the value that native code waits for.
    ///
    /// # Errors
    /// If `op_eq` did not return a bool.
    pub(super) fn deliver_result(&mut self, mode: ReturnMode, dst: u16, value: Value) -> Result<Option<Value>> {
        match mode {
            ReturnMode::Normal | ReturnMode::InOut => self.put(dst, value),
            ReturnMode::Exit => return Ok(Some(value)),
            ReturnMode::GeneratorFor | ReturnMode::GeneratorNext | ReturnMode::GeneratorExit => {
                drop(value);
                if let Outcome::Value(value) = self.deliver_end(Asker::of(mode, dst))? {
                    return Ok(Some(value));
                }
            }
            ReturnMode::Equal | ReturnMode::NotEqual => self.put(dst, mode.result_of(value)?),
            ReturnMode::Jump | ReturnMode::JumpEqual | ReturnMode::JumpNotEqual => {
                let holds = mode.result_of(value)?.is_truthy();
                self.jump_compared(holds);
            }
        }
        Ok(None)
    }
}

/// The error of a generator that is asked by its own body.
#[cold]
pub(super) fn already_running() -> Fault {
    Fault::error(Code::TASK, "Generator is already running")
}
