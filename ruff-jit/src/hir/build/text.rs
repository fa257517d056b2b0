//! Strings: their lengths, their characters, and comparisons of both.
//!
//! A character of a string is a string. Those of ASCII are made once by the heap, which keeps them: native code takes their
//! addresses from its table, and counts nothing before a slot has to own one.

use super::Builder;
use super::access::CONSTANTS;
use super::arith::Right;
use super::state::{Abs, Shape};
use crate::hir::{Cond, Region, Ty, Unary, Val, Width};
use ruff_core::jit::{Const, ExitReason, Stub, layout, tag};

/// The first byte that is no ASCII character.
const ASCII_END: i64 = 128;
/// Entries of the table of characters have `1 << 3` bytes.
const ADDRESS_SHIFT: i64 = 3;

/// What is known of a string.
pub(super) struct Text {
    pub(super) object: Val,
    /// It is one of the characters that the heap keeps.
    is_character: bool,
    /// For a constant: its length in bytes and, if it is one ASCII character, that.
    constant: Option<(usize, Option<u8>)>,
}

impl Text {
    /// A string of which only the address is known.
    pub(super) fn new(object: Val) -> Text {
        Text { object, is_character: false, constant: None }
    }
}

impl Builder<'_, '_> {
    // ---- lengths and characters

    /// The number of characters of a string, which is counted if it is not known yet.
    pub(super) fn characters(&mut self, text: Val) -> Val {
        let chars = self.load(Width::Half, Region::Arrays, text, layout::STR_CHARS, Ty::Int);
        let is_known = self.compare_int(Cond::Ne, chars, layout::UNKNOWN_CHARS);
        self.value_unless(is_known, chars, Ty::Int, |b| b.stub(Stub::StringLength, vec![text]))
    }

    fn bytes(&mut self, text: &Text) -> Val {
        match text.constant {
            Some((len, _)) => self.int(len as i64),
            None => self.load(Width::Half, Region::Arrays, text.object, layout::STR_LEN, Ty::Int),
        }
    }

    fn byte_at(&mut self, text: Val, position: Option<Val>) -> Val {
        let data = self.load(Width::Word, Region::Arrays, text, layout::STR_DATA, Ty::Ptr);
        let address = match position {
            Some(position) => self.binary(crate::hir::Binary::Add, data, position),
            None => data,
        };
        self.load(Width::Byte, Region::Constant, address, 0, Ty::Int)
    }

    /// The character of a string at an index, which leaves if there is none or if the text is not ASCII.
    pub(super) fn character_at(&mut self, text: Val, position: Val) -> Abs {
        let bytes = self.bytes(&Text::new(text));
        let chars = self.load(Width::Half, Region::Arrays, text, layout::STR_CHARS, Ty::Int);
        let is_ascii = self.compare(Cond::Eq, chars, bytes);
        let exit = self.exit();
        let rest = self.new_block(false);
        let (_, unknown) = self.fork(is_ascii, false, true);
        self.jump(rest, Vec::new());
        self.block = unknown;
        let counted = self.stub(Stub::StringLength, vec![text]);
        let is_ascii = self.compare(Cond::Eq, counted, bytes);
        self.guard(is_ascii, exit, ExitReason::Elements);
        self.jump(rest, Vec::new());
        self.block = rest;
        let is_inside = self.compare(Cond::Below, position, bytes);
        self.expect(is_inside, ExitReason::Bounds);
        let byte = self.byte_at(text, Some(position));
        self.character(byte)
    }

    /// The character that begins at a byte, which leaves if it is not ASCII.
    pub(super) fn character_from(&mut self, text: Val, offset: Val) -> Abs {
        let byte = self.byte_at(text, Some(offset));
        let is_ascii = self.compare_int(Cond::Lt, byte, ASCII_END);
        self.expect(is_ascii, ExitReason::Elements);
        self.character(byte)
    }

    /// The string of an ASCII character.
    fn character(&mut self, byte: Val) -> Abs {
        let heap = self.load(Width::Word, Region::Constant, self.machine, layout::MACHINE_HEAP, Ty::Ptr);
        let shift = self.int(ADDRESS_SHIFT);
        let distance = self.binary(crate::hir::Binary::Shl, byte, shift);
        let entry = self.binary(crate::hir::Binary::Add, heap, distance);
        let kept = self.load(Width::Word, Region::Heap, entry, layout::HEAP_ASCII, Ty::Ptr);
        let is_there = self.compare_int(Cond::Ne, kept, 0);
        let object = self
            .value_unless(is_there, kept, Ty::Ptr, |b| b.stub_address(Stub::CharacterString, vec![b.machine, byte]));
        Abs::Borrowed(Shape::CHARACTER, object, CONSTANTS)
    }

