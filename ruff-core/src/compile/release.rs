//! Variables that are dead but still hold a container: they are dropped before something may change it.
//!
//! `block := self.blocks[i]` shares the block with the array. Where `block` is not needed any more, a change of `self.blocks[i]`
//! would copy the block for its sake only. So a register that is dead, that was read from a place where others may see the same
//! value, and that was used as a container or tested, is dropped before a call or a write to a place. Nothing else can tell; the
//! native tier relies on it and counts no references for such registers.

use super::liveness::{Liveness, RegSet, in_out_registers, window_len};
use crate::bytecode::decode::Decoded;
use crate::bytecode::op::{Op, Operand};
use crate::bytecode::{Function, Instr, Pc, PlaceRoot, edit};

/// Words of a function that is looked at; no longer one has native code.
const WORDS_MAX: usize = 1 << 15;

/// The registers that are live before each instruction, by its word.
type LiveTable = [Option<RegSet>];

/// What is known of the registers at a point of the code.
#[derive(Clone)]
struct State {
    /// May hold a value that others hold too.
    shares: RegSet,
    /// Those of them that were used as a container, or tested for what they are or equal.
    used: RegSet,
}

impl State {
    fn new(words: usize) -> State {
        State { shares: RegSet::new(words), used: RegSet::new(words) }
    }

    fn add_all(&mut self, other: &State) -> bool {
        let shares = self.shares.add_all(&other.shares);
        self.used.add_all(&other.used) || shares
    }

    fn forget(&mut self, register: u32) {
        self.shares.remove(register);
        self.used.remove(register);
    }

    fn forget_run(&mut self, first: u32, count: u32) {
        (first..first + count).for_each(|register| self.forget(register));
    }

    fn copy(&mut self, to: u32, from: u32) {
        self.forget(to);
        if self.shares.contains(from) {
            self.shares.insert(to);
        }
        if self.used.contains(from) {
            self.used.insert(to);
        }
    }
}

/// Inserts the drops.
pub fn release_dead(function: &mut Function, liveness: &Liveness) {
    let drops = drops_of(function, liveness);
    if !drops.is_empty() {
        edit::insert(function, &drops);
    }
}

/// The drops, each before an instruction, in order; none in functions that are too large to look at.
fn drops_of(function: &Function, liveness: &Liveness) -> Vec<(Pc, Instr)> {
    let mut drops = Vec::new();
    let has = |is_one: fn(Op) -> bool| liveness.ops(function).any(is_one);
    if function.code.len() > WORDS_MAX || !has(may_change) || !has(may_share) {
        return drops;
    }
    let live = liveness.table();
    let entries = entry_states(function, liveness, &live);
    for (block, mut state) in liveness.blocks().iter().zip(entries) {
        for at in liveness.instrs_of(function, block) {
            for register in dead(function, &at, &state, &live) {
                drops.push((at.pc, Instr::a_bc(Op::Drop, register as u16, 0)));
            }
            step(function, &at, &mut state, &live);
        }
    }
    drops
}

/// The states at the starts of the blocks.
fn entry_states(function: &Function, liveness: &Liveness, live: &LiveTable) -> Vec<State> {
    let words = (function.registers as usize).div_ceil(64);
    let blocks = liveness.blocks();
    let mut entries = vec![State::new(words); blocks.len()];
    let params = function.params.len() as u32 + function.is_method as u32;
    if let Some(first) = entries.first_mut() {
        (0..params).for_each(|register| first.shares.insert(register));
        in_out_registers(function).for_each(|register| first.shares.remove(register));
    }
    let mut work: Vec<usize> = (0..blocks.len()).rev().collect();
    let mut queued = vec![true; blocks.len()];
    while let Some(index) = work.pop() {
        queued[index] = false;
        let block = &blocks[index];
        let mut state = entries[index].clone();
        let mut seen = state.clone();
        for at in liveness.instrs_of(function, block) {
            step(function, &at, &mut state, live);
            seen.add_all(&state);
        }
        let ways = block.successors.iter().map(|next| (*next, &state));
        let faults = liveness.handlers_of(block).map(|handler| (handler, &seen));
        for (next, state) in ways.chain(faults) {
            if entries[next].add_all(state) && !std::mem::replace(&mut queued[next], true) {
                work.push(next);
            }
        }
    }
    entries
}

/// The registers that hold something for nobody where an instruction may change it. What is above the window of a call, the call
/// releases.
fn dead(function: &Function, at: &Decoded, state: &State, live: &LiveTable) -> Vec<u32> {
    let Some(Some(live)) = live.get(at.pc.0 as usize).filter(|_| may_change(at.op)) else { return Vec::new() };
    let window = at.operands().find(|o| matches!(o.kind, Operand::Window | Operand::MethodWindow));
    let end = window.map_or(function.registers, |o| o.bits);
    let is_dead = |register: &u32| *register < end && !live.contains(*register);
    state.used.iter().filter(is_dead).collect()
}

/// What an instruction changes of the state.
fn step(function: &Function, at: &Decoded, state: &mut State, live: &LiveTable) {
    for register in dead(function, at, state, live) {
        state.forget(register);
    }
    for register in looked_at(function, at) {
        if state.shares.contains(register) {
            state.used.insert(register);
        }
    }
    let operand = |kind| at.operand(kind).map(|o| o.bits);
    match (at.op, operand(Operand::Write), operand(Operand::Read), operand(Operand::Take)) {
        (Op::Copy, Some(to), Some(from), _) => {
            state.shares.insert(from);
            state.copy(to, from);
        }
        (Op::Move, Some(to), _, Some(from)) => {
            state.copy(to, from);
            state.forget(from);
        }
        _ => step_others(function, at, state),
    }
}

