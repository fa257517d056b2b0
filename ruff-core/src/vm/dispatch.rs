//! The loop.
//!
//! It keeps the program counter, the address of register 0 and the constants of the running function in local variables. Fast
//! paths on ints, floats and cached shapes are here; everything else is a function of another file. Before such a call the
//! program counter is saved in the frame; after one that may have pushed or popped a frame the locals are read again.
//!
//! This file is unsafe: it reads code and registers through pointers. What makes that sound: every function has passed
//! `bytecode::verify`, so that operands are inside the frame and the tables; a frame is pushed only where its registers fit the
//! stack; linked functions live as long as the machine.

#![allow(unsafe_code)]

use super::Machine;
use super::frame::{Frame, ReturnMode};
use super::stack::{self, tag};
use crate::bytecode::function::feedback;
use crate::bytecode::{Instr, Op};
use crate::fault::Result;
use crate::value::closure::LinkedFunction;
use crate::value::ops::{BinaryOperator as Binary, UnaryOperator as Unary};
use crate::value::{Absence, Value};
use std::hint::cold_path;

/// Cached for a struct literal that gives all fields in the order of the declaration.
pub const LITERAL_IN_ORDER: u32 = 1;

impl Machine {
    /// Runs the frame on top until it has returned, and gives its value.
    ///
    /// # Errors
    /// What no handler of the frames from it on catches; they are gone then.
    pub(super) fn run(&mut self) -> Result<Value> {
        self.run_from(self.frame)
    }

    /// Runs the frame on top until `entry`, which is it or one below, has returned, and gives its value.
    ///
    /// # Errors
    /// As [`Machine::run`].
    pub(super) fn run_from(&mut self, entry: *mut Frame) -> Result<Value> {
        loop {
            // SAFETY: the frame on top is active and its function is verified.
            match unsafe { self.run_until_fault::<false>(entry) } {
                Ok(value) => return Ok(value),
                Err(fault) => self.unwind(fault, entry)?,
            }
        }
    }

    /// Runs one instruction of the frame on top, and the frames that it pushes until they are gone.
    ///
    /// # Errors
    /// What no handler of the frames above catches; they are gone then.
    pub(super) fn run_step(&mut self) -> Result<()> {
        self.run_back_to(self.frame)
    }

    /// Runs until control is back in the frame `start`: the frames above it, or one instruction if it is on top.
    ///
    /// # Errors
    /// As [`Machine::run_step`].
    pub(super) fn run_back_to(&mut self, start: *mut Frame) -> Result<()> {
        // SAFETY: the frame above an active one is reserved memory, or the end.
        let above = unsafe { start.add(1) };
        loop {
            // SAFETY: as in `run_from`.
            match unsafe { self.run_until_fault::<true>(start) } {
                Ok(_) => return Ok(()),
                Err(fault) => self.unwind(fault, above)?,
            }
        }
    }

