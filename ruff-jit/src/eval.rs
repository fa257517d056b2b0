//! The oracle of the tests: runs HIR directly, without machine code.
//!
//! Values are 64-bit words: ints as they are, floats as their bits, truth values as 0 and 1. Memory is real: loads and stores go
//! to the addresses that the function computes, stubs and the code in cells are called, exits store what they list. It is slow,
//! and simple enough to be believed.
//!
//! This file is unsafe: it reads and writes memory, and calls code, at addresses that are words. Whoever evaluates a function
//! answers for the function and its arguments, see [`evaluate`].

#![allow(unsafe_code)]

use crate::hir::{
    BASE_PARAM, Block, Call, Callee, ExitId, Function, Inst, SlotValue, Target, Terminator, Ty, Val, Width,
};
use ruff_core::jit::{ExitReason, Pair, StubResult, StubType, layout, tag};
use std::fmt;
use std::ops::Range;

/// What an evaluation needs to know besides the function and its arguments.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Where the machine, the first argument, keeps the quantum of ticks.
    pub quantum_offset: i32,
    /// Instructions that may run.
    pub steps_max: u64,
    /// Where loads and stores may go; anywhere if it is `None`.
    pub memory: Option<Vec<Range<usize>>>,
}

/// How a function ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Returned {
        payload: u64,
        tag: u64,
    },
    /// Its slots are stored.
    Exited {
        exit: ExitId,
        reason: ExitReason,
    },
}

/// Why a function cannot be run to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EvalError {
    /// More instructions than [`Setting::steps_max`].
    Endless,
    /// An access outside [`Setting::memory`].
    Address { inst: Val, address: usize },
    /// A division that its guards should not have let through.
    Division { inst: Val },
    /// A call of a shape that is not supported.
    Signature { inst: Val, words: usize, floats: usize },
    /// Another number of arguments than parameters.
    Arguments { given: usize, expected: usize },
    /// A call writes a slot that is not among those that it says.
    Slot { inst: Val, slot: u32 },
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EvalError::Endless => f.write_str("too many instructions"),
            EvalError::Address { inst, address } => write!(f, "{inst} accesses {address:#x}"),
            EvalError::Division { inst } => write!(f, "{inst} divides by 0, or the least int by -1"),
            EvalError::Signature { inst, words, floats } => {
                write!(f, "{inst} is a call with {words} words and {floats} floats")
            }
            EvalError::Slot { inst, slot } => write!(f, "{inst} writes slot {slot}"),
            EvalError::Arguments { given, expected } => write!(f, "{given} arguments for {expected} parameters"),
        }
    }
}

impl std::error::Error for EvalError {}

/// Runs a function.
///
/// # Errors
/// See [`EvalError`].
///
/// # Safety
/// The function passes [`verify`](crate::hir::verify::verify). With these arguments, its loads and stores go to memory that is
/// theirs, or [`Setting::memory`] lists only such; the third argument, its base, is the address of slots that its exits may
/// store to; cells hold the addresses of `extern "C"` functions from the words and floats that they are called with to a
/// [`Pair`]; and stubs get what they ask for.
pub unsafe fn evaluate(function: &Function, args: &[u64], setting: &Setting) -> Result<Outcome, EvalError> {
    let params = &function.block(Block(0)).params;
    if params.len() != args.len() {
        return Err(EvalError::Arguments { given: args.len(), expected: params.len() });
    }
    let words = vec![0; function.values.len()];
    let seconds = vec![0; function.values.len()];
    let mut evaluation = Evaluation { f: function, args, setting, words, seconds, steps: 0 };
    for (param, arg) in params.iter().zip(args) {
        evaluation.words[param.0 as usize] = *arg;
    }
    let mut block = Block(0);
    loop {
        match evaluation.run_block(block)? {
            Next::Block(next) => block = next,
            Next::Leave(exit, reason) => {
                evaluation.leave(exit);
                return Ok(Outcome::Exited { exit, reason });
            }
            Next::Return(payload, tag) => {
                return Ok(Outcome::Returned { payload: evaluation.get(payload), tag: evaluation.get(tag) });
            }
        }
    }
}

enum Next {
    Block(Block),
    Leave(ExitId, ExitReason),
    Return(Val, Val),
}

