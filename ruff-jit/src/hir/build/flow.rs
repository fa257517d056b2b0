//! Where control joins: merges, loops and their assumptions, jumps between nodes.

use super::graph::{self, Node};
use super::state::{Abs, Assumed, Kind, Owner, Scalar, Shape, SlotState, State, Tested, join_kinds, leavings};
use super::virtuals::VirtualId;
use super::{Builder, Edge, Header, Step, Stop, emit};
use crate::hir::{Block, LoopEntry, Ty, Val};
use ruff_core::jit::{DecodedOperand, ExitReason, FuncId, Function, Op, Operand, Place, PlaceRoot, RegSet, tag};

impl Builder<'_, '_> {
    // ---- ways out of a node

    /// Control goes on at a node.
    pub(super) fn go_to(&mut self, node: Node) -> Step {
        let from = self.context().node;
        if self.context().tables.graph.is_back(from, node) {
            return self.close_loop(node);
        }
        let edge = Edge { block: self.block, state: self.state.clone() };
        self.context_mut().pending[node].push(edge);
        Ok(())
    }

    /// Control goes to the jump's target if the condition holds, else to the next instruction.
    pub(super) fn branch_nodes(&mut self, condition: Val) -> Step {
        let data = &self.context().tables.graph.nodes[self.context().node];
        let (Some(target), Some(next)) = (data.target, data.next) else { return Err(super::malformed()) };
        let (_, no) = self.fork(condition, false, false);
        let state = self.state.clone();
        self.go_to(target)?;
        self.block = no;
        self.state = state;
        self.go_to(next)
    }

    /// Control goes to the jump's target.
    pub(super) fn go_to_target(&mut self) -> Step {
        match self.context().tables.graph.nodes[self.context().node].target {
            Some(target) => self.go_to(target),
            None => Err(super::malformed()),
        }
    }

    /// Control goes to the next instruction, where the node ends.
    pub(super) fn go_to_next(&mut self) -> Step {
        match self.context().tables.graph.nodes[self.context().node].next {
            Some(next) => self.go_to(next),
            None => Err(super::malformed()),
        }
    }

    // ---- merges

    /// Brings the ways through an instruction together: what is needed behind it keeps its value.
    pub(super) fn go_on_after(&mut self, (pc, next): (u32, u32), edges: Vec<Edge>) -> Step<bool> {
        self.set_pc(next, next);
        self.merge(edges)?;
        self.set_pc(pc, next);
        Ok(false)
    }

    /// Goes on where several ways meet, at the instruction that is set.
    pub(super) fn merge(&mut self, edges: Vec<Edge>) -> Step {
        self.merge_with(edges, |this, slot| this.is_live(slot));
        Ok(())
    }

    /// The same for edges that are no way into a node: every slot that `is_needed` keeps its value.
    pub(super) fn merge_with(&mut self, mut edges: Vec<Edge>, is_needed: impl Fn(&Self, u32) -> bool) {
        if edges.len() == 1 {
            if let Some(edge) = edges.pop() {
                self.block = edge.block;
                self.state = edge.state;
            }
            return;
        }
        let slots = edges.iter().map(|e| e.state.slots.len()).max().unwrap_or(0);
        for edge in &mut edges {
            edge.state.slots.resize(slots, SlotState::EMPTY);
        }
        let is_cold = edges.iter().all(|e| self.f.block(e.block).is_cold);
        for slot in 0..slots as u32 {
            if !is_needed(self, slot) {
                self.release_where_rare(slot, &mut edges);
            }
        }
        let merged = self.f.new_block();
        self.f.block_mut(merged).is_cold = is_cold;
        let mut result = Vec::with_capacity(slots);
        let mut args: Vec<Vec<Val>> = vec![Vec::new(); edges.len()];
        for slot in 0..slots {
            let states: Vec<SlotState> = edges.iter().map(|e| e.state.slots[slot]).collect();
            let may_matter = states.iter().any(|s| matches!(s.abs, Abs::Read(_, Tested::No)));
            let is_needed = may_matter || is_needed(self, slot as u32);
            let joined = if !is_needed {
                join_unneeded(&states)
            } else if states.iter().all(|s| matches!(s.abs, Abs::Virtual(..)))
                && self.can_join(&Self::values_on(&edges, slot as u32))
            {
                Joined::Virtual
            } else {
                join(&states)
            };
            result.push(self.join_slot(slot as u32, joined, merged, &mut edges, &mut args));
        }
        let same_quantum = edges.windows(2).all(|w| w[0].state.quantum == w[1].state.quantum);
        let quantum = if same_quantum {
            edges[0].state.quantum
        } else {
            let param = self.f.add_param(merged, Ty::Int);
            for (edge, args) in edges.iter_mut().zip(&mut args) {
                self.enter(edge);
                args.push(self.quantum());
                self.leave_edge(edge);
            }
            Some(param)
        };
        for (edge, args) in edges.into_iter().zip(args) {
            self.block = edge.block;
            self.jump(merged, args);
        }
        self.block = merged;
        self.state = State { slots: result, quantum };
    }

