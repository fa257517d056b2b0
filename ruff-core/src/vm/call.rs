//! Calls: from an instruction or a native to a script function, a native, a constructor or a struct with `op_call`.
//!
//! The arguments are in a window of registers. A script function gets a frame that begins there; everything else is done at
//! once.
//!
//! This file is unsafe: windows are addressed by pointers.

#![allow(unsafe_code)]

use super::frame::{Callee, Frame, ReturnMode};
use super::instance::{NativeTarget, sibling};
use super::native::{Arity, Ctx, NativeEntry, catch};
use super::stack::{self, Parts};
use super::{HostCall, Machine};
use crate::bytecode::function::feedback;
use crate::bytecode::{EnumKind, Function, Instr, OperatorMethod, Site, StructDecl};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::limits::NATIVE_DEPTH_MAX;
use crate::value::closure::{ClosureObject, LinkedFunction};
use crate::value::record::{EnumDefObject, VariantObject};
use crate::value::text::clip;
use crate::value::{Heap, NativeId, Ref, Value};
use std::ptr::NonNull;

/// The error of a call of what cannot be called.
#[cold]
pub(super) fn not_callable(callee: &Value) -> Fault {
    let message = "Cannot call non-function; the value being called is not callable. Pass a function, closure, or \
                   imported callable value instead.";
    let mut fault = Fault::error(Code::NOT_CALLABLE, message);
    if let Value::StructDef(def) = callee {
        fault.help = Some(format!("a struct is made without a call: `{}`", literal_form(def.decl())).into());
    }
    fault
}

/// How a value of the struct is written: `P { x: …, y: … }`.
fn literal_form(decl: &StructDecl) -> String {
    let fields_shown = if decl.is_error() { 1 } else { 4 };
    let fields: Vec<String> = decl.fields.iter().take(fields_shown).map(|f| format!("{}: …", clip(&f.name))).collect();
    match fields.is_empty() {
        true => format!("{} {{ }}", clip(&decl.name)),
        false => format!("{} {{ {} }}", clip(&decl.name), fields.join(", ")),
    }
}

/// Where the arguments of a call are and what becomes of its result.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    /// The receiver, if there is one, and the arguments.
    pub window: *mut Value,
    /// Values in the window, the receiver included.
    pub count: usize,
    pub dst: u16,
    pub mode: ReturnMode,
    /// Indices of the arguments marked `mut`; the receiver is not counted.
    pub marks: &'a [u32],
}

/// A call from native code while it lasts. When it is over, also by a panic, its slots are given back and its frames are gone.
struct Nest<'m> {
    machine: &'m mut Machine,
    window: *mut Value,
    slots: usize,
    /// What was reserved before.
    reserved: *mut Value,
    /// The frame that was running before.
    frame: *mut Frame,
    /// Native code has called what calls.
    for_native_code: bool,
}

impl Drop for Nest<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        let Nest { ref mut machine, window, slots, reserved, frame, for_native_code } = *self;
        if machine.frame != frame {
            // A panic.
            machine.cut_above(frame);
        }
        if for_native_code {
            machine.suspend_period();
        }
        machine.native_depth -= 1;
        machine.reserved = reserved;
        // SAFETY: the slots are in the stack and hold values; no frame is there any more.
        unsafe { stack::clear_all(window, slots) };
    }
}

/// What a call did.
pub(super) enum Outcome {
    /// It pushed a frame.
    Entered,
    Value(Value),
}

/// Can the value be called?
pub fn is_callable(value: &Value) -> bool {
    match value {
        Value::Native(_) | Value::Closure(_) | Value::Constructor(_) => true,
        Value::Struct(s) => s.def().operator(OperatorMethod::Call).is_some(),
        Value::Host(h) => h.method("op_call").is_some(),
        _ => false,
    }
}

/// The closure that a frame must keep: none if it captures nothing.
#[inline(always)]
pub(super) fn held(closure: &Ref<ClosureObject>) -> Option<Ref<ClosureObject>> {
    if closure.captures().is_empty() { None } else { Some(closure.clone()) }
}

