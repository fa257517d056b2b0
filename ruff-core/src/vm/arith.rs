//! Operators outside the fast paths of the loop: they ask operator methods of structs, whose frames go on in the loop, and
//! leave all else to `value::ops`.
//!
//! This file is unsafe: it releases the window of a call that failed.

#![allow(unsafe_code)]

use super::Machine;
use super::call::{Call, Outcome};
use super::frame::ReturnMode;
use super::stack;
use crate::bytecode::function::feedback;
use crate::bytecode::{Op, OperatorMethod};
use crate::fault::Result;
use crate::value::closure::ClosureObject;
use crate::value::ops::{self, BinaryOperator, UnaryOperator};
use crate::value::{Hooks, Ref, Value};

/// The feedback of two operands.
fn feedback_of(x: &Value, y: &Value) -> u16 {
    match (x, y) {
        (Value::Int(_) | Value::BigInt(_), Value::Int(_) | Value::BigInt(_)) => feedback::BIG,
        (Value::Float(_), Value::Float(_)) => feedback::FLOAT,
        (Value::Int(_), Value::Float(_)) | (Value::Float(_), Value::Int(_)) => feedback::MIXED,
        (Value::Str(_), Value::Str(_)) => feedback::STRING,
        _ => feedback::OTHER,
    }
}

impl Machine {
    /// The method with which a struct defines an operator. The native tier hears of which struct it is.
    #[inline]
    pub(super) fn operator_method(
        &self,
        value: &Value,
        operator: Option<OperatorMethod>,
    ) -> Option<Ref<ClosureObject>> {
        let (Value::Struct(object), Some(operator)) = (value, operator) else { return None };
        let method = object.def().operator(operator)?;
        self.note_asked(object.shape());
        Some(method.clone())
    }

    /// The running instruction asks a struct of that declaration for an operator.
    pub(super) fn note_asked(&self, shape: u32) {
        if self.tier.is_active() {
            let function = self.function();
            function.native.note_asked(self.running_word(), function.code.len(), shape);
        }
    }

    /// `x op y` into register `dst`; for a struct with the method, in a new frame.
    #[inline(never)]
    pub(super) fn binary_slow(&mut self, op: BinaryOperator, dst: u16, x: &Value, y: &Value) -> Result<()> {
        self.record(feedback_of(x, y));
        if self.is_replaced(dst, op, x, y) {
            let x = self.take(dst);
            let result = ops::apply_take(self, op, x, y);
            return self.put_result(dst, result);
        }
        if let (Value::Int(a), Value::Float(b)) = (x, y)
            && let Some(result) = mixed(op, *a as f64, *b)
        {
            self.put(dst, result);
            return Ok(());
        }
        if let (Value::Float(a), Value::Int(b)) = (x, y)
            && let Some(result) = mixed(op, *a, *b as f64)
        {
            self.put(dst, result);
            return Ok(());
        }
        if let Some(method) = self.operator_method(x, op.method()) {
            return self.push_operator(&method, x, Some(y), (dst, ReturnMode::Normal));
        }
        let result = ops::apply(self, op, x, y);
        self.put_result(dst, result)
    }

    /// Is `x` a big integer in the register that the result goes to, and nothing left that a handler could find in its place? A
    /// division by zero leaves it there; the other errors are traps. `y` is another object: native code need not count a second
    /// reference to the same one.
    #[inline(always)]
    fn is_replaced(&self, dst: u16, op: BinaryOperator, x: &Value, y: &Value) -> bool {
        let Value::BigInt(object) = x else { return false };
        let is_other_number = match y {
            Value::Int(y) => *y != 0 || !matches!(op, BinaryOperator::Div | BinaryOperator::Mod),
            Value::BigInt(y) => !object.same(y),
            _ => false,
        };
        is_other_number && std::ptr::eq(x, self.value(dst))
    }

    /// `x + y` where register x dies.
    #[inline(never)]
    pub(super) fn add_take_slow(&mut self, dst: u16, from: u16, y: &Value) -> Result<()> {
        let x = self.value(from);
        let grows =
            matches!((x, y), (Value::Str(_), Value::Str(_)) | (Value::BigInt(_), Value::Int(_) | Value::BigInt(_)));
        // A variable that is changed keeps its value until then: a handler may look at it.
        if std::ptr::eq(x, y) || !grows && dst == from {
            return self.binary_slow(BinaryOperator::Add, dst, x, y);
        }
        if !grows {
            let x = self.take(from);
            return self.binary_slow(BinaryOperator::Add, dst, &x, y);
        }
        self.record(feedback_of(x, y));
        let x = self.take(from);
        let result = ops::add_take(self, x, y);
        self.put_result(dst, result)
    }

    /// `op x` into register `dst`.
    #[inline(never)]
    pub(super) fn unary_slow(&mut self, op: UnaryOperator, dst: u16, x: &Value) -> Result<()> {
        self.record(feedback_of(x, x));
        if let Some(method) = self.operator_method(x, op.method()) {
            return self.push_operator(&method, x, None, (dst, ReturnMode::Normal));
        }
        let result = ops::apply_unary(self, op, x);
        self.put_result(dst, result)
    }

