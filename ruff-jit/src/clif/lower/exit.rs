//! The code of exits: it makes the slots what the interpreter expects, and hands over.
//!
//! Exits that follow each other store much the same: what was computed before the first is stored by all. So the stores of all
//! exits form a tree, that of frequent patterns (Han, Pei, Yin: "Mining Frequent Patterns without Candidate Generation", 2000): each
//! exit stores what is its own, goes on to what it has in common with some others, and at last to the root, which all have in
//! common. The code grows with what is stored, and not with the number of exits times what each stores.

use super::super::ir::{
    self, BlockArg, InstBuilder,
    types::{I8, I64},
};
use super::super::{FunctionBuilder, create_cold_block};
use super::memory::{store, store_byte, word_of};
use super::{Entry, ExitId, Lowering, Val, entry};
use crate::hir::{Checked, SlotValue};
use ruff_core::jit::layout::{FRAME_BASE, MACHINE_QUANTUM, VALUE_PAYLOAD, VALUE_TAG};
use ruff_core::jit::{ExitPoint, ExitReason, Stub, tag};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;

/// The bits of the address of an exit point that are zero: they take the reason.
const REASON_MASK: usize = align_of::<ExitPoint>() - 1;
const _: () = assert!(ExitReason::ALL.len() <= REASON_MASK + 1, "a reason fits the free bits");

/// A way into an exit.
pub struct Way {
    block: ir::Block,
    exit: ExitId,
    reason: ExitReason,
    is_recorded: bool,
    /// For the exit of one instruction for overflow: how the operand is computed back.
    recomputed: Option<(Val, Inverse)>,
}

/// How an operand is computed back.
#[derive(Clone, Copy)]
pub struct Inverse {
    pub op: Checked,
    /// What the instruction gives, wrapped.
    pub result: ir::Value,
    pub other: ir::Value,
}

/// Something that an exit stores.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Store {
    Slot(u32, SlotValue),
    Quantum(Val),
}

impl Store {
    /// Where stores are as frequent as each other, the first are those nearer to the root.
    fn rank(self) -> u32 {
        match self {
            Store::Quantum(_) => 0,
            Store::Slot(slot, _) => slot + 1,
        }
    }

    fn uses(self, used: Val) -> bool {
        match self {
            Store::Quantum(val) => val == used,
            Store::Slot(_, value) => value.vals().contains(&Some(used)),
        }
    }
}

/// The root of the exits that write the record of the call, and of those where it has been written.
const ROOTS: usize = 2;

/// The stores of all exits. The nodes below [`ROOTS`] are the roots, which store nothing.
struct Tree {
    nodes: Vec<Node>,
}

/// What is stored, and where control goes on.
struct Node {
    store: Option<Store>,
    parent: usize,
    children: FxHashMap<Store, usize>,
    /// The ways that begin with this node.
    ways: usize,
    /// Takes the exit point and the reason, as one word.
    block: Option<ir::Block>,
}

impl Node {
    fn new(store: Option<Store>, parent: usize) -> Node {
        Node { store, parent, children: FxHashMap::default(), ways: 0, block: None }
    }

    /// Is it reached from several places?
    fn is_shared(&self) -> bool {
        self.ways + self.children.len() > 1
    }
}

impl Tree {
    fn new() -> Tree {
        Tree { nodes: (0..ROOTS).map(|root| Node::new(None, root)).collect() }
    }

    /// The node that a way with these stores, those nearest to the root first, begins with.
    fn insert(&mut self, is_recorded: bool, stores: &[Store]) -> usize {
        let mut at = usize::from(is_recorded);
        for store in stores {
            let new = self.nodes.len();
            let child = *self.nodes[at].children.entry(*store).or_insert(new);
            if child == new {
                self.nodes.push(Node::new(Some(*store), at));
            }
            at = child;
        }
        self.nodes[at].ways += 1;
        at
    }

    fn root_of(&self, mut node: usize) -> usize {
        while node >= ROOTS {
            node = self.nodes[node].parent;
        }
        node
    }
}

/// A block that takes the exit point and the reason, as one word.
fn shared_block(builder: &mut FunctionBuilder) -> ir::Block {
    let block = create_cold_block(builder);
    builder.append_block_param(block, I64);
    block
}

