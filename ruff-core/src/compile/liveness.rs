//! Which registers are still needed: backward dataflow over finished bytecode.
//!
//! The last read of a variable need not copy it: [`move_last_uses`] turns `Copy` into `Move` and `Add` into `AddTake` where the
//! source dies, so that containers, text and big integers keep one reference and change in place. The native tier asks
//! [`Liveness::before`] what an exit must save.
//!
//! An instruction may raise before any of its effects, so what a handler reads is live before each instruction that it protects.
//! Registers of in-out parameters are needed whenever the function is left, by an error too: they are always live, and so are
//! the receivers of methods, which may be in-out.

use crate::bytecode::decode::{Decoded, Slot};
use crate::bytecode::op::{Flow, Op, Operand};
use crate::bytecode::{Capture, Function, Handler, Instr, ParamMode, Pc, PlaceRoot, PlaceStep, Reg};

/// Words of all bit sets together; larger functions are left as they are.
const SET_WORDS_MAX: usize = 1 << 22;

/// A set of registers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegSet(Box<[u64]>);

impl RegSet {
    pub(super) fn new(words: usize) -> RegSet {
        RegSet(vec![0; words].into())
    }

    /// Is the register in the set?
    pub fn contains(&self, reg: u32) -> bool {
        self.0.get(reg as usize / 64).is_some_and(|word| word >> (reg % 64) & 1 == 1)
    }

    pub(super) fn insert(&mut self, reg: u32) {
        if let Some(word) = self.0.get_mut(reg as usize / 64) {
            *word |= 1 << (reg % 64);
        }
    }

    pub(super) fn remove(&mut self, reg: u32) {
        if let Some(word) = self.0.get_mut(reg as usize / 64) {
            *word &= !(1 << (reg % 64));
        }
    }

    /// The registers in the set, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let bits = |(index, word): (usize, &u64)| {
            let word = *word;
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| index as u32 * 64 + bit)
        };
        self.0.iter().enumerate().filter(|(_, word)| **word != 0).flat_map(bits)
    }

    /// Adds the other set; was anything new?
    pub(super) fn add_all(&mut self, other: &RegSet) -> bool {
        let mut changed = false;
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            changed |= *more & !*word != 0;
            *word |= more;
        }
        changed
    }
}

/// A run of instructions that is entered at its start and left at its end.
pub(super) struct Block {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) successors: Vec<usize>,
    /// Indices of the handlers that protect it; a block lies wholly inside or outside each.
    handlers: Vec<usize>,
}

/// The live registers of a function.
pub struct Liveness<'f> {
    function: &'f Function,
    blocks: Vec<Block>,
    live_in: Vec<RegSet>,
    words: usize,
}

