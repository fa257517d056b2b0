//! What each instruction becomes.

use super::arith::{Aim, Comparison, Operator, Right};
use super::state::{Abs, Kind};
use super::virtuals::takes_virtuals;
use super::{Builder, Step};
use crate::hir::{Binary, Block, Cond, Region, Ty, Val, Width};
use ruff_core::jit::{Decoded, ExitReason, FuncId, Op, Stub, layout, tag};

impl Builder<'_, '_> {
    /// Builds one instruction; true if the node ends with it.
    pub(super) fn instruction(&mut self, at: &Decoded) -> Step<bool> {
        let function = self.context().function;
        let word = function.code[at.pc.0 as usize];
        let extension = function.code.get(at.pc.0 as usize + 1).copied();
        let (a, b, c) = (word.a() as u32, word.b() as u32, word.c() as u32);
        let (x, y) = extension.map_or((0, 0), |e| (e.x(), e.y()));
        let (ra, rb, rc) = (self.slot(a), self.slot(b), self.slot(c));
        let slot = Right::Slot(rc);
        if !takes_virtuals(at.op) {
            self.materialize_operands(at);
        }
        let compared = |cond| Comparison { cond, x: rb, y: slot, aim: Aim::Slot(ra) };
        match at.op {
            Op::LoadConst => self.load_const(ra, word.bc()),
            Op::LoadNull => self.set(ra, Abs::Null),
            Op::LoadBool => {
                let value = self.bool(b != 0);
                self.set(ra, Abs::Bool(value));
            }
            Op::LoadInt => {
                let value = self.int(word.signed_bc() as i64);
                self.set(ra, Abs::Int(value));
            }
            Op::LoadMissing => self.set(ra, Abs::Absent(ruff_core::jit::Absence::Missing as u8)),
            Op::Copy => self.copy_slot(ra, rb),
            Op::Move => self.move_slot(ra, rb),
            Op::Drop => self.clear(ra),

            Op::NewCell => self.new_cell(ra, Some(rb)),
            Op::NewEmptyCell => self.new_cell(ra, None),
            Op::NewClosure => return self.new_closure(ra, word.bc()),
            Op::LoadFunction => self.load_function(ra, FuncId(word.bc())),
            Op::GetCell => match self.cell_in(rb) {
                Some(cell) => return self.get_variable(at, ra, cell),
                None => return self.interpret(at),
            },
            Op::SetCell => match self.cell_in(ra) {
                Some(cell) => return self.set_variable(at, cell, rb),
                None => return self.interpret(at),
            },
            Op::GetCapture => {
                let cell = self.capture(b);
                return self.get_variable(at, ra, cell);
            }
            Op::SetCapture => {
                let cell = self.capture(b);
                return self.set_variable(at, cell, ra);
            }
            Op::GetGlobal => return self.get_global(at, ra, word.bc()),
            Op::SetGlobal => return self.set_global(at, word.bc(), ra),

            Op::Add | Op::AddTake => return self.binary_op(at, Operator::Add, ra, rb, slot),
            Op::Sub => return self.binary_op(at, Operator::Sub, ra, rb, slot),
            Op::Mul => return self.binary_op(at, Operator::Mul, ra, rb, slot),
            Op::Div => return self.binary_op(at, Operator::Div, ra, rb, slot),
            Op::Mod => return self.binary_op(at, Operator::Mod, ra, rb, slot),
            Op::BitAnd => return self.binary_op(at, Operator::And, ra, rb, slot),
            Op::BitOr => return self.binary_op(at, Operator::Or, ra, rb, slot),
            Op::BitXor => return self.binary_op(at, Operator::Xor, ra, rb, slot),
            Op::Shl => return self.binary_op(at, Operator::Shl, ra, rb, slot),
            Op::Shr => return self.binary_op(at, Operator::Shr, ra, rb, slot),
            Op::AddK => return self.binary_op(at, Operator::Add, ra, rb, self.constant_operand(c)),
            Op::SubK => return self.binary_op(at, Operator::Sub, ra, rb, self.constant_operand(c)),
            Op::MulK => return self.binary_op(at, Operator::Mul, ra, rb, self.constant_operand(c)),
            Op::DivK => return self.binary_op(at, Operator::Div, ra, rb, self.constant_operand(c)),
            Op::ModK => return self.binary_op(at, Operator::Mod, ra, rb, self.constant_operand(c)),
            Op::BitAndK => return self.binary_op(at, Operator::And, ra, rb, self.constant_operand(c)),
            Op::BitOrK => return self.binary_op(at, Operator::Or, ra, rb, self.constant_operand(c)),
            Op::BitXorK => return self.binary_op(at, Operator::Xor, ra, rb, self.constant_operand(c)),
            Op::ShlK => return self.binary_op(at, Operator::Shl, ra, rb, self.constant_operand(c)),
            Op::ShrK => return self.binary_op(at, Operator::Shr, ra, rb, self.constant_operand(c)),
            Op::Pow => return self.power(at, ra, rb, slot),
            Op::PowK => return self.power(at, ra, rb, self.constant_operand(c)),
            Op::Neg => return self.negate(at, ra, rb),
            Op::Not => return self.not(at, ra, rb),
            Op::BitNot => return self.bit_not(at, ra, rb),

            Op::Eq => return self.compare_values(at, compared(Cond::Eq)),
            Op::Ne => return self.compare_values(at, compared(Cond::Ne)),
            Op::Lt => return self.compare_values(at, compared(Cond::Lt)),
            Op::Le => return self.compare_values(at, compared(Cond::Le)),
            Op::Gt => return self.compare_values(at, compared(Cond::Gt)),
            Op::Ge => return self.compare_values(at, compared(Cond::Ge)),

            Op::Jump => {
                self.go_to_target()?;
                return Ok(true);
            }
            Op::Loop => {
                self.tick()?;
                self.go_to_target()?;
                return Ok(true);
            }
            Op::JumpIf => {
                let truth = self.truth(ra);
                self.branch_nodes(truth)?;
                return Ok(true);
            }
            Op::JumpIfNot => {
                let truth = self.truth(ra);
                let negated = self.unary(crate::hir::Unary::BoolNot, truth);
                self.branch_nodes(negated)?;
                return Ok(true);
            }
            Op::JumpIfNull => return self.jump_if_tag(ra, tag::NULL, true),
            Op::JumpIfNotNull => return self.jump_if_tag(ra, tag::NULL, false),
            Op::JumpIfPresent => return self.jump_if_tag(ra, tag::ABSENT, false),

            Op::In => return self.contains(at, ra, rb, rc, false),
            Op::NotIn => return self.contains(at, ra, rb, rc, true),
            Op::GetIndex => return self.get_index(at, ra, rb, rc),
            Op::SetIndex => return self.set_index(at, ra, rb, rc),
            Op::Slice => return self.slice(at, ra, rb, rc, false),
            Op::SliceInclusive => return self.slice(at, ra, rb, rc, true),
            Op::GetField => return self.get_field(at, ra, rb, x),
            Op::GetFieldOrNull => return self.get_field_or_null(at, ra, rb, x),
            Op::SetField => return self.set_field(at, ra, x, rb),
            Op::GetPath => return self.get_path(at, ra, word.bc()),
            Op::SetPath => return self.set_path(at, ra, word.bc()),
            Op::Lend => return self.lend(at, ra, word.bc()),
            Op::Restore => return self.restore(at, ra, word.bc()),

            Op::CallFunction => return self.call_function(at, ra, rb, c, x, y),
            Op::Call => return self.call_value(at, ra, rb, c, x, self.slot(y)),
            Op::CallNative => return self.call_builtin(at, ra, rb, c, x),
            Op::CallMethod => return self.call_method(at, ra, rb, c, x),
            Op::NewArray => return self.new_array(at, ra, (rb, c)),
            Op::NewStruct => return self.new_struct(at, ra, (rb, c), x, self.slot(y)),
            Op::GetVariant => return self.get_variant(at, ra, rb, x),
            Op::NewVariant => return self.new_variant(at, ra, (rb, c), x, self.slot(y)),
            Op::Unwrap => return self.unwrap(at, ra, rb),
            Op::GetElement => return self.get_element(at, ra, rb, c),
            Op::GetPayload => return self.get_payload(at, ra, rb, c),
            Op::MatchVariant => return self.match_variant(at, ra, rb, x),
            Op::MatchArray => return self.match_array(at, ra, b, c == 1),
            Op::MatchConst => return self.match_const(at, ra, x),
            Op::MatchRange => return self.match_range(at, ra, x),
            Op::PrepareMethod => {
                let place = self.context().function.places.get(y as usize).ok_or_else(super::malformed)?;
                if self.has_not_run(x) {
                    return self.never_run();
                }
                if self.prepare_builtin(ra, x, place).or_else(|| self.prepare_struct(ra, x, place)).is_none() {
                    return self.interpret(at);
                }
            }
            Op::CallPreparedMethod => {
                return match self.get(rb).abs {
                    Abs::Absent(_) => self.call_place_method(at, ra, rb, c, x, y),
                    _ => self.call_method(at, ra, rb, c, x),
                };
            }
            Op::CallPlaceMethod => return self.call_place_method(at, ra, rb, c, x, y),
            Op::Return => return self.return_from(Some(ra)),
            Op::ReturnNull => return self.return_from(None),

            Op::Throw if self.throw_ignored(ra) => return Ok(true),

            Op::ForPrepare => return self.for_prepare(at, ra),
            Op::ForPrepareSpan => return self.for_prepare_span(at, ra, c == 1),
            Op::ForPrepareRange => return self.for_prepare_range(at, ra, c),
            Op::ForPreparePairs => return self.for_prepare_pairs(at, ra, c),
            Op::ForNextParts => return self.for_next_parts(at, ra, (rb, self.slot(y))),
            Op::ForNext => return self.for_next(at, ra, rb, None),
            Op::ForNextPair => return self.for_next(at, ra, rb, Some(self.slot(y))),

            Op::Yield => return self.yield_value(ra, rb),

            op => {
                if let Some(jump) = compare_jump_of(op) {
                    let right = if jump.is_constant { self.constant_operand(b) } else { Right::Slot(rb) };
                    let aim = Aim::Jump(jump.sense);
                    return self.compare_values(at, Comparison { cond: jump.cond, x: ra, y: right, aim });
                }
                return self.interpret(at);
            }
        }
        Ok(false)
    }