/// The address of the closure that a call keeps, or 0.
#[inline(always)]
pub(super) fn held_raw(closure: &Option<Ref<ClosureObject>>) -> usize {
    closure.as_ref().map_or(0, |c| c.as_ptr().as_ptr().expose_provenance())
}

/// The function of a closure in a register, if a call of it with `count` arguments needs no preparation.
///
/// # Safety
/// The frame is active and the register is in it.
#[inline(always)]
pub(super) unsafe fn simple_closure(
    frame: *const Frame,
    register: *const Value,
    count: u16,
    site: u32,
) -> Option<*const LinkedFunction> {
    // SAFETY: the caller's; linked functions live as long as the machine.
    unsafe {
        let Value::Closure(closure) = &*register else { return None };
        let linked = closure.linked();
        let is_plain = linked.as_ref().is_direct.get() && linked.as_ref().params == count as u32;
        if !is_plain {
            return None;
        }
        let site = (*frame).linked_function().sites.get(site as usize)?;
        if !site.in_out.is_empty() {
            return None;
        }
        note_callee(frame, site, linked.as_ref());
        Some(linked.as_ptr())
    }
}

/// What a site caches for callees of other programs.
pub const FOREIGN_CALLEE: u32 = u32::MAX;

/// Notes in the cache of a site which function it calls, by its number and one.
///
/// # Safety
/// The frame is active.
#[inline(always)]
unsafe fn note_callee(frame: *const Frame, site: &Site, callee: &LinkedFunction) {
    // SAFETY: the caller's; functions live as long as the machine.
    unsafe {
        let is_sibling = callee.instance == (*(*frame).function).instance;
        let key = if is_sibling { (*callee.function).id.0 + 1 } else { FOREIGN_CALLEE };
        if site.cache.get(key).is_none() {
            site.cache.put(key, 0);
        }
    }
}

/// Does a call of a function with `count` arguments, some of them lent, need no preparation? The site has noted that it takes them.
///
/// # Safety
/// The frame is active and its function has the site.
#[inline(always)]
pub(super) unsafe fn is_simple_marked(
    frame: *const Frame,
    site: u32,
    callee: *const LinkedFunction,
    count: u16,
) -> bool {
    // SAFETY: the caller's; linked functions live as long as the machine.
    unsafe {
        let is_ready = (*callee).is_interpreted.get() && (*callee).in_out != 0 && (*callee).params == count as u32;
        is_ready
            && match (*frame).linked_function().sites.get(site as usize) {
                Some(site) => site.cache.get((*(*callee).function).id.0 + 1).is_some(),
                None => false,
            }
    }
}

/// The closure, if a call of it with `count` arguments pushes a frame and no more.
#[inline(always)]
fn direct_closure(callee: &Value, count: usize) -> Option<Callee> {
    let Value::Closure(closure) = callee else { return None };
    let linked = closure.linked();
    // SAFETY: linked functions live as long as the machine.
    let is_direct = unsafe { linked.as_ref().is_direct.get() && linked.as_ref().params as usize == count };
    is_direct.then(|| Callee { linked, closure: held(closure), keeps_receiver: false })
}

/// What a frame of the closure in a register must keep.
///
/// # Safety
/// The register holds a closure.
#[inline(always)]
pub(super) unsafe fn captures_of(register: *const Value) -> Option<Ref<ClosureObject>> {
    // SAFETY: the caller's.
    match unsafe { &*register } {
        Value::Closure(closure) => held(closure),
        _ => None,
    }
}

/// The positional arguments that a function must and may have, its receiver not counted.
pub(super) fn arity(function: &Function) -> Arity {
    let fixed = function.params.len() - function.has_rest as usize;
    let min = fixed - function.optional_params();
    Arity { min: min as u32, max: if function.has_rest { None } else { Some(fixed as u32) } }
}

impl Machine {
    // ---- instructions

