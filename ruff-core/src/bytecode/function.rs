//! A compiled function and its tables.

use super::{FuncId, GlobalId, Instr, ModuleId, Pc, Reg};
use crate::code::Code;
use crate::syntax::source::Span;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// A function of a program. Immutable but for caches and feedback, which are relaxed atomics.
#[derive(Debug)]
pub struct Function {
    pub id: FuncId,
    /// The module whose source it stands in.
    pub module: ModuleId,
    /// The name in messages and traces; `<anonymous function>` has none. Methods are named `S.m`. Top-level code is `main`.
    pub name: Option<Arc<str>>,
    /// The whole declaration.
    pub span: Span,
    pub is_generator: bool,
    /// A part of the library written in Ruff: hidden from traces; its errors are reported where it was called.
    pub is_builtin: bool,
    /// Methods have their receiver in register 0, before the parameters.
    pub is_method: bool,
    /// The receiver is in-out: `mut self`.
    pub has_mut_self: bool,
    /// The first parameters occupy the first registers, after the receiver.
    pub params: Vec<Parameter>,
    /// The last parameter collects the rest in an array.
    pub has_rest: bool,
    /// Registers of a frame.
    pub registers: u32,
    /// Captured variables that a closure of it holds.
    pub captures: u32,
    pub code: Vec<Instr>,
    /// The expression of each word of `code`.
    pub spans: Vec<Span>,
    /// Indices into the program's constants; operands of kind `Const` index this list.
    pub consts: Vec<u32>,
    pub closures: Vec<ClosureTemplate>,
    pub places: Vec<Place>,
    pub sites: Vec<Site>,
    pub raises: Vec<RaiseEntry>,
    pub range_patterns: Vec<RangePattern>,
    pub variant_patterns: Vec<VariantPattern>,
    pub key_lists: Vec<KeyList>,
    /// Innermost first where they nest.
    pub handlers: Vec<Handler>,
    /// The variable that an instruction reads or writes, for `Undefined variable: x`; sorted by pc.
    pub variable_names: Vec<(Pc, Arc<str>)>,
    /// 16 bits of type feedback for each word of `code`; see [`feedback`].
    pub feedback: Box<[AtomicU16]>,
    pub native: NativeSlot,
}

/// What the tiers know of a function.
#[derive(Debug, Default)]
pub struct NativeSlot {
    /// The address of the native entry; 0 without.
    entry: AtomicUsize,
    /// Ticks of it that the interpreter has seen, or thereabouts.
    heat: AtomicU32,
    /// Entries at its loops that were made.
    loop_entries: AtomicU32,
    /// A sample has met a call of it.
    is_called: AtomicBool,
    /// For a function in which errors were caught: of each word, whether an error of the instruction that ends with it was.
    caught: PerWord<AtomicBool>,
    /// For a function that has changed shared containers: of each word, how often the instruction that ends with it has copied some,
    /// up to 255.
    copied: PerWord<AtomicU8>,
    /// For a function in which structs were asked for operators: of each word, the declarations of those that the instruction which
    /// ends with it has asked.
    asked: PerWord<InlineCache>,
    /// For a generator that has native code: how it goes on, for each word of its code.
    resumptions: OnceLock<Box<[Resumption]>>,
}

/// A note for each word of a function, once there is one for any.
#[derive(Debug, Default)]
struct PerWord<T>(OnceLock<Box<[T]>>);

impl<T: Default> PerWord<T> {
    fn get(&self, word: u32) -> Option<&T> {
        self.0.get()?.get(word as usize)
    }

    /// The same for writing, in a function of so many words.
    #[inline]
    fn note(&self, word: usize, words: usize) -> Option<&T> {
        self.0.get_or_init(|| (0..words).map(|_| T::default()).collect()).get(word)
    }
}

/// An error that an instruction raises.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RaiseEntry {
    pub code: Code,
    pub message: Arc<str>,
    /// What may be done about it.
    pub help: Option<Arc<str>>,
}

/// How a generator goes on natively at a word of its code.
#[derive(Debug)]
pub struct Resumption {
    /// The address of the native code.
    pub entry: AtomicUsize,
    /// The registers that own nothing then; not known before there is native code.
    pub dead: OnceLock<Box<[u32]>>,
}

impl NativeSlot {
    /// The offset of the address of the native entry.
    pub const ENTRY_OFFSET: usize = std::mem::offset_of!(NativeSlot, entry);

    /// The address of the native entry.
    #[inline(always)]
    pub fn entry(&self) -> Option<usize> {
        Some(self.entry.load(Ordering::Acquire)).filter(|e| *e != 0)
    }