struct Evaluation<'a> {
    f: &'a Function,
    args: &'a [u64],
    setting: &'a Setting,
    words: Vec<u64>,
    /// The second results of calls.
    seconds: Vec<u64>,
    steps: u64,
}

impl Evaluation<'_> {
    fn get(&self, val: Val) -> u64 {
        self.words[val.0 as usize]
    }

    fn run_block(&mut self, block: Block) -> Result<Next, EvalError> {
        for val in &self.f.block(block).insts {
            if let Some((exit, reason)) = self.run_inst(*val)? {
                return Ok(Next::Leave(exit, reason));
            }
        }
        self.count_step()?;
        Ok(match &self.f.block(block).end {
            Terminator::Jump(target) => self.go_to(target),
            Terminator::Branch(condition, yes, no) => self.go_to(if self.get(*condition) != 0 { yes } else { no }),
            Terminator::Return(payload, tag) => Next::Return(*payload, *tag),
            Terminator::Exit(exit, reason) => Next::Leave(*exit, *reason),
        })
    }

    fn go_to(&mut self, target: &Target) -> Next {
        let args: Vec<u64> = target.args.iter().map(|arg| self.get(*arg)).collect();
        for (param, arg) in self.f.block(target.block).params.iter().zip(args) {
            self.words[param.0 as usize] = arg;
        }
        Next::Block(target.block)
    }

    fn count_step(&mut self) -> Result<(), EvalError> {
        self.steps += 1;
        if self.steps > self.setting.steps_max { Err(EvalError::Endless) } else { Ok(()) }
    }

    /// Runs an instruction; the exit that it takes.
    fn run_inst(&mut self, val: Val) -> Result<Option<(ExitId, ExitReason)>, EvalError> {
        self.count_step()?;
        let word = match self.f.inst(val) {
            Inst::Param(..) => return Ok(None),
            Inst::Int(k) => k.cast_unsigned(),
            Inst::Float(bits) => *bits,
            Inst::Bool(k) => u64::from(*k),
            Inst::Address(address) => *address as u64,
            Inst::Unary(op, a) => op.apply(self.get(*a)),
            Inst::Binary(op, a, b) => op.apply(self.get(*a), self.get(*b)).ok_or(EvalError::Division { inst: val })?,
            Inst::Checked(op, a, b, exit) => match op.apply(self.get(*a).cast_signed(), self.get(*b).cast_signed()) {
                Some(result) => result.cast_unsigned(),
                None => return Ok(Some((*exit, ExitReason::Overflow))),
            },
            Inst::Compare(cond, a, b) => u64::from(cond.holds(self.get(*a).cast_signed(), self.get(*b).cast_signed())),
            Inst::FloatCompare(cond, a, b) => {
                u64::from(cond.holds_for_floats(f64::from_bits(self.get(*a)), f64::from_bits(self.get(*b))))
            }
            Inst::Select(c, a, b) => self.get(if self.get(*c) != 0 { *a } else { *b }),
            Inst::Load(access, address) => {
                let address = self.address(val, *address, access.offset, access.width)?;
                // SAFETY: the caller of `evaluate` answers for the address; `address` has looked at `Setting::memory`.
                unsafe { load(address, access.width) }
            }
            Inst::Store(access, address, value) => {
                let address = self.address(val, *address, access.offset, access.width)?;
                // SAFETY: as for loads.
                unsafe { store(address, access.width, self.get(*value)) };
                return Ok(None);
            }
            Inst::Guard(condition, exit, reason) => {
                return Ok((self.get(*condition) == 0).then_some((*exit, *reason)));
            }
            Inst::Call(call) => self.call(val, call)?,
            Inst::Second(call) => self.seconds[call.0 as usize],
        };
        self.words[val.0 as usize] = word;
        Ok(None)
    }

    fn address(&self, inst: Val, address: Val, offset: i32, width: Width) -> Result<usize, EvalError> {
        let address = self.get(address).wrapping_add_signed(offset.into()) as usize;
        let is_inside =
            |range: &Range<usize>| range.start <= address && address.saturating_add(bytes(width)) <= range.end;
        match &self.setting.memory {
            Some(memory) if !memory.iter().any(is_inside) => Err(EvalError::Address { inst, address }),
            _ => Ok(address),
        }
    }

    /// Calls; the first result.
    fn call(&mut self, inst: Val, call: &Call) -> Result<u64, EvalError> {
        let (mut words, mut floats) = (Vec::new(), Vec::new());
        for arg in &call.args {
            match self.f.ty(*arg) {
                Ty::Float => floats.push(f64::from_bits(self.get(*arg))),
                _ => words.push(self.get(*arg)),
            }
        }
        let (address, result) = match call.callee {
            Callee::Stub(stub) => (stub.address(), stub.result()),
            // The address of an entry comes first.
            Callee::Entry if !words.is_empty() => (words.remove(0) as usize, StubResult::Pair),
            Callee::Entry => return Err(EvalError::Signature { inst, words: 0, floats: floats.len() }),
            // SAFETY: the caller of `evaluate` answers for cells.
            Callee::Cell(cell) => (unsafe { load(cell, Width::Word) } as usize, StubResult::Pair),
        };
        let before = call.slots.as_ref().map(|_| self.slots());
        // SAFETY: the caller of `evaluate` answers for what is called and what it is given; a stub has the type of its entry.
        let pair = unsafe { invoke(address, &words, &floats, result) };
        if let (Some(before), Some(ranges)) = (before, &call.slots) {
            let changed = (0..).zip(before.iter().zip(self.slots())).filter(|(_, (old, new))| *old != new).map(|c| c.0);
            if let Some(slot) = changed.into_iter().find(|slot| !ranges.iter().any(|range| range.contains(slot))) {
                return Err(EvalError::Slot { inst, slot });
            }
        }
        let Some(Pair { payload, tag }) = pair else {
            return Err(EvalError::Signature { inst, words: words.len(), floats: floats.len() });
        };
        self.seconds[inst.0 as usize] = tag;
        Ok(payload)
    }

    /// The address of the first slot.
    fn base(&self) -> usize {
        self.args.get(BASE_PARAM as usize).copied().unwrap_or_default() as usize
    }

    /// The tags and payloads of all slots.
    fn slots(&self) -> Vec<[u64; 2]> {
        let base = self.base();
        let slots = (0..self.f.slots as usize).map(|slot| base + slot * layout::VALUE_BYTES as usize);
        // SAFETY: the caller of `evaluate` answers for the slots from the base on.
        let word = |address, width| unsafe { load(address, width) };
        slots
            .map(|at| {
                [
                    word(at + layout::VALUE_TAG as usize, Width::Byte),
                    word(at + layout::VALUE_PAYLOAD as usize, Width::Word),
                ]
            })
            .collect()
    }

    /// Stores what an exit lists.
    fn leave(&self, exit: ExitId) {
        let exit = self.f.exit(exit);
        let base = self.base();
        for (slot, value) in &exit.slots {
            let (tag, payload) = match *value {
                SlotValue::Int(v) => (tag::INT, Some(self.get(v))),
                SlotValue::Float(v) => (tag::FLOAT, Some(self.get(v))),
                SlotValue::Bool(v) => (tag::BOOL, Some(self.get(v))),
                SlotValue::Null => (tag::NULL, None),
                SlotValue::Absent(payload) => (tag::ABSENT, Some(payload.into())),
                SlotValue::Tagged(tag, payload) | SlotValue::SharedPair(tag, payload) => {
                    (self.get(tag) as u8, Some(self.get(payload)))
                }
                SlotValue::Shared(tag, object) => (tag, Some(self.get(object))),
            };
            let address = base + *slot as usize * layout::VALUE_BYTES as usize;
            // SAFETY: the caller of `evaluate` answers for the slots from the base on.
            unsafe {
                store(address + layout::VALUE_TAG as usize, Width::Byte, tag.into());
                if let Some(payload) = payload {
                    store(address + layout::VALUE_PAYLOAD as usize, Width::Word, payload);
                }
            }
        }
        if let Some(quantum) = exit.quantum {
            let machine = self.args.first().copied().unwrap_or_default() as usize;
            let address = machine.wrapping_add_signed(self.setting.quantum_offset as isize);
            // SAFETY: the first argument is the machine, which has its quantum there.
            unsafe { store(address, Width::Word, self.get(quantum)) };
        }
    }
}

