//! Which registers are still needed: backward dataflow over finished bytecode.
//!
//! The last read of a variable need not copy it: [`move_last_uses`] turns `Copy` into `Move` and `Add` into `AddTake` where the
//! source dies, so that containers, text and big integers keep one reference and change in place. The native tier asks
//! [`Liveness::table`] what an exit must save.
//!
//! An instruction may raise before any of its effects, so what a handler reads is live before each instruction that it protects.
//! Registers of in-out parameters are needed whenever the function is left, by an error too: they are always live, and so are
//! the receivers of methods, which may be in-out.

use crate::bytecode::decode::{Decoded, Slot};
use crate::bytecode::op::{Flow, Op, Operand};
use crate::bytecode::{Capture, Function, Instr, PairSource, ParamMode, Pc, PlaceRoot, PlaceStep, Reg};
use std::ops::Range;

/// Words of all bit sets together; larger functions are left as they are.
const SET_WORDS_MAX: usize = 1 << 22;

/// A set of registers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegSet {
    /// Most functions have no more than these.
    first: u64,
    rest: Box<[u64]>,
}

impl RegSet {
    pub(super) fn new(words: usize) -> RegSet {
        RegSet { first: 0, rest: vec![0; words.saturating_sub(1)].into() }
    }

    /// Is the register in the set?
    pub fn contains(&self, reg: u32) -> bool {
        let word = match reg / 64 {
            0 => Some(&self.first),
            index => self.rest.get(index as usize - 1),
        };
        word.is_some_and(|word| word >> (reg % 64) & 1 == 1)
    }

    fn word_of(&mut self, reg: u32) -> Option<&mut u64> {
        match reg / 64 {
            0 => Some(&mut self.first),
            index => self.rest.get_mut(index as usize - 1),
        }
    }

    pub(super) fn insert(&mut self, reg: u32) {
        if let Some(word) = self.word_of(reg) {
            *word |= 1 << (reg % 64);
        }
    }

    pub(super) fn remove(&mut self, reg: u32) {
        if let Some(word) = self.word_of(reg) {
            *word &= !(1 << (reg % 64));
        }
    }

    /// The registers in the set, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let bits = |(index, word): (usize, u64)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| index as u32 * 64 + bit)
        };
        let words = std::iter::once(self.first).chain(self.rest.iter().copied());
        words.enumerate().filter(|(_, word)| *word != 0).flat_map(bits)
    }

    /// Adds the other set; was anything new?
    pub(super) fn add_all(&mut self, other: &RegSet) -> bool {
        let mut new = other.first & !self.first;
        self.first |= other.first;
        for (word, more) in self.rest.iter_mut().zip(&other.rest) {
            new |= *more & !*word;
            *word |= more;
        }
        new != 0
    }

    /// Removes what is in the other set.
    fn remove_all(&mut self, other: &RegSet) {
        self.first &= !other.first;
        for (word, less) in self.rest.iter_mut().zip(&other.rest) {
            *word &= !less;
        }
    }
}

/// A run of instructions that is entered at its start and left at its end.
pub(super) struct Block {
    start: u32,
    /// The positions of its instructions among all.
    instrs: Range<usize>,
    pub(super) successors: Vec<usize>,
    /// The blocks of the handlers that protect it, with the registers that get the error. A block lies wholly inside or outside
    /// of what each protects.
    handlers: Vec<(usize, u32)>,
}

/// The live registers of a function.
pub struct Liveness {
    /// Where the instructions of the function begin, in order.
    starts: Vec<Pc>,
    /// What they read and write, by their positions.
    effects: Effects,
    blocks: Vec<Block>,
    live_in: Vec<RegSet>,
    /// Registers that are always live.
    kept: RegSet,
    words: usize,
    code_words: usize,
}

impl Liveness {
    /// The analysis of a function; `None` if it is too large for it or not well formed.
    pub fn of(function: &Function) -> Option<Liveness> {
        let words = (function.registers as usize).div_ceil(64);
        let (starts, effects) = Effects::of(function)?;
        let blocks = split_blocks(function, &starts, SET_WORDS_MAX / words.max(1))?;
        let live_in = vec![RegSet::new(words); blocks.len()];
        let mut kept = RegSet::new(words);
        in_out_registers(function).for_each(|reg| kept.insert(reg));
        let mut liveness = Liveness { starts, effects, blocks, live_in, kept, words, code_words: function.code.len() };
        liveness.solve();
        Some(liveness)
    }