    /// Calls go to this entry from now on, or to the interpreter.
    pub fn set_entry(&self, entry: Option<usize>) {
        self.entry.store(entry.unwrap_or(0), Ordering::Release);
    }

    /// Was an error of the instruction that ends with a word caught by a handler of the function?
    pub fn has_caught(&self, word: u32) -> bool {
        self.caught.get(word).is_some_and(|caught| caught.load(Ordering::Relaxed))
    }

    /// An error of the instruction that ends with a word is caught by a handler of the function, which has so many words.
    pub fn note_caught(&self, word: usize, words: usize) {
        if let Some(caught) = self.caught.note(word, words) {
            caught.store(true, Ordering::Relaxed);
        }
    }

    /// How often the instruction that ends with a word has copied shared containers, up to 255.
    pub fn copies(&self, word: u32) -> u8 {
        self.copied.get(word).map_or(0, |copied| copied.load(Ordering::Relaxed))
    }

    /// The instruction that ends with a word has copied shared containers, in a function of so many words.
    pub fn note_copied(&self, word: usize, words: usize) {
        if let Some(copied) = self.copied.note(word, words) {
            copied.store(copied.load(Ordering::Relaxed).saturating_add(1), Ordering::Relaxed);
        }
    }

    /// The declarations of the structs that the instruction which ends with a word has asked for an operator.
    pub fn asked(&self, word: u32) -> Option<&InlineCache> {
        self.asked.get(word)
    }

    /// The instruction that ends with a word asks a struct of that declaration for an operator, in a function of so many words.
    #[inline]
    pub fn note_asked(&self, word: usize, words: usize, shape: u32) {
        if let Some(cache) = self.asked.note(word, words)
            && cache.get(shape).is_none()
        {
            cache.put(shape, 0);
        }
    }

    /// How a generator goes on natively at a word; none where there is no native code of the function.
    #[inline(always)]
    pub fn resumption(&self, pc: u32) -> Option<&Resumption> {
        self.resumptions.get()?.get(pc as usize)
    }

    /// The same for a function that gets native code. `otherwise` is the entry at words without.
    pub fn resumption_or(&self, pc: u32, words: usize, otherwise: usize) -> Option<&Resumption> {
        let new = |_| Resumption { entry: AtomicUsize::new(otherwise), dead: OnceLock::new() };
        self.resumptions.get_or_init(|| (0..words).map(new).collect()).get(pc as usize)
    }

    /// Was it called where a sample was taken? Then it is called now and again.
    pub fn is_called(&self) -> bool {
        self.is_called.load(Ordering::Relaxed)
    }

    /// A sample is taken where it is called.
    pub fn note_call(&self) {
        self.is_called.store(true, Ordering::Relaxed);
    }

    /// How many entries at its loops were made.
    pub fn loop_entries(&self) -> u32 {
        self.loop_entries.load(Ordering::Relaxed)
    }

    /// An entry at a loop is made.
    pub fn note_loop_entry(&self) {
        self.loop_entries.fetch_add(1, Ordering::Relaxed);
    }

    /// The ticks so far.
    #[inline(always)]
    pub fn ticks(&self) -> u32 {
        self.heat.load(Ordering::Relaxed)
    }

    /// Adds ticks; how many there are then.
    pub fn heat(&self, ticks: u32) -> u32 {
        let heat = self.heat.load(Ordering::Relaxed).saturating_add(ticks);
        self.heat.store(heat, Ordering::Relaxed);
        heat
    }

    /// The function is cold again.
    pub fn cool(&self) {
        self.heat.store(0, Ordering::Relaxed);
    }
}

/// Bits of type feedback. An arithmetic or comparison site that has only seen 64-bit ints has none of them. A site that reads a
/// variable, an element or a field notes the kinds that it has read, [`feedback::kind`].
pub mod feedback {
    use crate::value::repr::tag;

    /// Both operands were floats.
    pub const FLOAT: u16 = 1;
    /// One int and one float.
    pub const MIXED: u16 = 2;
    /// The result of 64-bit ints did not fit, or an operand is a big integer.
    pub const BIG: u16 = 4;
    /// Both operands were strings.
    pub const STRING: u16 = 8;
    /// Any other kinds, or an operator method.
    pub const OTHER: u16 = 16;

    /// A condition was something else than a truth value.
    pub const OTHER_CONDITION: u16 = 1;

    /// A value was not the variant that a pattern asks for.
    pub const OTHER_VARIANT: u16 = 1;