fn step_others(function: &Function, at: &Decoded, state: &mut State) {
    for operand in at.operands() {
        let first = operand.bits;
        match operand.kind {
            Operand::Take => state.forget(first),
            Operand::Window => state.forget_run(first, window_len(function, at)),
            Operand::MethodWindow => state.forget_run(first, window_len(function, at) + 1),
            Operand::PairWindow => state.forget_run(first, 2 * at.c),
            Operand::Iterator => state.forget_run(first, 3),
            Operand::Loan => state.forget_run(first.saturating_sub(1), 2),
            _ => {}
        }
    }
    for operand in at.operands().filter(|o| matches!(o.kind, Operand::Write | Operand::ExtWrite)) {
        state.forget(operand.bits);
        if may_share(at.op) {
            state.shares.insert(operand.bits);
        }
    }
}

/// The registers in which an instruction looks for something, or which it tests.
fn looked_at(function: &Function, at: &Decoded) -> impl Iterator<Item = u32> {
    let place = at.operand(Operand::Place).and_then(|o| function.places.get(o.bits as usize));
    let root = place.and_then(|place| match place.root {
        PlaceRoot::Register(register) => Some(register.0 as u32),
        _ => None,
    });
    let looks_into = matches!(
        at.op,
        Op::GetIndex
            | Op::GetIndexOrNull
            | Op::GetField
            | Op::GetFieldOrNull
            | Op::Slice
            | Op::SliceInclusive
            | Op::GetPayload
            | Op::GetPayloadRest
            | Op::GetElement
            | Op::GetElementRest
            | Op::GetEntry
            | Op::GetEntryRest
            | Op::MatchVariant
            | Op::MatchStruct
            | Op::MatchArray
            | Op::MatchDict
            | Op::MatchKey
            | Op::MatchConst
            | Op::Unwrap
            | Op::JumpIfNull
            | Op::JumpIfNotNull
            | Op::JumpIfPresent
    );
    let compares = matches!(
        at.op,
        Op::In
            | Op::NotIn
            | Op::Eq
            | Op::Ne
            | Op::JumpEq
            | Op::JumpNe
            | Op::JumpNotEq
            | Op::JumpNotNe
            | Op::JumpEqK
            | Op::JumpNeK
            | Op::JumpNotEqK
            | Op::JumpNotNeK
    );
    // What looks into something has it in the first operand that is read.
    let count = if compares { 2 } else { looks_into as usize };
    let subjects = at.operands().filter(|o| o.kind == Operand::Read).take(count).map(|o| o.bits);
    root.into_iter().chain(subjects)
}

/// May others hold what the instruction writes?
fn may_share(op: Op) -> bool {
    matches!(
        op,
        Op::GetCell
            | Op::GetCapture
            | Op::GetGlobal
            | Op::GetIndex
            | Op::GetIndexOrNull
            | Op::GetField
            | Op::GetFieldOrNull
            | Op::GetPath
            | Op::GetPayload
            | Op::GetElement
            | Op::GetEntry
            | Op::GetOwnField
            | Op::MatchKey
            | Op::Unwrap
            | Op::ForNext
            | Op::ForNextPair
            | Op::ForNextParts
            | Op::CallNative
    ) || is_script_call(op)
}

/// May the instruction change a container that a dead variable shares?
fn may_change(op: Op) -> bool {
    matches!(op, Op::SetPath | Op::SetIndex | Op::SetField | Op::Lend) || is_script_call(op)
}

fn is_script_call(op: Op) -> bool {
    matches!(
        op,
        Op::CallFunction
            | Op::Call
            | Op::CallMethod
            | Op::CallPlaceMethod
            | Op::CallPreparedMethod
            | Op::CallSpread
            | Op::CallMethodSpread
            | Op::CallPlaceMethodSpread
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::testing::program_of;

    fn ops_after(code: Vec<Instr>) -> Vec<Op> {
        let mut function = program_of(code).functions.remove(0);
        let liveness = Liveness::of(&function).unwrap();
        release_dead(&mut function, &liveness);
        function.code.iter().filter_map(|w| Op::from_number(w.op_number())).collect()
    }

    #[test]
    fn a_container_that_is_dead_is_dropped_before_a_write() {
        let code = vec![
            Instr::abc(Op::GetIndex, 1, 0, 2),
            Instr::abc(Op::GetIndex, 3, 1, 2),
            Instr::abc(Op::SetIndex, 0, 2, 3),
            Instr::a_bc(Op::ReturnNull, 0, 0),
        ];
        assert_eq!(ops_after(code), [Op::GetIndex, Op::GetIndex, Op::Drop, Op::SetIndex, Op::ReturnNull]);
    }

    #[test]
    fn what_is_needed_later_stays() {
        let code = vec![
            Instr::abc(Op::GetIndex, 1, 0, 2),
            Instr::abc(Op::GetIndex, 3, 1, 2),
            Instr::abc(Op::SetIndex, 0, 2, 3),
            Instr::a_bc(Op::Return, 1, 0),
        ];
        assert_eq!(ops_after(code), [Op::GetIndex, Op::GetIndex, Op::SetIndex, Op::Return]);
    }

    #[test]
    fn what_is_no_container_stays() {
        let code = vec![
            Instr::abc(Op::GetIndex, 1, 0, 2),
            Instr::abc(Op::Add, 3, 1, 2),
            Instr::abc(Op::SetIndex, 0, 2, 3),
            Instr::a_bc(Op::ReturnNull, 0, 0),
        ];
        assert_eq!(ops_after(code), [Op::GetIndex, Op::Add, Op::SetIndex, Op::ReturnNull]);
    }
}
