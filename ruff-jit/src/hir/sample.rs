//! Short ways to build functions by hand, for tests.

use super::*;
use ruff_core::jit::{ExitFrame, ReturnMode};

/// A function with a block that instructions are added to.
pub struct Sample {
    pub f: Function,
    pub at: Block,
}

impl Sample {
    /// Starts in the entry block.
    pub fn new(params: &[Ty]) -> Sample {
        Sample { f: Function::new("sample".into(), Entry::Call, params), at: Block(0) }
    }

    /// A new block with parameters.
    pub fn block(&mut self, params: &[Ty]) -> (Block, Vec<Val>) {
        let block = self.f.new_block();
        (block, params.iter().map(|ty| self.f.add_param(block, *ty)).collect())
    }

    /// A new exit to this pc, which stores these slots.
    pub fn exit(&mut self, pc: u32, slots: &[(u32, SlotValue)]) -> ExitId {
        let frame = ExitFrame {
            function: FuncId(0),
            base: 0,
            pc: Pc(pc),
            dst: 0,
            closure: None,
            keeps_receiver: false,
            mode: ReturnMode::Normal,
        };
        self.f.exits.push(Exit {
            frames: vec![frame],
            slots: slots.to_vec(),
            made: Vec::new(),
            quantum: None,
            is_throw: false,
            // One instruction has them all.
            site: (FuncId(0), Pc(0)),
        });
        ExitId(self.f.exits.len() as u32 - 1)
    }

    pub fn add(&mut self, inst: Inst, ty: Ty) -> Val {
        self.f.push(self.at, inst, ty)
    }

    pub fn int(&mut self, k: i64) -> Val {
        self.add(Inst::Int(k), Ty::Int)
    }

    pub fn bool(&mut self, k: bool) -> Val {
        self.add(Inst::Bool(k), Ty::Bool)
    }

    /// An int operation.
    pub fn op(&mut self, op: Binary, a: Val, b: Val) -> Val {
        self.add(Inst::Binary(op, a, b), Ty::Int)
    }

    /// An address and an int.
    pub fn offset(&mut self, a: Val, b: Val) -> Val {
        self.add(Inst::Binary(Binary::Add, a, b), Ty::Ptr)
    }

    pub fn checked(&mut self, op: Checked, a: Val, b: Val, exit: ExitId) -> Val {
        self.add(Inst::Checked(op, a, b, exit), Ty::Int)
    }

    /// A shift to the left by `bits`, with the guard that nothing is shifted out.
    pub fn checked_shift(&mut self, a: Val, bits: i64, exit: ExitId) -> Val {
        let bits = self.int(bits);
        let shifted = self.op(Binary::Shl, a, bits);
        let back = self.op(Binary::Shr, shifted, bits);
        let fits = self.cmp(Cond::Eq, back, a);
        self.guard(fits, exit, ExitReason::Overflow);
        shifted
    }

    pub fn cmp(&mut self, cond: Cond, a: Val, b: Val) -> Val {
        self.add(Inst::Compare(cond, a, b), Ty::Bool)
    }

    pub fn not(&mut self, a: Val) -> Val {
        self.add(Inst::Unary(Unary::BoolNot, a), Ty::Bool)
    }

    pub fn guard(&mut self, condition: Val, exit: ExitId, reason: ExitReason) {
        self.add(Inst::Guard(condition, exit, reason), Ty::None);
    }

    pub fn load(&mut self, width: Width, region: Region, base: Val, offset: i32) -> Val {
        let ty = if width == Width::Float { Ty::Float } else { Ty::Int };
        self.add(Inst::Load(Access::new(width, region, offset), base), ty)
    }

    pub fn load_ptr(&mut self, region: Region, base: Val, offset: i32) -> Val {
        self.add(Inst::Load(Access::new(Width::Word, region, offset), base), Ty::Ptr)
    }

    pub fn store(&mut self, width: Width, region: Region, base: Val, offset: i32, value: Val) {
        self.add(Inst::Store(Access::new(width, region, offset), base, value), Ty::None);
    }

    pub fn call(&mut self, stub: Stub, args: &[Val], ty: Ty) -> Val {
        self.add(Inst::Call(Box::new(Call::new(Callee::Stub(stub), args.to_vec()))), ty)
    }

    pub fn jump(&mut self, to: Block, args: &[Val]) {
        self.f.block_mut(self.at).end = Terminator::Jump(Target::new(to, args));
    }

    pub fn branch(&mut self, condition: Val, yes: (Block, &[Val]), no: (Block, &[Val])) {
        let end = Terminator::Branch(condition, Target::new(yes.0, yes.1), Target::new(no.0, no.1));
        self.f.block_mut(self.at).end = end;
    }

    pub fn ret(&mut self, payload: Val, tag: Val) {
        self.f.block_mut(self.at).end = Terminator::Return(payload, tag);
    }

    /// Runs a pass between two verifications; the text of the result.
    pub fn after(&mut self, pass: fn(&mut Function)) -> String {
        verify::verify(&self.f).unwrap();
        pass(&mut self.f);
        verify::verify(&self.f).unwrap_or_else(|problem| panic!("{problem}\n{}", self.f));
        self.text()
    }

    /// The text without the line of the name.
    pub fn text(&self) -> String {
        let text = self.f.to_string();
        text.split_once('\n').map(|(_, body)| body.to_string()).unwrap_or_default()
    }
}

/// Compares texts line by line, without regard to indentation of the expected one.
#[track_caller]
pub fn assert_text(actual: &str, expected: &str) {
    let lines = |text: &str| -> Vec<String> {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(String::from).collect()
    };
    assert!(lines(actual) == lines(expected), "got:\n{actual}\nexpected:\n{expected}");
}
