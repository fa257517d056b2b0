//! What must hold in every function; run between passes in debug builds.
//!
//! Values are defined once, in a reachable block that dominates all uses: those of instructions, ends of blocks, and of the
//! exits that these may take. Operands have the types that their operation asks for. Blocks that control cannot reach may hold
//! anything that is not used elsewhere.

use super::graph::Graph;
use super::{Binary, Block, Callee, ExitId, Function, Inst, SlotValue, Terminator, Ty, Unary, Val, Width};
use ruff_core::jit::{StubResult, StubType};

/// Checks a function.
///
/// # Errors
/// What does not hold, with the instruction where.
pub fn verify(function: &Function) -> Result<(), String> {
    let mut verifier = Verifier { f: function, at: vec![None; function.values.len()] };
    verifier.check_targets()?;
    verifier.place_values()?;
    let graph = Graph::new(function);
    if !graph.preds(Block(0)).is_empty() {
        return Err("the entry block has predecessors".into());
    }
    for block in &graph.order {
        verifier.check_block(&graph, *block)?;
    }
    Ok(())
}

/// Where a value is defined: parameters come before position 1.
#[derive(Clone, Copy)]
struct Place {
    block: Block,
    position: u32,
}

struct Verifier<'a> {
    f: &'a Function,
    at: Vec<Option<Place>>,
}

