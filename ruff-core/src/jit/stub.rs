//! THE table of stubs: what native code calls in the engine. It is expanded into the enum, types, effects and addresses.
//!
//! A stub is an `extern "C"` function that lets no panic out. Its first argument is the machine where it needs one. Where `pc` is an
//! argument, it may be what stands for an inlined frame ([`InlinedFrame::position`](super::InlinedFrame::position)); `frame` is its
//! record.

use super::region::Regions;
use crate::vm::tier;

/// The type of an argument or a result of a stub.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StubType {
    /// An int, an address or a truth value in 64 bits.
    Word,
    Float,
}

/// What a stub gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StubResult {
    Nothing,
    One(StubType),
    /// A payload word and a tag.
    Pair,
}

macro_rules! stubs {
    ($($(#[doc = $doc:literal])* $name:ident $function:ident($($param:ident),*) $result:ident $writes:ident $pure:literal $record:literal;)*) => {
        /// Code of the engine that native code calls.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum Stub { $($(#[doc = $doc])* $name,)* }

        impl Stub {
            /// All stubs in the order of their numbers.
            pub const ALL: &'static [Stub] = &[$(Stub::$name,)*];

            /// The name in listings.
            pub fn name(self) -> &'static str {
                match self { $(Stub::$name => stringify!($function),)* }
            }

            /// The types of its arguments.
            pub fn params(self) -> &'static [StubType] {
                match self { $(Stub::$name => &[$(StubType::$param),*],)* }
            }

            /// What it gives.
            pub fn result(self) -> StubResult {
                match self { $(Stub::$name => stubs!(@result $result),)* }
            }

            /// What it may write.
            pub fn writes(self) -> Regions {
                match self { $(Stub::$name => Regions::$writes,)* }
            }

            /// Does it depend on its arguments alone and have no effect?
            pub fn is_pure(self) -> bool {
                match self { $(Stub::$name => $pure,)* }
            }

            /// Does it look at the records of calls? Those it is given, and those below, must be written then.
            pub fn needs_record(self) -> bool {
                match self { $(Stub::$name => $record,)* }
            }

            /// Where its code is.
            pub fn address(self) -> usize {
                match self { $(Stub::$name => (tier::$function as *const ()).expose_provenance(),)* }
            }
        }
    };
    (@result Nothing) => { StubResult::Nothing };
    (@result Pair) => { StubResult::Pair };
    (@result $ty:ident) => { StubResult::One(StubType::$ty) };
}

