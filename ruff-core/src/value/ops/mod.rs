//! What each operator means (sections 3, 6, 7 and 10.4 of the language reference). This is the only place where that is
//! written: constant folding, the interpreter and the slow paths of native code all call it.
//!
//! [`scalar`] is the pure core over 64-bit ints and floats; the functions of [`arith`] and [`bits`] extend it to big integers,
//! strings and operator methods, which are asked last. [`mod@compare`] and [`mod@contains`] are the operators that give bools; [`index`],
//! [`mod@slice`] and [`field`] read and write inside values.

pub mod arith;
pub mod bits;
pub mod compare;
pub mod contains;
pub mod field;
pub mod fold;
pub mod index;
pub mod position;
pub mod scalar;
pub mod search;
pub mod slice;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use super::equal::{equal as equals, equal_counted as equals_counted};
use super::int::SignMagnitude;
use super::{Hooks, Value};
use crate::bytecode::OperatorMethod;
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::help;
pub use arith::{add, add_take, div, div_take, mul, mul_take, neg, pow, rem, sub, sub_take};
pub use bits::{bit_and, bit_not, bit_or, bit_xor, shl, shr};
pub use compare::{compare, compare_is_true, less};
pub use contains::contains;
pub use field::{field_slot, get_field, get_field_or_null, set_field};
pub use fold::{fold, fold_unary};
pub use index::{get_index, get_index_or_null, index_slot, set_index};
use num_bigint::BigInt;
pub use search::{Search, search};
pub use slice::slice;

macro_rules! operators {
    ($(#[$doc:meta])* $enum:ident { $($name:ident $symbol:literal $method:expr;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        pub enum $enum { $($name,)* }

        impl $enum {
            /// All of them.
            pub const ALL: &'static [$enum] = &[$($enum::$name,)*];

            /// The operator as it is written.
            pub fn symbol(self) -> &'static str {
                match self { $($enum::$name => $symbol,)* }
            }

            /// The method with which a struct defines it.
            pub fn method(self) -> Option<OperatorMethod> {
                match self { $($enum::$name => $method,)* }
            }
        }
    };
}

operators! {
    /// An operator with two operands. The logical ones are control flow and not among them.
    BinaryOperator {
        Add "+" Some(OperatorMethod::Add);
        Sub "-" Some(OperatorMethod::Sub);
        Mul "*" Some(OperatorMethod::Mul);
        Div "/" Some(OperatorMethod::Div);
        Mod "%" Some(OperatorMethod::Mod);
        Pow "**" Some(OperatorMethod::Pow);
        BitAnd "&" None;
        BitOr "|" None;
        BitXor "^" None;
        Shl "<<" None;
        Shr ">>" None;
        Eq "==" Some(OperatorMethod::Eq);
        Ne "!=" Some(OperatorMethod::Ne);
        Lt "<" Some(OperatorMethod::Lt);
        Le "<=" Some(OperatorMethod::Le);
        Gt ">" Some(OperatorMethod::Gt);
        Ge ">=" Some(OperatorMethod::Ge);
        In "in" None;
        NotIn "not in" None;
    }
}

operators! {
    /// An operator with one operand.
    UnaryOperator {
        Neg "-" Some(OperatorMethod::Neg);
        Not "!" Some(OperatorMethod::Not);
        BitNot "~" None;
    }
}

/// `a op b`.
///
/// # Errors
/// Those of the operator.
pub fn apply(hooks: &mut dyn Hooks, op: BinaryOperator, a: &Value, b: &Value) -> Result<Value> {
    use BinaryOperator::*;
    match op {
        Add => add(hooks, a, b),
        Sub => sub(hooks, a, b),
        Mul => mul(hooks, a, b),
        Div => div(hooks, a, b),
        Mod => rem(hooks, a, b),
        Pow => pow(hooks, a, b),
        BitAnd => bit_and(hooks, a, b),
        BitOr => bit_or(hooks, a, b),
        BitXor => bit_xor(hooks, a, b),
        Shl => shl(hooks, a, b),
        Shr => shr(hooks, a, b),
        Eq | Ne | Lt | Le | Gt | Ge => compare(hooks, op, a, b),
        In => contains(hooks, op, a, b).map(Value::Bool),
        NotIn => contains(hooks, op, a, b).map(|found| Value::Bool(!found)),
    }
}

/// `a op b` where `a` dies, so that text and big integers may change in place.
///
/// # Errors
/// Those of the operator.
pub fn apply_take(hooks: &mut dyn Hooks, op: BinaryOperator, a: Value, b: &Value) -> Result<Value> {
    match op {
        BinaryOperator::Add => add_take(hooks, a, b),
        BinaryOperator::Sub => sub_take(hooks, a, b),
        BinaryOperator::Mul => mul_take(hooks, a, b),
        BinaryOperator::Div => div_take(hooks, a, b),
        _ => apply(hooks, op, &a, b),
    }
}

/// `op a`.
///
/// # Errors
/// Those of the operator.
pub fn apply_unary(hooks: &mut dyn Hooks, op: UnaryOperator, a: &Value) -> Result<Value> {
    match op {
        UnaryOperator::Neg => neg(hooks, a),
        UnaryOperator::Not => not(hooks, a),
        UnaryOperator::BitNot => bit_not(hooks, a),
    }
}

/// `!a`: the opposite of its truth, or what the method `op_not` of a struct or host object gives.
///
/// # Errors
/// What `op_not` raises.
pub fn not(hooks: &mut dyn Hooks, a: &Value) -> Result<Value> {
    if let Value::Struct(_) | Value::Host(_) = a
        && let Some(result) = hooks.call_method(a, "op_not", &[])?
    {
        return Ok(result);
    }
    Ok(Value::Bool(!a.is_truthy()))
}