    /// A comparison into register `dst`; for a struct with the method, in a new frame.
    #[inline(never)]
    pub(super) fn compare_slow(&mut self, op: BinaryOperator, dst: u16, x: &Value, y: &Value) -> Result<()> {
        self.record(feedback_of(x, y));
        if let Some((method, mode)) = self.comparison_method(op, x) {
            return self.push_operator(&method, x, Some(y), (dst, mode));
        }
        let result = ops::apply(self, op, x, y);
        self.put_result(dst, result)
    }

    /// The method of a struct that decides a comparison, and what becomes of its result if that goes to a register.
    fn comparison_method(&self, op: BinaryOperator, x: &Value) -> Option<(Ref<ClosureObject>, ReturnMode)> {
        if let Some(method) = self.operator_method(x, op.method()) {
            return Some((method, if op == BinaryOperator::Eq { ReturnMode::Equal } else { ReturnMode::Normal }));
        }
        match op {
            BinaryOperator::Ne => Some((self.operator_method(x, BinaryOperator::Eq.method())?, ReturnMode::NotEqual)),
            _ => None,
        }
    }

    /// A comparison for a jump; for a struct with the method, in a new frame whose result decides the jump: `None` then.
    #[inline(never)]
    pub(super) fn compare_for_jump(&mut self, op: BinaryOperator, x: &Value, y: &Value) -> Result<Option<bool>> {
        self.record(feedback_of(x, y));
        let Some((method, mode)) = self.comparison_method(op, x) else {
            return ops::compare::compare_is_true(self, op, x, y).map(Some);
        };
        match self.call_operator(&method, x, Some(y), (0, mode.for_jump()))? {
            Outcome::Value(value) => Ok(Some(value.is_truthy())),
            Outcome::Entered => Ok(None),
        }
    }

    /// Jumps if the running instruction, a jump that compares, jumps on a truth.
    pub(super) fn jump_compared(&mut self, holds: bool) {
        // SAFETY: a frame is active, its position is behind the instruction, and verified jumps stay in its code.
        unsafe {
            let jump = *(*self.frame).pc.sub(1);
            let wants_false = Op::from_number(jump.op_number()).is_some_and(Op::jumps_if_false);
            if holds != wants_false {
                (*self.frame).pc = (*self.frame).pc.offset(jump.offset16() as isize);
            }
        }
    }

    /// `x in y`, or `x not in y`.
    #[inline(never)]
    pub(super) fn contains(&mut self, op: BinaryOperator, x: &Value, y: &Value) -> Result<bool> {
        ops::contains(self, op, x, y)
    }

    /// Pushes the frame of an operator method whose result goes to a register.
    pub(super) fn push_operator(
        &mut self,
        method: &Ref<ClosureObject>,
        receiver: &Value,
        argument: Option<&Value>,
        result: (u16, ReturnMode),
    ) -> Result<()> {
        let outcome = self.call_operator(method, receiver, argument, result)?;
        self.finish(result.0, outcome);
        Ok(())
    }

    /// Calls an operator method. What it gives at once is the result of the operator.
    fn call_operator(
        &mut self,
        method: &Ref<ClosureObject>,
        receiver: &Value,
        argument: Option<&Value>,
        result: (u16, ReturnMode),
    ) -> Result<Outcome> {
        let count = 1 + argument.is_some() as usize;
        let window = self.free_window(count)?;
        let (dst, mode) = result;
        self.fill_window(window, [Some(receiver), argument].into_iter().flatten());
        let call = Call { window, count, dst, mode, marks: &[] };
        match self.call_method_closure(method, false, call) {
            Ok(Outcome::Value(value)) => mode.result_of(value).map(Outcome::Value),
            Ok(Outcome::Entered) => Ok(Outcome::Entered),
            Err(fault) => {
                self.release_window(method, call);
                Err(fault)
            }
        }
    }

    /// Releases the arguments of an operator method that got no frame: no other frame has their slots.
    #[cold]
    fn release_window(&mut self, method: &Ref<ClosureObject>, call: Call<'_>) {
        // SAFETY: linked functions live as long as the machine.
        let params = unsafe { method.linked().as_ref().params as usize };
        // Binding may have written a slot for each parameter, if there was room for them.
        let slots = call.count.max(params);
        let count = if call.window.wrapping_add(slots) > self.stack_end { call.count } else { slots };
        // SAFETY: the slots are in the stack, and those that hold no argument hold nothing that is counted.
        unsafe { stack::clear_arguments(call.window, count) };
    }
}

/// An operator on an int and a float whose result is a float; `None` where `value::ops` must decide.
fn mixed(op: BinaryOperator, a: f64, b: f64) -> Option<Value> {
    match op {
        BinaryOperator::Add => Some(Value::Float(a + b)),
        BinaryOperator::Sub => Some(Value::Float(a - b)),
        BinaryOperator::Mul => Some(Value::Float(a * b)),
        BinaryOperator::Div if b != 0.0 => Some(Value::Float(a / b)),
        _ => None,
    }
}

impl Hooks for Machine {
    fn heap(&self) -> &crate::value::Heap {
        Machine::heap(self)
    }

    fn charge(&mut self, ticks: u64) -> Result<()> {
        Machine::charge(self, ticks)
    }

    #[inline]
    fn pace(&mut self, work: usize) -> Result<()> {
        Machine::pace(self, work)
    }

    fn call_method(&mut self, receiver: &Value, name: &str, args: &[Value]) -> Result<Option<Value>> {
        self.call_method_nested(receiver, name, args)
    }

    fn native_name(&self, id: crate::value::NativeId) -> &str {
        self.library.native_name(id)
    }
}