    /// `CallFunction`.
    pub(super) fn call_function(&mut self, i: Instr) -> Result<()> {
        let ext = self.extension();
        // SAFETY: a frame is active and verified code names functions of its program.
        let linked = unsafe { NonNull::new_unchecked(sibling((*self.frame).function, ext.x()).cast_mut()) };
        let callee = Callee { linked, closure: None, keeps_receiver: false };
        let outcome = if ext.y() == u32::MAX {
            self.call_linked(callee, self.call_of(i, i.c() as usize, &[]))?
        } else {
            self.call_marked(callee, i, self.site(ext.y()))?
        };
        self.finish(i.a(), outcome);
        Ok(())
    }

    /// A call with `mut` arguments. The site notes functions that take exactly these.
    fn call_marked(&mut self, callee: Callee, i: Instr, site: &Site) -> Result<Outcome> {
        let call = self.call_of(i, i.c() as usize, &site.in_out);
        let function = self.function_of(callee.linked);
        let key = function.id.0 + 1;
        if site.cache.get(key).is_some() {
            return self.call_bound(callee, call);
        }
        let is_plain = function.params.len() == call.count && !function.has_rest;
        let outcome = self.call_linked(callee, call)?;
        if is_plain {
            site.cache.put(key, 0);
        }
        Ok(outcome)
    }

    /// `Call`.
    pub(super) fn call_register(&mut self, i: Instr) -> Result<()> {
        let ext = self.extension();
        let marks = &self.site(ext.x()).in_out;
        let call = self.call_of(i, i.c() as usize, marks);
        let callee = self.value(ext.y() as u16).clone();
        match &callee {
            // SAFETY: a frame is active, and linked functions live as long as the machine.
            Value::Closure(closure) => unsafe {
                note_callee(self.frame, self.site(ext.x()), closure.linked().as_ref());
            },
            Value::Struct(object) => self.note_asked(object.shape()),
            Value::Native(id) => {
                self.record(feedback::OTHER_CALLEE);
                return self.call_native_into(*id, call);
            }
            _ => self.record(feedback::OTHER_CALLEE),
        }
        let outcome = self.call_value(&callee, call)?;
        self.finish(i.a(), outcome);
        Ok(())
    }

    /// `CallNative`.
    #[inline(never)]
    pub(super) fn call_native_op(&mut self, i: Instr) -> Result<()> {
        let target = self.running().natives.get(self.extension().x() as usize).copied();
        let call = self.call_of(i, i.c() as usize, &[]);
        match target {
            Some(NativeTarget::Native(id)) => {
                if i.c() > 0 {
                    // SAFETY: the window of a call holds a value for each argument.
                    self.record(feedback::CALLED | feedback::subject(unsafe { stack::tag_of(call.window) }));
                }
                self.call_native_into(id, call)
            }
            Some(NativeTarget::Prelude(linked)) => self.call_prelude(linked, call),
            Some(NativeTarget::Missing) | None => Err(self.missing_native()),
        }
    }

    #[inline(never)]
    fn call_prelude(&mut self, linked: NonNull<LinkedFunction>, call: Call<'_>) -> Result<()> {
        self.record(feedback::CALLED);
        let outcome = self.call_linked(Callee { linked, closure: None, keeps_receiver: false }, call)?;
        self.finish(call.dst, outcome);
        Ok(())
    }

    #[cold]
    fn missing_native(&self) -> Fault {
        let name = self.running().program.natives.get(self.extension().x() as usize);
        let name = name.map_or("", |n| n);
        Fault::error(Code::UNDEFINED, format!("Undefined variable: {name}"))
    }

