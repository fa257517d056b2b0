//! The encoding of instructions: words of 64 bits.
//!
//! A word holds the operation in its low 16 bits and three operands `a`, `b`, `c` of 16 bits above it. Some operations read `b`
//! and `c` together as one 32-bit operand, and some are followed by an *extension word* with two 32-bit operands `x` and `y`.
//! The op table ([`super::op`]) says which. Jump offsets count words from the word after the whole instruction.

use super::op::Op;

/// One word of code: an instruction, or the extension of the one before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Instr(pub u64);

impl Instr {
    /// An operation with three 16-bit operands.
    pub fn abc(op: Op, a: u16, b: u16, c: u16) -> Instr {
        Instr(op as u64 | (a as u64) << 16 | (b as u64) << 32 | (c as u64) << 48)
    }

    /// An operation with a 16-bit and a 32-bit operand.
    pub fn a_bc(op: Op, a: u16, bc: u32) -> Instr {
        Instr(op as u64 | (a as u64) << 16 | (bc as u64) << 32)
    }

    /// An extension word.
    pub fn extension(x: u32, y: u32) -> Instr {
        Instr(x as u64 | (y as u64) << 32)
    }

    /// The number of the operation.
    #[inline(always)]
    pub fn op_number(self) -> u16 {
        self.0 as u16
    }

    #[inline(always)]
    pub fn a(self) -> u16 {
        (self.0 >> 16) as u16
    }

    #[inline(always)]
    pub fn b(self) -> u16 {
        (self.0 >> 32) as u16
    }

    #[inline(always)]
    pub fn c(self) -> u16 {
        (self.0 >> 48) as u16
    }

    /// `c` as a jump offset.
    #[inline(always)]
    pub fn offset16(self) -> i16 {
        self.c() as i16
    }

    /// `b` and `c` together.
    #[inline(always)]
    pub fn bc(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// `b` and `c` together as a signed number: an int or a jump offset.
    #[inline(always)]
    pub fn signed_bc(self) -> i32 {
        self.bc() as i32
    }

    /// The first operand of an extension word.
    #[inline(always)]
    pub fn x(self) -> u32 {
        self.0 as u32
    }

    /// The second operand of an extension word.
    #[inline(always)]
    pub fn y(self) -> u32 {
        (self.0 >> 32) as u32
    }
}
