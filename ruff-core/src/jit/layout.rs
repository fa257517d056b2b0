//! Sizes and offsets in bytes, of the type that instructions take as an offset.

use crate::bytecode::Function;
use crate::bytecode::function::NativeSlot;
use crate::value::Value;
use crate::value::array::ArrayObject;
use crate::value::bytes::BytesObject;
use crate::value::closure::{CellObject, ClosureObject, LinkedFunction};
use crate::value::dict::{DictEntry, DictObject};
use crate::value::generator::{GeneratorObject, GeneratorState};
use crate::value::heap::{self, Header, Heap};
use crate::value::range::RangeObject;
use crate::value::record::{EnumDefObject, StructObject, VariantObject};
use crate::value::string::StrObject;
use crate::vm::{Frame, Machine, ReturnMode};
use std::mem::offset_of;

/// The size of a value: the distance between neighbours in registers, fields and arrays of values.
pub const VALUE_BYTES: i32 = size_of::<Value>() as i32;
/// In a value: the tag, a byte.
pub const VALUE_TAG: i32 = Value::TAG_OFFSET as i32;
/// In a value: the payload, as wide as its kind; 8 bytes for ints, floats and references.
pub const VALUE_PAYLOAD: i32 = Value::PAYLOAD_OFFSET as i32;

/// In an object: the number of references, a `u32`.
pub const OBJECT_COUNT: i32 = Header::COUNT_OFFSET as i32;
/// In an object: its own word, a `u32`.
pub const OBJECT_AUX: i32 = Header::AUX_OFFSET as i32;

/// In an array: the element kind, a `u32` (see [`crate::value::array::ElementKind`]).
pub const ARRAY_KIND: i32 = OBJECT_AUX;
/// In an array: the address of the elements.
pub const ARRAY_DATA: i32 = ArrayObject::DATA_OFFSET as i32;
/// In an array: the number of elements, a `u64`.
pub const ARRAY_LEN: i32 = ArrayObject::LEN_OFFSET as i32;
/// In an array: how many elements of its kind there is room for, a `u32`.
pub const ARRAY_CAP: i32 = ArrayObject::CAP_OFFSET as i32;
/// In an array: the bytes of the buffer in the object, a `u32`.
pub const ARRAY_ROOM: i32 = ArrayObject::ROOM_OFFSET as i32;

/// In a dict: the address of the entries.
pub const DICT_ENTRIES: i32 = DictObject::ENTRIES_OFFSET as i32;
/// In a dict: the number of entries and of those that were removed, a `u32`.
pub const DICT_LEN: i32 = DictObject::LEN_OFFSET as i32;
/// The size of an entry of a dict; it begins with the two words of its key.
pub const ENTRY_BYTES: i64 = DictEntry::BYTES as i64;
/// In an entry of a dict: the value.
pub const ENTRY_VALUE: i32 = DictEntry::VALUE_OFFSET as i32;

/// In a struct: the id of its declaration, a `u32`.
pub const STRUCT_SHAPE: i32 = OBJECT_AUX;
/// In a struct: the first field; all are values, in the order of the declaration.
pub const STRUCT_FIELDS: i32 = StructObject::FIELDS_OFFSET as i32;

/// In a value of an enum: the index of the variant, a `u32`.
pub const VARIANT_INDEX: i32 = OBJECT_AUX;
/// In a value of an enum: the address of the definition.
pub const VARIANT_DEF: i32 = VariantObject::DEF_OFFSET as i32;
/// In a definition of a struct or an enum: the id of its declaration, a `u32`.
pub const DEF_ID: i32 = OBJECT_AUX;
/// In a definition of an enum: the address of the values of the variants that have none of their own, one value for each variant; 0
/// until one is needed.
pub const ENUM_UNITS: i32 = EnumDefObject::UNITS_OFFSET as i32;
/// In a value of an enum: the number of payload values, a `u64`.
pub const VARIANT_PAYLOAD_LEN: i32 = VariantObject::PAYLOAD_LEN_OFFSET as i32;
/// In a value of an enum: the first payload value.
pub const VARIANT_PAYLOAD: i32 = VariantObject::PAYLOAD_OFFSET as i32;

/// In a range: the first int.
pub const RANGE_START: i32 = RangeObject::START_OFFSET as i32;
/// In a range: the distance between neighbours.
pub const RANGE_STEP: i32 = RangeObject::STEP_OFFSET as i32;
/// In a range: the number of ints, a `u64`.
pub const RANGE_COUNT: i32 = RangeObject::COUNT_OFFSET as i32;