impl Verifier<'_> {
    /// Targets exist, and so do exits, before anything walks the graph.
    fn check_targets(&self) -> Result<(), String> {
        for block in self.f.block_ids() {
            for target in self.f.block(block).end.targets() {
                if target.block.0 as usize >= self.f.blocks.len() {
                    return Err(format!("{block} leads to {}, which is not there", target.block));
                }
            }
        }
        Ok(())
    }

    /// Each value stands in one place.
    fn place_values(&mut self) -> Result<(), String> {
        for block in self.f.block_ids() {
            let data = self.f.block(block);
            for (index, param) in data.params.iter().enumerate() {
                if self.f.values.get(param.0 as usize).map(|v| &v.inst) != Some(&Inst::Param(block, index as u32)) {
                    return Err(format!("{param} is not parameter {index} of {block}"));
                }
                self.place(*param, Place { block, position: 0 })?;
            }
            for (index, val) in data.insts.iter().enumerate() {
                if matches!(self.f.values.get(val.0 as usize).map(|v| &v.inst), None | Some(Inst::Param(..))) {
                    return Err(format!("{val} in {block} is no instruction"));
                }
                self.place(*val, Place { block, position: index as u32 + 1 })?;
            }
        }
        Ok(())
    }

    fn place(&mut self, val: Val, place: Place) -> Result<(), String> {
        match self.at[val.0 as usize].replace(place) {
            None => Ok(()),
            Some(other) => Err(format!("{val} stands in {} and in {}", other.block, place.block)),
        }
    }

    fn check_block(&self, graph: &Graph, block: Block) -> Result<(), String> {
        let data = self.f.block(block);
        for (index, val) in data.insts.iter().enumerate() {
            let place = Place { block, position: index as u32 + 1 };
            let inst = self.f.inst(*val);
            let mut result = Ok(());
            inst.visit_uses(|used| result = result.clone().and_then(|()| self.check_use(graph, used, place)));
            result = result.and_then(|()| self.check_types(*val));
            if let Some(exit) = inst.exit() {
                result = result.and_then(|()| self.check_exit(graph, exit, place));
            }
            result.map_err(|problem| format!("{val} in {block}: {problem}"))?;
        }
        let place = Place { block, position: u32::MAX };
        let mut result = Ok(());
        data.end.visit_uses(|used| result = result.clone().and_then(|()| self.check_use(graph, used, place)));
        for exit in data.end.exit().into_iter().chain(data.loop_entry.map(|entry| entry.exit)) {
            result = result.and_then(|()| self.check_exit(graph, exit, place));
        }
        result.and_then(|()| self.check_end(&data.end)).map_err(|problem| format!("end of {block}: {problem}"))
    }

    fn check_use(&self, graph: &Graph, used: Val, user: Place) -> Result<(), String> {
        let Some(place) = self.at.get(used.0 as usize).copied().flatten() else {
            return Err(format!("uses {used}, which is nowhere"));
        };
        let is_above = match place.block == user.block {
            true => place.position < user.position,
            false => graph.dominates(place.block, user.block),
        };
        match is_above && self.f.ty(used) != Ty::None {
            true => Ok(()),
            false if is_above => Err(format!("uses {used}, which has no value")),
            false => Err(format!("uses {used} of {}, which does not dominate it", place.block)),
        }
    }

    fn check_exit(&self, graph: &Graph, exit: ExitId, user: Place) -> Result<(), String> {
        let Some(data) = self.f.exits.get(exit.0 as usize) else {
            return Err(format!("{exit} is not there"));
        };
        let mut result = Ok(());
        data.visit_uses(|used| result = result.clone().and_then(|()| self.check_use(graph, used, user)));
        for (_, value) in &data.slots {
            result = result.and_then(|()| match *value {
                SlotValue::Int(v) => self.expect(v, Ty::Int),
                SlotValue::Float(v) => self.expect(v, Ty::Float),
                SlotValue::Bool(v) => self.expect(v, Ty::Bool),
                SlotValue::Shared(_, v) => self.expect(v, Ty::Ptr),
                SlotValue::Tagged(tag, payload) | SlotValue::SharedPair(tag, payload) => {
                    self.expect(tag, Ty::Int).and_then(|()| self.expect(payload, Ty::Int))
                }
                SlotValue::Null | SlotValue::Absent(_) => Ok(()),
            });
        }
        if let Some(quantum) = data.quantum {
            result = result.and_then(|()| self.expect(quantum, Ty::Int));
        }
        result.map_err(|problem| format!("{exit}: {problem}"))
    }

    fn expect(&self, val: Val, ty: Ty) -> Result<(), String> {
        match self.f.ty(val).fits(ty) {
            true => Ok(()),
            false => Err(format!("{val} is {}, not {ty}", self.f.ty(val))),
        }
    }

    fn check_types(&self, val: Val) -> Result<(), String> {
        let all = |vals: &[Val], ty: Ty| vals.iter().try_for_each(|v| self.expect(*v, ty));
        let result = match self.f.inst(val) {
            Inst::Param(..) => self.f.ty(val),
            Inst::Int(_) => Ty::Int,
            Inst::Float(_) => Ty::Float,
            Inst::Bool(_) => Ty::Bool,
            Inst::Address(_) => Ty::Ptr,
            Inst::Unary(op, a) => {
                let (from, to) = unary_types(*op);
                self.expect(*a, from)?;
                to
            }
            Inst::Binary(op, a, b) => {
                let ty = binary_type(*op);
                all(&[*a, *b], ty)?;
                ty
            }
            Inst::Checked(_, a, b, _) => {
                all(&[*a, *b], Ty::Int)?;
                Ty::Int
            }
            Inst::Compare(_, a, b) => {
                let ty = if self.f.ty(*a) == Ty::Bool { Ty::Bool } else { Ty::Int };
                all(&[*a, *b], ty)?;
                Ty::Bool
            }
            Inst::FloatCompare(_, a, b) => {
                all(&[*a, *b], Ty::Float)?;
                Ty::Bool
            }
            Inst::Select(c, a, b) => {
                self.expect(*c, Ty::Bool)?;
                all(&[*a, *b], self.f.ty(val))?;
                self.f.ty(*a)
            }
            Inst::Load(access, address) => {
                self.expect(*address, Ty::Ptr)?;
                match (access.width, self.f.ty(val)) {
                    (Width::Byte, Ty::Bool) => Ty::Bool,
                    _ => width_type(access.width),
                }
            }
            Inst::Store(access, address, value) => {
                self.expect(*address, Ty::Ptr)?;
                self.expect(*value, width_type(access.width))?;
                Ty::None
            }
            Inst::Guard(condition, ..) => {
                self.expect(*condition, Ty::Bool)?;
                Ty::None
            }
            Inst::Call(call) => self.check_call(val, call)?,
            Inst::Second(call) => match self.f.inst(*call) {
                Inst::Call(call) if gives_pair(call.callee) => self.word_result(val)?,
                _ => return Err(format!("{call} is no call that gives a pair")),
            },
        };
        // A load of less than a word cannot be an address.
        let is_narrow =
            matches!(self.f.inst(val), Inst::Load(access, _) if matches!(access.width, Width::Byte | Width::Half));
        match self.f.ty(val).fits(result) && !(is_narrow && self.f.ty(val) == Ty::Ptr) {
            true => Ok(()),
            false => Err(format!("is {}, not {result}", self.f.ty(val))),
        }
    }

    /// A word that a call gives may be taken for a value of any type.
    fn word_result(&self, val: Val) -> Result<Ty, String> {
        match self.f.ty(val) {
            Ty::None => Err("has no value".into()),
            ty => Ok(ty),
        }
    }

    fn check_call(&self, val: Val, call: &super::Call) -> Result<Ty, String> {
        let Callee::Stub(stub) = call.callee else { return self.word_result(val) };
        if stub.params().len() != call.args.len() {
            return Err(format!("{} takes {} arguments", stub.name(), stub.params().len()));
        }
        for (arg, param) in call.args.iter().zip(stub.params()) {
            // Truth values are extended.
            if *param == StubType::Float || self.f.ty(*arg) != Ty::Bool {
                self.expect(*arg, stub_type(*param))?;
            }
        }
        Ok(match stub.result() {
            StubResult::Nothing => Ty::None,
            StubResult::One(StubType::Float) => Ty::Float,
            StubResult::One(StubType::Word) | StubResult::Pair => self.word_result(val)?,
        })
    }

    fn check_end(&self, end: &Terminator) -> Result<(), String> {
        match end {
            Terminator::Branch(condition, ..) => self.expect(*condition, Ty::Bool)?,
            // The payload is a value of any type, which becomes a word.
            Terminator::Return(_, tag) => self.expect(*tag, Ty::Int)?,
            Terminator::Jump(_) | Terminator::Exit(..) => {}
        }
        for target in end.targets() {
            let params = &self.f.block(target.block).params;
            if params.len() != target.args.len() {
                return Err(format!("{} takes {} arguments, not {}", target.block, params.len(), target.args.len()));
            }
            for (param, arg) in params.iter().zip(&target.args) {
                self.expect(*arg, self.f.ty(*param))?;
            }
        }
        Ok(())
    }
}

