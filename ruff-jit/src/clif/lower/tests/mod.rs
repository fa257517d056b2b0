//! HIR by hand, compiled and run on a machine that is a block of memory, with stubs that tell what they were called with.

#![allow(unsafe_code)]

mod operations;

use super::*;
use crate::code::CodeMemory;
use crate::hir::{Access, Binary, Call, Callee, Checked, Cond, Exit, Inst, Region, SlotValue, Unary, Width};
use ruff_core::jit::layout::{
    FRAME_BASE, FRAME_BYTES, FRAME_CLOSURE, FRAME_DST, FRAME_FUNCTION, FRAME_PC, MACHINE_FRAMES_END, MACHINE_QUANTUM,
    MACHINE_STACK_END, MACHINE_STACK_LOW, MODE_EXIT, VALUE_BYTES, VALUE_PAYLOAD,
};
use ruff_core::jit::{CallEntry, Pair, tag};
use std::sync::atomic::{AtomicUsize, Ordering};

const INT: i64 = tag::INT as i64;
const SLOTS: usize = 4096;
const FRAMES: usize = 4096;
const LINKED: usize = 0x1110;
const CLOSURE: usize = 0x2220;

/// What stands for a machine with its registers and records.
struct World {
    machine: Vec<u64>,
    slots: Vec<[u64; 2]>,
    frames: Vec<[u64; FRAME_BYTES as usize / 8]>,
}

impl World {
    fn new() -> World {
        let mut world =
            World { machine: vec![0; 256], slots: vec![[0; 2]; SLOTS], frames: vec![[u64::MAX; 5]; FRAMES] };
        world.set_machine(MACHINE_STACK_LOW, 0);
        world.set_machine(MACHINE_FRAMES_END, u64::MAX);
        world.set_machine(MACHINE_STACK_END, u64::MAX);
        // Loops are entered with it.
        world.frames[0][FRAME_BASE as usize / 8] = world.slots.as_ptr().expose_provenance() as u64;
        world
    }

    fn set_machine(&mut self, offset: i32, value: u64) {
        // The words of a machine are aligned.
        self.machine[offset as usize / 8] = value;
    }

    fn set_slot(&mut self, slot: usize, tag: u8, payload: u64) {
        self.slots[slot] = [u64::from(tag), payload];
    }

    fn slot(&self, slot: usize) -> (u8, u64) {
        (self.slots[slot][0] as u8, self.slots[slot][1])
    }

    /// Calls code of the outer convention.
    fn call(&mut self, unit: &CompiledUnit) -> (u64, u64) {
        // SAFETY: the tests call wrappers and loops only, which are of this type; the code gets what it accesses.
        let pair = unsafe {
            let entry = std::mem::transmute::<NonNull<u8>, CallEntry>(unit.entry());
            entry(
                self.machine.as_mut_ptr().expose_provenance(),
                self.frames.as_mut_ptr().expose_provenance(),
                self.slots.as_mut_ptr().expose_provenance(),
                LINKED,
                CLOSURE,
            )
        };
        (pair.payload, pair.tag)
    }
}

/// The tags of the pairs that the stubs of the tests give.
const LEFT_CALL: u64 = 101;
const LEFT_LOOP: u64 = 102;
const INTERPRETED: u64 = 103;

extern "C" fn exit_call(_: usize, _: usize, exit: usize, reason: usize) -> Pair {
    Pair { payload: (exit as u64) << 8 | reason as u64, tag: LEFT_CALL }
}

extern "C" fn exit_loop(_: usize, _: usize, exit: usize, reason: usize) -> Pair {
    Pair { payload: (exit as u64) << 8 | reason as u64, tag: LEFT_LOOP }
}

extern "C" fn interpret(_: usize, _: usize, base: usize, linked: usize, closure: usize) -> Pair {
    assert_eq!((linked, closure), (LINKED, CLOSURE));
    Pair { payload: base as u64, tag: INTERPRETED }
}

fn test_stubs(stub: Stub) -> NonNull<u8> {
    let address = match stub {
        Stub::ExitCall => exit_call as *const (),
        Stub::ExitLoop => exit_loop as *const (),
        Stub::Interpret => interpret as *const (),
        other => return stub_address(other),
    };
    NonNull::new(address.cast_mut().cast()).unwrap()
}

fn left_at(exits: &[Box<ExitPoint>], exit: usize, reason: ExitReason) -> u64 {
    ((&raw const *exits[exit]).expose_provenance() as u64) << 8 | reason as u64
}

/// A function that is being written.
struct Writer {
    function: Function,
    block: Block,
}