fn bytes(width: Width) -> usize {
    match width {
        Width::Byte => 1,
        Width::Half => 4,
        Width::Word | Width::Float => 8,
    }
}

/// # Safety
/// There are as many bytes of memory that may be read.
unsafe fn load(address: usize, width: Width) -> u64 {
    let at = std::ptr::with_exposed_provenance::<u8>(address);
    // SAFETY: as the caller promises.
    unsafe {
        match width {
            Width::Byte => at.read().into(),
            Width::Half => at.cast::<u32>().read_unaligned().into(),
            Width::Word | Width::Float => at.cast::<u64>().read_unaligned(),
        }
    }
}

/// # Safety
/// There are as many bytes of memory that may be written.
unsafe fn store(address: usize, width: Width, word: u64) {
    let at = std::ptr::with_exposed_provenance_mut::<u8>(address);
    // SAFETY: as the caller promises.
    unsafe {
        match width {
            Width::Byte => at.write(word as u8),
            Width::Half => at.cast::<u32>().write_unaligned(word as u32),
            Width::Word | Width::Float => at.cast::<u64>().write_unaligned(word),
        }
    }
}

/// The type `u64`, for each of some names.
macro_rules! word {
    ($name:ident) => {
        u64
    };
}

/// Calls a function of the type that these arguments and that result make.
macro_rules! call_as {
    ($address:expr, ($($word:ident)*), ($($float:ident: $ty:ty)*), $result:ty) => {{
        let code = std::ptr::with_exposed_provenance::<()>($address);
        std::mem::transmute::<*const (), unsafe extern "C" fn($(word!($word),)* $($ty),*) -> $result>(code)($($word,)* $($float),*)
    }};
}

