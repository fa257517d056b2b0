//! Strings: their lengths, their characters, and comparisons of both.
//!
//! A character of a string is a string. Those of ASCII are made once by the heap, which keeps them: native code takes their
//! addresses from its table, and counts nothing before a slot has to own one.

use super::Builder;
use super::arith::Right;
use super::state::{Abs, Owner, Shape};
use crate::hir::{Binary, Block, Cond, Inst, Region, Ty, Unary, Val, Width};
use ruff_core::jit::{Const, ExitReason, Search, Stub, feedback, layout, tag};
use std::sync::Arc;

/// The first byte that is no ASCII character.
const ASCII_END: i64 = 128;
/// Entries of the table of characters have `1 << 3` bytes.
const ADDRESS_SHIFT: i64 = 3;

/// What is known of a string.
pub(super) struct Text {
    pub(super) object: Val,
    /// It is one of the characters that the heap keeps.
    is_character: bool,
    /// What it is, for a constant.
    constant: Option<Arc<str>>,
}

/// Constants of at most so many bytes are compared without a call: two words that may overlap.
const INLINE_BYTES_MAX: usize = 16;

/// What of a text is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    Start,
    End,
}

/// Bytes of a text that one load compares.
struct Piece {
    width: Width,
    offset: usize,
    expected: i64,
}

impl Text {
    /// A string of which only the address is known.
    pub(super) fn new(object: Val) -> Text {
        Text { object, is_character: false, constant: None }
    }
}