impl Writer {
    fn new(entry: Entry, scalars: &[Ty]) -> Writer {
        let params: Vec<Ty> = [Ty::Ptr; CONTEXT_PARAMS].into_iter().chain(scalars.iter().copied()).collect();
        let mut function = Function::new("written".to_string(), entry, &params);
        function.scalars = (0..scalars.len() as u32).collect();
        function.slots = 8;
        Writer { function, block: Block(0) }
    }

    fn param(&self, index: usize) -> Val {
        self.function.block(self.block).params[index]
    }

    fn scalar(&self, index: usize) -> Val {
        self.function.block(Block(0)).params[CONTEXT_PARAMS + index]
    }

    fn context(&self, index: usize) -> Val {
        self.function.block(Block(0)).params[index]
    }

    fn push(&mut self, inst: Inst, ty: Ty) -> Val {
        self.function.push(self.block, inst, ty)
    }

    fn int(&mut self, int: i64) -> Val {
        self.push(Inst::Int(int), Ty::Int)
    }

    fn binary(&mut self, op: Binary, a: Val, b: Val) -> Val {
        let ty = self.function.ty(a);
        self.push(Inst::Binary(op, a, b), ty)
    }

    fn unary(&mut self, op: Unary, a: Val, ty: Ty) -> Val {
        self.push(Inst::Unary(op, a), ty)
    }

    fn compare(&mut self, cond: Cond, a: Val, b: Val) -> Val {
        self.push(Inst::Compare(cond, a, b), Ty::Bool)
    }

    fn checked(&mut self, op: Checked, a: Val, b: Val, exit: ExitId) -> Val {
        self.push(Inst::Checked(op, a, b, exit), Ty::Int)
    }

    fn guard(&mut self, condition: Val, exit: ExitId, reason: ExitReason) {
        self.push(Inst::Guard(condition, exit, reason), Ty::None);
    }

    fn load(&mut self, width: Width, region: Region, address: Val, offset: i32) -> Val {
        let ty = if width == Width::Float { Ty::Float } else { Ty::Int };
        self.push(Inst::Load(Access::new(width, region, offset), address), ty)
    }

    fn store(&mut self, width: Width, region: Region, address: Val, offset: i32, value: Val) {
        self.push(Inst::Store(Access::new(width, region, offset), address, value), Ty::None);
    }

    fn exit(&mut self, slots: &[(u32, SlotValue)]) -> ExitId {
        let site = (ruff_core::jit::FuncId(0), ruff_core::jit::Pc(0));
        self.function.exits.push(Exit {
            frames: Vec::new(),
            slots: slots.to_vec(),
            made: Vec::new(),
            quantum: None,
            is_throw: false,
            site,
        });
        ExitId(self.function.exits.len() as u32 - 1)
    }

    fn end(&mut self, end: Terminator) {
        let block = self.block;
        self.function.block_mut(block).end = end;
    }

    fn branch(&mut self, condition: Val, yes: Block, no: Block) {
        let target = |block| Target { block, args: Vec::new() };
        self.end(Terminator::Branch(condition, target(yes), target(no)));
    }

    fn jump(&mut self, block: Block, args: &[Val]) {
        self.end(Terminator::Jump(Target { block, args: args.to_vec() }));
    }

    fn return_int(&mut self, payload: Val) {
        let tag = self.int(INT);
        self.end(Terminator::Return(payload, tag));
    }

    fn new_block(&mut self, params: &[Ty]) -> Block {
        let block = self.function.new_block();
        for ty in params {
            self.function.add_param(block, *ty);
        }
        block
    }

    /// Calls the code in a cell, with a window behind `slots` slots. Gives payload and tag.
    fn call_cell(&mut self, cell: usize, slots: i32, args: &[Val]) -> (Val, Val) {
        let pc = self.push(Inst::Address(0x7770), Ty::Ptr);
        let frame = self.context(1);
        self.store(Width::Word, Region::Frames, frame, FRAME_PC, pc);
        let (record, window) = (self.int(i64::from(FRAME_BYTES)), self.int(i64::from(slots * VALUE_BYTES)));
        let (frame, base) = (self.context(1), self.context(2));
        let frame = self.binary(Binary::Add, frame, record);
        let base = self.binary(Binary::Add, base, window);
        let mut all = vec![self.context(0), frame, base, self.context(3), self.context(4)];
        all.extend(args);
        let call = self.push(Inst::Call(Box::new(Call::new(Callee::Cell(cell), all))), Ty::Int);
        (call, self.push(Inst::Second(call), Ty::Int))
    }
}

/// Compiled code with what must live as long.
struct Code {
    unit: CompiledUnit,
    exits: Box<[Box<ExitPoint>]>,
    listing: Listing,
}