    /// The registers that are live before each instruction, by its word; `None` for extension words.
    pub fn table(&self) -> Vec<Option<RegSet>> {
        let mut table = vec![None; self.code_words];
        for block in 0..self.blocks.len() {
            self.walk_back(block, |index, _, before| {
                if let Some(place) = table.get_mut(self.starts[index].0 as usize) {
                    *place = Some(before.clone());
                }
            });
        }
        table
    }

    /// The runs of instructions in the order of the code; the first one is entered at the start.
    pub(super) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The instructions of a block.
    pub(super) fn instrs_of<'s>(&'s self, function: &'s Function, block: &Block) -> impl Iterator<Item = Decoded> + 's {
        let starts = &self.starts[block.instrs.clone()];
        starts.iter().filter_map(|pc| Decoded::at(&function.code, *pc).ok())
    }

    /// All operations in the order of the code.
    pub(super) fn ops<'s>(&'s self, function: &'s Function) -> impl Iterator<Item = Op> + 's {
        self.starts.iter().filter_map(|pc| Op::from_number(function.code[pc.0 as usize].op_number()))
    }

    /// The blocks to which a fault in a block may go.
    pub(super) fn handlers_of<'s>(&'s self, block: &'s Block) -> impl Iterator<Item = usize> + 's {
        block.handlers.iter().map(|(handler, _)| *handler)
    }

    /// What is live where a block begins is what it reads first, and what is live at its end that it does not write; both are the
    /// same in each round.
    fn solve(&mut self) {
        let sums: Vec<(RegSet, RegSet)> = self.blocks.iter().map(|block| self.sum(block)).collect();
        let mut changed = true;
        while std::mem::take(&mut changed) {
            for (index, (reads, writes)) in sums.iter().enumerate().rev() {
                let mut live = self.live_out(index);
                live.remove_all(writes);
                live.add_all(reads);
                live.add_all(&self.kept);
                if let Some(caught) = self.live_in_handlers(&self.blocks[index]) {
                    live.add_all(&caught);
                }
                changed |= self.live_in[index].add_all(&live);
            }
        }
    }

    /// The registers that a block reads before it writes them, and those that it writes.
    fn sum(&self, block: &Block) -> (RegSet, RegSet) {
        let (mut reads, mut writes) = (RegSet::new(self.words), RegSet::new(self.words));
        for index in block.instrs.clone().rev() {
            for reg in self.effects.writes(index) {
                reads.remove(*reg);
                writes.insert(*reg);
            }
            self.effects.reads(index).iter().for_each(|reg| reads.insert(*reg));
        }
        (reads, writes)
    }

    fn live_out(&self, block: usize) -> RegSet {
        let mut live = self.kept.clone();
        for &successor in &self.blocks[block].successors {
            live.add_all(&self.live_in[successor]);
        }
        live
    }

    fn block_at(&self, pc: Pc) -> Option<usize> {
        self.blocks.binary_search_by_key(&pc.0, |b| b.start).ok()
    }

    /// Visits the instructions of a block from the last to the first, by their positions, with the sets after and before each.
    fn walk_back(&self, block: usize, mut visit: impl FnMut(usize, &RegSet, &RegSet)) {
        let mut live = self.live_out(block);
        let block = &self.blocks[block];
        let caught = self.live_in_handlers(block);
        for index in block.instrs.clone().rev() {
            let after = live.clone();
            self.effects.writes(index).iter().for_each(|reg| live.remove(*reg));
            self.effects.reads(index).iter().for_each(|reg| live.insert(*reg));
            if let Some(caught) = &caught {
                live.add_all(caught);
            }
            live.add_all(&self.kept);
            visit(index, &after, &live);
        }
    }