    /// A value if the condition holds, which it does nearly always, else what `other` gives.
    fn value_unless(&mut self, condition: Val, value: Val, ty: Ty, other: impl FnOnce(&mut Self) -> Val) -> Val {
        let rest = self.new_block(false);
        let result = self.f.add_param(rest, ty);
        let (_, no) = self.fork(condition, false, true);
        self.jump(rest, vec![value]);
        self.block = no;
        let value = other(self);
        self.jump(rest, vec![value]);
        self.block = rest;
        result
    }

    // ---- comparisons

    /// The comparison of two values that are known to be strings, where that takes no more than a look at them.
    pub(super) fn compare_texts(&mut self, cond: Cond, x: u32, y: Right) -> Option<Val> {
        let (x, y) = (self.text_in(x)?, self.right_text(y)?);
        let is_equality = matches!(cond, Cond::Eq | Cond::Ne);
        let equal = match (self.code_of(&x), self.code_of(&y)) {
            (Some(x), Some(y)) => return Some(self.compare(cond, x, y)),
            _ if !is_equality => return None,
            (Some(code), None) => self.is_character(&y, code),
            (None, Some(code)) => self.is_character(&x, code),
            (None, None) => self.same_text(&x, &y),
        };
        Some(if cond == Cond::Ne { self.unary(Unary::BoolNot, equal) } else { equal })
    }

    /// The string in a slot, if it is known to hold one.
    fn text_in(&mut self, slot: u32) -> Option<Text> {
        let (shape, object) = self.object(slot).filter(|(shape, _)| shape.tag == tag::STR)?;
        Some(Text { object, is_character: shape == Shape::CHARACTER, constant: None })
    }

    fn right_text(&mut self, right: Right) -> Option<Text> {
        let index = match right {
            Right::Slot(slot) => return self.text_in(slot),
            Right::Constant(index) => index,
            Right::Int(_) | Right::Float(_) => return None,
        };
        let Some(Const::Str(text)) = self.constant(index) else { return None };
        let code = text.bytes().next().filter(|byte| text.len() == 1 && byte.is_ascii());
        let constant = Some((text.len(), code));
        let address = self.constant_address(index);
        let object = self.load(Width::Word, Region::Constant, address, layout::VALUE_PAYLOAD, Ty::Ptr);
        Some(Text { object, is_character: false, constant })
    }

    /// The code of a string that is known to be one ASCII character.
    fn code_of(&mut self, text: &Text) -> Option<Val> {
        match text.constant {
            Some((_, code)) => code.map(|code| self.int(code.into())),
            None if text.is_character => {
                Some(self.load(Width::Byte, Region::Constant, text.object, layout::STR_INLINE, Ty::Int))
            }
            None => None,
        }
    }

    /// Is a string that ASCII character?
    fn is_character(&mut self, text: &Text, code: Val) -> Val {
        if text.constant.is_some() {
            return self.bool(false);
        }
        let bytes = self.bytes(text);
        let is_one = self.compare_int(Cond::Eq, bytes, 1);
        self.and_then(is_one, |b| {
            let byte = b.byte_at(text.object, None);
            b.compare(Cond::Eq, byte, code)
        })
    }

    /// Is the text of two strings the same?
    pub(super) fn same_text(&mut self, x: &Text, y: &Text) -> Val {
        let (a, b) = (self.bytes(x), self.bytes(y));
        let same_length = self.compare(Cond::Eq, a, b);
        self.and_then(same_length, |b| {
            let equal = b.stub(Stub::StringsEqual, vec![x.object, y.object]);
            b.unary(Unary::IntToBool, equal)
        })
    }

    /// Does the condition hold, and then what `other` gives?
    fn and_then(&mut self, condition: Val, other: impl FnOnce(&mut Self) -> Val) -> Val {
        let rest = self.new_block(false);
        let result = self.f.add_param(rest, Ty::Bool);
        let (_, no) = self.fork(condition, false, false);
        let holds = other(self);
        self.jump(rest, vec![holds]);
        self.block = no;
        let fails = self.bool(false);
        self.jump(rest, vec![fails]);
        self.block = rest;
        result
    }
}