    /// Jumps if the slot's tag is that one, or if it is another.
    fn jump_if_tag(&mut self, slot: u32, tag: u8, sense: bool) -> Step<bool> {
        self.note_test(slot);
        let state = self.get(slot);
        let is_tag = match state.abs {
            Abs::Null => self.bool(tag == tag::NULL),
            Abs::Absent(_) => self.bool(tag == tag::ABSENT),
            Abs::Memory(Kind::Any) | Abs::Read(..) => {
                let actual = self.tag_of(slot);
                self.compare_int(Cond::Eq, actual, tag as i64)
            }
            _ => self.bool(false),
        };
        let condition = if sense { is_tag } else { self.unary(crate::hir::Unary::BoolNot, is_tag) };
        self.branch_nodes(condition)?;
        Ok(true)
    }

    // ---- ticks

    /// Charges a tick for a back-edge or an inlined call at this instruction.
    pub(super) fn tick(&mut self) -> Step {
        let quantum = self.quantum();
        let is_used_up = self.compare_int(Cond::Eq, quantum, 0);
        let rest = self.new_block(false);
        let more = self.f.add_param(rest, Ty::Int);
        let (_, some) = self.fork(is_used_up, true, false);
        self.jump_from(some, rest, quantum);
        self.flush_quantum();
        let (frame, pc) = self.position(self.next);
        self.stub(Stub::Refill, vec![self.machine, frame, pc]);
        let exit = self.exit_thrown();
        let granted = self.quantum();
        let fine = self.compare_int(Cond::Ne, granted, 0);
        self.guard(fine, exit, ExitReason::Thrown);
        self.jump(rest, vec![granted]);
        self.block = rest;
        let one = self.int(1);
        self.state.quantum = Some(self.binary(Binary::Sub, more, one));
        self.before = None;
        Ok(())
    }

