//! Operators that structs define: their methods are called like others, in a frame above the one that runs.

use super::arith::{Aim, Comparison, Operator, Right};
use super::call::ScriptCall;
use super::state::{Abs, Scalar, Words};
use super::struct_method::{Asked, Method};
use super::{Builder, Step};
use crate::hir::{Cond, ExitId, Terminator, Unary, Val};
use ruff_core::jit::{Decoded, ExitReason, Function, Op, OperatorMethod, ReturnMode, Stub, TAG_THROWN, tag};

/// What an operator is asked with, where the instruction has it.
#[derive(Clone, Copy)]
pub(super) struct Operands {
    /// The slot of the struct.
    pub(super) receiver: u32,
    /// It is moved out.
    pub(super) takes_receiver: bool,
    pub(super) arguments: Arguments,
}

impl Operands {
    /// Operands that stay where they are.
    pub(super) fn new(receiver: u32, arguments: Arguments) -> Operands {
        Operands { receiver, takes_receiver: false, arguments }
    }
}

/// What an operator is asked with besides the struct.
#[derive(Clone, Copy)]
pub(super) enum Arguments {
    None,
    One(Right),
    /// Those in so many slots from the first one on, which are moved out.
    Window(u32, u32),
}

impl Arguments {
    fn count(self) -> u32 {
        match self {
            Arguments::None => 0,
            Arguments::One(_) => 1,
            Arguments::Window(_, count) => count,
        }
    }
}

/// Methods that define an operator, the one that is asked first in front, and what becomes of what they return.
type Choices = [(OperatorMethod, ReturnMode)];