fn gives_pair(callee: Callee) -> bool {
    match callee {
        Callee::Stub(stub) => stub.result() == StubResult::Pair,
        Callee::Cell(_) | Callee::Entry => true,
    }
}

fn stub_type(ty: StubType) -> Ty {
    match ty {
        StubType::Word => Ty::Int,
        StubType::Float => Ty::Float,
    }
}

fn width_type(width: Width) -> Ty {
    match width {
        Width::Byte | Width::Half | Width::Word => Ty::Int,
        Width::Float => Ty::Float,
    }
}

fn unary_types(op: Unary) -> (Ty, Ty) {
    match op {
        Unary::Not | Unary::Neg => (Ty::Int, Ty::Int),
        Unary::FloatNeg
        | Unary::FloatAbs
        | Unary::FloatSqrt
        | Unary::FloatFloor
        | Unary::FloatCeil
        | Unary::FloatTrunc => (Ty::Float, Ty::Float),
        Unary::IntToFloat | Unary::BitsToFloat => (Ty::Int, Ty::Float),
        Unary::FloatToInt | Unary::FloatBits => (Ty::Float, Ty::Int),
        Unary::BoolToInt => (Ty::Bool, Ty::Int),
        Unary::IntToBool => (Ty::Int, Ty::Bool),
        Unary::BoolNot => (Ty::Bool, Ty::Bool),
    }
}