    /// A function that the call names was called.
    pub const CALLED: u16 = 1 << 15;

    /// Something else than a closure or a struct was called as a value.
    pub const OTHER_CALLEE: u16 = 1;

    /// A `for` loop counts.
    pub const COUNTING: u16 = 1;
    /// A `for` loop goes over an array.
    pub const OVER_ARRAY: u16 = 2;
    /// A `for` loop goes over something else.
    pub const OVER_OTHER: u16 = 4;
    /// A `for` loop goes over a string.
    pub const OVER_STRING: u16 = 8;
    /// A `for` loop goes over a generator.
    pub const OVER_GENERATOR: u16 = 16;
    /// A `for` loop goes over a range that does not count up by one.
    pub const OVER_RANGE: u16 = 32;
    /// A `for` loop goes over a dict.
    pub const OVER_DICT: u16 = 64;

    /// Null was read.
    pub const READ_NULL: u16 = 1;
    /// A bool was read.
    pub const READ_BOOL: u16 = 2;
    /// An int of 64 bits was read.
    pub const READ_INT: u16 = 4;
    /// A float was read.
    pub const READ_FLOAT: u16 = 8;
    /// Something else was read.
    pub const READ_OTHER: u16 = 16;
    /// A string was read.
    pub const READ_STRING: u16 = 1 << 8;
    /// An array was read.
    pub const READ_ARRAY: u16 = 1 << 9;
    /// A dict was read.
    pub const READ_DICT: u16 = 1 << 10;
    /// A struct was read.
    pub const READ_STRUCT: u16 = 1 << 11;
    /// A variant of an enum was read.
    pub const READ_VARIANT: u16 = 1 << 12;

    /// The bits of what was read.
    pub const READS: u16 = READ_NULL
        | READ_BOOL
        | READ_INT
        | READ_FLOAT
        | READ_OTHER
        | READ_STRING
        | READ_ARRAY
        | READ_DICT
        | READ_STRUCT
        | READ_VARIANT;

    /// The subject of an index was a dict.
    pub const IN_DICT: u16 = 32;
    /// The subject of an index was neither an array nor a dict nor a string.
    pub const IN_OTHER: u16 = 64;
    /// The subject of a `for` loop was a generator.
    pub const IN_GENERATOR: u16 = IN_OTHER;
    /// The subject of an index, or of a `for` loop, was a string.
    pub const IN_STRING: u16 = 128;
    /// The subject of an index was an array that stores values of any kind.
    pub const IN_VALUES: u16 = 1 << 13;
    /// The subject of an index was an array that stores values of one kind only.
    pub const IN_PACKED: u16 = 1 << 14;

    /// The bits of subjects of an index, or of a `for` loop.
    pub const SUBJECTS: u16 = IN_DICT | IN_OTHER | IN_STRING;

    /// The bits of the subject of an index, by its tag.
    #[inline(always)]
    pub fn subject(tag: u8) -> u16 {
        match tag {
            tag::ARRAY => 0,
            tag::DICT => IN_DICT,
            tag::STR => IN_STRING,
            _ => IN_OTHER,
        }
    }

    /// The tag of the subjects of an index that has some of these bits, if they are of one kind.
    pub fn subject_tag(bits: u16) -> Option<u8> {
        match bits & SUBJECTS {
            0 => Some(tag::ARRAY),
            IN_DICT => Some(tag::DICT),
            IN_STRING => Some(tag::STR),
            _ => None,
        }
    }

    /// The bit of a value that was read, by its tag.
    #[inline(always)]
    pub fn kind(tag: u8) -> u16 {
        KINDS[(tag % TAGS_MAX) as usize]
    }

    const TAGS_MAX: u8 = 32;

    const KINDS: [u16; TAGS_MAX as usize] = {
        let mut kinds = [READ_OTHER; TAGS_MAX as usize];
        kinds[tag::NULL as usize] = READ_NULL;
        kinds[tag::BOOL as usize] = READ_BOOL;
        kinds[tag::INT as usize] = READ_INT;
        kinds[tag::FLOAT as usize] = READ_FLOAT;
        let mut at = 0;
        while at < OBJECTS.len() {
            kinds[OBJECTS[at].0 as usize] = OBJECTS[at].1;
            at += 1;
        }
        kinds
    };

    /// The tags of objects that are told apart where they are read, and their bits.
    const OBJECTS: [(u8, u16); 5] = [
        (tag::STR, READ_STRING),
        (tag::ARRAY, READ_ARRAY),
        (tag::DICT, READ_DICT),
        (tag::STRUCT, READ_STRUCT),
        (tag::VARIANT, READ_VARIANT),
    ];