    /// The call of an instruction with its window in `b`.
    #[inline(always)]
    pub(super) fn call_of<'a>(&self, i: Instr, count: usize, marks: &'a [u32]) -> Call<'a> {
        Call { window: self.register(i.b()), count, dst: i.a(), mode: ReturnMode::Normal, marks }
    }

    /// Stores what a call gave at once.
    #[inline(always)]
    pub(super) fn finish(&mut self, dst: u16, outcome: Outcome) {
        if let Outcome::Value(value) = outcome {
            self.put(dst, value);
        }
    }

    // ---- callees

    /// Calls any value.
    ///
    /// # Errors
    /// `RUF1004`, the errors of binding arguments, and what a native raises.
    pub(super) fn call_value(&mut self, callee: &Value, call: Call<'_>) -> Result<Outcome> {
        match callee {
            Value::Closure(closure) => {
                let callee = Callee { linked: closure.linked(), closure: held(closure), keeps_receiver: false };
                self.call_linked(callee, call)
            }
            Value::Native(id) => self.call_native(*id, call).map(Outcome::Value),
            Value::Constructor(constructor) => {
                self.tick()?;
                let payload = self.arguments(call).iter_mut().map(Value::take);
                let variant = make_variant(constructor.def(), constructor.variant(), payload)?;
                Ok(Outcome::Value(variant))
            }
            Value::Struct(object) => match object.def().operator(OperatorMethod::Call).cloned() {
                Some(method) => {
                    let call = self.shift(callee.clone(), call)?;
                    self.call_method_closure(&method, false, call)
                }
                None => Err(not_callable(callee)),
            },
            Value::Host(object) if let Some(method) = object.method("op_call") => {
                let call = self.shift(callee.clone(), call)?;
                self.call_native(method, call).map(Outcome::Value)
            }
            _ => Err(not_callable(callee)),
        }
    }

    /// Calls a method of a struct; the receiver is the first value of the window.
    pub(super) fn call_method_closure(
        &mut self,
        method: &Ref<ClosureObject>,
        keeps_receiver: bool,
        call: Call<'_>,
    ) -> Result<Outcome> {
        let callee = Callee { linked: method.linked(), closure: held(method), keeps_receiver };
        self.call_linked(callee, call)
    }

    /// Binds the arguments of a script function and pushes its frame, or makes its generator.
    pub(super) fn call_linked(&mut self, callee: Callee, call: Call<'_>) -> Result<Outcome> {
        // SAFETY: linked functions live as long as the machine.
        let linked = unsafe { callee.linked.as_ref() };
        let is_ready = linked.is_simple && linked.params as usize == call.count && call.marks.is_empty();
        if !is_ready {
            self.check_room(linked, call)?;
            self.bind(linked.function(), call)?;
        }
        self.call_bound(callee, Call { count: linked.params as usize, ..call })
    }

    /// Calls a script function whose window holds one value for each parameter.
    pub(super) fn call_bound(&mut self, callee: Callee, call: Call<'_>) -> Result<Outcome> {
        // SAFETY: linked functions live as long as the machine.
        let linked = unsafe { callee.linked.as_ref() };
        if linked.function().is_generator {
            self.tick()?;
            return self.new_generator(callee, call).map(Outcome::Value);
        }
        if self.tier.is_active()
            && let Some(entry) = self.native_entry(linked, call.window)
        {
            return self.call_native_code(entry, &callee, call.window).map(Outcome::Value);
        }
        let keeps = callee.keeps_receiver || !linked.is_simple && linked.function().has_in_out();
        let mode = if call.mode == ReturnMode::Normal && keeps { ReturnMode::InOut } else { call.mode };
        self.push_frame(callee, call.window, call.dst, mode)?;
        Ok(Outcome::Entered)
    }

    fn check_room(&self, linked: &LinkedFunction, call: Call<'_>) -> Result<()> {
        let slots = call.count.max(linked.registers as usize);
        if call.window.wrapping_add(slots) > self.stack_end {
            return Err(self.depth_error(linked.function().display_name()));
        }
        Ok(())
    }

    /// The values of a call's window.
    pub(super) fn arguments<'a>(&mut self, call: Call<'_>) -> &'a mut [Value] {
        // SAFETY: a window is inside the stack and holds values; only this call refers to it.
        unsafe { std::slice::from_raw_parts_mut(call.window, call.count) }
    }

    /// Puts a receiver in front of the arguments.
    pub(super) fn shift<'a>(&mut self, receiver: Value, call: Call<'a>) -> Result<Call<'a>> {
        if call.window.wrapping_add(call.count + 1) > self.stack_end {
            return Err(self.depth_error("op_call"));
        }
        // SAFETY: the slot after the arguments is in the stack and holds a value; it is released before it is overwritten.
        unsafe {
            stack::clear(call.window.add(call.count));
            std::ptr::copy(call.window, call.window.add(1), call.count);
            call.window.write(receiver);
        }
        Ok(Call { count: call.count + 1, ..call })
    }

    // ---- natives

    /// Calls a native function. Its arguments are released; if it fails they stay, so that a loan among them can be given back.
    pub(super) fn call_native(&mut self, id: NativeId, call: Call<'_>) -> Result<Value> {
        let arguments = self.arguments(call);
        let result = self.call_native_with(id, arguments, call.marks);
        if result.is_ok() {
            // SAFETY: the window holds values.
            unsafe { stack::clear_arguments(call.window, call.count) };
        }
        result
    }

    /// Calls a native function and puts its result into register `call.dst`. Its arguments are released; if it fails they stay.
    #[inline(always)]
    pub(super) fn call_native_into(&mut self, id: NativeId, call: Call<'_>) -> Result<()> {
        match self.library_for_ever().native(id) {
            Some(entry) if entry.is_free() && entry.arity.accepts(call.count) && call.marks.is_empty() => {
                self.call_free(entry, call)
            }
            _ => self.call_checked_into(id, call),
        }
    }

    #[inline(never)]
    fn call_checked_into(&mut self, id: NativeId, call: Call<'_>) -> Result<()> {
        let result = self.call_native(id, call);
        self.put_result(call.dst, result)
    }

    /// The same for a builtin that every script may call, with a number of arguments that it takes.
    #[inline(always)]
    pub(super) fn call_free(&mut self, entry: &NativeEntry, call: Call<'_>) -> Result<()> {
        debug_assert!(entry.is_free() && entry.arity.accepts(call.count) && call.marks.is_empty());
        self.tick()?;
        let arguments = self.arguments(call);
        let result = Parts::of(entry.function.call(&mut Ctx { machine: self }, arguments));
        let parts = self.charged(result)?;
        // SAFETY: the window and the register hold values.
        unsafe {
            stack::clear_arguments(call.window, call.count);
            parts.put(self.register(call.dst));
        }
        Ok(())
    }

    /// The result of a builtin, when the copies that it has made are charged.
    #[inline(always)]
    pub(super) fn charged(&mut self, result: Result<Parts>) -> Result<Parts> {
        if self.heap.owes_copies()
            && let Err(trap) = self.charge_owed()
        {
            drop(result.map(Parts::join));
            return Err(trap);
        }
        result
    }

    /// Calls a native function with arguments that may be anywhere.
    #[inline(never)]
    pub(super) fn call_native_with(&mut self, id: NativeId, arguments: &mut [Value], marks: &[u32]) -> Result<Value> {
        let Some(entry) = self.library_for_ever().native(id) else {
            return Err(Fault::bug("a native of another engine"));
        };
        if !entry.arity.accepts(arguments.len()) {
            return Err(entry.arity.error(&entry.name, arguments.len()));
        }
        if let Some(mark) = marks.first() {
            let message = format!("parameter {} of {} is not mut", mark + 1, entry.name);
            return Err(Fault::error(Code::ARGUMENTS, message));
        }
        if let Some(capability) = entry.capability
            && !self.granted.contains(capability)
        {
            let message = format!("Capability denied: {} required for {}", capability.name(), entry.name);
            return Err(Fault::error(Code::CAPABILITY, message));
        }
        self.tick()?;
        let value = match entry.is_host {
            true => self.call_host(id, entry, arguments),
            false => entry.function.call(&mut Ctx { machine: self }, arguments),
        };
        self.charge_copies(value)
    }

    /// Calls code of the host, which traces show. A panic becomes its error.
    #[inline]
    fn call_host(&mut self, id: NativeId, entry: &NativeEntry, arguments: &mut [Value]) -> Result<Value> {
        self.host_calls.push(HostCall { native: id, frame: self.frame });
        let result = catch(&entry.name, || entry.function.call(&mut Ctx { machine: self }, arguments));
        self.host_calls.pop();
        result.map_err(|mut fault| {
            if fault.trace.is_empty() {
                fault.raised_in.get_or_insert_with(|| entry.name.clone());
            }
            fault
        })
    }

    // ---- calls from native code

    /// Calls a value from native code and waits for its result.
    ///
    /// # Errors
    /// What the callee raises; `RUF1016` if native calls nest too deep.
    pub(super) fn call_nested(&mut self, callee: &Value, arguments: &[Value]) -> Result<Value> {
        self.nested(arguments.len() + 1, |machine, window| {
            for (i, argument) in arguments.iter().enumerate() {
                // SAFETY: `nested` made room for that many values, and the slots hold nothing.
                unsafe { window.add(i).write(argument.clone()) };
            }
            let mode = ReturnMode::Exit;
            let call = Call { window, count: arguments.len(), dst: 0, mode, marks: &[] };
            machine.call_value(callee, call)
        })
    }

    /// Calls a value with arguments that `fill` writes into the window, whose slots hold nothing that is counted.
    ///
    /// # Errors
    /// As [`Machine::call_nested`], and what `fill` reports.
    #[inline]
    pub(super) fn call_filled(
        &mut self,
        callee: &Value,
        count: usize,
        fill: impl FnOnce(&Heap, &mut [Value]) -> Result<()>,
    ) -> Result<Value> {
        // Where a quantum ends, the general path looks at what is hot.
        if let Some(callee) = direct_closure(callee, count)
            && self.quantum > 0
        {
            return self.call_direct(callee, count, fill);
        }
        self.nested(count + 1, |machine, window| {
            let call = Call { window, count, dst: 0, mode: ReturnMode::Exit, marks: &[] };
            let arguments = machine.arguments(call);
            fill(&machine.heap, arguments)?;
            machine.call_value(callee, call)
        })
    }

    /// The same for a function whose call pushes a frame and no more. Its result is passed on as the loop gives it.
    #[inline]
    fn call_direct(
        &mut self,
        callee: Callee,
        count: usize,
        fill: impl FnOnce(&Heap, &mut [Value]) -> Result<()>,
    ) -> Result<Value> {
        let nest = self.open_nest(count)?;
        let machine = &mut *nest.machine;
        let call = Call { window: nest.window, count, dst: 0, mode: ReturnMode::Exit, marks: &[] };
        let arguments = machine.arguments(call);
        fill(&machine.heap, arguments)?;
        machine.push_frame(callee, call.window, call.dst, call.mode)?;
        machine.run()
    }

    /// Calls a method that the declaration of a struct value or host object has.
    ///
    /// # Errors
    /// As [`Machine::call_nested`].
    pub(super) fn call_method_nested(
        &mut self,
        receiver: &Value,
        name: &str,
        arguments: &[Value],
    ) -> Result<Option<Value>> {
        let object = match receiver {
            Value::Struct(object) => object,
            Value::Host(_) => return self.call_host_method(receiver, name, arguments),
            _ => return Ok(None),
        };
        let Some(method) = object.def().method(name).cloned() else { return Ok(None) };
        let result = self.nested(arguments.len() + 2, |machine, window| {
            // SAFETY: as in `call_nested`.
            unsafe {
                window.write(receiver.clone());
                for (i, argument) in arguments.iter().enumerate() {
                    window.add(i + 1).write(argument.clone());
                }
            }
            let (count, mode) = (arguments.len() + 1, ReturnMode::Exit);
            let call = Call { window, count, dst: 0, mode, marks: &[] };
            machine.call_method_closure(&method, false, call)
        });
        result.map(Some)
    }

    /// Runs a function without parameters.
    pub(super) fn run_linked(&mut self, linked: NonNull<LinkedFunction>) -> Result<Value> {
        self.nested(1, |machine, window| {
            let call = Call { window, count: 0, dst: 0, mode: ReturnMode::Exit, marks: &[] };
            machine.call_linked(Callee { linked, closure: None, keeps_receiver: false }, call)
        })
    }

    /// Starts a call in free slots above all frames, and runs it to its end.
    #[inline]
    pub(super) fn nested(
        &mut self,
        slots: usize,
        start: impl FnOnce(&mut Machine, *mut Value) -> Result<Outcome>,
    ) -> Result<Value> {
        let nest = self.open_nest(slots)?;
        match start(nest.machine, nest.window)? {
            Outcome::Value(value) => Ok(value),
            Outcome::Entered => nest.machine.run(),
        }
    }

    /// Takes free slots above all frames for a call from native code.
    #[inline(always)]
    fn open_nest(&mut self, slots: usize) -> Result<Nest<'_>> {
        let window = self.free_base();
        let end = window.wrapping_add(slots);
        if self.native_depth >= NATIVE_DEPTH_MAX || end > self.stack_end {
            return Err(self.depth_error(self.running_name()));
        }
        let reserved = std::mem::replace(&mut self.reserved, end);
        // SAFETY: the slots are in the stack and hold values, which nobody uses.
        unsafe { stack::clear_all(window, slots) };
        if self.native_depth == 0 {
            self.tier.begin();
        }
        self.native_depth += 1;
        let for_native_code = self.tier.is_native();
        if for_native_code {
            self.resume_period(false);
        }
        Ok(Nest { window, slots, reserved, frame: self.frame, for_native_code, machine: self })
    }

    /// The error of calls that nest too deep.
    #[cold]
    pub(super) fn depth_error(&self, name: &str) -> Fault {
        let max = self.limits.call_depth;
        let message = format!("Maximum call stack depth of {max} exceeded while calling {name}");
        Fault::error(Code::CALL_DEPTH, message)
    }

    fn running_name(&self) -> &str {
        if self.frame == self.frames.start() { "main" } else { self.function().display_name() }
    }

    /// The positional arguments that a call of the value must and may have.
    pub fn arity_of(&self, callee: &Value) -> Option<Arity> {
        match callee {
            Value::Native(id) => self.library.native(*id).map(|entry| entry.arity),
            Value::Host(object) => {
                let method = object.method("op_call")?;
                self.library.native(method).map(|entry| entry.arity.without_receiver())
            }
            other => script_arity(other),
        }
    }
}