impl<'p> Builder<'p, '_> {
    // ---- instructions

    /// `dst := x op y` by a method of x; `None` if nothing says that x has one.
    pub(super) fn arithmetic_by_method(
        &mut self,
        at: &Decoded,
        operator: Operator,
        dst: u32,
        (x, y): (u32, Right),
    ) -> Step<Option<bool>> {
        let Some(method) = method_of(operator) else { return Ok(None) };
        // A variable that is changed keeps its value until then.
        let takes_receiver = at.op == Op::AddTake && dst != x && !matches!(y, Right::Slot(y) if y == x);
        self.by_method(method, dst, Operands { takes_receiver, ..Operands::new(x, Arguments::One(y)) })
    }

    /// The same for any operator whose result goes to a slot as it is.
    pub(super) fn by_method(&mut self, method: OperatorMethod, dst: u32, operands: Operands) -> Step<Option<bool>> {
        self.ask_into(&[(method, ReturnMode::Normal)], dst, operands)
    }

    /// A comparison by a method of the left operand, of which a slot gets what it gives.
    pub(super) fn comparison_by_method(
        &mut self,
        at: &Decoded,
        Comparison { cond, x, y, aim }: Comparison,
    ) -> Step<Option<bool>> {
        let mut choices = match cond {
            Cond::Eq => vec![(OperatorMethod::Eq, ReturnMode::Equal)],
            Cond::Ne => vec![(OperatorMethod::Ne, ReturnMode::Normal), (OperatorMethod::Eq, ReturnMode::NotEqual)],
            Cond::Lt | Cond::Below => vec![(OperatorMethod::Lt, ReturnMode::Normal)],
            Cond::Le => vec![(OperatorMethod::Le, ReturnMode::Normal)],
            Cond::Gt => vec![(OperatorMethod::Gt, ReturnMode::Normal)],
            Cond::Ge => vec![(OperatorMethod::Ge, ReturnMode::Normal)],
        };
        let operands = Operands::new(x, Arguments::One(y));
        match aim {
            Aim::Slot(dst) => self.ask_into(&choices, dst, operands),
            Aim::Jump(sense) => {
                for (_, mode) in &mut choices {
                    *mode = mode.for_jump();
                }
                self.ask_for_jump(at, &choices, operands, sense)
            }
        }
    }

    /// A call of a struct: `None` if nothing says that the callee is one.
    pub(super) fn call_struct(&mut self, dst: u32, (window, count): (u32, u32), callee: u32) -> Step<Option<bool>> {
        let operands = Operands::new(callee, Arguments::Window(window, count));
        self.ask_what_is_known(&[(OperatorMethod::Call, ReturnMode::Normal)], dst, operands)
    }

    /// Asks the receiver for an operator whose result goes to a slot.
    fn ask_into(&mut self, choices: &Choices, dst: u32, operands: Operands) -> Step<Option<bool>> {
        if self.has_not_asked(operands.receiver) {
            return self.never_run().map(Some);
        }
        self.ask_what_is_known(choices, dst, operands)
    }

    fn ask_what_is_known(&mut self, choices: &Choices, dst: u32, operands: Operands) -> Step<Option<bool>> {
        let Some((methods, window)) = self.prepare_to_ask(choices, operands) else { return Ok(None) };
        self.each_method(&methods, Asked::Slot(operands.receiver), |b, method| {
            b.call_script(Self::operator_call(method, window, dst, operands))
        })
        .map(Some)
    }

    /// Asks the receiver for a comparison that decides a jump. The truth is in the first slot of the window then.
    fn ask_for_jump(&mut self, at: &Decoded, choices: &Choices, operands: Operands, sense: bool) -> Step<Option<bool>> {
        if self.has_not_asked(operands.receiver) {
            return self.never_run().map(Some);
        }
        let Some((methods, window)) = self.prepare_to_ask(choices, operands) else { return Ok(None) };
        let (pc, next) = (self.pc, self.next);
        let target = at.target().map_or(next, |target| target.0);
        let edges = self.each_method_apart(&methods, Asked::Slot(operands.receiver), |b, method| {
            let call = Self::operator_call(method, window, window, operands);
            b.call_script(ScriptCall { jump_target: Some(target), ..call })
        })?;
        self.set_pc(next, next);
        self.merge_with(edges, |b, slot| slot == window || b.is_live_at(slot, next) || b.is_live_at(slot, target));
        self.set_pc(pc, next);
        let truth = match self.get(window).scalar() {
            Some((Scalar::Bool, truth)) => truth,
            // No method returns.
            _ => self.bool(false),
        };
        self.clear(window);
        self.jump_on(truth, sense).map(Some)
    }

    /// The methods to ask, and the first slot of the frames that are pushed.
    fn prepare_to_ask(&mut self, choices: &Choices, operands: Operands) -> Option<(Vec<Method<'p>>, u32)> {
        let methods = self.asked_methods(choices, operands)?;
        self.expect_struct(operands.receiver).then(|| (methods, self.operator_window(operands.arguments.count())))
    }

    fn operator_call(method: &Method<'p>, window: u32, dst: u32, operands: Operands) -> ScriptCall {
        let mode = method.mode;
        let given = 1 + operands.arguments.count();
        ScriptCall { mode, operands: Some(operands), ..ScriptCall::new(method.function.id, (window, given), dst) }
    }

    // ---- what is asked

    /// Is a struct asked for the first time?
    fn has_not_asked(&mut self, receiver: u32) -> bool {
        let is_struct = |shape: super::state::Shape| shape.tag == tag::STRUCT && shape.detail == 0;
        self.has_no_feedback() && self.shape_of(receiver).is_some_and(is_struct)
    }

    /// The methods that the receiver is asked by, as far as its declaration is known or was seen, if each needs no preparation.
    fn asked_methods(&mut self, choices: &Choices, operands: Operands) -> Option<Vec<Method<'p>>> {
        let known = self.shape_of(operands.receiver);
        match known {
            Some(shape) if shape.tag != tag::STRUCT => return None,
            None if !self.get(operands.receiver).is_unknown() || self.is_widened(ExitReason::Kind) => return None,
            _ => {}
        }
        let declarations = match known.map_or(0, |shape| shape.detail) {
            0 => self.asked_declarations()?,
            known => vec![known],
        };
        let count = operands.arguments.count();
        let methods: Option<Vec<Method<'p>>> =
            declarations.into_iter().map(|id| self.operator_method(id, choices, count)).collect();
        methods.filter(|list| !list.is_empty())
    }

    /// The declarations of the structs that the instruction has asked, if they are few.
    fn asked_declarations(&self) -> Option<Vec<u32>> {
        self.declarations_in(self.context().function.native.asked(self.next.checked_sub(1)?)?)
    }

    fn operator_method(&self, declaration: u32, choices: &Choices, count: u32) -> Option<Method<'p>> {
        let decl = self.struct_with_id(declaration)?;
        let find = |(operator, mode): &(OperatorMethod, ReturnMode)| Some((decl.operators.get(*operator)?, *mode));
        let (index, mode) = choices.iter().find_map(find)?;
        self.method_at(decl, index, &[], count).filter(|m| !m.changes_receiver()).map(|m| m.with_mode(mode))
    }

    // ---- frames of operators

    /// The first slot of the frames that the instruction pushes, with room for the receiver and so many arguments.
    fn operator_window(&mut self, count: u32) -> u32 {
        let window = self.slot(self.context().function.registers);
        self.reserve_slots(window + 1 + count);
        window
    }

    /// Operands that the method gets unboxed are unboxed where they are: once they are in the window, the instruction cannot begin
    /// again.
    pub(super) fn unbox_operands(&mut self, function: &Function, operands: &Operands) {
        let slots = match operands.arguments {
            Arguments::One(Right::Slot(slot)) => slot..slot + 1,
            Arguments::Window(first, count) => first..first + count,
            Arguments::None | Arguments::One(_) => return,
        };
        if self.is_widened(ExitReason::Kind) {
            return;
        }
        let mut kinds = vec![None];
        kinds.extend(slots.clone().map(|slot| self.scalar_kind(slot)));
        let Some(callee) = self.facts.callee(function.id, &kinds) else { return };
        for (slot, param) in slots.zip(callee.params.iter().skip(1)) {
            if let Some(scalar) = param.filter(|_| self.get(slot).is_unknown()) {
                self.unbox(slot, scalar);
            }
        }
    }

    /// Brings the operands to the window of the method.
    pub(super) fn place_operands(&mut self, window: u32, operands: &Operands) {
        self.before = None;
        match operands.takes_receiver {
            true => self.move_slot(window, operands.receiver),
            false => self.copy_slot(window, operands.receiver),
        }
        let argument = window + 1;
        match operands.arguments {
            Arguments::One(Right::Slot(slot)) => self.copy_slot(argument, slot),
            Arguments::One(Right::Int(int)) => {
                let int = self.int(int);
                self.set(argument, Abs::Int(int));
            }
            Arguments::One(Right::Float(float)) => {
                let float = self.float(float);
                self.set(argument, Abs::Float(float));
            }
            Arguments::One(Right::Constant(index)) => self.load_const(argument, index),
            Arguments::Window(first, count) => {
                for index in 0..count {
                    self.move_slot(argument + index, first + index);
                }
            }
            Arguments::None => {}
        }
    }

    /// Goes on unless a called method has failed. What it has left of the operands is in slots that no frame owns.
    pub(super) fn unless_operator_failed(&mut self, fine: Val, thrown: ExitId, (window, count): (u32, u32)) {
        let (rest, failed) = self.fork(fine, false, true);
        let state = self.state.clone();
        self.block = failed;
        for slot in window..window + count {
            self.release_slot(slot);
        }
        self.throw_on(thrown);
        self.block = rest;
        self.state = state;
    }

    /// Goes where the fault goes that the machine holds.
    fn throw_on(&mut self, thrown: ExitId) {
        let never = self.bool(false);
        self.unless_thrown(never, thrown, |_| {});
        self.f.block_mut(self.block).end = Terminator::Exit(thrown, ExitReason::Thrown);
    }

    // ---- results

    /// The truth that an inlined method gives by what it returns; `None` if that is an error.
    pub(super) fn truth_of_result(&mut self, mode: ReturnMode, result: Option<u32>) -> Option<Val> {
        match (mode, result) {
            (ReturnMode::Jump, Some(result)) => Some(self.truth(result)),
            (ReturnMode::Jump, None) => Some(self.bool(false)),
            (_, Some(result)) => {
                let equal = self.unbox(result, Scalar::Bool)?;
                Some(self.negated_by(mode, equal))
            }
            (_, None) => None,
        }
    }

    fn negated_by(&mut self, mode: ReturnMode, equal: Val) -> Val {
        match mode {
            ReturnMode::NotEqual | ReturnMode::JumpNotEqual => self.unary(Unary::BoolNot, equal),
            _ => equal,
        }
    }

    /// The result of a called method that gives a truth.
    pub(super) fn set_truth_of_call(
        &mut self,
        (mode, dst): (ReturnMode, u32),
        (payload, tag): (Val, Val),
        thrown: ExitId,
    ) {
        if mode == ReturnMode::Jump {
            self.set_words(dst, Words::any(tag, payload));
            let truth = self.truth(dst);
            self.set(dst, Abs::Bool(truth));
            return;
        }
        let is_bool = self.compare_int(Cond::Eq, tag, tag::BOOL as i64);
        let (rest, other) = self.fork(is_bool, false, true);
        let state = self.state.clone();
        self.block = other;
        let (frame, pc) = self.position(self.next);
        self.stub(Stub::NotABool, vec![self.machine, frame, pc, tag, payload]);
        self.throw_on(thrown);
        self.block = rest;
        self.state = state;
        let equal = self.scalar_of_word(Scalar::Bool, payload);
        let truth = self.negated_by(mode, equal);
        self.set(dst, Abs::Bool(truth));
    }

    /// The check whether a called method has failed.
    pub(super) fn expect_no_fault(&mut self, tag: Val, thrown: ExitId, call: &ScriptCall, params: u32) {
        let fine = self.compare_int(Cond::Ne, tag, TAG_THROWN as i64);
        match call.operands {
            Some(_) => self.unless_operator_failed(fine, thrown, (call.window, params)),
            None => self.unless_thrown(fine, thrown, |b| b.forget_arguments(call.window, params)),
        }
    }
}

/// The method with which a struct defines an operator of arithmetic.
fn method_of(operator: Operator) -> Option<OperatorMethod> {
    Some(match operator {
        Operator::Add => OperatorMethod::Add,
        Operator::Sub => OperatorMethod::Sub,
        Operator::Mul => OperatorMethod::Mul,
        Operator::Div => OperatorMethod::Div,
        Operator::Mod => OperatorMethod::Mod,
        Operator::And | Operator::Or | Operator::Xor | Operator::Shl | Operator::Shr => return None,
    })
}