    /// Releases a slot that nobody needs where only rare ways leave a reference in it.
    fn release_where_rare(&mut self, slot: u32, edges: &mut [Edge]) {
        let owns = |edge: &Edge| edge.state.slots[slot as usize].may_own();
        let is_rare = edges.iter().any(owns)
            && edges.iter().all(|e| !owns(e) || self.f.block(e.block).is_cold)
            && edges.iter().any(|e| !self.f.block(e.block).is_cold);
        if is_rare {
            for edge in edges.iter_mut().filter(|e| owns(e)) {
                self.enter(edge);
                self.clear(slot);
                self.leave_edge(edge);
            }
        }
    }

    fn join_slot(
        &mut self,
        slot: u32,
        joined: Joined,
        merged: Block,
        edges: &mut [Edge],
        args: &mut [Vec<Val>],
    ) -> SlotState {
        match joined {
            Joined::Same(state) => state,
            Joined::Scalar(scalar, synced) => {
                let param = self.f.add_param(merged, emit::ty_of(scalar));
                for (edge, args) in edges.iter().zip(args) {
                    if let Some((_, val)) = edge.state.slots[slot as usize].scalar() {
                        args.push(val);
                    }
                }
                SlotState { abs: scalar_abs(scalar, param), synced }
            }
            Joined::Object(shape) => {
                let param = self.f.add_param(merged, Ty::Ptr);
                for (edge, args) in edges.iter().zip(args) {
                    if let Abs::Object(_, ptr) = edge.state.slots[slot as usize].abs {
                        args.push(ptr);
                    }
                }
                SlotState::synced(Abs::Object(shape, param))
            }
            Joined::Virtual => SlotState::fresh(self.join_virtuals(slot, merged, edges, args)),
            Joined::Memory(kind) => {
                for edge in edges {
                    self.enter(edge);
                    self.flush(slot);
                    self.leave_edge(edge);
                }
                SlotState::memory(kind)
            }
        }
    }

    /// Emits at the end of an edge.
    pub(super) fn enter(&mut self, edge: &mut Edge) {
        self.block = edge.block;
        std::mem::swap(&mut self.state, &mut edge.state);
    }

    pub(super) fn leave_edge(&mut self, edge: &mut Edge) {
        edge.block = self.block;
        std::mem::swap(&mut self.state, &mut edge.state);
    }

    /// Is the value of a slot needed at the instruction that is set?
    pub(super) fn is_live(&self, slot: u32) -> bool {
        self.is_live_at(slot, self.pc)
    }

    /// The same at an instruction of the innermost function.
    pub(super) fn is_live_at(&self, slot: u32, at: u32) -> bool {
        for (level, context) in self.contexts.iter().enumerate().rev() {
            if slot >= context.base {
                let inner = self.contexts.get(level + 1);
                let pc = inner.map_or(at, |c| c.call_pc);
                return slot < context.base + context.function.registers && context.needs(slot, pc, inner);
            }
        }
        false
    }

    // ---- loops

