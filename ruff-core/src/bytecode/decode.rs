//! Instructions read back from code: the operation with its operands, by the shapes of the op table.
//!
//! The verifier and the disassembler look at code through this; the interpreter does not.

use super::op::{Flow, Op, Operand, Shape};
use super::{Instr, Pc};

/// A place of an operand in an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slot {
    A,
    B,
    C,
    /// `b` and `c` together.
    Bc,
    X,
    Y,
}

impl Slot {
    /// The name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Slot::A => "a",
            Slot::B => "b",
            Slot::C => "c",
            Slot::Bc => "bc",
            Slot::X => "x",
            Slot::Y => "y",
        }
    }
}

/// An operand with what the table says of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DecodedOperand {
    pub slot: Slot,
    pub kind: Operand,
    /// The bits of the operand, not extended by a sign.
    pub bits: u32,
}

impl DecodedOperand {
    /// The operand as a signed number: an int or a jump offset.
    pub fn signed(self) -> i32 {
        match self.slot {
            Slot::A | Slot::B | Slot::C => self.bits as u16 as i16 as i32,
            Slot::Bc | Slot::X | Slot::Y => self.bits as i32,
        }
    }
}

/// An instruction with its operands.
#[derive(Clone, Debug)]
pub struct Decoded {
    pub pc: Pc,
    pub op: Op,
    operands: [DecodedOperand; 5],
    count: usize,
    /// The second 16-bit operand, where the op has one.
    pub b: u32,
    /// The third 16-bit operand, where the op has one: the number of values of a window.
    pub c: u32,
}

/// Why a word of code is not an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DecodeError {
    /// The code ends before it.
    PastEnd,
    /// No operation has that number.
    UnknownOp(u16),
    /// The code ends before its extension word.
    MissingExtension(Op),
}

impl Decoded {
    /// The instruction that begins at a word.
    ///
    /// # Errors
    /// If no whole instruction of the table stands there.
    pub fn at(code: &[Instr], pc: Pc) -> Result<Decoded, DecodeError> {
        let word = *code.get(pc.0 as usize).ok_or(DecodeError::PastEnd)?;
        let op = Op::from_number(word.op_number()).ok_or(DecodeError::UnknownOp(word.op_number()))?;
        let operand = |slot, kind, bits| DecodedOperand { slot, kind, bits };
        let unused = operand(Slot::Y, Operand::None, 0);
        let a = |kind| operand(Slot::A, kind, word.a() as u32);
        let b = |kind| operand(Slot::B, kind, word.b() as u32);
        let c = |kind| operand(Slot::C, kind, word.c() as u32);
        let (operands, count) = match op.shape() {
            Shape::Abc(ka, kb, kc) => ([a(ka), b(kb), c(kc), unused, unused], 3),
            Shape::ABc(ka, kbc) => ([a(ka), operand(Slot::Bc, kbc, word.bc()), unused, unused, unused], 2),
            Shape::Ext(ka, kb, kc, kx, ky) => {
                let extension = *code.get(pc.0 as usize + 1).ok_or(DecodeError::MissingExtension(op))?;
                let (x, y) = (operand(Slot::X, kx, extension.x()), operand(Slot::Y, ky, extension.y()));
                ([a(ka), b(kb), c(kc), x, y], 5)
            }
        };
        Ok(Decoded { pc, op, operands, count, b: word.b() as u32, c: word.c() as u32 })
    }

    /// The instructions of a function, up to the first that is none.
    pub fn all(code: &[Instr]) -> impl Iterator<Item = Decoded> + '_ {
        std::iter::successors(Decoded::at(code, Pc(0)).ok(), |decoded| Decoded::at(code, decoded.next()).ok())
    }

    /// The operands that the table names, in the order a, b, c, x, y.
    pub fn operands(&self) -> impl Iterator<Item = DecodedOperand> + '_ {
        self.operands.iter().take(self.count).copied().filter(|o| o.kind != Operand::None)
    }

    /// The operand of a kind, if the op has one.
    pub fn operand(&self, kind: Operand) -> Option<DecodedOperand> {
        self.operands().find(|o| o.kind == kind)
    }

    /// The word after the instruction.
    pub fn next(&self) -> Pc {
        Pc(self.pc.0 + self.op.words() as u32)
    }

    /// Where its jump goes, if it has one; `None` also for a target before the code.
    pub fn target(&self) -> Option<Pc> {
        let offset = self.operand(Operand::Jump)?.signed();
        u32::try_from(self.next().0 as i64 + offset as i64).ok().map(Pc)
    }

    /// Can control reach the next instruction?
    pub fn falls_through(&self) -> bool {
        matches!(self.op.flow(), Flow::Next | Flow::Branch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_count_from_the_word_after_the_instruction() {
        let code = [Instr::abc(Op::JumpLt, 0, 1, -1i16 as u16), Instr::a_bc(Op::Jump, 0, 1)];
        assert_eq!(Decoded::at(&code, Pc(0)).unwrap().target(), Some(Pc(0)));
        assert_eq!(Decoded::at(&code, Pc(1)).unwrap().target(), Some(Pc(3)));
    }

    #[test]
    fn a_cut_instruction_is_an_error() {
        let code = [Instr::abc(Op::GetField, 0, 0, 0)];
        assert_eq!(Decoded::at(&code, Pc(0)).unwrap_err(), DecodeError::MissingExtension(Op::GetField));
        assert_eq!(Decoded::at(&[Instr(0xFFFF)], Pc(0)).unwrap_err(), DecodeError::UnknownOp(0xFFFF));
    }
}
