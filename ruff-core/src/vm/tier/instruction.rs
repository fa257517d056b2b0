//! Stubs that do one instruction without the loop: each calls what the loop calls for it.
//!
//! They are called as `(machine, frame, pc)`: the record of the running frame and the address of the word behind the instruction, or
//! what stands for an inlined frame there; some get more operands. They give the index of the word at which the frame goes on, or -1
//! for a fault that the machine holds.
//!
//! This file is unsafe: native code trusts it with addresses.

#![allow(unsafe_code)]

use super::super::Machine;
use super::super::frame::{Frame, ReturnMode, not_a_bool};
use super::super::library::{MethodAction, MethodEntry};
use super::super::native::NativeEntry;
use super::super::{iterate, path, pattern, stack};
use super::{machine, machine_at, record};
use crate::bytecode::Instr;
use crate::bytecode::function::feedback;
use crate::fault::{Fault, FaultKind, Result};
use crate::jit::Pair;
use crate::value::Value;
use crate::value::ops::{self, BinaryOperator, UnaryOperator};

/// Does the instruction of `WORDS` words that ends before `pc`. Frames that it pushes run to their end.
///
/// # Safety
/// Native code passes its machine, its record and an address of its bytecode.
unsafe fn instruct<const WORDS: usize>(
    m: usize,
    frame: usize,
    pc: usize,
    work: impl FnOnce(&mut Machine, Instr) -> Result<()>,
) -> i64 {
    // SAFETY: the caller's; the instruction is in front of `pc`.
    unsafe {
        let (m, frame) = (machine_at(m, frame, pc), record(frame));
        debug_assert!(m.has_record(frame) && (*frame).has_code_before((*frame).pc, WORDS));
        let i = *(*frame).pc.sub(WORDS);
        let result = m.guarded(None, |m| Some(work(m, i).and_then(|()| m.finish_frames(frame, i.a()))));
        match result {
            Some(Ok(())) => (*frame).pc.offset_from((*(*frame).function).code) as i64,
            Some(Err(fault)) => {
                m.thrown(fault);
                -1
            }
            None => -1,
        }
    }
}

/// The value at an address that native code passes.
unsafe fn value_at<'a>(address: usize) -> &'a Value {
    // SAFETY: a register or a constant, which holds a value.
    unsafe { &*std::ptr::with_exposed_provenance(address) }
}

fn operator(number: usize) -> BinaryOperator {
    BinaryOperator::ALL.get(number).copied().unwrap_or(BinaryOperator::Eq)
}

impl Machine {
    /// Takes the fault that the machine holds if scripts can catch it, and puts the error to a slot, if there is one.
    ///
    /// # Safety
    /// The slot is null or holds a value.
    unsafe fn catch_fault(&mut self, slot: *mut Value) -> bool {
        let Some(fault) = self.tier.fault.take() else { return false };
        if fault.kind != FaultKind::Error {
            self.thrown(fault);
            return false;
        }
        if slot.is_null() {
            return true;
        }
        match self.error_value(fault) {
            Ok(error) => {
                // SAFETY: the caller's.
                unsafe { stack::set(slot, error) };
                true
            }
            Err(trap) => {
                self.thrown(trap);
                false
            }
        }
    }

    /// Runs the frames above `frame`, one of which the instruction has pushed. Its result goes to register `dst`.
    #[inline(always)]
    fn finish_frames(&mut self, frame: *mut Frame, dst: u16) -> Result<()> {
        if self.frame == frame { Ok(()) } else { self.run_above(frame, dst) }
    }

    #[inline(never)]
    fn run_above(&mut self, frame: *mut Frame, dst: u16) -> Result<()> {
        self.interpret_for_native(|m| m.run_pushed(frame, dst))
    }

    fn run_pushed(&mut self, frame: *mut Frame, dst: u16) -> Result<()> {
        let pushed = self.frame;
        // SAFETY: a frame was pushed; one with a plain result gives it to this caller instead of the register.
        unsafe {
            if pushed == frame.add(1) && (*pushed).mode == ReturnMode::Normal {
                (*pushed).mode = ReturnMode::Exit;
                self.heat_pushed(pushed);
                let value = self.run_from(pushed)?;
                self.put(dst, value);
                return Ok(());
            }
        }
        self.run_back_to(frame)
    }