    /// The tag of the objects that were read, by the bits of what was, if they are of one kind and nothing else was read.
    pub fn objects_read(bits: u16) -> Option<u8> {
        OBJECTS.iter().find(|object| object.1 == bits).map(|object| object.0)
    }
}

impl Function {
    /// The name in messages.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or("<anonymous function>")
    }

    /// Adds bits of feedback at an instruction.
    #[inline]
    pub fn record(&self, pc: usize, bits: u16) {
        if let Some(cell) = self.feedback.get(pc)
            && cell.load(Ordering::Relaxed) & bits != bits
        {
            cell.fetch_or(bits, Ordering::Relaxed);
        }
    }

    /// Parameters that need no argument.
    pub fn optional_params(&self) -> usize {
        self.params.iter().filter(|p| p.has_default).count()
    }

    /// A call with exactly `params` positional arguments needs no preparation.
    pub fn is_simple(&self) -> bool {
        !self.is_generator && !self.has_rest && self.params.iter().all(|p| p.mode == ParamMode::Value)
    }

    /// The innermost handler of the instruction that ends with a word.
    pub fn handler_of(&self, word: usize) -> Option<&Handler> {
        self.handlers_of(word).next()
    }

    /// The handlers of the instruction that ends with a word, innermost first.
    pub fn handlers_of(&self, word: usize) -> impl Iterator<Item = &Handler> {
        self.handlers.iter().filter(move |h| (h.start.0 as usize..h.end.0 as usize).contains(&word))
    }

    /// Is a parameter in-out?
    pub fn has_in_out(&self) -> bool {
        self.params.iter().any(|p| p.mode == ParamMode::InOut)
    }

    /// The registers of in-out parameters, the receiver not counted: bit `n` for register `n`. Those from register 64 on are left out.
    pub fn in_out_registers(&self) -> u64 {
        (0..64).filter(|register| self.is_in_out_register(*register)).fold(0, |bits, register| bits | 1 << register)
    }

    /// Is it the register of an in-out parameter, the receiver not counted?
    pub fn is_in_out_register(&self, register: usize) -> bool {
        let param = register.checked_sub(self.is_method as usize).and_then(|index| self.params.get(index));
        param.is_some_and(|p| p.mode == ParamMode::InOut)
    }
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: Arc<str>,
    pub mode: ParamMode,
    /// A left-out argument arrives as `Absent(Missing)`; the function's first instructions compute the default.
    pub has_default: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParamMode {
    Value,
    /// The final value goes back to the caller's place.
    InOut,
}

/// How to make a closure.
#[derive(Clone, Debug)]
pub struct ClosureTemplate {
    pub function: FuncId,
    pub captures: Vec<Capture>,
}

/// Where a new closure finds a captured variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Capture {
    /// The cell in a register of the frame.
    Register(Reg),
    /// A capture of the running closure.
    Capture(u32),
}

/// A root variable and a path to a value in it.
#[derive(Debug)]
pub struct Place {
    pub root: PlaceRoot,
    /// The root's name.
    pub name: Arc<str>,
    /// What its declaration forbids; changing such a place raises `Cannot mutate immutable …`.
    pub immutable: Option<Immutable>,
    pub steps: Vec<PlaceStep>,
    /// Type feedback: a bit for each step that has looked into a dict, and [`Place::STRINGS_SHIFT`] bits higher one for each that
    /// has looked into a string. Steps from the eighth on share the last.
    pub subjects: AtomicU16,
}

impl Place {
    const STRINGS_SHIFT: u32 = 8;

    /// Has a step looked into a dict?
    pub fn was_in_dict(&self, step: usize) -> bool {
        self.has_noted(Self::bit(step))
    }

    /// Has a step looked into a string?
    pub fn was_in_string(&self, step: usize) -> bool {
        self.has_noted(Self::bit(step) << Self::STRINGS_SHIFT)
    }

    /// A step looks into a dict.
    #[inline(always)]
    pub fn note_dict(&self, step: usize) {
        self.note(Self::bit(step));
    }

    /// A step looks into a string.
    #[inline(always)]
    pub fn note_string(&self, step: usize) {
        self.note(Self::bit(step) << Self::STRINGS_SHIFT);
    }

    #[inline(always)]
    fn note(&self, subject: u16) {
        if !self.has_noted(subject) {
            self.subjects.fetch_or(subject, Ordering::Relaxed);
        }
    }

    #[inline(always)]
    fn has_noted(&self, subject: u16) -> bool {
        self.subjects.load(Ordering::Relaxed) & subject != 0
    }