fn compiler() -> Compiler {
    Compiler::new(CodeMemory::new(8 << 20).unwrap()).unwrap()
}

fn compile_function(compiler: &Compiler, function: &Function) -> Code {
    let exits: Box<[_]> = function.exits.iter().map(|exit| Box::new(exit.point(0))).collect();
    let (unit, listing) = compile_with(compiler, function, &exits, true, test_stubs).unwrap();
    Code { unit, exits, listing: listing.unwrap() }
}

/// A function that is called through a wrapper and a cell.
struct Callable {
    cell: Box<AtomicUsize>,
    code: Code,
    wrapper: CompiledUnit,
}

fn callable(cell: Box<AtomicUsize>, function: &Function) -> Callable {
    let compiler = compiler();
    let code = compile_function(&compiler, function);
    cell.store(code.unit.entry().as_ptr().expose_provenance(), Ordering::Release);
    let wrapper =
        entry::compile_wrapper_with(&compiler, &scalars(function), cell.as_ptr().expose_provenance(), test_stubs);
    Callable { cell, code, wrapper: wrapper.unwrap() }
}

fn run_with_ints(callable: &Callable, ints: &[i64]) -> (u64, u64) {
    let mut world = World::new();
    for (slot, int) in ints.iter().enumerate() {
        world.set_slot(slot, tag::INT, *int as u64);
    }
    world.call(&callable.wrapper)
}

/// `fib` as the tier makes it: it calls itself through its cell, and guards the tags of results.
fn write_fib(cell: usize) -> Function {
    let mut w = Writer::new(Entry::Call, &[Ty::Int]);
    let n = w.scalar(0);
    let (small, large) = (w.new_block(&[]), w.new_block(&[]));
    let two = w.int(2);
    let is_small = w.compare(Cond::Lt, n, two);
    w.branch(is_small, small, large);
    w.block = small;
    w.return_int(n);
    w.block = large;
    let start = w.exit(&[(0, SlotValue::Int(n))]);
    let (one, two, int) = (w.int(1), w.int(2), w.int(INT));
    let less_one = w.checked(Checked::Sub, n, one, start);
    let (x, x_tag) = w.call_cell(cell, 4, &[less_one]);
    let after = w.exit(&[(0, SlotValue::Int(n)), (1, SlotValue::Tagged(x_tag, x))]);
    let is_int = w.compare(Cond::Eq, x_tag, int);
    w.guard(is_int, after, ExitReason::Result);
    let middle = w.exit(&[(0, SlotValue::Int(n)), (1, SlotValue::Int(x))]);
    let less_two = w.checked(Checked::Sub, n, two, middle);
    let (y, y_tag) = w.call_cell(cell, 4, &[less_two]);
    let after = w.exit(&[(1, SlotValue::Int(x)), (2, SlotValue::Tagged(y_tag, y))]);
    let is_int = w.compare(Cond::Eq, y_tag, int);
    w.guard(is_int, after, ExitReason::Result);
    let end = w.exit(&[(1, SlotValue::Int(x)), (2, SlotValue::Int(y))]);
    let sum = w.checked(Checked::Add, x, y, end);
    w.return_int(sum);
    w.function
}

fn fib() -> Callable {
    let cell = Box::new(AtomicUsize::new(0));
    let function = write_fib(cell.as_ptr().expose_provenance());
    callable(cell, &function)
}

fn rust_fib(n: i64) -> i64 {
    if n < 2 { n } else { rust_fib(n - 1) + rust_fib(n - 2) }
}

#[test]
fn recursion_through_a_cell() {
    let fib = fib();
    for n in [-3, 0, 1, 2, 10, 22] {
        assert_eq!(run_with_ints(&fib, &[n]), (rust_fib(n) as u64, INT as u64), "fib({n})");
    }
}

#[test]
fn calls_leave_records() {
    let fib = fib();
    let mut world = World::new();
    world.set_slot(0, tag::INT, 3);
    assert_eq!(world.call(&fib.wrapper), (2, INT as u64));
    let base = world.slots.as_ptr().addr() as u64;
    for level in 0..2 {
        let record = &world.frames[level];
        let word = |offset: i32| record[offset as usize / 8];
        assert_eq!(word(FRAME_FUNCTION), LINKED as u64);
        assert_eq!(word(FRAME_BASE), base + level as u64 * 4 * 16);
        assert_eq!((word(FRAME_CLOSURE), word(FRAME_PC)), (CLOSURE as u64, 0x7770));
        assert_eq!(word(FRAME_DST) & 0xFFFF_FFFF, u64::from(MODE_EXIT) << 16);
    }
}