    /// Charges a tick for an instruction that the engine does as a whole where the quantum is used up: in the block that this gives.
    pub(super) fn tick_or(&mut self, slow: Block) {
        let quantum = self.quantum();
        let is_some_left = self.compare_int(Cond::Ne, quantum, 0);
        let charged = self.new_block(false);
        self.branch(is_some_left, charged, slow);
        self.block = charged;
        let one = self.int(1);
        self.state.quantum = Some(self.binary(Binary::Sub, quantum, one));
        self.before = None;
    }

    fn jump_from(&mut self, from: Block, to: Block, arg: Val) {
        let block = std::mem::replace(&mut self.block, from);
        self.jump(to, vec![arg]);
        self.block = block;
    }

    /// The address of a word of the innermost function's code.
    fn pc_address(&mut self, pc: u32) -> Val {
        let code = self.context().function.code.as_ptr().wrapping_add(pc as usize);
        self.address(code.expose_provenance())
    }

    /// The address of the innermost record, and what it has for its position where something is called that goes on at `pc`.
    pub(super) fn position(&mut self, pc: u32) -> (Val, Val) {
        let Some(inlined) = self.inlined_frame(pc) else { return (self.frame, self.pc_address(pc)) };
        for level in 1..self.contexts.len() {
            if let Some(slot) = self.contexts[level].closure {
                let closure = self.load_payload(slot, Ty::Ptr);
                let offset = level as i32 * layout::FRAME_BYTES + layout::FRAME_CLOSURE;
                self.store(Width::Word, Region::Frames, self.frame, offset, closure);
            }
        }
        let record = self.offset(self.frame, i64::from(inlined.level) * layout::FRAME_BYTES as i64);
        let position = self.address(inlined.position());
        self.f.positions.push(inlined);
        (record, position)
    }