/// The same for values that say it themselves: all but natives.
pub fn script_arity(callee: &Value) -> Option<Arity> {
    match callee {
        Value::Closure(closure) => Some(arity(closure.function())),
        Value::Constructor(c) => {
            let decl = c.def().decl();
            let variant = decl.variants.get(c.variant() as usize)?;
            Some(variant.arity.map_or(Arity::ANY, Arity::exactly))
        }
        Value::Struct(object) => object.def().operator(OperatorMethod::Call).map(|m| arity(m.function())),
        _ => None,
    }
}

/// A value of an enum; the number of payload values must be the declared one.
pub(super) fn make_variant(
    def: &Ref<EnumDefObject>,
    variant: u32,
    payload: impl ExactSizeIterator<Item = Value>,
) -> Result<Value> {
    let decl = def.decl();
    let declared = decl.variants.get(variant as usize);
    if let Some(arity) = declared.and_then(|v| v.arity)
        && arity as usize != payload.len()
    {
        return Err(payload_error(def, variant, payload.len()));
    }
    Ok(Value::Variant(VariantObject::alloc(def, variant, payload)))
}

/// The error of a variant with the wrong number of payload values.
#[cold]
pub(super) fn payload_error(def: &Ref<EnumDefObject>, variant: u32, given: usize) -> Fault {
    let decl = def.decl();
    let Some(declared) = decl.variants.get(variant as usize) else { return Fault::bug("an unknown variant") };
    let name = match decl.kind {
        EnumKind::Declared => format!("{}::{}", decl.name, declared.name),
        _ => declared.name.to_string(),
    };
    Arity::exactly(declared.arity.unwrap_or(0)).error(&name, given)
}