impl<'f> Liveness<'f> {
    /// The analysis of a function; `None` if it is too large for it or not well formed.
    pub fn of(function: &'f Function) -> Option<Liveness<'f>> {
        let words = (function.registers as usize).div_ceil(64);
        let blocks = split_blocks(function, SET_WORDS_MAX / words.max(1))?;
        let live_in = vec![RegSet::new(words); blocks.len()];
        let mut liveness = Liveness { function, blocks, live_in, words };
        liveness.solve()?;
        Some(liveness)
    }

    /// The registers that are live before the instruction at `pc`.
    pub fn before(&self, pc: Pc) -> Option<RegSet> {
        let block = self.blocks.partition_point(|b| b.start <= pc.0).checked_sub(1)?;
        let mut found = None;
        self.walk_back(block, |at, _, before| {
            if at.pc == pc {
                found = Some(before.clone());
            }
        })?;
        found
    }

    /// The registers that are live before each instruction, by its word; `None` for extension words.
    pub fn table(&self) -> Option<Vec<Option<RegSet>>> {
        let mut table = vec![None; self.function.code.len()];
        for block in 0..self.blocks.len() {
            self.walk_back(block, |at, _, before| {
                if let Some(place) = table.get_mut(at.pc.0 as usize) {
                    *place = Some(before.clone());
                }
            })?;
        }
        Some(table)
    }

    /// The runs of instructions in the order of the code; the first one is entered at the start.
    pub(super) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The blocks to which a fault in a block may go.
    pub(super) fn handlers_of<'s>(&'s self, block: &'s Block) -> impl Iterator<Item = usize> + 's {
        block.handlers.iter().filter_map(|h| self.block_at(self.function.handlers[*h].target))
    }

    fn solve(&mut self) -> Option<()> {
        let mut predecessors: Vec<Vec<usize>> = vec![Vec::new(); self.blocks.len()];
        for (index, block) in self.blocks.iter().enumerate() {
            let handlers = block.handlers.iter().filter_map(|h| self.block_at(self.function.handlers[*h].target));
            for successor in block.successors.iter().copied().chain(handlers) {
                predecessors[successor].push(index);
            }
        }
        let mut work: Vec<usize> = (0..self.blocks.len()).collect();
        let mut queued = vec![true; self.blocks.len()];
        while let Some(index) = work.pop() {
            queued[index] = false;
            let mut first = RegSet::new(self.words);
            self.walk_back(index, |_, _, before| first.clone_from(before))?;
            if self.live_in[index].add_all(&first) {
                for &p in &predecessors[index] {
                    if !std::mem::replace(&mut queued[p], true) {
                        work.push(p);
                    }
                }
            }
        }
        Some(())
    }

    fn block_at(&self, pc: Pc) -> Option<usize> {
        self.blocks.binary_search_by_key(&pc.0, |b| b.start).ok()
    }

    /// Visits the instructions of a block from the last to the first, with the sets after and before each.
    fn walk_back(&self, index: usize, mut visit: impl FnMut(&Decoded, &RegSet, &RegSet)) -> Option<()> {
        let block = &self.blocks[index];
        let mut live = RegSet::new(self.words);
        for &successor in &block.successors {
            live.add_all(&self.live_in[successor]);
        }
        for reg in in_out_registers(self.function) {
            live.insert(reg);
        }
        let caught = self.live_in_handlers(block);
        for at in decode_all(self.function, block.start, block.end)?.iter().rev() {
            let after = live.clone();
            let effects = Effects::of(self.function, at);
            effects.writes.iter().for_each(|r| live.remove(*r));
            effects.reads.iter().for_each(|r| live.insert(*r));
            if let Some(caught) = &caught {
                live.add_all(caught);
            }
            for reg in in_out_registers(self.function) {
                live.insert(reg);
            }
            visit(at, &after, &live);
        }
        Some(())
    }

    fn live_in_handlers(&self, block: &Block) -> Option<RegSet> {
        let mut caught: Option<RegSet> = None;
        for &h in &block.handlers {
            let handler = self.function.handlers[h];
            let mut live = self.live_in[self.block_at(handler.target)?].clone();
            live.remove(handler.register.0 as u32);
            caught.get_or_insert_with(|| RegSet::new(self.words)).add_all(&live);
        }
        caught
    }
}

pub(super) fn in_out_registers(function: &Function) -> impl Iterator<Item = u32> + '_ {
    let first = function.is_method as u32;
    let receiver = function.is_method.then_some(0);
    let params = function.params.iter().enumerate().filter(|(_, p)| p.mode == ParamMode::InOut);
    receiver.into_iter().chain(params.map(move |(i, _)| i as u32 + first))
}

pub(super) fn decode_all(function: &Function, start: u32, end: u32) -> Option<Vec<Decoded>> {
    let mut list = Vec::new();
    let mut pc = start;
    while pc < end {
        let at = Decoded::at(&function.code, Pc(pc)).ok()?;
        pc = at.next().0;
        list.push(at);
    }
    Some(list)
}

fn split_blocks(function: &Function, blocks_max: usize) -> Option<Vec<Block>> {
    let all = decode_all(function, 0, function.code.len() as u32)?;
    let mut starts: Vec<u32> = vec![0];
    for at in &all {
        starts.extend(at.target().map(|t| t.0));
        if at.op.flow() != Flow::Next {
            starts.push(at.next().0);
        }
    }
    for handler in &function.handlers {
        starts.extend([handler.start.0, handler.end.0, handler.target.0]);
    }
    starts.retain(|s| (*s as usize) < function.code.len());
    starts.sort_unstable();
    starts.dedup();
    if starts.len() > blocks_max {
        return None;
    }
    let mut blocks: Vec<Block> = Vec::with_capacity(starts.len());
    for (i, &start) in starts.iter().enumerate() {
        let end = starts.get(i + 1).copied().unwrap_or(function.code.len() as u32);
        blocks.push(Block { start, end, successors: Vec::new(), handlers: Vec::new() });
    }
    for (index, handler) in function.handlers.iter().enumerate() {
        let first = starts.partition_point(|s| *s < handler.start.0);
        let protected = blocks.iter_mut().skip(first).take_while(|b| b.start < handler.end.0);
        protected.for_each(|b| b.handlers.push(index));
    }
    let index_of = |pc: u32| starts.binary_search(&pc).ok();
    let mut block = 0;
    for at in &all {
        while at.pc.0 >= blocks[block].end {
            block += 1;
        }
        if at.next().0 == blocks[block].end {
            let next = at.falls_through().then(|| index_of(at.next().0)).flatten();
            let target = at.target().and_then(|t| index_of(t.0));
            blocks[block].successors = next.into_iter().chain(target).collect();
        }
    }
    Some(blocks)
}