stubs! {
    /// `(machine, frame, pc)`: looks at the limits at a back-edge whose instruction ends before `pc`, and fills the quantum, which
    /// is used up; it stays so if there is a fault.
    Refill rt_refill(Word, Word, Word) Nothing TICK false true;
    /// `(machine, frame)`: the same before the call whose record is `frame`.
    RefillCall rt_refill_call(Word, Word) Nothing TICK false true;
    /// `(slot)`: releases what a slot holds, and leaves null in it.
    Release rt_release(Word) Nothing RELEASE false false;
    /// `(machine, frame, pc, value)`: replaces the container at an address by a copy of its own, for the instruction before `pc`;
    /// the address of the copy, or 0 for a fault. The caller knows that it changes the value.
    CopyShared rt_copy_shared(Word, Word, Word, Word) Word COPY false true;
    /// `(slot)`: the truth of a value, 0 or 1.
    Truthy rt_truthy(Word) Word NONE false false;
    /// `(machine, frame, pc)`: interprets the instruction at `pc` and the calls that it makes; the index of the word at which it
    /// goes on, or -1 for a fault.
    Step rt_step(Word, Word, Word) Word ALL false true;
    // ---- one instruction without the loop: the index of the word at which it goes on, or -1 for a fault
    /// `(machine, frame, pc, operator, y)`: the instruction before `pc`, whose right operand is at an address.
    Binary rt_binary(Word, Word, Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    AddTake rt_add_take(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc, operator)`: the instruction before `pc`.
    Unary rt_unary(Word, Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc, operator)`: the instruction before `pc`.
    Compare rt_compare(Word, Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc, operator, x, y)`: compares the values at two addresses for the jump before `pc`; 0 or 1, or -1.
    CompareNow rt_compare_now(Word, Word, Word, Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc, tag, payload)`: `op_eq`, asked by the instruction before `pc`, has given this, which is no bool: -1.
    NotABool rt_not_a_bool(Word, Word, Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    In rt_in(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    NotIn rt_not_in(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    NewArray rt_new_array(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    ArrayPush rt_array_push(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    ArrayExtend rt_array_extend(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    NewDict rt_new_dict(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    DictPut rt_dict_put(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    DictExtend rt_dict_extend(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    NewStruct rt_new_struct(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    NewRange rt_new_range(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    NewRangeInclusive rt_new_range_inclusive(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    Concat rt_concat(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    GetVariant rt_get_variant(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    NewVariant rt_new_variant(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    GetIndex rt_get_index(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    GetIndexOrNull rt_get_index_or_null(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    SetIndex rt_set_index(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    GetField rt_get_field(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    GetFieldOrNull rt_get_field_or_null(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    SetField rt_set_field(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    Slice rt_slice(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    SliceInclusive rt_slice_inclusive(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    GetPath rt_get_path(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    SetPath rt_set_path(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    Lend rt_lend(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    Restore rt_restore(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    CallFunction rt_call_function(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    CallValue rt_call_value(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    CallBuiltin rt_call_builtin(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc, entry)`: `CallBuiltin` of a builtin that every script may call with so many arguments.
    CallFree rt_call_free(Word, Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc, entry)`: a call of such a builtin as a method, by the instruction before `pc`, which has its receiver in
    /// the window too.
    CallFreeMethod rt_call_free_method(Word, Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    CallMethod rt_call_method(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    CallPlaceMethod rt_call_place_method(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    PrepareMethod rt_prepare_method(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    CallPreparedMethod rt_call_prepared_method(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc, entry, receiver)`: `CallPlaceMethod` or `CallPreparedMethod` of a builtin that changes its receiver, which is
    /// in a register, at an address.
    ChangeReceiver rt_change_receiver(Word, Word, Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    CallSpread rt_call_spread(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    CallMethodSpread rt_call_method_spread(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    CallPlaceMethodSpread rt_call_place_method_spread(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    ForPrepare rt_for_prepare(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    ForPrepareRange rt_for_prepare_range(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    ForPreparePairs rt_for_prepare_pairs(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    ForNext rt_for_next(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    ForNextPair rt_for_next_pair(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    Unwrap rt_unwrap(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    MatchConst rt_match_const(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    MatchRange rt_match_range(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    MatchVariant rt_match_variant(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    MatchStruct rt_match_struct(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    MatchArray rt_match_array(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    MatchDict rt_match_dict(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    MatchKey rt_match_key(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    GetPayload rt_get_payload(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    GetPayloadRest rt_get_payload_rest(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    GetElement rt_get_element(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    GetElementRest rt_get_element_rest(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    GetEntry rt_get_entry(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    GetEntryRest rt_get_entry_rest(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`.
    GetOwnField rt_get_own_field(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, pc)`: the instruction before `pc`, which raises.
    Throw rt_throw(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, pc)`: the instruction before `pc`, which raises.
    Raise rt_raise(Word, Word, Word) Word MAKE false true;
    /// `(machine, frame, slot)`: the fault that the machine holds is caught in the frame: the error, or null if the address is 0,
    /// goes to the slot. 1, or 0 if the fault is none that scripts catch.
    Catch rt_catch(Word, Word, Word) Word MAKE false true;
    /// `CallBuiltin` of a builtin that changes an array.
    PushBuiltin rt_call_builtin(Word, Word, Word) Word STORE false true;
    /// `CallPlaceMethod` of a builtin that changes an array or a set in a register.
    PushMethod rt_call_place_method(Word, Word, Word) Word STORE false true;
    /// The same for `CallPreparedMethod`.
    PushPrepared rt_call_prepared_method(Word, Word, Word) Word STORE false true;
    /// `GetIndex` of a string.
    GetCharacter rt_get_index(Word, Word, Word) Word MAKE false true;
    /// `Slice` of an array or a string.
    SlicePlain rt_slice(Word, Word, Word) Word MAKE false true;
    /// `SliceInclusive` of an array or a string.
    SlicePlainInclusive rt_slice_inclusive(Word, Word, Word) Word MAKE false true;
    /// `Concat` of strings, numbers, truth values and nulls.
    ConcatPlain rt_concat(Word, Word, Word) Word MAKE false true;
    /// `Add` of two strings.
    JoinStrings rt_binary(Word, Word, Word, Word, Word) Word MAKE false true;
    /// `AddTake` of two strings.
    AppendString rt_add_take(Word, Word, Word) Word APPEND false true;
    /// `ForNext` over a dict, a set or a string.
    ForNextPlain rt_for_next(Word, Word, Word) Word MAKE false true;
    /// `ForNextPair` over a dict, a set or a string, and `ForNextParts` over a dict.
    ForNextPairPlain rt_for_next_pair(Word, Word, Word) Word MAKE false true;
    /// `SetIndex` of a dict.
    SetEntry rt_set_index(Word, Word, Word) Word STORE false true;

    // ---- looking into objects
    /// `(string)`: the number of characters.
    StringLength rt_string_length(Word) Word NONE false false;
    /// `(string, string)`: 1 if the text is the same, else 0.
    StringsEqual rt_strings_equal(Word, Word) Word NONE false false;
    /// `(string, string)`: -1, 0 or 1, or 2 where a comparison costs ticks.
    StringsOrder rt_strings_order(Word, Word) Word NONE false false;
    /// `(search, string, part)`: the answer to a question about a text and a part of it, by its number; -2 where that costs ticks.
    SearchText rt_search_text(Word, Word, Word) Word NONE false false;
    /// `(value, container)`, by their addresses: 1 if the container has the value, 0 if not, 2 if the interpreter must find out.
    ShortContains rt_short_contains(Word, Word) Word NONE false false;
    /// `(set, value)`, the value by its address: the same for a set.
    SetContains rt_set_contains(Word, Word) Word NONE false false;
    /// `(machine, int)`: the address of the decimal text of an int.
    IntString rt_int_string(Word, Word) Word SHARE false false;
    /// `(string, string)`: the address of both joined; 0 if the interpreter must do it.
    JoinShort rt_join_short(Word, Word) Word SHARE false false;
    /// `(string, int)`: the same for a string and the decimal text of an int.
    JoinInt rt_join_int(Word, Word) Word SHARE false false;
    /// `(string, string)`: the same where the caller gives up its reference to the first, which may grow in place.
    AppendShort rt_append_short(Word, Word) Word GROW false false;
    /// `(string, start, end)`: the address of the part between two positions; 0 if the interpreter must make it.
    SliceString rt_slice_string(Word, Word, Word) Word SHARE false false;
    /// `(array, start, end)`: the same for an array.
    SliceArray rt_slice_array(Word, Word, Word) Word SHARE false false;
    /// `(dict)`: the number of entries.
    DictLength rt_dict_length(Word) Word NONE false false;
    /// `(dict, key)`: the address of the value under the key at an address; 0 if there is none.
    FindEntry rt_find_entry(Word, Word) Word NONE false false;
    /// `(dict, int)`: the same for an int.
    FindIntEntry rt_find_int_entry(Word, Word) Word NONE false false;
    /// `(dict, string)`: the same for a string.
    FindStringEntry rt_find_string_entry(Word, Word) Word NONE false false;
    /// `(dict, string, low, high, hint)`: the same for a short text, which is these two words in an entry; the string tells native code
    /// which lookups are the same. Where the last search has found it, as an index of an entry, a `u32` at the address `hint` tells.
    FindShortEntry rt_find_short_entry(Word, Word, Word, Word, Word) Word NONE false false;
    /// `(dict, low, high, hint)`: the same where there is no string.
    FindNamedEntry rt_find_named_entry(Word, Word, Word, Word) Word NONE false false;
    /// `(dict, address, bytes)`: the same for a text.
    FindTextEntry rt_find_text_entry(Word, Word, Word) Word NONE false false;

    /// `(dict, key)`: the address of the value under the key at an address, in an unshared dict, where null is put if there was
    /// none; 0 if the interpreter must do it.
    Entry rt_entry(Word, Word) Word INSERT false false;
    /// `(dict, int, found)`: the same for an int. `found` is what a look for it gave, if nothing was put in since; else 0.
    IntEntry rt_int_entry(Word, Word, Word) Word INSERT false false;
    /// `(dict, string, found)`: the same for a string.
    StringEntry rt_string_entry(Word, Word, Word) Word INSERT false false;

    /// `(set, value)`: adds the value at an address to an unshared set: 1, or 0 if it was there; 2 if the interpreter must do it.
    SetAdd rt_set_add(Word, Word) Word INSERT false false;

    /// `(array, tag)`: makes room for one more value of a tag in an unshared array; 1, or 0 if the interpreter must do it.
    MakeRoom rt_make_room(Word, Word) Word ROOM false false;

    /// `(definition)`: the address of a new struct, whose fields must be written next.
    AllocStruct rt_alloc_struct(Word) Word ALLOC false false;
    /// `(definition, variant, values)`: the same for a value of an enum.
    AllocVariant rt_alloc_variant(Word, Word, Word) Word ALLOC false false;

    /// `(machine, id, variant)`: the same for a result or an option with one value, by the id of its enum.
    AllocOutcome rt_alloc_outcome(Word, Word, Word) Word ALLOC false false;

    /// `(machine, kind, len)`: the address of a new array of so many elements of a kind, which must be written next; 0 where memory is
    /// used up.
    AllocArray rt_alloc_array(Word, Word, Word) Word ALLOC false false;
    /// `(machine)`: the address of a new cell, whose variable must be written next.
    AllocCell rt_alloc_cell(Word) Word ALLOC false false;
    /// `(machine, linked, template, registers, closure)`: the address of a new closure of a linked function, with the cells that its
    /// template names, in registers and in the closure that is running, or 0.
    AllocClosure rt_alloc_closure(Word, Word, Word, Word, Word) Word SHARE false false;
    /// `(machine, linked)`: the address of the closure of a linked function that captures nothing. Its instance keeps it.
    FunctionValue rt_function_value(Word, Word) Word KEEP true false;

    /// `(machine)`: the address of `None`, one reference more.
    None rt_none(Word) Word SHARE false false;

    /// `(machine, frame, exit, reason)`: goes on in the interpreter until the frame returns.
    ExitCall rt_exit_call(Word, Word, Word, Word) Pair ALL false true;
    /// `(machine, frame, exit, reason)`: gives the frame back to the interpreter that entered at a loop.
    ExitLoop rt_exit_loop(Word, Word, Word, Word) Pair ALL false true;
    /// `(machine, frame, base, linked, closure)`: interprets a call whose arguments are in its slots.
    Interpret rt_interpret(Word, Word, Word, Word, Word) Pair ALL false true;
    /// `(machine, frame, base, linked, closure)`: resumes the generator whose address is in the slot below `base`, whatever it is.
    Resume rt_resume(Word, Word, Word, Word, Word) Pair ALL false true;
    /// `(machine)`: 0 each time a guard is to fail for the sake of a test, else 1.
    Stress rt_stress(Word) Word NONE false false;
    /// The remainder of two floats.
    FloatRem rt_float_rem(Float, Float) Float NONE true false;
    /// The power of two floats.
    FloatPow rt_float_pow(Float, Float) Float NONE true false;
}