/// In a string: the address of the text.
pub const STR_DATA: i32 = StrObject::DATA_OFFSET as i32;
/// In a string: the length in bytes, a `u32`.
pub const STR_LEN: i32 = StrObject::LEN_OFFSET as i32;
/// In a string: the number of characters, a `u32`, or [`UNKNOWN_CHARS`].
pub const STR_CHARS: i32 = StrObject::CHARS_OFFSET as i32;
/// The number of characters of a string where it has not been counted.
pub const UNKNOWN_CHARS: i64 = crate::value::string::UNKNOWN_CHARS as i64;
/// In a string of one ASCII character that the heap keeps: its byte.
pub const STR_INLINE: i32 = StrObject::INLINE_OFFSET as i32;
/// Two strings of at least so many bytes cost ticks where they are compared.
pub const STR_BYTES_PER_TICK: i64 = crate::value::ops::compare::BYTES_PER_TICK as i64;

/// In a byte string: the address of the bytes.
pub const BYTES_DATA: i32 = BytesObject::DATA_OFFSET as i32;
/// In a byte string: the length, a `u64`.
pub const BYTES_LEN: i32 = BytesObject::LEN_OFFSET as i32;

/// In a closure: the address of its linked function.
pub const CLOSURE_FUNCTION: i32 = ClosureObject::FUNCTION_OFFSET as i32;
/// In a closure: the address of the first captured cell; the others follow, 8 bytes each.
pub const CLOSURE_CAPTURES: i32 = ClosureObject::CAPTURES_OFFSET as i32;
/// In the cell of a captured variable: the value.
pub const CELL_VALUE: i32 = CellObject::VALUE_OFFSET as i32;

/// In a generator: the address of the code that resumes it.
pub const GENERATOR_ENTRY: i32 = GeneratorObject::ENTRY_OFFSET as i32;
/// In a generator: the address of the saved registers.
pub const GENERATOR_REGISTERS: i32 = GeneratorObject::REGISTERS_OFFSET as i32;
/// In a generator: the address of its linked function.
pub const GENERATOR_FUNCTION: i32 = GeneratorObject::FUNCTION_OFFSET as i32;
/// In a generator: the address of its closure, or 0.
pub const GENERATOR_CLOSURE: i32 = GeneratorObject::CLOSURE_OFFSET as i32;
/// In a generator: the word at which it goes on, a `u32`; its state follows, another one. Together they are one word of 64 bits.
pub const GENERATOR_PC: i32 = GeneratorObject::PC_OFFSET as i32;
/// In a generator: its state, a `u32`.
pub const GENERATOR_STATE: i32 = GENERATOR_PC + 4;
/// The state of a generator that is suspended, whose registers own nothing if they are of no use any more.
pub const SUSPENDED: i64 = GeneratorState::Suspended as i64;
/// The state of a generator that runs.
pub const RUNNING: i64 = GeneratorState::Running as i64;
/// The state of a generator that is done.
pub const DONE: i64 = GeneratorState::Done as i64;

/// In a linked function: the address of the first instruction.
pub const FUNCTION_CODE: i32 = offset_of!(LinkedFunction, code) as i32;
/// In a linked function: the address of the first constant.
pub const FUNCTION_CONSTS: i32 = offset_of!(LinkedFunction, consts) as i32;
/// In a linked function: the address of the list of addresses of the program's global variables.
pub const FUNCTION_GLOBALS: i32 = offset_of!(LinkedFunction, globals) as i32;
/// In a linked function: the number of registers of a frame, a `u32`.
pub const FUNCTION_REGISTERS: i32 = offset_of!(LinkedFunction, registers) as i32;
/// In a linked function: the number of parameters, the receiver included, a `u32`.
pub const FUNCTION_PARAMS: i32 = offset_of!(LinkedFunction, params) as i32;
/// In a linked function: 1 if a call with that many arguments needs no preparation, else 0; a byte.
pub const FUNCTION_IS_SIMPLE: i32 = offset_of!(LinkedFunction, is_simple) as i32;
/// In a function: the address of its native entry, or 0.
pub const STATIC_ENTRY: i32 = (offset_of!(Function, native) + NativeSlot::ENTRY_OFFSET) as i32;
/// The size of a linked function: the distance between those of neighbours in a program.
pub const FUNCTION_BYTES: i32 = size_of::<LinkedFunction>() as i32;
/// In a linked function: the address of its [`crate::bytecode::Function`], which tells a callee from others.
pub const FUNCTION_STATIC: i32 = offset_of!(LinkedFunction, function) as i32;
/// In a linked function: the address of the instance of its program.
pub const FUNCTION_INSTANCE: i32 = offset_of!(LinkedFunction, instance) as i32;