/// Asks the operator method of a struct or host object on the left; without one the operation is invalid.
#[cold]
fn overloaded(hooks: &mut dyn Hooks, op: BinaryOperator, a: &Value, b: &Value) -> Result<Value> {
    if let (Value::Struct(_) | Value::Host(_), Some(method)) = (a, op.method())
        && let Some(result) = hooks.call_method(a, method.name(), std::slice::from_ref(b))?
    {
        return Ok(result);
    }
    Err(invalid_binary(op, a, b))
}

#[cold]
fn overloaded_unary(hooks: &mut dyn Hooks, op: UnaryOperator, a: &Value) -> Result<Value> {
    if let (Value::Struct(_) | Value::Host(_), Some(method)) = (a, op.method())
        && let Some(result) = hooks.call_method(a, method.name(), &[])?
    {
        return Ok(result);
    }
    Err(invalid_unary(op, a))
}

/// The error of operands that an operator does not accept.
#[cold]
pub fn invalid_binary(op: BinaryOperator, a: &Value, b: &Value) -> Fault {
    let message = format!("Invalid binary operation: {} {} {}", a.kind_name(), op.symbol(), b.kind_name());
    Fault::error(Code::INVALID_OPERATION, message).with_help(operands_help(op, a, b))
}

fn operands_help(op: BinaryOperator, a: &Value, b: &Value) -> Option<&'static str> {
    use BinaryOperator::{Add, Ge, Gt, In, Le, Lt, Mul, NotIn};
    let is_number = |value: &Value| matches!(value, Value::Int(_) | Value::BigInt(_) | Value::Float(_));
    match (op, a, b) {
        (Add, Value::Str(_), _) | (Add, _, Value::Str(_)) => Some(help::INTERPOLATION),
        (Add, Value::Array(_), Value::Array(_)) => Some("arrays are joined as `[...a, ...b]`"),
        (Add, Value::Dict(_), Value::Dict(_)) => Some("dicts are joined as `{...a, ...b}`"),
        (Mul, Value::Str(_), n) | (Mul, n, Value::Str(_)) if is_number(n) => {
            Some("a text is repeated by `s.repeat(n)`; to compute with it, call `to_int`")
        }
        (Mul, Value::Array(_), n) | (Mul, n, Value::Array(_)) if is_number(n) => {
            Some("an array of n elements is `range(n).map(func(i) { return 0 })`")
        }
        (In | NotIn, ..) => None,
        (Lt | Le | Gt | Ge, Value::Bool(_), n) if is_number(n) => Some(help::CHAIN),
        (_, Value::Str(_), n) | (_, n, Value::Str(_)) if is_number(n) => Some("to compute with a text, call `to_int`"),
        _ => None,
    }
}

/// The error of an operand that an operator does not accept.
#[cold]
pub fn invalid_unary(op: UnaryOperator, a: &Value) -> Fault {
    let message = format!("Invalid unary operation: {} {}", op.symbol(), a.kind_name());
    Fault::error(Code::INVALID_OPERATION, message)
}

/// An int operand.
#[derive(Clone, Copy)]
enum IntOperand<'a> {
    Small(i64),
    Big(&'a SignMagnitude),
}

impl<'a> IntOperand<'a> {
    fn of(value: &'a Value) -> Option<IntOperand<'a>> {
        match value {
            Value::Int(i) => Some(IntOperand::Small(*i)),
            Value::BigInt(b) => Some(IntOperand::Big(b.get())),
            _ => None,
        }
    }

    fn to_big(self) -> BigInt {
        match self {
            IntOperand::Small(i) => BigInt::from(i),
            IntOperand::Big(b) => b.to_big(),
        }
    }

    /// The number, if it fits 128 bits.
    fn to_i128(self) -> Option<i128> {
        match self {
            IntOperand::Small(i) => Some(i128::from(i)),
            IntOperand::Big(b) => b.to_i128(),
        }
    }

    fn to_f64(self) -> f64 {
        match self {
            IntOperand::Small(i) => i as f64,
            IntOperand::Big(b) => b.to_f64(),
        }
    }

    /// Bits of the magnitude.
    fn bits(self) -> u64 {
        match self {
            IntOperand::Small(i) => u64::from(64 - i.unsigned_abs().leading_zeros()),
            IntOperand::Big(b) => b.bits(),
        }
    }

    fn limbs(self) -> u64 {
        match self {
            IntOperand::Small(_) => 1,
            IntOperand::Big(b) => b.limbs(),
        }
    }

    fn is_negative(self) -> bool {
        match self {
            IntOperand::Small(i) => i < 0,
            IntOperand::Big(b) => b.is_negative(),
        }
    }
}

/// Two operands as an arithmetic operator sees them.
enum Operands<'a> {
    Ints(IntOperand<'a>, IntOperand<'a>),
    /// At least one is a float.
    Floats(f64, f64),
    Other,
}

impl<'a> Operands<'a> {
    fn of(a: &'a Value, b: &'a Value) -> Operands<'a> {
        if let (Some(x), Some(y)) = (IntOperand::of(a), IntOperand::of(b)) {
            return Operands::Ints(x, y);
        }
        match (super::int::to_f64(a), super::int::to_f64(b)) {
            (Some(x), Some(y)) => Operands::Floats(x, y),
            _ => Operands::Other,
        }
    }
}