/// The registers that an instruction reads and writes. A register that it takes is read; what it holds afterwards does not matter.
struct Effects {
    reads: Vec<u32>,
    writes: Vec<u32>,
}

impl Effects {
    fn of(function: &Function, at: &Decoded) -> Effects {
        let mut effects = Effects { reads: Vec::new(), writes: Vec::new() };
        for operand in at.operands() {
            effects.add(function, at, operand.kind, operand.bits);
        }
        effects
    }

    fn add(&mut self, function: &Function, at: &Decoded, kind: Operand, bits: u32) {
        match kind {
            Operand::Write | Operand::ExtWrite => self.writes.push(bits),
            Operand::Read | Operand::Take | Operand::ExtRead => self.reads.push(bits),
            Operand::Update => self.reads.push(bits),
            Operand::Window => self.window(bits, window_len(function, at)),
            Operand::MethodWindow => {
                self.window(bits + 1, window_len(function, at));
                // The receiver of a method at a place comes from there.
                if !matches!(at.op, Op::CallPlaceMethod | Op::CallPlaceMethodSpread) {
                    self.reads.push(bits);
                }
                self.writes.push(bits);
                self.writes.extend(rest_of_root(at.op, bits));
            }
            Operand::PairWindow => self.window(bits, 2 * at.c),
            Operand::BoundsWindow => self.reads.extend([bits, bits + 1]),
            Operand::Iterator => self.iterator(at, bits),
            Operand::Loan if at.op == Op::Lend => self.writes.extend([bits, bits.saturating_sub(1)]),
            Operand::Loan => self.reads.extend([bits, bits.saturating_sub(1)]),
            Operand::Place => self.place(function, bits),
            Operand::Closure => self.captures(function, bits),
            _ => {}
        }
    }

    /// Windows are taken: nothing in them is needed afterwards.
    fn window(&mut self, start: u32, len: u32) {
        self.reads.extend(start..start + len);
        self.writes.extend(start..start + len);
    }

    /// An iteration that begins needs nothing of its registers but what it goes over, and the last of them only loops with positions.
    fn iterator(&mut self, at: &Decoded, state: u32) {
        let all = state..state + 3;
        let begins = match at.op {
            Op::ForPrepare => 1,
            Op::ForPrepareRange => at.c,
            Op::ForPrepareSpan => 2,
            Op::ForNext => return self.reads.extend(all.take(2)),
            _ => return self.reads.extend(all),
        };
        self.reads.extend(all.clone().take(begins as usize));
        self.writes.extend(all);
    }

    fn place(&mut self, function: &Function, index: u32) {
        let Some(place) = function.places.get(index as usize) else { return };
        if let PlaceRoot::Register(Reg(reg)) | PlaceRoot::Cell(Reg(reg)) = place.root {
            self.reads.push(reg as u32);
        }
        for step in &place.steps {
            if let PlaceStep::Index(Reg(reg)) = step {
                self.reads.push(*reg as u32);
            }
        }
    }

    fn captures(&mut self, function: &Function, index: u32) {
        let Some(template) = function.closures.get(index as usize) else { return };
        for capture in &template.captures {
            if let Capture::Register(Reg(reg)) = capture {
                self.reads.push(*reg as u32);
            }
        }
    }
}

/// The register before the window of a method at a place: what is left of a lent root goes there.
pub(super) fn rest_of_root(op: Op, window: u32) -> Option<u32> {
    matches!(op, Op::CallPlaceMethod | Op::CallPlaceMethodSpread | Op::CallPreparedMethod)
        .then(|| window.saturating_sub(1))
}

/// Calls with spread or named arguments have an array and the named values behind the positional ones.
pub(super) fn window_len(function: &Function, at: &Decoded) -> u32 {
    match at.op {
        Op::CallSpread | Op::CallMethodSpread | Op::CallPlaceMethodSpread => {
            let site = at.operands().find(|o| o.slot == Slot::X).and_then(|o| function.sites.get(o.bits as usize));
            site.map_or(at.c, |s| at.c.max(s.positional + 1 + s.names.len() as u32))
        }
        _ => at.c,
    }
}