    /// Runs until a frame with an exit mode returns or, if `STEP`, until control is back in the frame `start`.
    ///
    /// # Safety
    /// The frame on top is active, and so is a frame with an exit mode at or below it.
    #[allow(clippy::cognitive_complexity)]
    unsafe fn run_until_fault<const STEP: bool>(&mut self, start: *mut Frame) -> Result<Value> {
        let mut frame: *mut Frame = self.frame;
        // SAFETY: see the head of the file.
        unsafe {
            let mut pc: *const Instr = (*frame).pc;
            let mut base: *mut Value = (*frame).base;
            let mut consts: *const Value = (*(*frame).function).consts;

            macro_rules! save {
                () => {
                    (*frame).pc = pc
                };
            }
            macro_rules! reload {
                () => {
                    frame = self.frame;
                    pc = (*frame).pc;
                    base = (*frame).base;
                    consts = (*(*frame).function).consts;
                };
            }
            // Calls a function that may change the frames.
            macro_rules! far {
                ($call:expr) => {{
                    cold_path();
                    save!();
                    $call?;
                    reload!();
                }};
            }
            // Calls a function that leaves the frames as they are.
            macro_rules! near {
                ($call:expr) => {{
                    cold_path();
                    save!();
                    $call?
                }};
            }
            macro_rules! reg {
                ($index:expr) => {{
                    debug_assert!($index as u32 <= (*(*frame).function).registers);
                    base.add($index as usize)
                }};
            }
            macro_rules! jump {
                ($offset:expr) => {
                    pc = pc.offset($offset as isize)
                };
            }
            // Charges a tick and jumps back; where the quantum ends, native code may take over.
            macro_rules! jump_back {
                ($offset:expr) => {
                    if self.quantum > 0 {
                        self.quantum -= 1;
                        jump!($offset);
                    } else {
                        near!(self.refill_sampled());
                        self.quantum -= 1;
                        jump!($offset);
                        if !STEP && self.tier.is_active() {
                            save!();
                            if let Some(value) = self.enter_loop()? {
                                return Ok(value);
                            }
                            reload!();
                        }
                    }
                };
            }
            macro_rules! record {
                ($bits:expr) => {
                    super::frame::record(frame, pc, $bits)
                };
            }
            // A step of an iteration that jumps back itself.
            macro_rules! iterate {
                ($call:expr) => {{
                    let (from, is_sample) = ((frame, pc), self.quantum == 0);
                    far!($call);
                    if is_sample && !STEP && self.tier.is_active() && frame == from.0 && pc < from.1 {
                        if let Some(value) = self.enter_loop()? {
                            return Ok(value);
                        }
                        reload!();
                    }
                }};
            }
            // The truth of a condition; notes if it is no truth value.
            macro_rules! truth {
                ($i:ident) => {
                    match &*reg!($i.a()) {
                        Value::Bool(truth) => *truth,
                        other => {
                            record!(feedback::OTHER_CONDITION);
                            other.is_truthy()
                        }
                    }
                };
            }
            // Notes the kind of what an instruction has read.
            macro_rules! record_read {
                ($register:expr) => {
                    super::frame::record(frame, pc, feedback::kind(stack::tag_of($register)))
                };
            }
            macro_rules! arith {
                ($i:ident, $right:expr, $checked:ident, $float:tt, $binary:expr) => {{
                    let (x, y): (*const Value, *const Value) = (reg!($i.b()), $right);
                    let (xt, yt) = (stack::tag_of(x), stack::tag_of(y));
                    if xt == tag::INT && yt == tag::INT {
                        match stack::int_of(x).$checked(stack::int_of(y)) {
                            Some(int) => stack::set_int(reg!($i.a()), int),
                            None => far!(self.binary_slow($binary, $i.a(), &*x, &*y)),
                        }
                    } else if xt == tag::FLOAT && yt == tag::FLOAT {
                        record!(feedback::FLOAT);
                        stack::set_float(reg!($i.a()), stack::float_of(x) $float stack::float_of(y));
                    } else if stack::is_number(xt) && stack::is_number(yt) {
                        record!(feedback::MIXED);
                        stack::set_float(reg!($i.a()), stack::number_of(x) $float stack::number_of(y));
                    } else {
                        far!(self.binary_slow($binary, $i.a(), &*x, &*y));
                    }
                }};
            }
            macro_rules! divide {
                ($i:ident, $right:expr, $checked:ident, $float:tt, $binary:expr) => {{
                    let (x, y): (*const Value, *const Value) = (reg!($i.b()), $right);
                    let (xt, yt) = (stack::tag_of(x), stack::tag_of(y));
                    if xt == tag::INT && yt == tag::INT && let Some(int) = stack::int_of(x).$checked(stack::int_of(y)) {
                        stack::set_int(reg!($i.a()), int);
                    } else if xt == tag::FLOAT && yt == tag::FLOAT && stack::float_of(y) != 0.0 {
                        record!(feedback::FLOAT);
                        stack::set_float(reg!($i.a()), stack::float_of(x) $float stack::float_of(y));
                    } else {
                        far!(self.binary_slow($binary, $i.a(), &*x, &*y));
                    }
                }};
            }
            macro_rules! bits {
                ($i:ident, $right:expr, $op:tt, $binary:expr) => {{
                    let (x, y): (*const Value, *const Value) = (reg!($i.b()), $right);
                    if stack::tag_of(x) == tag::INT && stack::tag_of(y) == tag::INT {
                        stack::set_int(reg!($i.a()), stack::int_of(x) $op stack::int_of(y));
                    } else {
                        far!(self.binary_slow($binary, $i.a(), &*x, &*y));
                    }
                }};
            }
            macro_rules! other {
                ($i:ident, $right:expr, $binary:expr) => {{
                    let (x, y): (*const Value, *const Value) = (reg!($i.b()), $right);
                    far!(self.binary_slow($binary, $i.a(), &*x, &*y));
                }};
            }
            macro_rules! compare {
                ($i:ident, $op:tt, $comparison:expr) => {{
                    let (x, y) = (reg!($i.b()), reg!($i.c()));
                    let (xt, yt) = (stack::tag_of(x), stack::tag_of(y));
                    if xt == tag::INT && yt == tag::INT {
                        stack::set_bool(reg!($i.a()), stack::int_of(x) $op stack::int_of(y));
                    } else if xt == tag::FLOAT && yt == tag::FLOAT {
                        record!(feedback::FLOAT);
                        stack::set_bool(reg!($i.a()), stack::float_of(x) $op stack::float_of(y));
                    } else {
                        far!(self.compare_slow($comparison, $i.a(), &*x, &*y));
                    }
                }};
            }
            macro_rules! branch {
                ($i:ident, $right:expr, $op:tt, $comparison:expr, $sense:expr) => {{
                    let (x, y): (*const Value, *const Value) = (reg!($i.a()), $right);
                    let (xt, yt) = (stack::tag_of(x), stack::tag_of(y));
                    let holds = if xt == tag::INT && yt == tag::INT {
                        stack::int_of(x) $op stack::int_of(y)
                    } else if xt == tag::FLOAT && yt == tag::FLOAT {
                        record!(feedback::FLOAT);
                        stack::float_of(x) $op stack::float_of(y)
                    } else {
                        cold_path();
                        save!();
                        match self.compare_for_jump($comparison, &*x, &*y)? {
                            Some(holds) => holds,
                            None => {
                                reload!();
                                continue;
                            }
                        }
                    };
                    if holds == $sense {
                        jump!($i.offset16());
                    }
                }};
            }
            // Pushes a frame, for which there are room and a tick.
            macro_rules! push {
                ($callee:expr, $closure:expr, $window:expr, $dst:expr, $mode:expr, $keeps_receiver:expr) => {{
                    let callee: *const LinkedFunction = $callee;
                    let window: *mut Value = $window;
                    let next = frame.add(1);
                    self.quantum -= 1;
                    pc = (*callee).code;
                    next.write(Frame {
                        function: callee,
                        base: window,
                        pc,
                        closure: $closure,
                        dst: $dst,
                        mode: $mode,
                        keeps_receiver: $keeps_receiver,
                        is_sampled: false,
                    });
                    self.frame = next;
                    frame = next;
                    base = window;
                    consts = (*callee).consts;
                }};
            }
            // Pushes a frame for a call that needs no preparation, if there is room and a tick.
            macro_rules! enter {
                ($callee:expr, $closure:expr, $window:expr, $dst:expr, $slow:expr) => {
                    enter!($callee, $closure, $window, $dst, ReturnMode::Normal, $slow)
                };
                ($callee:expr, $closure:expr, $window:expr, $dst:expr, $mode:expr, $slow:expr) => {{
                    let callee: *const LinkedFunction = $callee;
                    let window: *mut Value = $window;
                    save!();
                    if frame.add(1) < self.frames_end
                        && window.wrapping_add((*callee).registers as usize) <= self.stack_end
                        && self.quantum > 0
                    {
                        push!(callee, $closure, window, $dst, $mode, false);
                    } else {
                        cold_path();
                        $slow?;
                        reload!();
                    }
                }};
            }
            // Pushes a frame for a method with `mut self`, if that needs nothing but to lend the receiver; else calls `$slow`.
            macro_rules! enter_lending {
                ($i:ident, $ext:ident, $slow:expr) => {{
                    save!();
                    let is_ready = super::path::sees_structs(frame, $ext.x());
                    let method = if is_ready && frame.add(1) < self.frames_end && self.quantum > 0 {
                        let names = ($ext.x(), $ext.y());
                        super::path::lend_receiver(frame, names, $i.c(), reg!($i.b()), self.stack_end)
                    } else {
                        None
                    };
                    match method {
                        Some(method) => {
                            let linked = super::path::method_function(method);
                            let closure = super::path::method_closure(method);
                            push!(linked, closure, reg!($i.b()), $i.a(), ReturnMode::InOut, true);
                        }
                        None => far!($slow),
                    }
                }};
            }
            // Leaves a frame whose result goes to a register of the frame below, once its registers are released.
            macro_rules! leave {
                ($tag:expr, $payload:expr) => {
                    leave!($tag, $payload, stack::clear_all(base, (*(*frame).function).registers as usize))
                };
                ($tag:expr, $payload:expr, $release:expr) => {{
                    let (result_tag, result_payload) = ($tag, $payload);
                    $release;
                    if (*frame).closure.is_some() {
                        drop((*frame).closure.take());
                    }
                    let dst = (*frame).dst;
                    frame = frame.sub(1);
                    self.frame = frame;
                    pc = (*frame).pc;
                    base = (*frame).base;
                    consts = (*(*frame).function).consts;
                    let to = reg!(dst);
                    stack::clear(to);
                    stack::write_parts(to, result_tag, result_payload);
                }};
            }

            let mut has_begun = !STEP;
            loop {
                if STEP {
                    if has_begun && frame == start {
                        save!();
                        return Ok(Value::Null);
                    }
                    has_begun = true;
                }
                let i = *pc;
                pc = pc.add(1);
                // SAFETY: verified code holds only numbers of operations.
                let op: Op = std::mem::transmute::<u16, Op>(i.op_number());
                match op {
                    // ---- moves and constants
                    Op::LoadConst => stack::copy(reg!(i.a()), consts.add(i.bc() as usize)),
                    Op::LoadNull => stack::set(reg!(i.a()), Value::Null),
                    Op::LoadBool => stack::set_bool(reg!(i.a()), i.b() != 0),
                    Op::LoadInt => stack::set_int(reg!(i.a()), i.signed_bc() as i64),
                    Op::LoadMissing => stack::set(reg!(i.a()), Value::Absent(Absence::Missing)),
                    Op::Copy => stack::copy(reg!(i.a()), reg!(i.b())),
                    Op::Move => stack::take_into(reg!(i.a()), reg!(i.b())),
                    Op::Drop => stack::clear(reg!(i.a())),

                    // ---- variables
                    Op::NewCell => self.new_cell(i),
                    Op::NewEmptyCell => self.new_empty_cell(i.a()),
                    Op::GetCell => {
                        let variable = super::access::cell_variable(reg!(i.b()));
                        if stack::tag_of(variable) == tag::ABSENT {
                            near!(self.absent_variable(&*variable));
                        }
                        stack::copy(reg!(i.a()), variable);
                        record_read!(variable);
                    }
                    Op::SetCell => {
                        let variable = super::access::cell_variable(reg!(i.a()));
                        if stack::tag_of(variable) == tag::ABSENT {
                            near!(self.check_not_lent(&*variable));
                        }
                        stack::take_into(variable, reg!(i.b()));
                    }
                    Op::GetCapture => {
                        let variable = super::access::captured_variable(frame, i.b());
                        if stack::tag_of(variable) == tag::ABSENT {
                            near!(self.absent_variable(&*variable));
                        }
                        stack::copy(reg!(i.a()), variable);
                        record_read!(variable);
                    }
                    Op::SetCapture => {
                        let variable = super::access::captured_variable(frame, i.b());
                        if stack::tag_of(variable) == tag::ABSENT {
                            near!(self.check_not_lent(&*variable));
                        }
                        stack::take_into(variable, reg!(i.a()));
                    }
                    Op::GetGlobal => {
                        let variable = *(*(*frame).function).globals.add(i.bc() as usize);
                        if stack::tag_of(variable) == tag::ABSENT {
                            near!(self.absent_variable(&*variable));
                        }
                        stack::copy(reg!(i.a()), variable);
                        record_read!(variable);
                    }
                    Op::SetGlobal => {
                        let variable = *(*(*frame).function).globals.add(i.bc() as usize);
                        if stack::tag_of(variable) == tag::ABSENT {
                            near!(self.check_not_lent(&*variable));
                        }
                        stack::take_into(variable, reg!(i.a()));
                    }
                    Op::CheckDefined => {
                        if stack::tag_of(reg!(i.a())) == tag::ABSENT {
                            near!(self.absent_variable(&*reg!(i.a())));
                        }
                    }
                    Op::LoadFunction => self.load_function(i.a(), i.bc()),
                    Op::NewClosure => self.new_closure(i.a(), i.bc()),

                    // ---- arithmetic
                    Op::Add => arith!(i, reg!(i.c()), checked_add, +, Binary::Add),
                    Op::Sub => arith!(i, reg!(i.c()), checked_sub, -, Binary::Sub),
                    Op::Mul => arith!(i, reg!(i.c()), checked_mul, *, Binary::Mul),
                    Op::Div => divide!(i, reg!(i.c()), checked_div, /, Binary::Div),
                    Op::Mod => divide!(i, reg!(i.c()), checked_rem, %, Binary::Mod),
                    Op::Pow => other!(i, reg!(i.c()), Binary::Pow),
                    Op::BitAnd => bits!(i, reg!(i.c()), &, Binary::BitAnd),
                    Op::BitOr => bits!(i, reg!(i.c()), |, Binary::BitOr),
                    Op::BitXor => bits!(i, reg!(i.c()), ^, Binary::BitXor),
                    Op::Shl => other!(i, reg!(i.c()), Binary::Shl),
                    Op::Shr => other!(i, reg!(i.c()), Binary::Shr),
                    Op::AddK => arith!(i, consts.add(i.c() as usize), checked_add, +, Binary::Add),
                    Op::SubK => arith!(i, consts.add(i.c() as usize), checked_sub, -, Binary::Sub),
                    Op::MulK => arith!(i, consts.add(i.c() as usize), checked_mul, *, Binary::Mul),
                    Op::DivK => divide!(i, consts.add(i.c() as usize), checked_div, /, Binary::Div),
                    Op::ModK => divide!(i, consts.add(i.c() as usize), checked_rem, %, Binary::Mod),
                    Op::PowK => other!(i, consts.add(i.c() as usize), Binary::Pow),
                    Op::BitAndK => bits!(i, consts.add(i.c() as usize), &, Binary::BitAnd),
                    Op::BitOrK => bits!(i, consts.add(i.c() as usize), |, Binary::BitOr),
                    Op::BitXorK => bits!(i, consts.add(i.c() as usize), ^, Binary::BitXor),
                    Op::ShlK => other!(i, consts.add(i.c() as usize), Binary::Shl),
                    Op::ShrK => other!(i, consts.add(i.c() as usize), Binary::Shr),
                    Op::AddTake => {
                        let (x, y) = (reg!(i.b()), reg!(i.c()));
                        let (xt, yt) = (stack::tag_of(x), stack::tag_of(y));
                        if xt == tag::INT
                            && yt == tag::INT
                            && let Some(int) = stack::int_of(x).checked_add(stack::int_of(y))
                        {
                            stack::set_int(reg!(i.a()), int);
                        } else if xt == tag::FLOAT && yt == tag::FLOAT {
                            record!(feedback::FLOAT);
                            stack::set_float(reg!(i.a()), stack::float_of(x) + stack::float_of(y));
                        } else {
                            far!(self.add_take_slow(i.a(), i.b(), &*y));
                        }
                    }
                    Op::Neg => {
                        let x = reg!(i.b());
                        match stack::tag_of(x) {
                            tag::INT if stack::int_of(x) != i64::MIN => {
                                stack::set_int(reg!(i.a()), -stack::int_of(x));
                            }
                            tag::FLOAT => stack::set_float(reg!(i.a()), -stack::float_of(x)),
                            _ => far!(self.unary_slow(Unary::Neg, i.a(), &*x)),
                        }
                    }
                    Op::Not => {
                        let x = reg!(i.b());
                        if stack::tag_of(x) != tag::STRUCT {
                            stack::set_bool(reg!(i.a()), !(*x).is_truthy());
                        } else {
                            far!(self.unary_slow(Unary::Not, i.a(), &*x));
                        }
                    }
                    Op::BitNot => {
                        let x = reg!(i.b());
                        if stack::tag_of(x) == tag::INT {
                            stack::set_int(reg!(i.a()), !stack::int_of(x));
                        } else {
                            far!(self.unary_slow(Unary::BitNot, i.a(), &*x));
                        }
                    }

                    // ---- comparisons
                    Op::Eq => compare!(i, ==, Binary::Eq),
                    Op::Ne => compare!(i, !=, Binary::Ne),
                    Op::Lt => compare!(i, <, Binary::Lt),
                    Op::Le => compare!(i, <=, Binary::Le),
                    Op::Gt => compare!(i, >, Binary::Gt),
                    Op::Ge => compare!(i, >=, Binary::Ge),
                    Op::In => {
                        record!(feedback::subject(stack::tag_of(reg!(i.c()))));
                        let found = near!(self.contains(Binary::In, &*reg!(i.b()), &*reg!(i.c())));
                        stack::set_bool(reg!(i.a()), found);
                    }
                    Op::NotIn => {
                        record!(feedback::subject(stack::tag_of(reg!(i.c()))));
                        let found = near!(self.contains(Binary::NotIn, &*reg!(i.b()), &*reg!(i.c())));
                        stack::set_bool(reg!(i.a()), !found);
                    }

                    // ---- jumps
                    Op::Jump => jump!(i.signed_bc()),
                    Op::Loop => jump_back!(i.signed_bc()),
                    Op::JumpIf => {
                        if truth!(i) {
                            jump!(i.signed_bc());
                        }
                    }
                    Op::JumpIfNot => {
                        if !truth!(i) {
                            jump!(i.signed_bc());
                        }
                    }
                    Op::JumpIfNull => {
                        if stack::tag_of(reg!(i.a())) == tag::NULL {
                            jump!(i.signed_bc());
                        }
                    }
                    Op::JumpIfNotNull => {
                        if stack::tag_of(reg!(i.a())) != tag::NULL {
                            jump!(i.signed_bc());
                        }
                    }
                    Op::JumpIfPresent => {
                        if stack::tag_of(reg!(i.a())) != tag::ABSENT {
                            jump!(i.signed_bc());
                        }
                    }
                    Op::JumpEq => branch!(i, reg!(i.b()), ==, Binary::Eq, true),
                    Op::JumpNe => branch!(i, reg!(i.b()), !=, Binary::Ne, true),
                    Op::JumpLt => branch!(i, reg!(i.b()), <, Binary::Lt, true),
                    Op::JumpLe => branch!(i, reg!(i.b()), <=, Binary::Le, true),
                    Op::JumpGt => branch!(i, reg!(i.b()), >, Binary::Gt, true),
                    Op::JumpGe => branch!(i, reg!(i.b()), >=, Binary::Ge, true),
                    Op::JumpNotEq => branch!(i, reg!(i.b()), ==, Binary::Eq, false),
                    Op::JumpNotNe => branch!(i, reg!(i.b()), !=, Binary::Ne, false),
                    Op::JumpNotLt => branch!(i, reg!(i.b()), <, Binary::Lt, false),
                    Op::JumpNotLe => branch!(i, reg!(i.b()), <=, Binary::Le, false),
                    Op::JumpNotGt => branch!(i, reg!(i.b()), >, Binary::Gt, false),
                    Op::JumpNotGe => branch!(i, reg!(i.b()), >=, Binary::Ge, false),
                    Op::JumpEqK => branch!(i, consts.add(i.b() as usize), ==, Binary::Eq, true),
                    Op::JumpNeK => branch!(i, consts.add(i.b() as usize), !=, Binary::Ne, true),
                    Op::JumpLtK => branch!(i, consts.add(i.b() as usize), <, Binary::Lt, true),
                    Op::JumpLeK => branch!(i, consts.add(i.b() as usize), <=, Binary::Le, true),
                    Op::JumpGtK => branch!(i, consts.add(i.b() as usize), >, Binary::Gt, true),
                    Op::JumpGeK => branch!(i, consts.add(i.b() as usize), >=, Binary::Ge, true),
                    Op::JumpNotEqK => branch!(i, consts.add(i.b() as usize), ==, Binary::Eq, false),
                    Op::JumpNotNeK => branch!(i, consts.add(i.b() as usize), !=, Binary::Ne, false),
                    Op::JumpNotLtK => branch!(i, consts.add(i.b() as usize), <, Binary::Lt, false),
                    Op::JumpNotLeK => branch!(i, consts.add(i.b() as usize), <=, Binary::Le, false),
                    Op::JumpNotGtK => branch!(i, consts.add(i.b() as usize), >, Binary::Gt, false),
                    Op::JumpNotGeK => branch!(i, consts.add(i.b() as usize), >=, Binary::Ge, false),

                    // ---- containers
                    Op::NewArray => near!(self.new_array(i)),
                    Op::ArrayPush => near!(self.array_push(i)),
                    Op::ArrayExtend => near!(self.array_extend(i)),
                    Op::NewDict => near!(self.new_dict(i)),
                    Op::DictPut => near!(self.dict_put(i)),
                    Op::DictExtend => near!(self.dict_extend(i)),
                    Op::NewStruct => {
                        pc = pc.add(1);
                        near!(self.new_struct(i));
                    }
                    Op::NewRange => near!(self.new_range(i, false)),
                    Op::NewRangeInclusive => near!(self.new_range(i, true)),
                    Op::Concat => near!(self.concat(i)),
                    Op::GetVariant => {
                        pc = pc.add(1);
                        near!(self.get_variant(i));
                    }
                    Op::NewVariant => {
                        pc = pc.add(1);
                        near!(self.new_variant(i));
                    }
                    Op::NewStructDef => {
                        pc = pc.add(1);
                        near!(self.new_struct_def(i));
                    }
                    Op::NewEnumDef => self.new_enum_def(i.a(), i.bc()),

                    // ---- reading and writing inside values
                    Op::GetIndex => match super::access::array_element(reg!(i.a()), reg!(i.b()), reg!(i.c())) {
                        Some(kind) => {
                            let elements = super::access::elements_bit(kind);
                            record!(elements | feedback::kind(stack::tag_of(reg!(i.a()))));
                        }
                        None => far!(self.get_index(i, false)),
                    },
                    Op::GetIndexOrNull => far!(self.get_index(i, true)),
                    Op::SetIndex => {
                        if !super::access::set_array_element(reg!(i.a()), reg!(i.b()), reg!(i.c())) {
                            near!(self.set_index(i));
                        }
                    }
                    Op::GetField => {
                        let site = (*pc).x();
                        pc = pc.add(1);
                        match super::access::cached_field(frame, site, reg!(i.b())) {
                            Some(field) => {
                                stack::copy(reg!(i.a()), field);
                                record_read!(reg!(i.a()));
                            }
                            None => {
                                near!(self.get_field(i, false));
                                record_read!(reg!(i.a()));
                            }
                        }
                    }
                    Op::GetFieldOrNull => {
                        pc = pc.add(1);
                        near!(self.get_field(i, true));
                    }
                    Op::SetField => {
                        let site = (*pc).x();
                        pc = pc.add(1);
                        if !super::access::set_cached_field(frame, site, reg!(i.a()), reg!(i.b())) {
                            near!(self.set_field(i));
                        }
                    }
                    Op::Slice => near!(self.slice(i, false)),
                    Op::SliceInclusive => near!(self.slice(i, true)),
                    Op::GetPath => {
                        let elements = match super::path::read(frame, i.bc(), reg!(i.a())) {
                            Some(elements) => elements,
                            None => {
                                near!(self.get_path(i.a(), i.bc()));
                                0
                            }
                        };
                        record!(elements | feedback::kind(stack::tag_of(reg!(i.a()))));
                    }
                    Op::SetPath => {
                        if !super::path::write(frame, i.bc(), reg!(i.a())) {
                            near!(self.set_path(i.a(), i.bc()));
                        }
                    }
                    Op::Lend => {
                        if !super::path::lend(frame, i.bc(), reg!(i.a())) {
                            near!(self.lend(i.a(), i.bc()));
                        }
                    }
                    Op::Restore => {
                        if stack::tag_of(reg!(i.a()).sub(1)) != tag::NULL
                            && !super::path::restore(frame, i.bc(), reg!(i.a()))
                        {
                            near!(self.restore(i.a(), i.bc()));
                        }
                    }

                    // ---- calls
                    Op::CallFunction => {
                        let ext = *pc;
                        pc = pc.add(1);
                        let callee = super::instance::sibling((*frame).function, ext.x());
                        record!(feedback::CALLED);
                        if (*callee).is_direct.get() && (*callee).params == i.c() as u32 && ext.y() == u32::MAX {
                            enter!(callee, None, reg!(i.b()), i.a(), self.call_function(i));
                        } else if super::call::is_simple_marked(frame, ext.y(), callee, i.c()) {
                            enter!(callee, None, reg!(i.b()), i.a(), ReturnMode::InOut, self.call_function(i));
                        } else {
                            far!(self.call_function(i));
                        }
                    }
                    Op::Call => {
                        let ext = *pc;
                        pc = pc.add(1);
                        let value = reg!(ext.y());
                        match super::call::simple_closure(frame, value, i.c(), ext.x()) {
                            Some(callee) => {
                                enter!(
                                    callee,
                                    super::call::captures_of(value),
                                    reg!(i.b()),
                                    i.a(),
                                    self.call_register(i)
                                );
                            }
                            None => far!(self.call_register(i)),
                        }
                    }
                    Op::CallNative => {
                        pc = pc.add(1);
                        far!(self.call_native_op(i));
                    }
                    Op::CallMethod => {
                        let site = (*pc).x();
                        pc = pc.add(1);
                        match super::path::simple_method(frame, site, reg!(i.b()), i.c()) {
                            Some(method) => {
                                let linked = super::path::method_function(method);
                                enter!(
                                    linked,
                                    super::path::method_closure(method),
                                    reg!(i.b()),
                                    i.a(),
                                    self.call_method_op(i)
                                );
                            }
                            None => far!(self.call_method_op(i)),
                        }
                    }
                    Op::CallPlaceMethod => {
                        let ext = *pc;
                        pc = pc.add(1);
                        let receiver = super::path::local_root(frame, ext.y());
                        match super::path::simple_method(frame, ext.x(), receiver, i.c()) {
                            Some(method) => {
                                stack::copy(reg!(i.b()), receiver);
                                stack::set(reg!(i.b()).sub(1), Value::Null);
                                let linked = super::path::method_function(method);
                                enter!(
                                    linked,
                                    super::path::method_closure(method),
                                    reg!(i.b()),
                                    i.a(),
                                    self.call_place_method(i)
                                );
                            }
                            None => enter_lending!(i, ext, self.call_place_method(i)),
                        }
                    }
                    Op::PrepareMethod => {
                        pc = pc.add(1);
                        near!(self.prepare_method(i));
                    }
                    Op::CallPreparedMethod => {
                        let ext = *pc;
                        pc = pc.add(1);
                        if stack::tag_of(reg!(i.b())) == tag::ABSENT {
                            enter_lending!(i, ext, self.call_prepared_method(i));
                        } else {
                            far!(self.call_prepared_method(i));
                        }
                    }
                    Op::CallSpread => {
                        pc = pc.add(1);
                        far!(self.call_spread(i));
                    }
                    Op::CallMethodSpread => {
                        pc = pc.add(1);
                        far!(self.call_method_spread(i));
                    }
                    Op::CallPlaceMethodSpread => {
                        pc = pc.add(1);
                        far!(self.call_place_method_spread(i));
                    }
                    Op::Return => {
                        if (*frame).mode == ReturnMode::Normal {
                            let result = reg!(i.a());
                            let (tag, payload) = stack::parts(result);
                            stack::forget(result);
                            leave!(tag, payload);
                        } else if (*frame).mode == ReturnMode::InOut {
                            let result = reg!(i.a());
                            let (tag, payload) = stack::parts(result);
                            stack::forget(result);
                            leave!(tag, payload, super::frame::release_others(&*frame, &*(*frame).function));
                        } else if (*frame).mode == ReturnMode::Exit {
                            let result = reg!(i.a());
                            let (tag, payload) = stack::parts(result);
                            stack::forget(result);
                            self.pop_frame();
                            return Ok(stack::from_parts(tag, payload));
                        } else {
                            let value = stack::take(reg!(i.a()));
                            save!();
                            if let Some(value) = self.leave(value)? {
                                return Ok(value);
                            }
                            reload!();
                        }
                    }
                    Op::ReturnNull => {
                        if (*frame).mode == ReturnMode::Normal {
                            leave!(tag::NULL, std::mem::MaybeUninit::new(0));
                        } else if (*frame).mode == ReturnMode::InOut {
                            let null = std::mem::MaybeUninit::new(0);
                            leave!(tag::NULL, null, super::frame::release_others(&*frame, &*(*frame).function));
                        } else {
                            save!();
                            if let Some(value) = self.leave(Value::Null)? {
                                return Ok(value);
                            }
                            reload!();
                        }
                    }
                    Op::Yield => {
                        save!();
                        if let Some(value) = self.yield_value(i)? {
                            return Ok(value);
                        }
                        reload!();
                    }

                    // ---- iteration
                    Op::ForPrepare => far!(self.for_prepare(i)),
                    Op::ForPrepareSpan => {
                        record!(feedback::COUNTING);
                        near!(self.for_prepare_span(i));
                    }
                    Op::ForPrepareRange => {
                        near!(self.for_prepare_range(i));
                        let counts = stack::tag_of(reg!(i.a())) == tag::INT;
                        record!(if counts { feedback::COUNTING } else { feedback::OVER_RANGE });
                    }
                    Op::ForPreparePairs => {
                        pc = pc.add(1);
                        far!(self.for_prepare_pairs(i));
                    }
                    Op::ForNext => {
                        let ext = *pc;
                        pc = pc.add(1);
                        let state = reg!(i.a());
                        if stack::tag_of(state) == tag::INT {
                            let (next, end) = (stack::int_of(state), stack::int_of(state.add(1)));
                            if next < end {
                                stack::set_int(state, next + 1);
                                stack::set_int(reg!(i.b()), next);
                                jump_back!(ext.x() as i32);
                            }
                        } else if super::iterate::next_array_element(state, reg!(i.b())) {
                            record_read!(reg!(i.b()));
                            jump_back!(ext.x() as i32);
                        } else {
                            iterate!(self.for_next(i));
                        }
                    }
                    Op::ForNextPair | Op::ForNextParts => {
                        pc = pc.add(1);
                        iterate!(self.for_next_pair(i));
                    }

                    // ---- errors
                    Op::Throw => far!(self.throw(i.a())),
                    Op::Raise => near!(self.raise(i.bc())),
                    Op::Rethrow => near!(self.rethrow(i.a())),
                    Op::Unwrap => {
                        let ext = *pc;
                        pc = pc.add(1);
                        if !near!(self.unwrap_variant(i)) {
                            jump!(ext.x() as i32);
                        }
                    }
                    Op::RaiseUnhandled => near!(self.raise_unhandled(i.a())),

                    // ---- patterns
                    Op::MatchConst => {
                        let ext = *pc;
                        pc = pc.add(1);
                        if !near!(self.match_const(&*reg!(i.a()), &*consts.add(ext.x() as usize))) {
                            jump!(ext.y() as i32);
                        }
                    }
                    Op::MatchRange => {
                        let ext = *pc;
                        pc = pc.add(1);
                        if !near!(self.match_range(&*reg!(i.a()), ext.x())) {
                            jump!(ext.y() as i32);
                        }
                    }
                    Op::MatchVariant => {
                        let ext = *pc;
                        pc = pc.add(1);
                        if !near!(self.match_variant(i, ext.x())) {
                            record!(feedback::OTHER_VARIANT);
                            jump!(ext.y() as i32);
                        }
                    }
                    Op::MatchStruct => {
                        let ext = *pc;
                        pc = pc.add(1);
                        if !near!(self.match_struct(i)) {
                            jump!(ext.y() as i32);
                        }
                    }
                    Op::MatchArray => {
                        let ext = *pc;
                        pc = pc.add(1);
                        if !super::pattern::match_array(&*reg!(i.a()), i.b(), i.c() == 1) {
                            jump!(ext.y() as i32);
                        }
                    }
                    Op::MatchDict => {
                        let ext = *pc;
                        pc = pc.add(1);
                        if !matches!(*reg!(i.a()), Value::Dict(_)) {
                            jump!(ext.y() as i32);
                        }
                    }
                    Op::MatchKey => {
                        let ext = *pc;
                        pc = pc.add(1);
                        if !self.match_key(i, &*consts.add(ext.x() as usize)) {
                            jump!(ext.y() as i32);
                        }
                    }
                    Op::GetPayload => {
                        self.get_payload(i);
                        record_read!(reg!(i.a()));
                    }
                    Op::GetPayloadRest => near!(self.get_payload_rest(i)),
                    Op::GetElement => {
                        let elements = self.get_element(i);
                        record!(elements | feedback::kind(stack::tag_of(reg!(i.a()))));
                    }
                    Op::GetElementRest => near!(self.get_element_rest(i)),
                    Op::GetEntry => {
                        let ext = *pc;
                        pc = pc.add(1);
                        self.get_entry(i, &*consts.add(ext.x() as usize));
                    }
                    Op::GetEntryRest => {
                        pc = pc.add(1);
                        near!(self.get_entry_rest(i));
                    }
                    Op::GetOwnField => {
                        pc = pc.add(1);
                        near!(self.get_own_field(i));
                    }

                    // ---- modules
                    Op::Import => near!(self.import(i)),
                    Op::ImportName => {
                        pc = pc.add(1);
                        near!(self.import_name(i));
                    }
                }
            }
        }
    }
}