    fn live_in_handlers(&self, block: &Block) -> Option<RegSet> {
        let mut caught: Option<RegSet> = None;
        for &(handler, register) in &block.handlers {
            let mut live = self.live_in[handler].clone();
            live.remove(register);
            match &mut caught {
                Some(caught) => _ = caught.add_all(&live),
                None => caught = Some(live),
            }
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

fn split_blocks(function: &Function, instrs: &[Pc], blocks_max: usize) -> Option<Vec<Block>> {
    let mut starts: Vec<u32> = vec![0];
    for pc in instrs {
        let at = Decoded::at(&function.code, *pc).ok()?;
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
    let index_of = |pc: u32| starts.binary_search(&pc).ok();
    let mut blocks: Vec<Block> = Vec::with_capacity(starts.len());
    let mut first = 0;
    for (index, &start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(function.code.len() as u32);
        let behind = first + instrs[first..].partition_point(|pc| pc.0 < end);
        let mut successors = Vec::new();
        if let Some(last) = instrs[first..behind].last() {
            let last = Decoded::at(&function.code, *last).ok()?;
            successors.extend(last.falls_through().then(|| index_of(last.next().0)).flatten());
            successors.extend(last.target().and_then(|target| index_of(target.0)));
        }
        blocks.push(Block { start, instrs: first..behind, successors, handlers: Vec::new() });
        first = behind;
    }
    for handler in &function.handlers {
        let first = starts.partition_point(|s| *s < handler.start.0);
        let target = (index_of(handler.target.0)?, handler.register.0 as u32);
        let protected = blocks.iter_mut().skip(first).take_while(|b| b.start < handler.end.0);
        protected.for_each(|b| b.handlers.push(target));
    }
    Some(blocks)
}

/// The registers that instructions read and write. A register that is taken is read; what it holds afterwards does not matter.
struct Effects {
    /// For each instruction where its reads and its writes end.
    ends: Vec<(u32, u32)>,
    registers: Vec<u32>,
}

impl Effects {
    /// Where the instructions of a function begin, and what they read and write; `None` if the code is not well formed.
    fn of(function: &Function) -> Option<(Vec<Pc>, Effects)> {
        let mut starts = Vec::new();
        let mut effects = Effects { ends: Vec::new(), registers: Vec::new() };
        let mut scratch = Touched { reads: Vec::new(), writes: Vec::new() };
        let mut pc = Pc(0);
        while pc.0 < function.code.len() as u32 {
            let at = Decoded::at(&function.code, pc).ok()?;
            for operand in at.operands() {
                scratch.add(function, &at, operand.kind, operand.bits);
            }
            effects.registers.append(&mut scratch.reads);
            let reads = effects.registers.len() as u32;
            effects.registers.append(&mut scratch.writes);
            effects.ends.push((reads, effects.registers.len() as u32));
            starts.push(pc);
            pc = at.next();
        }
        Some((starts, effects))
    }

    fn reads(&self, index: usize) -> &[u32] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before].1);
        &self.registers[start as usize..self.ends[index].0 as usize]
    }

    fn writes(&self, index: usize) -> &[u32] {
        let (start, end) = self.ends[index];
        &self.registers[start as usize..end as usize]
    }
}

/// What one instruction reads and writes.
struct Touched {
    reads: Vec<u32>,
    writes: Vec<u32>,
}

impl Touched {
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
            Op::ForPreparePairs => PairSource::from_number(at.c).map_or(0, |source| source.arguments() as u32),
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
///
/// A register is read by being taken: what is live stays so.
pub fn move_last_uses(function: &mut Function, liveness: &Liveness) {
    let mut changes: Vec<(Pc, Instr)> = Vec::new();
    for block in 0..liveness.blocks.len() {
        liveness.walk_back(block, |index, after, _| {
            let pc = liveness.starts[index];
            let word = function.code[pc.0 as usize];
            let (a, b, c) = (word.a(), word.b(), word.c());
            let dies = !after.contains(b as u32) && a != b;
            match Op::from_number(word.op_number()) {
                Some(Op::Copy) if dies => changes.push((pc, Instr::abc(Op::Move, a, b, c))),
                Some(Op::Add) if dies && b != c => changes.push((pc, Instr::abc(Op::AddTake, a, b, c))),
                _ => {}
            }
        });
    }
    for (pc, instr) in changes {
        function.code[pc.0 as usize] = instr;
    }
}

/// Marks the handlers whose error is of no use.
pub fn mark_ignored_errors(function: &mut Function, liveness: &Liveness) {
    for handler in &mut function.handlers {
        let live = liveness.block_at(handler.target).map(|block| &liveness.live_in[block]);
        handler.ignores_error = handler.is_catch && live.is_some_and(|live| !live.contains(handler.register.0 as u32));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::Handler;
    use crate::bytecode::testing::program_of;

    fn move_all(function: &mut Function) {
        let liveness = Liveness::of(function).unwrap();
        move_last_uses(function, &liveness);
    }

    fn moved(code: Vec<Instr>) -> Vec<Op> {
        let mut function = program_of(code).functions.remove(0);
        move_all(&mut function);
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
            let table = Liveness::of(function).unwrap().table();
            table[0].as_ref().unwrap().iter().collect::<Vec<u32>>()
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
        move_all(&mut function);
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
            let liveness = Liveness::of(&function).unwrap();
            mark_ignored_errors(&mut function, &liveness);
            assert_eq!(function.handlers[0].ignores_error, is_ignored);
        }
    }

    #[test]
    fn an_addition_takes_a_dying_left_operand() {
        let code = vec![Instr::abc(Op::Add, 2, 0, 1), Instr::a_bc(Op::Return, 2, 0)];
        assert_eq!(moved(code), [Op::AddTake, Op::Return]);
    }
}