    /// Writes the position of a call that goes on behind the instruction. Gives the address of the record of the callee.
    pub(super) fn record_above(&mut self) -> Val {
        let (record, position) = self.position(self.next);
        self.store(Width::Word, Region::Frames, record, layout::FRAME_PC, position);
        self.offset(record, layout::FRAME_BYTES as i64)
    }
}

/// A jump that compares.
struct CompareJump {
    cond: Cond,
    sense: bool,
    is_constant: bool,
}

fn compare_jump_of(op: Op) -> Option<CompareJump> {
    let (cond, sense, is_constant) = match op {
        Op::JumpEq => (Cond::Eq, true, false),
        Op::JumpNe => (Cond::Ne, true, false),
        Op::JumpLt => (Cond::Lt, true, false),
        Op::JumpLe => (Cond::Le, true, false),
        Op::JumpGt => (Cond::Gt, true, false),
        Op::JumpGe => (Cond::Ge, true, false),
        Op::JumpNotEq => (Cond::Eq, false, false),
        Op::JumpNotNe => (Cond::Ne, false, false),
        Op::JumpNotLt => (Cond::Lt, false, false),
        Op::JumpNotLe => (Cond::Le, false, false),
        Op::JumpNotGt => (Cond::Gt, false, false),
        Op::JumpNotGe => (Cond::Ge, false, false),
        Op::JumpEqK => (Cond::Eq, true, true),
        Op::JumpNeK => (Cond::Ne, true, true),
        Op::JumpLtK => (Cond::Lt, true, true),
        Op::JumpLeK => (Cond::Le, true, true),
        Op::JumpGtK => (Cond::Gt, true, true),
        Op::JumpGeK => (Cond::Ge, true, true),
        Op::JumpNotEqK => (Cond::Eq, false, true),
        Op::JumpNotNeK => (Cond::Ne, false, true),
        Op::JumpNotLtK => (Cond::Lt, false, true),
        Op::JumpNotLeK => (Cond::Le, false, true),
        Op::JumpNotGtK => (Cond::Gt, false, true),
        Op::JumpNotGeK => (Cond::Ge, false, true),
        _ => return None,
    };
    Some(CompareJump { cond, sense, is_constant })
}
