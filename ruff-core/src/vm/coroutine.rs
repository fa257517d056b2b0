//! Generators: making, resuming, suspending.
//!
//! A generator that runs has a frame like any call; its registers are copied to the stack when it resumes and back when it
//! yields. The list `Machine::resumed` says for each generator that runs who asked it, innermost last.
//!
//! This file is unsafe: it moves registers.

#![allow(unsafe_code)]

use super::Machine;
use super::call::{Call, Outcome};
use super::frame::{Callee, ReturnMode};
use super::stack;
use crate::bytecode::Instr;
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::generator::{GeneratorObject, GeneratorState};
use crate::value::{Absence, Ref, Value};

/// What asked a generator for a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Asker {
    /// `ForNext` in the frame below.
    ForNext { value: u16, state: u16 },
    /// `ForNextPair` in the frame below.
    ForNextPair { position: u16, value: u16, state: u16 },
    /// `next()`: the frame below gets an option in that register.
    Next { dst: u16 },
    /// Native code, which gets the value, or an undefined one at the end.
    Native,
}

/// A generator that runs.
pub(super) struct Resumed {
    pub generator: Ref<GeneratorObject>,
    pub asker: Asker,
}

impl Machine {
    /// A generator that has not started; it takes the arguments from the window.
    ///
    /// # Errors
    /// The trap `RUF2009`.
    pub(super) fn new_generator(&mut self, callee: Callee, call: Call<'_>) -> Result<Value> {
        self.check_generators()?;
        let arguments = self.arguments(call).iter_mut().map(|v| std::mem::replace(v, Value::Null));
        let registers = arguments.collect();
        Ok(Value::Generator(GeneratorObject::alloc(self.heap(), callee.linked, callee.closure, registers)))
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
            GeneratorState::Running => Err(Fault::error(Code::TASK, "Generator is already running")),
            GeneratorState::Done => self.deliver_end(asker),
            GeneratorState::Suspended => {
                self.push_generator(generator)?;
                self.resumed.push(Resumed { generator: generator.clone(), asker });
                Ok(Outcome::Entered)
            }
        }
    }

    fn push_generator(&mut self, generator: &Ref<GeneratorObject>) -> Result<()> {
        let window = self.free_base();
        let closure = generator.closure().cloned();
        let callee = Callee { linked: generator.linked(), closure, keeps_receiver: false };
        self.push_frame(callee, window, 0, ReturnMode::Generator)?;
        let mut registers = generator.registers.borrow_mut();
        // SAFETY: the frame was pushed, so its registers fit the stack; they hold values that nobody uses. The saved ones are
        // moved: the list forgets them.
        unsafe {
            stack::clear_all(window, registers.len());
            for (index, value) in registers.iter().enumerate() {
                stack::copy_bits(window.add(index), value);
            }
            registers.set_len(0);
        }
        // SAFETY: the frame was just pushed, and the saved position is in the generator's code.
        unsafe {
            let frame = &mut *self.frame;
            frame.pc = frame.pc.add(generator.pc.get() as usize);
        }
        generator.state.set(GeneratorState::Running);
        Ok(())
    }

    /// `Yield`: suspends the running generator. Gives the value if native code asked for it.
    pub(super) fn yield_value(&mut self, i: Instr) -> Result<Option<Value>> {
        let value = self.take(i.b());
        self.put(i.a(), Value::Null);
        let Some(Resumed { generator, asker }) = self.resumed.pop() else {
            return Err(Fault::bug("yield outside of a generator"));
        };
        // SAFETY: the running frame is the generator's. Its registers are moved out and forgotten.
        unsafe {
            let frame = &mut *self.frame;
            let linked = &*frame.function;
            generator.pc.set(frame.pc.offset_from(linked.code) as u32);
            let mut registers = generator.registers.borrow_mut();
            let count = linked.registers as usize;
            registers.reserve(count);
            for index in 0..count {
                let register = frame.base.add(index);
                stack::copy_bits(registers.as_mut_ptr().add(index), register);
                stack::forget(register);
            }
            registers.set_len(count);
            drop(frame.closure.take());
            self.frame = self.frame.sub(1);
        }
        generator.state.set(GeneratorState::Suspended);
        drop(generator);
        self.deliver(asker, value)
    }

    /// The body of the generator on top has ended; its frame is gone.
    pub(super) fn finish_generator(&mut self) -> Result<Option<Value>> {
        let Some(Resumed { generator, asker }) = self.resumed.pop() else {
            return Err(Fault::bug("the end of a generator that does not run"));
        };
        generator.state.set(GeneratorState::Done);
        drop(generator);
        match self.deliver_end(asker)? {
            Outcome::Value(value) if asker == Asker::Native => Ok(Some(value)),
            _ => Ok(None),
        }
    }

    /// The frame of a generator was removed because of a fault.
    pub(super) fn abandon_generator(&mut self) {
        if let Some(resumed) = self.resumed.pop() {
            resumed.generator.state.set(GeneratorState::Done);
        }
    }

    fn deliver(&mut self, asker: Asker, value: Value) -> Result<Option<Value>> {
        match asker {
            Asker::Native => return Ok(Some(value)),
            Asker::Next { dst } => {
                let some = self.heap().some(value);
                self.put(dst, some);
            }
            Asker::ForNext { value: register, .. } => {
                self.put(register, value);
                self.jump_back()?;
            }
            Asker::ForNextPair { position, value: register, state } => {
                let at = match self.value(state + 1) {
                    Value::Int(at) => *at,
                    _ => 0,
                };
                self.put(state + 1, Value::Int(at + 1));
                self.put(position, Value::Int(at));
                self.put(register, value);
                self.jump_back()?;
            }
        }
        Ok(None)
    }

    fn deliver_end(&mut self, asker: Asker) -> Result<Outcome> {
        match asker {
            Asker::Native => return Ok(Outcome::Value(Value::Absent(Absence::Undefined))),
            Asker::Next { dst } => {
                let none = self.heap().none();
                self.put(dst, none);
            }
            Asker::ForNext { state, .. } | Asker::ForNextPair { state, .. } => self.put(state, Value::Null),
        }
        Ok(Outcome::Entered)
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
            ReturnMode::Generator => {
                drop(value);
                return self.finish_generator();
            }
            ReturnMode::Equal | ReturnMode::NotEqual => match value {
                Value::Bool(equal) => self.put(dst, Value::Bool(equal == (mode == ReturnMode::Equal))),
                other => return Err(not_a_bool(&other)),
            },
        }
        Ok(None)
    }
}

/// The error of an `op_eq` that does not return a bool.
#[cold]
pub(super) fn not_a_bool(value: &Value) -> Fault {
    Fault::error(Code::INVALID_OPERATION, format!("op_eq must return a bool, got {}", value.kind_name()))
}