/// The size of the record of a call: the distance between the records of nested calls.
pub const FRAME_BYTES: i32 = size_of::<Frame>() as i32;
/// In the record of a call: the address of the linked function.
pub const FRAME_FUNCTION: i32 = offset_of!(Frame, function) as i32;
/// In the record of a call: the address of the first register.
pub const FRAME_BASE: i32 = offset_of!(Frame, base) as i32;
/// In the record of a call: the address of the word behind the instruction that is running.
pub const FRAME_PC: i32 = offset_of!(Frame, pc) as i32;
/// In the record of a call: the address of the closure, or 0.
pub const FRAME_CLOSURE: i32 = offset_of!(Frame, closure) as i32;
/// In the record of a call: the register of the caller that gets the result, a `u16`.
pub const FRAME_DST: i32 = offset_of!(Frame, dst) as i32;
/// In the record of a call: what becomes of the result, a byte.
pub const FRAME_MODE: i32 = offset_of!(Frame, mode) as i32;
/// In the record of a call: 1 if the receiver is in-out, else 0; a byte.
pub const FRAME_KEEPS_RECEIVER: i32 = offset_of!(Frame, keeps_receiver) as i32;
/// The mode of calls whose result goes to native code.
pub const MODE_EXIT: u8 = ReturnMode::Exit as u8;
/// The same for generators.
pub const MODE_GENERATOR_EXIT: u8 = ReturnMode::GeneratorExit as u8;

/// In a machine: the address of its heap.
pub const MACHINE_HEAP: i32 = Machine::HEAP_OFFSET as i32;
/// In a heap: the addresses of the strings of one ASCII character each, by their codes.
pub const HEAP_ASCII: i32 = Heap::ASCII_OFFSET as i32;
/// In a heap: the addresses of the strings that name kinds, by their tags; 0 where an object has its own name.
pub const HEAP_KINDS: i32 = Heap::KINDS_OFFSET as i32;
/// In a heap: the addresses of the first unused memory of each size class, a word each.
pub const HEAP_FREE: i32 = Heap::FREE_OFFSET as i32;
/// In a heap: the bytes in use, a word.
pub const HEAP_USED: i32 = Heap::USED_OFFSET as i32;
/// The difference of two size classes of objects in bytes.
pub const CLASS_STEP: i64 = heap::CLASS_STEP as i64;
/// In unused memory: the address of the next one; what is before it is zero.
pub const FREE_NEXT: i32 = Heap::FREE_NEXT_OFFSET as i32;
/// Blocks of objects begin at multiples of this.
pub const BLOCK_BYTES: i64 = heap::BLOCK_BYTES as i64;
/// In a block: the address of its heap.
pub const BLOCK_HEAP: i32 = Heap::BLOCK_HEAP_OFFSET as i32;
/// A memory checker watches each cell of the heap: machine code frees nothing.
pub const HEAP_IS_WATCHED: bool = cfg!(any(memory_checker = "asan", memory_checker = "valgrind"));
/// In a machine: the ticks left of the quantum, a `u64`.
pub const MACHINE_QUANTUM: i32 = Machine::QUANTUM_OFFSET as i32;
/// In a machine: the address that no record of a call may reach.
pub const MACHINE_FRAMES_END: i32 = Machine::FRAMES_END_OFFSET as i32;
/// In a machine: the end of the registers.
pub const MACHINE_STACK_END: i32 = Machine::STACK_END_OFFSET as i32;
/// In a machine: the stack pointer below which no native code is entered.
pub const MACHINE_STACK_LOW: i32 = Machine::STACK_LOW_OFFSET as i32;

const _: () = assert!(VALUE_BYTES == 16 && VALUE_TAG == 0 && VALUE_PAYLOAD == 8, "values are a tag and a payload");
const _: () = assert!(OBJECT_COUNT == 0 && OBJECT_AUX == 4 && size_of::<Header>() == 8, "objects start with a header");
const _: () =
    assert!(ARRAY_DATA == 8 && ARRAY_LEN == 16 && ARRAY_CAP == 24, "an array is its header, two words and two halves");
const _: () = assert!(STR_DATA == 8 && STR_LEN == 16, "text and its length lie where those of an array do");
const _: () = assert!(STR_INLINE as usize == ArrayObject::INLINE_OFFSET, "and so do both where they are in the object");
const _: () = assert!(FREE_NEXT == 0 || FREE_NEXT == 8, "unused memory is linked");
const _: () = assert!(CLASS_STEP == 16, "classes are counted in steps of two words");
const _: () = assert!(STRUCT_FIELDS % 8 == 0 && VARIANT_PAYLOAD % 8 == 0 && CELL_VALUE % 8 == 0, "values are aligned");
const _: () = assert!(CLOSURE_CAPTURES % 8 == 0, "references are aligned");
const _: () = assert!(GENERATOR_PC % 8 == 0, "where a generator goes on is one word");
const _: () = assert!(FRAME_BYTES == 40 && FRAME_FUNCTION == 0, "a record is five words");
const _: () = assert!(
    FRAME_DST % 4 == 0 && FRAME_MODE == FRAME_DST + 2 && FRAME_KEEPS_RECEIVER == FRAME_DST + 3,
    "what a record says of the result is one word of 32 bits"
);