    /// Begins the loop whose header is the node that is entered.
    pub(super) fn open_loop(&mut self, node: Node) -> Step {
        self.settle_for_loop();
        let key = (self.context().path, node);
        if !self.session.assumed.contains_key(&key) {
            let assumed = self.first_assumptions(node);
            self.session.assumed.insert(key, assumed);
        }
        let mut assumed = self.session.assumed.get(&key).cloned().unwrap_or_default();
        assumed.resize(self.state.slots.len(), Assumed::Same);
        for (slot, assumption) in assumed.iter_mut().enumerate() {
            if let Assumed::Virtual(outline) = *assumption
                && !self.is_virtual(slot as u32)
            {
                self.unpack(slot as u32, outline);
            }
            *assumption = self.fitting(*assumption, self.state.slots[slot]);
            if let Assumed::Memory(_) = assumption {
                self.flush(slot as u32);
            }
        }
        self.session.assumed.insert(key, assumed.clone());
        let quantum = self.quantum();
        // The block before the loop ends here, with an exit to the start of the loop.
        let before = self.new_block(false);
        self.jump(before, Vec::new());
        self.block = before;
        let exit = self.exit_to(self.pc);
        self.f.block_mut(before).loop_entry =
            Some(LoopEntry { exit, has_small_bounds: !self.is_widened(ExitReason::Overflow) });
        let header = self.new_block(false);
        let mut args = Vec::new();
        let mut slots = Vec::with_capacity(assumed.len());
        for (slot, assumption) in assumed.iter().enumerate() {
            let state = self.get(slot as u32);
            slots.push(match (*assumption, state.scalar()) {
                (Assumed::Varying(scalar), Some((_, val))) => {
                    args.push(val);
                    SlotState::fresh(scalar_abs(scalar, self.f.add_param(header, emit::ty_of(scalar))))
                }
                (Assumed::Constant(shape), _) => {
                    args.extend(constant_in(state, shape));
                    let param = self.f.add_param(header, Ty::Ptr);
                    SlotState::fresh(Abs::Borrowed(shape, param, Owner::Constants))
                }
                (Assumed::Virtual(_), _) => SlotState::fresh(self.enter_virtual(state.abs, header, &mut args)),
                (Assumed::Memory(kind), _) => SlotState::memory(kind),
                (Assumed::Left(shape), _) => SlotState::synced(Abs::Left(shape)),
                (Assumed::Empty, _) => SlotState::EMPTY,
                _ => state,
            });
        }
        args.push(quantum);
        let quantum = self.f.add_param(header, Ty::Int);
        self.jump(header, args);
        self.block = header;
        self.state = State { slots, quantum: Some(quantum) };
        let state = self.state.clone();
        self.context_mut().headers.insert(node, Header { block: header, state });
        self.set_pc(self.pc, self.pc);
        Ok(())
    }

    /// What a loop is assumed to keep when it is built for the first time: all but what its code writes, of which the kind.
    fn first_assumptions(&mut self, node: Node) -> Vec<Assumed> {
        let context = self.context();
        let mut written = vec![false; context.function.registers as usize];
        for member in &context.tables.graph.loops[node] {
            let data = &context.tables.graph.nodes[*member];
            for at in graph::instructions(context.function, data.start, data.end).unwrap_or_default() {
                for operand in at.operands() {
                    mark_written(context.function, at.op, operand, at.c, &mut written);
                }
            }
        }
        let base = context.base;
        let mut assumed = Vec::with_capacity(self.state.slots.len());
        for (slot, state) in self.state.slots.clone().iter().enumerate() {
            let register = (slot as u32).wrapping_sub(base) as usize;
            let is_written = slot as u32 >= base && written.get(register).copied().unwrap_or(false);
            let is_live = self.is_live(slot as u32);
            assumed.push(match (state.scalar(), state.abs) {
                _ if self.session.gives_up => gave_up(*state, is_live),
                (Some((scalar, _)), _) if is_live && is_written => Assumed::Varying(scalar),
                (Some(_), _) if !is_live => Assumed::Empty,
                (_, Abs::Null | Abs::Absent(_) | Abs::Virtual(..)) if !is_live => Assumed::Empty,
                (_, Abs::Borrowed(shape, _, Owner::Constants)) if is_live && is_written => Assumed::Constant(shape),
                // Elements are mostly looked up by positions that vary, and outcomes are mostly gone.
                (_, Abs::Virtual(shape, _)) if shape.tag != tag::STRUCT => Assumed::Memory(Kind::Object(shape)),
                (_, Abs::Virtual(_, id)) if is_written => Assumed::Virtual(self.outline_of(id)),
                (_, Abs::Memory(kind)) => Assumed::Memory(kind),
                (_, Abs::Left(shape)) => Assumed::Left(shape),
                (_, Abs::Object(shape, _)) if is_written => Assumed::Memory(Kind::Object(shape)),
                _ => Assumed::Same,
            });
        }
        assumed
    }