impl Lowering<'_, '_> {
    /// The code of an exit, taken for that reason.
    pub fn exit_block(&mut self, exit: ExitId, reason: ExitReason) -> ir::Block {
        let key = (exit, reason, self.is_recorded);
        if let Some(block) = self.exit_blocks.get(&key) {
            return *block;
        }
        let block = self.add_way(exit, reason, None);
        self.exit_blocks.insert(key, block);
        block
    }

    /// The block of an exit for overflow that computes an operand back.
    pub fn own_exit_block(&mut self, exit: ExitId, operand: Val, inverse: Inverse) -> ir::Block {
        self.add_way(exit, ExitReason::Overflow, Some((operand, inverse)))
    }

    fn add_way(&mut self, exit: ExitId, reason: ExitReason, recomputed: Option<(Val, Inverse)>) -> ir::Block {
        let block = create_cold_block(self.builder);
        self.ways.push(Way { block, exit, reason, is_recorded: self.is_recorded, recomputed });
        block
    }

    /// Emits the exits that have been used.
    pub fn lower_exits(&mut self) {
        self.is_cold = true;
        let ways = std::mem::take(&mut self.ways);
        let stores: Vec<(Vec<Store>, Vec<Store>)> = ways.iter().map(|way| self.stores(way)).collect();
        let mut frequencies: FxHashMap<Store, usize> = FxHashMap::default();
        for store in stores.iter().flat_map(|s| &s.1) {
            *frequencies.entry(*store).or_default() += 1;
        }
        let mut tree = Tree::new();
        let mut starts = Vec::new();
        for (way, (_, mut shared)) in ways.iter().zip(stores.iter().cloned()) {
            shared.sort_by_key(|store| (Reverse(frequencies[store]), store.rank()));
            starts.push(tree.insert(way.is_recorded, &shared));
        }
        for node in &mut tree.nodes {
            if node.is_shared() {
                node.block = Some(shared_block(self.builder));
            }
        }
        for ((way, (own, _)), start) in ways.iter().zip(&stores).zip(starts) {
            self.lower_way(&tree, way, own, start);
        }
        for index in 0..tree.nodes.len() {
            if let Some(block) = tree.nodes[index].block {
                self.switch_to(block);
                let left = self.builder.block_params(block)[0];
                self.lower_stores(&tree, index, &[], left);
            }
        }
        self.lower_leave();
    }

    /// What a way stores itself, since it depends on an operand that it computes back, and what it may have in common with others.
    fn stores(&self, way: &Way) -> (Vec<Store>, Vec<Store>) {
        let exit = self.function.exit(way.exit);
        let slots = exit.slots.iter().map(|(slot, value)| Store::Slot(*slot, value.as_stored()));
        let stores = slots.chain(exit.quantum.map(Store::Quantum));
        match way.recomputed {
            Some((operand, _)) => stores.partition(|store| store.uses(operand)),
            None => (Vec::new(), stores.collect()),
        }
    }

    fn lower_way(&mut self, tree: &Tree, way: &Way, own: &[Store], start: usize) {
        self.switch_to(way.block);
        let known = way.recomputed.map(|(operand, Inverse { op, result, other })| {
            let value = match op {
                Checked::Sub => self.builder.ins().iadd(result, other),
                Checked::Add | Checked::Mul => self.builder.ins().isub(result, other),
            };
            (operand, self.values[operand.0 as usize].replace(value))
        });
        let point = (&raw const *self.points[way.exit.0 as usize]).expose_provenance();
        let left = self.builder.ins().iconst(I64, (point | way.reason as usize) as i64);
        match tree.nodes[start].block {
            Some(block) if own.is_empty() => {
                self.builder.ins().jump(block, &[BlockArg::Value(left)]);
            }
            _ => self.lower_stores(tree, start, own, left),
        }
        if let Some((operand, value)) = known {
            self.values[operand.0 as usize] = value;
        }
    }

    /// Emits the stores of a way, and those of a node and of the nodes above it, up to the first with a block of its own.
    fn lower_stores(&mut self, tree: &Tree, start: usize, own: &[Store], left: ir::Value) {
        let mut at = start;
        let mut stores = own.to_vec();
        let next = loop {
            stores.extend(tree.nodes[at].store);
            if at < ROOTS {
                break None;
            }
            at = tree.nodes[at].parent;
            if let Some(block) = tree.nodes[at].block {
                break Some(block);
            }
        };
        self.is_recorded = tree.root_of(start) == 1;
        self.store_all(&stores);
        let next = next.unwrap_or_else(|| {
            if !self.is_recorded {
                self.write_record();
            }
            *self.leave.get_or_insert_with(|| shared_block(self.builder))
        });
        self.builder.ins().jump(next, &[BlockArg::Value(left)]);
    }

