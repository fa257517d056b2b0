//! Strings that are compared: by their addresses, their lengths, and short constants byte by byte.

use super::Builder;
use crate::hir::{Binary, Cond, Region, Ty, Unary, Val, Width};
use ruff_core::jit::{Stub, layout};

/// Constants of at most so many bytes are compared without a call: two words that may overlap.
const INLINE_BYTES_MAX: usize = 16;

/// Bytes of a text that one load compares.
struct Piece {
    width: Width,
    offset: usize,
    expected: i64,
}

impl Builder<'_, '_> {
    /// Are two strings the same text?
    pub(super) fn texts_equal(&mut self, x: Val, y: Val) -> Val {
        let result = self.new_block(false);
        let truth = self.f.add_param(result, Ty::Bool);
        let is_same = self.compare(Cond::Eq, x, y);
        let (same, other) = self.fork(is_same, false, false);
        self.block = same;
        let yes = self.bool(true);
        self.jump(result, vec![yes]);
        self.block = other;
        let (length, other_length) = (self.text_length(x), self.text_length(y));
        let fits = self.compare(Cond::Eq, length, other_length);
        let (alike, unlike) = self.fork(fits, false, false);
        self.block = unlike;
        let no = self.bool(false);
        self.jump(result, vec![no]);
        self.block = alike;
        let equal = self.stub(Stub::StringsEqual, vec![x, y]);
        let equal = self.unary(Unary::IntToBool, equal);
        self.jump(result, vec![equal]);
        self.block = result;
        truth
    }

    /// Is a string that text? `constant` is a string with it.
    pub(super) fn is_text(&mut self, string: Val, text: &str, constant: Val) -> Val {
        let bytes = text.as_bytes();
        if bytes.len() > INLINE_BYTES_MAX {
            return self.texts_equal(string, constant);
        }
        let length = self.text_length(string);
        let fits = self.compare_int(Cond::Eq, length, bytes.len() as i64);
        if bytes.is_empty() {
            return fits;
        }
        let result = self.new_block(false);
        let truth = self.f.add_param(result, Ty::Bool);
        let (alike, unlike) = self.fork(fits, false, false);
        self.block = unlike;
        let no = self.bool(false);
        self.jump(result, vec![no]);
        self.block = alike;
        let start = self.text_start(string);
        let mut equal: Option<Val> = None;
        for piece in pieces(bytes) {
            let actual = self.load(piece.width, Region::Constant, start, piece.offset as i32, Ty::Int);
            let fits = self.compare_int(Cond::Eq, actual, piece.expected);
            equal = Some(equal.map_or(fits, |others| self.binary(Binary::BoolAnd, others, fits)));
        }
        let equal = equal.unwrap_or(fits);
        self.jump(result, vec![equal]);
        self.block = result;
        truth
    }

    /// How a string compares with a text of one byte, which is its own constant.
    pub(super) fn compare_with_byte(&mut self, cond: Cond, string: Val, byte: u8) -> Val {
        // `x <= c` is the contrary of `x > c`, and `x < c` that of `x >= c`.
        match cond {
            Cond::Le | Cond::Lt => {
                let contrary = if cond == Cond::Le { Cond::Gt } else { Cond::Ge };
                let truth = self.compare_with_byte(contrary, string, byte);
                return self.unary(Unary::BoolNot, truth);
            }
            _ => {}
        }
        let result = self.new_block(false);
        let truth = self.f.add_param(result, Ty::Bool);
        let length = self.text_length(string);
        let is_empty = self.compare_int(Cond::Eq, length, 0);
        let (empty, some) = self.fork(is_empty, false, false);
        self.block = empty;
        let no = self.bool(false);
        self.jump(result, vec![no]);
        self.block = some;
        let start = self.text_start(string);
        let first = self.load(Width::Byte, Region::Constant, start, 0, Ty::Int);
        let holds = if cond == Cond::Ge {
            self.compare_int(Cond::Ge, first, byte as i64)
        } else {
            // A longer text with the same first byte is greater.
            let is_above = self.compare_int(Cond::Gt, first, byte as i64);
            let is_equal = self.compare_int(Cond::Eq, first, byte as i64);
            let is_longer = self.compare_int(Cond::Gt, length, 1);
            let is_behind = self.binary(Binary::BoolAnd, is_equal, is_longer);
            self.binary(Binary::BoolOr, is_above, is_behind)
        };
        self.jump(result, vec![holds]);
        self.block = result;
        truth
    }

    /// The length of a string in bytes. One that has a single reference grows in place, so that it is no constant.
    fn text_length(&mut self, string: Val) -> Val {
        self.load(Width::Half, Region::Arrays, string, layout::STR_LEN, Ty::Int)
    }

    fn text_start(&mut self, string: Val) -> Val {
        self.load(Width::Word, Region::Arrays, string, layout::STR_DATA, Ty::Ptr)
    }
}

/// The loads that compare a text of 1 to 16 bytes; the last ones may overlap.
fn pieces(bytes: &[u8]) -> Vec<Piece> {
    let piece = |width: Width, offset: usize, size: usize| {
        let mut word = [0; 8];
        word[..size].copy_from_slice(&bytes[offset..offset + size]);
        Piece { width, offset, expected: i64::from_le_bytes(word) }
    };
    match bytes.len() {
        length @ 0..=3 => (0..length).map(|at| piece(Width::Byte, at, 1)).collect(),
        4 => vec![piece(Width::Half, 0, 4)],
        length @ 5..=7 => vec![piece(Width::Half, 0, 4), piece(Width::Half, length - 4, 4)],
        8 => vec![piece(Width::Word, 0, 8)],
        length => vec![piece(Width::Word, 0, 8), piece(Width::Word, length - 8, 8)],
    }
}