    /// The end of a round: what the header assumes must hold.
    fn close_loop(&mut self, node: Node) -> Step {
        let Some(header) = self.context().headers.get(&node) else { return Err(super::malformed()) };
        let (block, wanted) = (header.block, header.state.clone());
        let pc = self.context().tables.graph.nodes[node].start;
        self.set_pc(pc, pc);
        self.settle_for_loop();
        let key = (self.context().path, node);
        let mut args = Vec::new();
        let mut widened: Vec<(usize, Assumed)> = Vec::new();
        for slot in 0..wanted.slots.len() as u32 {
            let (want, have) = (wanted.slots[slot as usize], self.get(slot));
            let assumption = self.assumption(key, slot);
            let is_varying = matches!(assumption, Assumed::Varying(_));
            let keeps_outline = matches!(assumption, Assumed::Virtual(_));
            match (want.abs, have.abs) {
                _ if is_varying && same_scalar(want, have) => args.extend(have.scalar().map(|(_, v)| v)),
                _ if let Assumed::Constant(shape) = assumption
                    && let Some(object) = constant_in(have, shape) =>
                {
                    args.push(object);
                }
                (want, have @ Abs::Virtual(..)) if keeps_outline && self.repeat_virtual(want, have, &mut args) => {}
                (Abs::Memory(_), Abs::Virtual(_, id)) if self.may_unpack(key, slot, id) => {
                    widened.push((slot as usize, Assumed::Virtual(self.outline_of(id))));
                }
                (Abs::Memory(Kind::Any), _) => self.bring_to_memory(slot),
                (Abs::Memory(kind), Abs::Virtual(..)) if join_kinds(kind, have.kind()) == kind => {
                    self.bring_to_memory(slot);
                }
                (Abs::Memory(kind), _) if have.may_own() && join_kinds(kind, have.kind()) == kind => {}
                (Abs::Left(shape), _) if leavings(&[want, have]).owned() == Some(shape) => {}
                (Abs::Empty, _) if !have.may_own() => {}
                (want, have) if want == have => {}
                _ => widened.push((slot as usize, self.widen(key, slot, want, have))),
            }
            // A value that is in memory before the loop and changes there only in memory.
            let now = self.get(slot);
            if want.synced && !now.synced && want.abs == now.abs {
                self.flush(slot);
            }
        }
        // A slot that only the loop has used holds a reference at its end.
        for slot in wanted.slots.len()..self.state.slots.len() {
            if self.get(slot as u32).may_own() {
                widened.push((slot, Assumed::Memory(Kind::Any)));
            }
        }
        if !widened.is_empty() {
            let assumed = self.session.assumed.entry(key).or_default();
            for (slot, assumption) in widened {
                if assumed.len() <= slot {
                    assumed.resize(slot + 1, Assumed::Same);
                }
                assumed[slot] = assumption;
            }
            return Err(Stop::Again);
        }
        args.push(self.quantum());
        self.jump(block, args);
        Ok(())
    }

    /// Rounds leave a virtual struct where one in memory was assumed: is it worth a try to unpack that before the loop?
    fn may_unpack(&mut self, key: (u64, Node), slot: u32, id: VirtualId) -> bool {
        !self.session.gives_up
            && self.is_live(slot)
            && self.can_unpack(id)
            && self.session.unpacked.insert((key.0, key.1, slot))
    }

    /// What the loop with that header has been assumed to keep of a slot.
    pub(super) fn assumption(&self, key: (u64, Node), slot: u32) -> Assumed {
        self.session.assumed.get(&key).and_then(|a| a.get(slot as usize)).copied().unwrap_or(Assumed::Same)
    }

    /// What to assume of a slot that a round leaves as `have` where `want` was assumed.
    fn widen(&mut self, key: (u64, Node), slot: u32, want: SlotState, have: SlotState) -> Assumed {
        if !self.is_live(slot) {
            return match leavings(&[want, have]).abs {
                _ if !want.may_own() && !have.may_own() => Assumed::Empty,
                Abs::Left(shape) => Assumed::Left(shape),
                _ => Assumed::Memory(Kind::Any),
            };
        }
        if let (Abs::Virtual(_, want), Abs::Virtual(_, have)) = (want.abs, have.abs) {
            let (outline, other) = (self.outline_of(want), self.outline_of(have));
            if outline == other && self.assumption(key, slot) == Assumed::Same {
                return Assumed::Virtual(outline);
            }
        }
        let holds_object = |state: SlotState| state.may_own() || matches!(state.abs, Abs::Virtual(..));
        match (want.scalar(), have.scalar()) {
            (Some((x, _)), Some((y, _))) if x == y => Assumed::Varying(x),
            (None, None) if holds_object(want) && holds_object(have) => {
                Assumed::Memory(join_kinds(want.kind(), have.kind()))
            }
            _ => Assumed::Memory(Kind::Any),
        }
    }