/// Calls with words, and floats behind them; what the result is not is 0. `None` if there is no such shape here.
///
/// # Safety
/// There is an `extern "C"` function of these parameters at the address, and it may be called with these arguments. Words and
/// floats are passed in registers of their own on Unix, so that only their order among themselves matters.
unsafe fn invoke(address: usize, words: &[u64], floats: &[f64], result: StubResult) -> Option<Pair> {
    /// The shapes with a result of that type.
    macro_rules! shapes {
        ($result:ty) => {
            // SAFETY: as the caller promises.
            unsafe {
                match (words, floats) {
                    ([], []) => call_as!(address, (), (), $result),
                    (&[a], []) => call_as!(address, (a), (), $result),
                    (&[a, b], []) => call_as!(address, (a b), (), $result),
                    (&[a, b, c], []) => call_as!(address, (a b c), (), $result),
                    (&[a, b, c, d], []) => call_as!(address, (a b c d), (), $result),
                    (&[a, b, c, d, e], []) => call_as!(address, (a b c d e), (), $result),
                    (&[a, b, c, d, e, f], []) => call_as!(address, (a b c d e f), (), $result),
                    (&[a, b, c, d, e, f, g], []) => call_as!(address, (a b c d e f g), (), $result),
                    (&[a, b, c, d, e, f, g, h], []) => call_as!(address, (a b c d e f g h), (), $result),
                    ([], &[x]) => call_as!(address, (), (x: f64), $result),
                    ([], &[x, y]) => call_as!(address, (), (x: f64 y: f64), $result),
                    (&[a, b, c, d, e], &[x]) => call_as!(address, (a b c d e), (x: f64), $result),
                    (&[a, b, c, d, e], &[x, y]) => call_as!(address, (a b c d e), (x: f64 y: f64), $result),
                    (&[a, b, c, d, e, f], &[x]) => call_as!(address, (a b c d e f), (x: f64), $result),
                    (&[a, b, c, d, e, f], &[x, y]) => call_as!(address, (a b c d e f), (x: f64 y: f64), $result),
                    _ => return None,
                }
            }
        };
    }
    Some(match result {
        StubResult::Nothing => {
            shapes!(());
            Pair { payload: 0, tag: 0 }
        }
        StubResult::One(StubType::Word) => Pair { payload: shapes!(u64), tag: 0 },
        StubResult::One(StubType::Float) => Pair { payload: f64::to_bits(shapes!(f64)), tag: 0 },
        StubResult::Pair => shapes!(Pair),
    })
}

#[cfg(test)]
mod tests;