    /// A comparison for a jump of native code. The frame that it pushes runs to its end.
    fn compare_natively(&mut self, op: BinaryOperator, x: &Value, y: &Value) -> Result<bool> {
        if let Some(holds) = self.compare_for_jump(op, x, y)? {
            return Ok(holds);
        }
        let pushed = self.frame;
        // SAFETY: a frame was pushed; it gives its result to this caller instead of the jump.
        let mode = unsafe { std::mem::replace(&mut (*pushed).mode, ReturnMode::Exit) };
        let value = self.interpret_for_native(|m| {
            m.heat_pushed(pushed);
            m.run_from(pushed)
        })?;
        Ok(mode.result_of(value)?.is_truthy())
    }

    /// Goes on behind the instruction, or at the target of its jump.
    #[inline(always)]
    pub(in crate::vm) fn jump_if(&mut self, jumps: bool, offset: u32) {
        if jumps {
            // SAFETY: a frame is active, and verified jumps stay in its code.
            unsafe { (*self.frame).pc = (*self.frame).pc.offset(offset as i32 as isize) };
        }
    }

    /// `x op y` of two small ints into register `dst`: feedback hears of it only if the result is not one.
    fn binary_of_ints(&mut self, op: BinaryOperator, dst: u16, x: &Value, y: &Value) -> Result<()> {
        let value = ops::apply(self, op, x, y)?;
        if !matches!(value, Value::Int(_)) {
            self.record(feedback::BIG);
        }
        self.put(dst, value);
        Ok(())
    }

    /// Notes the kind of what an instruction has read into a register.
    #[inline(always)]
    fn record_read(&mut self, register: u16) {
        self.record(feedback::kind(self.value(register).tag()));
    }
}

macro_rules! instructions {
    ($($name:ident $words:literal |$m:ident, $i:ident| $work:expr;)*) => {$(
        pub(crate) unsafe extern "C" fn $name(m: usize, frame: usize, pc: usize) -> i64 {
            let work = |$m: &mut Machine, $i: Instr| -> Result<()> { $work };
            // SAFETY: native code passes what `instruct` asks for.
            unsafe { instruct::<$words>(m, frame, pc, work) }
        }
    )*};
}

/// An instruction that cannot fail.
macro_rules! done {
    ($work:expr) => {{
        $work;
        Ok(())
    }};
}

/// A test: where it fails, control goes to the offset that operand y of the extension gives.
macro_rules! test {
    ($m:ident, $matches:expr) => {{
        let matches = $matches;
        let offset = $m.extension().y();
        $m.jump_if(!matches, offset);
        Ok(())
    }};
}