    /// What all exits end with.
    fn lower_leave(&mut self) {
        let Some(block) = self.leave else { return };
        self.switch_to(block);
        let stub = match self.function.entry {
            Entry::Call | Entry::Resume => Stub::ExitCall,
            Entry::Loop => Stub::ExitLoop,
        };
        let left = self.builder.block_params(block)[0];
        let point = self.builder.ins().band_imm_s(left, !(REASON_MASK as i64));
        let reason = self.builder.ins().band_imm_s(left, REASON_MASK as i64);
        let args = [self.context.machine, self.context.frame, point, reason];
        let pair = entry::call_stub(self.compiler, self.builder, stub, self.stubs, &args);
        self.builder.ins().return_(&pair);
    }

    fn store_all(&mut self, stores: &[Store]) {
        let mut base = None;
        let mut computed = Vec::new();
        for item in stores {
            match item {
                Store::Quantum(quantum) => {
                    let quantum = self.value_in_exit(*quantum, &mut computed);
                    store(self.builder, quantum, self.context.machine, MACHINE_QUANTUM);
                }
                Store::Slot(slot, value) => {
                    let base = *base.get_or_insert_with(|| match self.is_recorded {
                        true => self.read_record(FRAME_BASE),
                        false => self.context.base,
                    });
                    self.store_slot(base, *slot, *value, &mut computed);
                }
            }
        }
        // They are not known in other blocks.
        for val in computed {
            self.values[val.0 as usize] = None;
        }
    }

    fn store_slot(&mut self, base: ir::Value, slot: u32, value: SlotValue, computed: &mut Vec<Val>) {
        let at = entry::slot_offset(slot);
        match value {
            SlotValue::Int(val) => self.store_scalar(base, slot, tag::INT, val, computed),
            SlotValue::Float(val) => self.store_scalar(base, slot, tag::FLOAT, val, computed),
            SlotValue::Bool(val) => self.store_scalar(base, slot, tag::BOOL, val, computed),
            SlotValue::Null => store_byte(self.builder, tag::NULL, base, at + VALUE_TAG),
            SlotValue::Absent(payload) => {
                let payload = self.builder.ins().iconst(I64, i64::from(payload));
                entry::store_value(self.builder, base, slot, tag::ABSENT, payload);
            }
            SlotValue::Tagged(tag, payload) | SlotValue::SharedPair(tag, payload) => {
                let tag = match (self.constant(tag), self.narrow.get(&tag)) {
                    (Some(constant), _) => self.builder.ins().iconst(I8, constant & 0xFF),
                    (None, Some(narrow)) if self.type_of_value(*narrow) == I8 => *narrow,
                    _ => {
                        let tag = self.value_in_exit(tag, computed);
                        self.builder.ins().ireduce(I8, tag)
                    }
                };
                let payload = self.value_in_exit(payload, computed);
                let payload = word_of(self.builder, payload);
                store(self.builder, tag, base, at + VALUE_TAG);
                store(self.builder, payload, base, at + VALUE_PAYLOAD);
            }
            SlotValue::Shared(tag, object) => {
                let object = self.value_in_exit(object, computed);
                entry::store_value(self.builder, base, slot, tag, object);
            }
        }
    }

    fn store_scalar(&mut self, base: ir::Value, slot: u32, tag: u8, val: Val, computed: &mut Vec<Val>) {
        let value = self.value_in_exit(val, computed);
        entry::store_value(self.builder, base, slot, tag, value);
    }

    /// A value, which is computed here if it is computed nowhere else; `computed` lists those.
    fn value_in_exit(&mut self, val: Val, computed: &mut Vec<Val>) -> ir::Value {
        if self.values[val.0 as usize].is_some() {
            return self.value(val);
        }
        if let Some(value) = self.local_value(val) {
            return value;
        }
        // `Plan` bounds how deep this nests.
        for operand in self.function.inst(val).uses() {
            self.value_in_exit(operand, computed);
        }
        self.lower_inst(val);
        computed.push(val);
        self.value(val)
    }
}