#[test]
fn without_room_a_call_is_interpreted() {
    let fib = fib();
    for (offset, limit, depth) in
        [(MACHINE_STACK_LOW, 1 << 60, 0), (MACHINE_FRAMES_END, 3, 3), (MACHINE_STACK_END, 3, 2)]
    {
        let mut world = World::new();
        let (frames, slots) = (world.frames.as_ptr().addr() as u64, world.slots.as_ptr().addr() as u64);
        let limit = match offset {
            MACHINE_FRAMES_END => frames + limit * FRAME_BYTES as u64,
            MACHINE_STACK_END => slots + limit * 16 * 4 + 16,
            _ => limit,
        };
        world.set_machine(offset, limit);
        world.set_slot(0, tag::INT, 20);
        // The call that has no room is interpreted, and its caller leaves for what the stub gives.
        let (payload, left) = world.call(&fib.wrapper);
        if depth == 0 {
            assert_eq!((payload, left), (slots, INTERPRETED));
        } else {
            assert_eq!(left, LEFT_CALL);
        }
        assert_eq!(world.slot(depth * 4), (tag::INT, 20 - depth as u64), "the argument of call {depth}");
    }
}

#[test]
fn a_result_of_another_kind_leaves_behind_the_call() {
    let fib = fib();
    let thunk = entry::compile_thunk_with(&compiler(), &[(0, Ty::Int)], test_stubs).unwrap();
    let mut world = World::new();
    fib.cell.store(thunk.entry().as_ptr().expose_provenance(), Ordering::Release);
    world.set_slot(0, tag::INT, 9);
    let slots = world.slots.as_ptr().addr() as u64;
    assert_eq!(world.call(&fib.wrapper), (slots, INTERPRETED), "the thunk");
    // The function itself is called, and what it calls is the thunk.
    let entry = AtomicUsize::new(fib.code.unit.entry().as_ptr().expose_provenance());
    let wrapper =
        entry::compile_wrapper_with(&compiler(), &[(0, Ty::Int)], entry.as_ptr().expose_provenance(), test_stubs);
    world.set_slot(4, 0, 0);
    assert_eq!(world.call(&wrapper.unwrap()), (left_at(&fib.code.exits, 1, ExitReason::Result), LEFT_CALL));
    assert_eq!(world.slot(0), (tag::INT, 9));
    assert_eq!(world.slot(1), (INTERPRETED as u8, slots + 64));
    assert_eq!(world.slot(4), (tag::INT, 8), "the thunk stored the argument");
}

#[test]
fn an_argument_of_another_kind_is_interpreted() {
    let fib = fib();
    let mut world = World::new();
    world.set_slot(0, tag::FLOAT, 1.5f64.to_bits());
    assert_eq!(world.call(&fib.wrapper), (world.slots.as_ptr().addr() as u64, INTERPRETED));
}

/// Adds `0..n` to what is in slot 1, in a rotated loop, checked.
fn write_sum() -> Function {
    let mut w = Writer::new(Entry::Loop, &[]);
    let base = w.context(2);
    let n = w.load(Width::Word, Region::Slots, base, VALUE_PAYLOAD);
    let body = w.new_block(&[Ty::Int, Ty::Int]);
    let done = w.new_block(&[Ty::Int]);
    let (zero, start) = (w.int(0), w.load(Width::Word, Region::Slots, base, VALUE_BYTES + VALUE_PAYLOAD));
    w.jump(body, &[zero, start]);
    w.block = body;
    let (i, sum) = (w.param(0), w.param(1));
    let exit = w.exit(&[(1, SlotValue::Int(sum)), (2, SlotValue::Int(i))]);
    let next = w.checked(Checked::Add, sum, i, exit);
    let one = w.int(1);
    let after = w.binary(Binary::Add, i, one);
    let goes_on = w.compare(Cond::Lt, after, n);
    w.end(Terminator::Branch(
        goes_on,
        Target { block: body, args: vec![after, next] },
        Target { block: done, args: vec![next] },
    ));
    w.block = done;
    let sum = w.param(0);
    w.return_int(sum);
    w.function
}

#[test]
fn a_loop_sums() {
    let code = compile_function(&compiler(), &write_sum());
    let mut world = World::new();
    world.set_slot(0, tag::INT, 1000);
    assert_eq!(world.call(&code.unit), (499_500, INT as u64));
}