instructions! {
    // ---- operators
    rt_in 1 |m, i| {
        let found = m.contains(BinaryOperator::In, m.value(i.b()), m.value(i.c()))?;
        done!(m.put(i.a(), Value::Bool(found)))
    };
    rt_not_in 1 |m, i| {
        let found = m.contains(BinaryOperator::NotIn, m.value(i.b()), m.value(i.c()))?;
        done!(m.put(i.a(), Value::Bool(!found)))
    };

    // ---- containers
    rt_new_array 1 |m, i| m.new_array(i);
    rt_array_push 1 |m, i| m.array_push(i);
    rt_array_extend 1 |m, i| m.array_extend(i);
    rt_new_dict 1 |m, i| m.new_dict(i);
    rt_dict_put 1 |m, i| m.dict_put(i);
    rt_dict_extend 1 |m, i| m.dict_extend(i);
    rt_new_struct 2 |m, i| m.new_struct(i);
    rt_new_range 1 |m, i| m.new_range(i, false);
    rt_new_range_inclusive 1 |m, i| m.new_range(i, true);
    rt_concat 1 |m, i| m.concat(i);
    rt_get_variant 2 |m, i| m.get_variant(i);
    rt_new_variant 2 |m, i| m.new_variant(i);

    // ---- reading and writing inside values
    rt_get_index 1 |m, i| m.get_index(i, false);
    rt_get_index_or_null 1 |m, i| m.get_index(i, true);
    rt_set_index 1 |m, i| m.set_index(i);
    rt_get_field 2 |m, i| {
        m.get_field(i, false)?;
        done!(m.record_read(i.a()))
    };
    rt_get_field_or_null 2 |m, i| m.get_field(i, true);
    rt_set_field 2 |m, i| m.set_field(i);
    rt_slice 1 |m, i| m.slice(i, false);
    rt_slice_inclusive 1 |m, i| m.slice(i, true);
    rt_get_path 1 |m, i| {
        // SAFETY: a frame is active and verified code names its places and registers.
        if unsafe { path::read(m.frame, i.bc(), m.register(i.a())) }.is_none() {
            m.get_path(i.a(), i.bc())?;
        }
        done!(m.record_read(i.a()))
    };
    rt_set_path 1 |m, i| {
        // SAFETY: as above.
        if unsafe { path::write(m.frame, i.bc(), m.register(i.a())) } { Ok(()) } else { m.set_path(i.a(), i.bc()) }
    };
    rt_lend 1 |m, i| m.lend(i.a(), i.bc());
    rt_restore 1 |m, i| m.restore(i.a(), i.bc());

    // ---- calls
    rt_call_function 2 |m, i| m.call_function(i);
    rt_call_value 2 |m, i| m.call_register(i);
    rt_call_builtin 2 |m, i| m.call_native_op(i);
    rt_call_method 2 |m, i| m.call_method_op(i);
    rt_call_place_method 2 |m, i| m.call_place_method(i);
    rt_prepare_method 2 |m, i| m.prepare_method(i);
    rt_call_prepared_method 2 |m, i| m.call_prepared_method(i);
    rt_call_spread 2 |m, i| m.call_spread(i);
    rt_call_method_spread 2 |m, i| m.call_method_spread(i);
    rt_call_place_method_spread 2 |m, i| m.call_place_method_spread(i);

    // ---- iteration
    rt_for_prepare 1 |m, i| m.for_prepare(i);
    rt_for_prepare_range 1 |m, i| m.for_prepare_range(i);
    rt_for_next 2 |m, i| {
        // SAFETY: verified code names three registers of the state.
        if unsafe { iterate::next_array_element(m.register(i.a()), m.register(i.b())) } {
            m.record_read(i.b());
            m.jump_back()
        } else {
            m.for_next(i)
        }
    };
    rt_for_next_pair 2 |m, i| m.for_next_pair(i);
    rt_for_prepare_pairs 2 |m, i| m.for_prepare_pairs(i);

    // ---- errors
    rt_throw 1 |m, i| m.throw(i.a());
    rt_raise 1 |m, i| m.raise(i.bc());

    // ---- patterns
    rt_unwrap 2 |m, i| {
        let is_success = m.unwrap_variant(i)?;
        let offset = m.extension().x();
        done!(m.jump_if(!is_success, offset))
    };
    rt_match_const 2 |m, i| test!(m, m.match_const(m.value(i.a()), m.const_at(m.extension().x()))?);
    rt_match_range 2 |m, i| test!(m, m.match_range(m.value(i.a()), m.extension().x())?);
    rt_match_variant 2 |m, i| test!(m, m.match_variant(i, m.extension().x())?);
    rt_match_struct 2 |m, i| test!(m, m.match_struct(i)?);
    rt_match_array 2 |m, i| test!(m, pattern::match_array(m.value(i.a()), i.b(), i.c() == 1));
    rt_match_dict 2 |m, i| test!(m, matches!(m.value(i.a()), Value::Dict(_)));
    rt_match_key 2 |m, i| test!(m, m.match_key(i, m.const_at(m.extension().x())));
    rt_get_payload 1 |m, i| done!(m.get_payload(i));
    rt_get_payload_rest 1 |m, i| m.get_payload_rest(i);
    rt_get_element 1 |m, i| {
        m.get_element(i);
        done!(m.record_read(i.a()))
    };
    rt_get_element_rest 1 |m, i| m.get_element_rest(i);
    rt_get_entry 2 |m, i| done!(m.get_entry(i, m.const_at(m.extension().x())));
    rt_get_entry_rest 2 |m, i| m.get_entry_rest(i);
    rt_get_own_field 2 |m, i| m.get_own_field(i);
}