impl<'p> Builder<'p, '_> {
    // ---- lengths and characters

    /// The number of characters of a string, which is counted if it is not known yet.
    pub(super) fn characters(&mut self, text: Val) -> Val {
        let chars = self.load(Width::Half, Region::Strings, text, layout::STR_CHARS, Ty::Int);
        let is_known = self.compare_int(Cond::Ne, chars, layout::UNKNOWN_CHARS);
        self.value_unless(is_known, chars, Ty::Int, |b| b.stub(Stub::StringLength, vec![text]))
    }

    /// The number of bytes of a string.
    pub(super) fn bytes(&mut self, text: &Text) -> Val {
        match &text.constant {
            Some(constant) => self.int(constant.len() as i64),
            None => self.load(Width::Half, Region::Strings, text.object, layout::STR_LEN, Ty::Int),
        }
    }

    fn byte_at(&mut self, text: Val, position: Option<Val>) -> Val {
        let data = self.load(Width::Word, Region::Strings, text, layout::STR_DATA, Ty::Ptr);
        let address = match position {
            Some(position) => self.binary(Binary::Add, data, position),
            None => data,
        };
        self.load(Width::Byte, Region::Constant, address, 0, Ty::Int)
    }

    /// The character of a string at an index, which leaves if there is none or if the text is not ASCII.
    pub(super) fn character_at(&mut self, text: Val, position: Val) -> Abs {
        let bytes = self.bytes(&Text::new(text));
        let chars = self.load(Width::Half, Region::Strings, text, layout::STR_CHARS, Ty::Int);
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
        let position = self.position_in(bytes, position);
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
        Abs::Borrowed(Shape::CHARACTER, self.shared_string(layout::HEAP_ASCII, byte), Owner::Constants)
    }

    /// The name of the kind of what has a tag; leaves where an object has its own.
    pub(super) fn kind_name(&mut self, tag: Val) -> Abs {
        let name = self.shared_string(layout::HEAP_KINDS, tag);
        let is_there = self.compare_int(Cond::Ne, name, 0);
        self.expect(is_there, ExitReason::Elements);
        Abs::Borrowed(Shape::STRING, name, Owner::Constants)
    }

    /// An address in a table of the heap.
    fn shared_string(&mut self, table: i32, index: Val) -> Val {
        let heap = self.load(Width::Word, Region::Constant, self.machine, layout::MACHINE_HEAP, Ty::Ptr);
        let shift = self.int(ADDRESS_SHIFT);
        let distance = self.binary(Binary::Shl, index, shift);
        let entry = self.binary(Binary::Add, heap, distance);
        self.load(Width::Word, Region::Heap, entry, table, Ty::Ptr)
    }

    // ---- comparisons

    /// Leaves unless both sides of a comparison are strings, where nothing else was seen and strings are compared natively.
    pub(super) fn expect_texts(&mut self, cond: Cond, x: u32, y: Right) {
        let is_seen = self.feedback() == feedback::STRING && !self.is_widened(ExitReason::Kind) && self.may_mix(x, y);
        if !is_seen || !matches!(cond, Cond::Eq | Cond::Ne) && self.constant_character(y).is_none() {
            return;
        }
        if let Right::Slot(slot) = y
            && self.unbox_object(slot, tag::STR).is_none()
        {
            return;
        }
        self.unbox_object(x, tag::STR);
    }

    /// The comparison of two values that are known to be strings, where that takes no more than a look at them.
    pub(super) fn compare_texts(&mut self, cond: Cond, x: u32, y: Right) -> Option<Val> {
        let (x, text) = (self.text_in(x)?, self.right_text(y)?);
        let equal = match (self.code_of(&x), self.code_of(&text)) {
            (Some(x), Some(y)) => return Some(self.compare(cond, x, y)),
            _ if !matches!(cond, Cond::Eq | Cond::Ne) => {
                let character = self.constant_character(y)?;
                return Some(self.compare_with_character(cond, x.object, character));
            }
            (Some(code), None) => self.is_character(&text, code),
            (None, Some(code)) => self.is_character(&x, code),
            (None, None) => self.same_text(&x, &text),
        };
        Some(if cond == Cond::Ne { self.unary(Unary::BoolNot, equal) } else { equal })
    }

    /// Is the character in a slot in the constant text in another one? That is one bit of two words. `None` for other values, and
    /// for texts where to look costs ticks.
    pub(super) fn is_one_of(&mut self, slot: u32, container: u32) -> Option<Val> {
        let text = self.constant_text(self.shape_of(container)?)?;
        if !text.is_ascii() || text.len() as i64 >= layout::STR_BYTES_PER_TICK {
            return None;
        }
        let mut bits = [0u64; 2];
        text.bytes().for_each(|byte| bits[byte as usize / 64] |= 1 << (byte % 64));
        let character = self.text_in(slot).filter(|text| text.is_character)?;
        let code = self.code_of(&character)?;
        let [low, high] = bits.map(|word| self.int(word.cast_signed()));
        let is_low = self.compare_int(Cond::Lt, code, 64);
        let word = self.push(Inst::Select(is_low, low, high), Ty::Int);
        let place = self.int(63);
        let place = self.binary(Binary::And, code, place);
        let shifted = self.binary(Binary::Shr, word, place);
        let one = self.int(1);
        let bit = self.binary(Binary::And, shifted, one);
        Some(self.unary(Unary::IntToBool, bit))
    }

    /// How a string compares with one ASCII character.
    pub(super) fn compare_with_character(&mut self, cond: Cond, string: Val, character: u8) -> Val {
        // `x <= c` is the contrary of `x > c`, and `x < c` that of `x >= c`.
        if let Cond::Le | Cond::Lt = cond {
            let contrary = if cond == Cond::Le { Cond::Gt } else { Cond::Ge };
            let truth = self.compare_with_character(contrary, string, character);
            return self.unary(Unary::BoolNot, truth);
        }
        let bytes = self.bytes(&Text::new(string));
        let is_some = self.compare_int(Cond::Ne, bytes, 0);
        self.and_then(is_some, |b| {
            let first = b.byte_at(string, None);
            if cond == Cond::Ge {
                return b.compare_int(Cond::Ge, first, character.into());
            }
            // A longer text with the same first byte is greater.
            let is_above = b.compare_int(Cond::Gt, first, character.into());
            let is_equal = b.compare_int(Cond::Eq, first, character.into());
            let is_longer = b.compare_int(Cond::Gt, bytes, 1);
            let is_behind = b.binary(Binary::BoolAnd, is_equal, is_longer);
            b.binary(Binary::BoolOr, is_above, is_behind)
        })
    }

    /// How two texts compare whose first bytes tell it; goes to `undecided` for others, and for those that may be so long that the
    /// comparison costs ticks.
    pub(super) fn order_by_first_bytes(&mut self, cond: Cond, (x, y): (Val, Val), undecided: Block) -> Val {
        let (is_short, is_other_short) = (self.is_short(x), self.is_short(y));
        let are_short = self.binary(Binary::BoolAnd, is_short, is_other_short);
        let short = self.new_block(false);
        self.branch(are_short, short, undecided);
        self.block = short;
        let (first, other) = (self.byte_at(x, None), self.byte_at(y, None));
        let differ = self.compare(Cond::Ne, first, other);
        let decided = self.new_block(false);
        self.branch(differ, decided, undecided);
        self.block = decided;
        self.compare(cond, first, other)
    }

    /// Has a text a first byte, and so few that comparing it costs no ticks?
    fn is_short(&mut self, text: Val) -> Val {
        let (bytes, one) = (self.bytes(&Text::new(text)), self.int(1));
        let after_first = self.binary(Binary::Sub, bytes, one);
        let end = self.int(layout::STR_BYTES_PER_TICK - 1);
        self.compare(Cond::Below, after_first, end)
    }

    /// The ASCII character that a right operand is, as a constant.
    pub(super) fn constant_character(&self, right: Right) -> Option<u8> {
        let Right::Constant(index) = right else { return None };
        let Some(Const::Str(text)) = self.constant(index) else { return None };
        single_character(text)
    }

    /// The string in a slot, if it is known to hold one.
    fn text_in(&mut self, slot: u32) -> Option<Text> {
        let (shape, object) = self.object(slot).filter(|(shape, _)| shape.tag == tag::STR)?;
        let constant = self.constant_text(shape).cloned();
        Some(Text { object, is_character: shape == Shape::CHARACTER, constant })
    }

    pub(super) fn right_text(&mut self, right: Right) -> Option<Text> {
        let index = match right {
            Right::Slot(slot) => return self.text_in(slot),
            Right::Constant(index) => index,
            Right::Int(_) | Right::Float(_) => return None,
        };
        let Some(Const::Str(text)) = self.constant(index) else { return None };
        let constant = Some(text.clone());
        let address = self.constant_address(index);
        let object = self.load(Width::Word, Region::Constant, address, layout::VALUE_PAYLOAD, Ty::Ptr);
        Some(Text { object, is_character: false, constant })
    }

    /// The code of a string that is known to be one ASCII character.
    fn code_of(&mut self, text: &Text) -> Option<Val> {
        match &text.constant {
            Some(constant) => single_character(constant).map(|code| self.int(code.into())),
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
        if let Some(constant) = y.constant.as_ref().filter(|text| text.len() <= INLINE_BYTES_MAX) {
            return self.has_constant(x, constant, Part::Whole);
        }
        let is_same = self.compare(Cond::Eq, x.object, y.object);
        self.or_else(is_same, |b| {
            let (length, other_length) = (b.bytes(x), b.bytes(y));
            let same_length = b.compare(Cond::Eq, length, other_length);
            b.and_then(same_length, |b| {
                let equal = b.stub(Stub::StringsEqual, vec![x.object, y.object]);
                b.unary(Unary::IntToBool, equal)
            })
        })
    }

    /// The answer to a question about a string and a part of it, if that is a short constant that the start or the end is
    /// compared with.
    pub(super) fn search_constant(&mut self, search: Search, string: Val, part: u32) -> Option<Val> {
        let place = match search {
            Search::StartsWith => Part::Start,
            Search::EndsWith => Part::End,
            Search::Contains | Search::IndexOf => return None,
        };
        let constant = self.text_in(part)?.constant.filter(|text| text.len() <= INLINE_BYTES_MAX)?;
        Some(self.has_constant(&Text::new(string), &constant, place))
    }

    /// The text of a string that is a constant.
    pub(super) fn constant_text(&self, shape: Shape) -> Option<&'p Arc<str>> {
        match self.facts.program().consts.get(shape.constant_index()? as usize)? {
            Const::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Is that short text the whole of a string, or that part of it?
    fn has_constant(&mut self, string: &Text, text: &str, part: Part) -> Val {
        let bytes = text.as_bytes();
        let length = self.bytes(string);
        let cond = if part == Part::Whole { Cond::Eq } else { Cond::Ge };
        let has_room = self.compare_int(cond, length, bytes.len() as i64);
        if bytes.is_empty() {
            return has_room;
        }
        self.and_then(has_room, |b| {
            let mut data = b.load(Width::Word, Region::Strings, string.object, layout::STR_DATA, Ty::Ptr);
            if part == Part::End {
                let end = b.binary(Binary::Add, data, length);
                data = b.offset(end, -(bytes.len() as i64));
            }
            let mut equal = None;
            for piece in pieces(bytes) {
                let actual = b.load(piece.width, Region::Constant, data, piece.offset as i32, Ty::Int);
                let fits = b.compare_int(Cond::Eq, actual, piece.expected);
                equal = Some(equal.map_or(fits, |others| b.binary(Binary::BoolAnd, others, fits)));
            }
            equal.unwrap_or(has_room)
        })
    }
}

/// The ASCII character that a text consists of.
fn single_character(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte] => Some(*byte),
        _ => None,
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