    /// The assumption, widened so far that it holds before the loop.
    fn fitting(&self, assumption: Assumed, state: SlotState) -> Assumed {
        match assumption {
            Assumed::Varying(scalar) if state.scalar().is_none_or(|(s, _)| s != scalar) => Assumed::Memory(Kind::Any),
            Assumed::Constant(shape) if constant_in(state, shape).is_none() => {
                Assumed::Memory(join_kinds(Kind::Object(shape), state.kind()))
            }
            Assumed::Virtual(outline) if !self.has_outline(state.abs, outline) => {
                Assumed::Memory(join_kinds(Kind::Object(self.outline_shape(outline)), state.kind()))
            }
            Assumed::Memory(kind) => Assumed::Memory(join_kinds(kind, state.kind())),
            Assumed::Left(shape) if state.may_own() && state.owned() != Some(shape) => Assumed::Memory(Kind::Any),
            Assumed::Empty if state.may_own() => Assumed::Memory(Kind::Any),
            other => other,
        }
    }
}

fn gave_up(state: SlotState, is_live: bool) -> Assumed {
    if is_live || state.may_own() { Assumed::Memory(Kind::Any) } else { Assumed::Empty }
}

/// The object of that shape that lives as long as the code, if a slot refers to one.
fn constant_in(state: SlotState, shape: Shape) -> Option<Val> {
    match state.abs {
        Abs::Borrowed(other, object, Owner::Constants) if other == shape => Some(object),
        _ => None,
    }
}

fn same_scalar(a: SlotState, b: SlotState) -> bool {
    matches!((a.scalar(), b.scalar()), (Some((x, _)), Some((y, _))) if x == y)
}

pub(super) fn scalar_abs(scalar: Scalar, val: Val) -> Abs {
    match scalar {
        Scalar::Int => Abs::Int(val),
        Scalar::Float => Abs::Float(val),
        Scalar::Bool => Abs::Bool(val),
    }
}

pub(super) fn live_at(live: &[Option<RegSet>], pc: u32) -> Option<&RegSet> {
    live.get(pc as usize).and_then(|l| l.as_ref())
}

/// What several states of a slot become.
enum Joined {
    Same(SlotState),
    Scalar(Scalar, bool),
    Object(Shape),
    Virtual,
    Memory(Kind),
}

fn join(states: &[SlotState]) -> Joined {
    let first = states[0];
    if states.iter().all(|s| s.abs == first.abs) {
        return match first.abs {
            // Synced only if all are; memory that lags behind must be known to.
            Abs::Object(..) | Abs::Memory(_) => Joined::Same(first),
            abs => Joined::Same(SlotState { abs, synced: states.iter().all(|s| s.synced) }),
        };
    }
    if let Some((scalar, _)) = first.scalar()
        && states.iter().all(|s| s.scalar().is_some_and(|(other, _)| other == scalar))
    {
        return Joined::Scalar(scalar, states.iter().all(|s| s.synced));
    }
    let kind = states.iter().map(|s| s.kind()).reduce(join_kinds).unwrap_or(Kind::Any);
    match kind {
        Kind::Object(shape) if states.iter().all(|s| matches!(s.abs, Abs::Object(..))) => Joined::Object(shape),
        kind => Joined::Memory(kind),
    }
}

/// The same for a slot whose value nobody needs: it may still own one.
fn join_unneeded(states: &[SlotState]) -> Joined {
    if states.iter().any(|s| s.may_own()) {
        let same = states.iter().all(|s| s.abs == states[0].abs);
        return Joined::Same(if same { states[0] } else { leavings(states) });
    }
    Joined::Same(SlotState::EMPTY)
}

/// Marks the registers that an operand may write.
fn mark_written(function: &Function, op: Op, operand: DecodedOperand, count: u32, written: &mut [bool]) {
    let mut mark = |first: u32, count: u32| {
        for register in first..first + count {
            if let Some(place) = written.get_mut(register as usize) {
                *place = true;
            }
        }
    };
    match operand.kind {
        Operand::Write | Operand::ExtWrite | Operand::Take | Operand::Update => mark(operand.bits, 1),
        Operand::Window => mark(operand.bits, count),
        Operand::MethodWindow => mark(operand.bits, count + 1),
        Operand::PairWindow => mark(operand.bits, 2 * count),
        Operand::Iterator => mark(operand.bits, 3),
        Operand::Loan => mark(operand.bits.saturating_sub(1), 2),
        Operand::Place if op != Op::GetPath => {
            if let Some(Place { root: PlaceRoot::Register(register), .. }) = function.places.get(operand.bits as usize)
            {
                mark(register.0 as u32, 1);
            }
        }
        _ => {}
    }
}

/// A name for the path of inlined calls that a call at `pc` of a function adds to.
pub(super) fn path_of(outer: u64, function: FuncId, pc: u32) -> u64 {
    let mixed = outer ^ ((function.0 as u64) << 32 | pc as u64 | 1 << 63);
    mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23)
}