/// `(machine, frame, pc, operator, y)`: an arithmetic instruction whose right operand is at an address.
pub(crate) unsafe extern "C" fn rt_binary(m: usize, frame: usize, pc: usize, op: usize, y: usize) -> i64 {
    // SAFETY: native code passes what `instruct` asks for, and the address of a register or a constant.
    unsafe {
        instruct::<1>(m, frame, pc, |m, i| {
            let (x, y) = (m.value(i.b()), value_at(y));
            match (x, y) {
                (Value::Int(_), Value::Int(_)) => m.binary_of_ints(operator(op), i.a(), x, y),
                _ => m.binary_slow(operator(op), i.a(), x, y),
            }
        })
    }
}

/// `(machine, frame, pc, entry)`: `CallNative` of a builtin that every script may call with so many arguments.
pub(crate) unsafe extern "C" fn rt_call_free(m: usize, frame: usize, pc: usize, entry: usize) -> i64 {
    // SAFETY: native code passes what `instruct` asks for, and an entry of the machine's library.
    unsafe {
        let entry = &*std::ptr::with_exposed_provenance::<NativeEntry>(entry);
        instruct::<2>(m, frame, pc, |m, i| m.call_free(entry, m.call_of(i, i.c() as usize, &[])))
    }
}

/// `(machine, frame, pc, entry)`: the same for the call of a method whose receiver is in the window.
pub(crate) unsafe extern "C" fn rt_call_free_method(m: usize, frame: usize, pc: usize, entry: usize) -> i64 {
    // SAFETY: as `rt_call_free`.
    unsafe {
        let entry = &*std::ptr::with_exposed_provenance::<NativeEntry>(entry);
        instruct::<2>(m, frame, pc, |m, i| m.call_free(entry, m.call_of(i, i.c() as usize + 1, &[])))
    }
}

/// `(machine, frame, pc, entry, receiver)`: the call of a method of the value in a register.
pub(crate) unsafe extern "C" fn rt_change_receiver(
    m: usize,
    frame: usize,
    pc: usize,
    entry: usize,
    receiver: usize,
) -> i64 {
    // SAFETY: as `rt_call_free`, but for the entry of a method, and a register that only the running frame can name: it does not go
    // on before the method is done.
    unsafe {
        let entry = &*std::ptr::with_exposed_provenance::<MethodEntry>(entry);
        let receiver = &mut *std::ptr::with_exposed_provenance_mut::<Value>(receiver);
        instruct::<2>(m, frame, pc, |m, i| match &entry.action {
            MethodAction::Mutating(_, method) => m.change_receiver(i, &**method, receiver),
            _ => Err(Fault::bug("a method that changes nothing")),
        })
    }
}

/// `(machine, frame, pc)`: `AddTake`.
pub(crate) unsafe extern "C" fn rt_add_take(m: usize, frame: usize, pc: usize) -> i64 {
    // SAFETY: native code passes what `instruct` asks for.
    unsafe {
        instruct::<1>(m, frame, pc, |m, i| match (m.value(i.b()), m.value(i.c())) {
            (x @ Value::Int(_), y @ Value::Int(_)) => m.binary_of_ints(BinaryOperator::Add, i.a(), x, y),
            (_, y) => m.add_take_slow(i.a(), i.b(), y),
        })
    }
}

/// `(machine, frame, pc, operator)`: an operator with one operand.
pub(crate) unsafe extern "C" fn rt_unary(m: usize, frame: usize, pc: usize, op: usize) -> i64 {
    let op = UnaryOperator::ALL.get(op).copied().unwrap_or(UnaryOperator::Not);
    // SAFETY: native code passes what `instruct` asks for.
    unsafe { instruct::<1>(m, frame, pc, |m, i| m.unary_slow(op, i.a(), m.value(i.b()))) }
}