    #[inline(always)]
    fn bit(step: usize) -> u16 {
        1 << step.min(7)
    }
}

/// Why a variable cannot change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Immutable {
    /// `let`, `self`, imported names.
    Let,
    Const,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PlaceRoot {
    /// A variable in a register.
    Register(Reg),
    /// A variable in the cell in a register.
    Cell(Reg),
    Capture(u32),
    Global(GlobalId),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PlaceStep {
    /// The index is in a register.
    Index(Reg),
    /// A field; the name and the cache are in the site.
    Field(u32),
}

/// What an instruction knows of a name, and what it has learnt.
#[derive(Debug, Default)]
pub struct Site {
    /// The name of the field, method, variant or export.
    pub name: Option<Arc<str>>,
    /// Names of the fields of a struct literal, or of the named arguments of a call.
    pub names: Vec<Arc<str>>,
    /// For a call with spread or named arguments: positional arguments before the first spread.
    pub positional: u32,
    /// Indices of the arguments marked `mut`, ascending.
    pub in_out: Vec<u32>,
    /// The inline cache.
    pub cache: InlineCache,
}

/// Up to four `(key, slot)` pairs; the key is a struct shape (or another non-zero id).
#[derive(Debug, Default)]
pub struct InlineCache {
    entries: [AtomicU64; 4],
    /// Misses after the entries were full.
    misses: AtomicU64,
}

impl InlineCache {
    /// The slot cached for `key`, which is not zero.
    #[inline(always)]
    pub fn get(&self, key: u32) -> Option<u32> {
        let first = self.entries[0].load(Ordering::Relaxed);
        if (first >> 32) as u32 == key {
            return Some(first as u32);
        }
        self.get_other(key)
    }

    /// The key that was cached first, or 0.
    #[inline(always)]
    pub fn first_key(&self) -> u32 {
        (self.entries[0].load(Ordering::Relaxed) >> 32) as u32
    }

    #[inline(never)]
    fn get_other(&self, key: u32) -> Option<u32> {
        let entries = self.entries[1..].iter().map(|e| e.load(Ordering::Relaxed));
        entries.into_iter().find(|e| (e >> 32) as u32 == key).map(|e| e as u32)
    }

    /// Remembers the slot of `key` in the first free entry; counts a miss if there is none.
    pub fn put(&self, key: u32, slot: u32) {
        let entry = (key as u64) << 32 | slot as u64;
        for cell in &self.entries {
            if cell.compare_exchange(0, entry, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                return;
            }
        }
        self.misses.fetch_add(1, Ordering::Relaxed);
    }

    /// The cached pairs.
    pub fn entries(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let entries = self.entries.iter().map(|e| e.load(Ordering::Relaxed));
        entries.filter(|e| *e != 0).map(|e| ((e >> 32) as u32, e as u32))
    }

    /// Have more keys been seen than there are entries?
    pub fn is_megamorphic(&self) -> bool {
        self.misses.load(Ordering::Relaxed) > 0
    }
}

/// A number range in a pattern; bounds are constants of the function.
#[derive(Clone, Copy, Debug)]
pub struct RangePattern {
    pub start: Option<u32>,
    pub end: Option<u32>,
    pub inclusive: bool,
}

/// A variant in a pattern.
#[derive(Debug)]
pub struct VariantPattern {
    pub source: VariantSource,
    pub variant: Arc<str>,
    /// The least number of payload values; `None` without parentheses: any payload.
    pub arity: Option<u32>,
    /// More payload values are allowed.
    pub has_rest: bool,
    /// The index of the variant, by the id of the enum.
    pub cache: InlineCache,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VariantSource {
    Result,
    Option,
    /// The definition is in the register operand.
    Register,
}

/// Keys that a dict pattern with a rest names; constants of the function.
pub type KeyList = Vec<u32>;

/// What a loop goes over; recorded for the native tier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IterationKind {
    Ints,
    Array,
    Other,
}

/// A protected region.
#[derive(Clone, Copy, Debug)]
pub struct Handler {
    /// The first protected word.
    pub start: Pc,
    /// The word after the last protected one.
    pub end: Pc,
    pub target: Pc,
    /// Gets the error.
    pub register: Reg,
    /// `except`: the register gets an `Error` struct. Else it is a cleanup (`finally`, the end of a loan): the register gets what
    /// `Rethrow` needs.
    pub is_catch: bool,
    /// Nobody reads the `Error`: it need not be made, and the register gets null.
    pub ignores_error: bool,
}