fn binary_type(op: Binary) -> Ty {
    match op {
        Binary::Add
        | Binary::Sub
        | Binary::Mul
        | Binary::Div
        | Binary::Rem
        | Binary::And
        | Binary::Or
        | Binary::Xor
        | Binary::Shl
        | Binary::Shr => Ty::Int,
        Binary::FloatAdd | Binary::FloatSub | Binary::FloatMul | Binary::FloatDiv => Ty::Float,
        Binary::BoolAnd | Binary::BoolOr => Ty::Bool,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hir::sample::Sample;
    use crate::hir::{Cond, LoopEntry, Region};
    use ruff_core::jit::{ExitReason, Stub};

    /// A loop with a guard, a store and a call: valid.
    fn sample() -> Sample {
        let mut s = Sample::new(&[Ty::Ptr, Ty::Int]);
        let (header, params) = s.block(&[Ty::Int]);
        let (body, _) = s.block(&[]);
        let (after, _) = s.block(&[]);
        let zero = s.int(0);
        s.jump(header, &[zero]);
        s.at = header;
        let less = s.cmp(Cond::Lt, params[0], Val(1));
        s.branch(less, (body, &[]), (after, &[]));
        s.at = body;
        let exit = s.exit(1, &[(0, SlotValue::Int(params[0])), (1, SlotValue::Tagged(zero, params[0]))]);
        s.guard(less, exit, ExitReason::Kind);
        s.store(Width::Word, Region::Slots, Val(0), 8, params[0]);
        s.call(Stub::Release, &[Val(0)], Ty::None);
        let next = s.op(Binary::Add, params[0], Val(1));
        s.jump(header, &[next]);
        s.at = after;
        s.ret(params[0], zero);
        s
    }

    /// The complaint about the sample after a change.
    fn problem(change: impl FnOnce(&mut Sample)) -> String {
        let mut s = sample();
        change(&mut s);
        verify(&s.f).expect_err("the change makes it invalid")
    }

    #[test]
    fn valid_functions_pass() {
        verify(&sample().f).unwrap();
    }

    #[test]
    fn uses_are_dominated() {
        let text = problem(|s| s.ret(Val(8), Val(3)));
        assert!(text.contains("does not dominate"), "{text}");
        let text = problem(|s| s.f.exits[0].slots.push((2, SlotValue::Int(Val(8)))));
        assert!(text.contains("exit 0"), "{text}");
        let text = problem(|s| {
            s.f.block_mut(Block(0)).loop_entry = Some(LoopEntry { exit: ExitId(0), has_small_bounds: false })
        });
        assert!(text.contains("end of b0: exit 0"), "{text}");
    }

    #[test]
    fn values_stand_in_one_place() {
        let text = problem(|s| s.f.blocks[3].insts.push(Val(3)));
        assert!(text.contains("stands in"), "{text}");
    }

    #[test]
    fn types_fit() {
        let text = problem(|s| {
            s.add(Inst::Unary(Unary::FloatAbs, Val(1)), Ty::Float);
        });
        assert!(text.contains("v1 is int, not float"), "{text}");
        let text = problem(|s| {
            s.call(Stub::Release, &[], Ty::None);
        });
        assert!(text.contains("takes 1 arguments"), "{text}");
        let text = problem(|s| {
            s.add(Inst::Second(Val(1)), Ty::Int);
        });
        assert!(text.contains("pair"), "{text}");
        let text = problem(|s| {
            let whole = s.bool(true);
            s.f.block_mut(Block(3)).insts.retain(|val| *val != whole);
            s.at = Block(0);
            s.f.block_mut(Block(0)).insts.push(whole);
            s.jump(Block(1), &[whole]);
        });
        assert!(text.contains("bool, not int"), "{text}");
    }

    #[test]
    fn arguments_match_parameters() {
        let text = problem(|s| {
            s.at = Block(0);
            s.jump(Block(1), &[]);
        });
        assert!(text.contains("takes 1 arguments, not 0"), "{text}");
    }
}