/// `(machine, frame, pc, operator)`: a comparison of two registers.
pub(crate) unsafe extern "C" fn rt_compare(m: usize, frame: usize, pc: usize, op: usize) -> i64 {
    // SAFETY: native code passes what `instruct` asks for.
    unsafe { instruct::<1>(m, frame, pc, |m, i| m.compare_slow(operator(op), i.a(), m.value(i.b()), m.value(i.c()))) }
}

/// `(machine, frame, pc, operator, x, y)`: the comparison of a jump, of values at addresses: 0 or 1, or -1 for a fault.
pub(crate) unsafe extern "C" fn rt_compare_now(
    m: usize,
    frame: usize,
    pc: usize,
    op: usize,
    x: usize,
    y: usize,
) -> i64 {
    // SAFETY: as `rt_binary`.
    unsafe {
        let m = machine_at(m, frame, pc);
        match m.guarded(None, |m| Some(m.compare_natively(operator(op), value_at(x), value_at(y)))) {
            Some(Ok(holds)) => holds as i64,
            Some(Err(fault)) => {
                m.thrown(fault);
                -1
            }
            None => -1,
        }
    }
}

/// `(machine, frame, pc, tag, payload)`: the fault of an `op_eq` that has given this, which is taken over: -1.
pub(crate) unsafe extern "C" fn rt_not_a_bool(m: usize, frame: usize, pc: usize, tag: usize, payload: usize) -> i64 {
    // SAFETY: native code passes its machine, its record, an address of its bytecode and a value that it owns.
    unsafe {
        let m = machine_at(m, frame, pc);
        m.guarded((), |m| {
            let pair = Pair { payload: payload as u64, tag: tag as u64 };
            let fault = m.value_of(pair).map_or_else(|fault| fault, |value| not_a_bool(&value));
            m.thrown(fault);
        });
    }
    -1
}

/// `(machine, frame, pc, value)`: the container at an address becomes one of its own; its address, or 0 for a fault.
pub(crate) unsafe extern "C" fn rt_copy_shared(m: usize, frame: usize, pc: usize, value: usize) -> usize {
    // SAFETY: native code passes its machine, its record, an address of its bytecode and that of a container which it may change.
    unsafe {
        let m = machine_at(m, frame, pc);
        let value = &mut *std::ptr::with_exposed_provenance_mut::<Value>(value);
        match m.guarded(None, |m| {
            let own = unshared(value);
            Some(m.charge_copies(own))
        }) {
            Some(Ok(address)) => address,
            Some(Err(fault)) => {
                m.thrown(fault);
                0
            }
            None => 0,
        }
    }
}

/// `(machine, frame, slot)`: the fault that the machine holds is caught in the frame: the error, or null if the address is 0, goes
/// to the slot. 1, or 0 if the fault is none that scripts catch.
pub(crate) unsafe extern "C" fn rt_catch(m: usize, frame: usize, slot: usize) -> usize {
    // SAFETY: native code passes its machine, its record, and one of its slots or 0. Frames above the record have gone, or are
    // those of inlined calls, whose slots native code clears.
    unsafe {
        let m = machine(m);
        let slot = std::ptr::with_exposed_provenance_mut::<Value>(slot);
        let is_caught = m.guarded(false, |m| m.catch_fault(slot));
        if is_caught {
            m.frame = record(frame);
        }
        is_caught as usize
    }
}

/// The address of a container that has one reference from now on.
fn unshared(value: &mut Value) -> Result<usize> {
    Ok(match value {
        Value::Array(array) => std::ptr::from_mut(array.make_mut()?).expose_provenance(),
        Value::Struct(object) => std::ptr::from_mut(object.make_mut()?).expose_provenance(),
        Value::Dict(dict) => std::ptr::from_mut(dict.make_mut()?).expose_provenance(),
        _ => 0,
    })
}