#[test]
fn an_exit_computes_back_what_the_sum_has_overwritten() {
    let code = compile_function(&compiler(), &write_sum());
    let mut world = World::new();
    world.set_slot(0, tag::INT, 1000);
    world.set_slot(1, tag::INT, i64::MAX as u64 - 10);
    assert_eq!(world.call(&code.unit), (left_at(&code.exits, 0, ExitReason::Overflow), LEFT_LOOP));
    assert_eq!((world.slot(1), world.slot(2)), ((tag::INT, i64::MAX as u64), (tag::INT, 5)));
}

#[test]
fn an_exit_makes_slots_what_the_interpreter_expects() {
    let mut w = Writer::new(Entry::Call, &[Ty::Int, Ty::Float, Ty::Bool]);
    let (int, float, truth) = (w.scalar(0), w.scalar(1), w.scalar(2));
    let object = w.push(Inst::Address(0), Ty::Ptr);
    let ten = w.int(10);
    // Used by the exit only.
    let tenfold = w.binary(Binary::Mul, int, ten);
    let sum = w.binary(Binary::Add, tenfold, int);
    let not = w.unary(Unary::BoolNot, truth, Ty::Bool);
    let quantum = w.int(77);
    let text = i64::from(tag::STR);
    let text_tag = w.int(text);
    let exit = w.exit(&[
        (0, SlotValue::Int(sum)),
        (1, SlotValue::Float(float)),
        (2, SlotValue::Bool(not)),
        (3, SlotValue::Null),
        (4, SlotValue::Absent(2)),
        (5, SlotValue::Tagged(text_tag, tenfold)),
        (6, SlotValue::Shared(tag::ARRAY, object)),
        (7, SlotValue::SharedPair(text_tag, tenfold)),
    ]);
    w.function.exits[0].quantum = Some(quantum);
    let mut object_memory = [3u64 | 9 << 32, 0];
    let address = object_memory.as_mut_ptr().expose_provenance();
    w.function.values[object.0 as usize].inst = Inst::Address(address);
    let five = w.int(5);
    let is_below = w.compare(Cond::Lt, int, five);
    w.guard(is_below, exit, ExitReason::Bounds);
    w.guard(truth, exit, ExitReason::Kind);
    w.return_int(int);
    let function = callable(Box::default(), &w.function);

    for (int, truth, reason) in [(8, 1, ExitReason::Bounds), (3, 0, ExitReason::Kind), (4, 1, ExitReason::Forced)] {
        let mut world = World::new();
        world.set_slot(0, tag::INT, int);
        world.set_slot(1, tag::FLOAT, 2.5f64.to_bits());
        world.set_slot(2, tag::BOOL, truth);
        world.set_slot(3, tag::INT, 1);
        object_memory[0] = 3 | 9 << 32;
        let result = world.call(&function.wrapper);
        if reason == ExitReason::Forced {
            assert_eq!(result, (int, INT as u64), "no guard fails");
            assert_eq!(world.frames[0][0], u64::MAX, "a function that calls nothing writes no record");
            continue;
        }
        assert_eq!(result, (left_at(&function.code.exits, 0, reason), LEFT_CALL));
        let expected = [
            (tag::INT, int * 11),
            (tag::FLOAT, 2.5f64.to_bits()),
            (tag::BOOL, 1 - truth),
            (tag::NULL, world.slot(3).1),
            (tag::ABSENT, 2),
            (tag::STR, int * 10),
            (tag::ARRAY, address as u64),
            (tag::STR, int * 10),
        ];
        for (slot, expected) in expected.iter().enumerate() {
            assert_eq!(world.slot(slot), *expected, "slot {slot}");
        }
        assert_eq!(object_memory[0], 3 | 9 << 32, "the machine counts what is shared");
        assert_eq!(*function.code.exits[0].shared, [6, 7]);
        assert_eq!(world.machine[MACHINE_QUANTUM as usize / 8], 77);
        assert_eq!(world.frames[0][0], LINKED as u64, "the exit writes the record");
    }
}

#[test]
fn a_loop_leaves_to_where_it_was_entered() {
    let mut w = Writer::new(Entry::Loop, &[]);
    let exit = w.exit(&[(1, SlotValue::Null)]);
    w.end(Terminator::Exit(exit, ExitReason::NeverRun));
    let code = compile_function(&compiler(), &w.function);
    let mut world = World::new();
    assert_eq!(world.call(&code.unit), (left_at(&code.exits, 0, ExitReason::NeverRun), LEFT_LOOP));
    assert_eq!(world.frames[0][0], u64::MAX, "the interpreter has written the record");
}

#[test]
fn compares_are_one_with_their_branches() {
    let fib = fib();
    let asm = &fib.code.listing.asm;
    assert_eq!(asm.matches(" set").count(), 1, "no comparison but the overflow of the sum is a value:\n{asm}");
}