/// Turns copies of variables that die into moves, and additions whose left operand dies into ones that may extend it in place.
pub fn move_last_uses(function: &mut Function) {
    let mut changes: Vec<(Pc, Instr)> = Vec::new();
    if let Some(liveness) = Liveness::of(function) {
        for block in 0..liveness.blocks.len() {
            let visited = liveness.walk_back(block, |at, after, _| {
                let word = function.code[at.pc.0 as usize];
                let (a, b, c) = (word.a(), word.b(), word.c());
                let dies = !after.contains(b as u32) && a != b;
                match at.op {
                    Op::Copy if dies => changes.push((at.pc, Instr::abc(Op::Move, a, b, c))),
                    Op::Add if dies && b != c => changes.push((at.pc, Instr::abc(Op::AddTake, a, b, c))),
                    _ => {}
                }
            });
            if visited.is_none() {
                return;
            }
        }
    }
    for (pc, instr) in changes {
        function.code[pc.0 as usize] = instr;
    }
}

/// Marks the handlers whose error is of no use.
pub fn mark_ignored_errors(function: &mut Function) {
    let Some(liveness) = Liveness::of(function) else { return };
    let is_ignored = |h: &Handler| {
        let live = liveness.block_at(h.target).and_then(|block| liveness.live_in.get(block));
        h.is_catch && live.is_some_and(|live| !live.contains(h.register.0 as u32))
    };
    let ignored: Vec<bool> = function.handlers.iter().map(is_ignored).collect();
    for (handler, is_ignored) in function.handlers.iter_mut().zip(ignored) {
        handler.ignores_error = is_ignored;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::testing::program_of;

    fn moved(code: Vec<Instr>) -> Vec<Op> {
        let mut function = program_of(code).functions.remove(0);
        move_last_uses(&mut function);
        function.code.iter().filter_map(|w| Op::from_number(w.op_number())).collect()
    }

    #[test]
    fn the_last_copy_of_a_variable_moves() {
        let copy = |to, from| Instr::abc(Op::Copy, to, from, 0);
        let code = vec![copy(1, 0), copy(2, 0), Instr::a_bc(Op::Return, 2, 0)];
        assert_eq!(moved(code), [Op::Copy, Op::Move, Op::Return]);
    }

    #[test]
    fn a_loop_keeps_what_the_next_round_reads() {
        let code = vec![
            Instr::abc(Op::Copy, 1, 0, 0),
            Instr::a_bc(Op::Drop, 1, 0),
            Instr::a_bc(Op::JumpIf, 2, -3i32 as u32),
            Instr::a_bc(Op::ReturnNull, 0, 0),
        ];
        assert_eq!(moved(code)[0], Op::Copy);
    }

    #[test]
    fn an_iteration_that_begins_needs_its_subject_only() {
        let end = Instr::a_bc(Op::ReturnNull, 0, 0);
        let mut function = program_of(vec![Instr::a_bc(Op::ForPrepare, 1, 0), end]).functions.remove(0);
        let live = |function: &Function| {
            let live = Liveness::of(function).and_then(|l| l.before(Pc(0))).unwrap();
            live.iter().collect::<Vec<u32>>()
        };
        assert_eq!(live(&function), [1]);
        function.code[0] = Instr::abc(Op::ForPrepareRange, 0, 0, 2);
        assert_eq!(live(&function), [0, 1]);
    }

    #[test]
    fn a_handler_keeps_what_it_reads() {
        let code = vec![
            Instr::abc(Op::Copy, 1, 0, 0),
            Instr::a_bc(Op::SetGlobal, 1, 0),
            Instr::a_bc(Op::ReturnNull, 0, 0),
            Instr::a_bc(Op::Return, 0, 0),
        ];
        let mut function = program_of(code).functions.remove(0);
        let handler =
            Handler { start: Pc(0), end: Pc(2), target: Pc(3), register: Reg(3), is_catch: true, ignores_error: false };
        function.handlers.push(handler);
        move_last_uses(&mut function);
        assert_eq!(function.code[0].op_number(), Op::Copy as u16);
    }

    #[test]
    fn errors_that_no_handler_reads_are_marked() {
        let code =
            vec![Instr::a_bc(Op::SetGlobal, 1, 0), Instr::a_bc(Op::ReturnNull, 0, 0), Instr::a_bc(Op::Return, 0, 0)];
        for (register, is_ignored) in [(0, false), (2, true)] {
            let mut function = program_of(code.clone()).functions.remove(0);
            let (start, end, target) = (Pc(0), Pc(1), Pc(2));
            let register = Reg(register);
            let handler = Handler { start, end, target, register, is_catch: true, ignores_error: false };
            function.handlers.push(handler);
            mark_ignored_errors(&mut function);
            assert_eq!(function.handlers[0].ignores_error, is_ignored);
        }
    }

    #[test]
    fn an_addition_takes_a_dying_left_operand() {
        let code = vec![Instr::abc(Op::Add, 2, 0, 1), Instr::a_bc(Op::Return, 2, 0)];
        assert_eq!(moved(code), [Op::AddTake, Op::Return]);
    }
}
