//! From a fault to the handler that goes on with it: search, `Error` values, traces, cleanup.
//!
//! The search looks at frames before it removes any, so that an error that is caught needs no trace: its `Error` is made from
//! the frames. A cleanup handler (`finally`, the end of a loan) holds the fault back in `Machine::pending`, by the number that
//! its register gets, until `Rethrow`. Limits, interrupts, `exit` and panics reach no handler; only their loans are ended, so that no
//! variable stays lent.
//!
//! This file is unsafe: it walks frames.

#![allow(unsafe_code)]

use super::Machine;
use super::frame::{self, Frame};
use super::instance::instance_of;
use super::stack;
use crate::bytecode::{Function, Handler, Op, ProgramData, StructDecl};
use crate::code::Code;
use crate::fault::{Fault, FaultKind, FrameKind, Result, TraceFrame, contain};
use crate::syntax::source::{Source, Span};
use crate::value::array::ArrayObject;
use crate::value::generator::GeneratorObject;
use crate::value::record::StructObject;
use crate::value::string::StrObject;
use crate::value::{Ref, Value, ops, text};
use std::sync::{Arc, LazyLock};

/// A fault that a cleanup handler holds back.
pub(super) struct Pending {
    id: i64,
    /// The frame of the handler.
    frame: *mut Frame,
    fault: Fault,
}

/// Indices of the fields of `Error`.
mod field {
    pub const MESSAGE: usize = 0;
    pub const KIND: usize = 1;
    pub const LINE: usize = 2;
    pub const COLUMN: usize = 3;
    pub const STACK: usize = 4;
    pub const VALUE: usize = 5;
    pub const CAUSE: usize = 6;
    pub const COUNT: usize = 7;
}

impl Machine {
    /// Finds the handler of a fault in the frames from the top down to `entry` and lets its frame go on there.
    ///
    /// # Errors
    /// The fault, if there is none; those frames are gone then.
    pub(super) fn unwind(&mut self, mut fault: Fault, entry: *mut Frame) -> Result<()> {
        if fault.kind != FaultKind::Error {
            self.fill_trace(&mut fault);
            self.cut(entry, true);
            return Err(fault);
        }
        let Some((frame, handler)) = self.find_handler(entry) else {
            self.fill_trace(&mut fault);
            self.cut(entry, false);
            return Err(fault);
        };
        let value = if handler.ignores_error {
            Value::Null
        } else if handler.is_catch {
            match self.error_value(fault) {
                Ok(error) => error,
                Err(trap) => return self.unwind(trap, entry),
            }
        } else {
            self.fill_trace(&mut fault);
            Value::Int(self.hold_back(frame, fault))
        };
        while self.frame != frame {
            self.pop_frame();
        }
        // SAFETY: the frame is active and the handler is its own.
        unsafe {
            let frame = &mut *frame;
            frame.pc = (*frame.function).code.add(handler.target.0 as usize);
            stack::set(frame.base.add(handler.register.0 as usize), value);
        }
        Ok(())
    }

    fn find_handler(&self, entry: *mut Frame) -> Option<(*mut Frame, Handler)> {
        let mut frame = self.frame;
        while frame >= entry {
            // SAFETY: frames from the entry to the top are active.
            let (pc, function) = unsafe { ((*frame).pc_index(), &*(*(*frame).function).function) };
            if let Some(handler) = function.handler_of(pc) {
                if handler.is_catch && self.tier.is_active() {
                    function.native.note_caught(pc, function.code.len());
                }
                return Some((frame, *handler));
            }
            // SAFETY: the entry is above the sentinel.
            frame = unsafe { frame.sub(1) };
        }
        None
    }

    /// Removes the frames from the top down to `entry`.
    pub(super) fn cut(&mut self, entry: *mut Frame, ends_loans: bool) {
        while self.frame >= entry {
            if ends_loans {
                self.end_loans();
            }
            self.pop_frame();
        }
    }

    /// Removes the frames above `frame`, which a panic has left.
    #[cold]
    pub(super) fn cut_above(&mut self, frame: *mut Frame) {
        self.cut(frame.wrapping_add(1), true);
    }

    /// Runs the part of the cleanup handlers of the running frame that gives lent values back.
    fn end_loans(&mut self) {
        // SAFETY: a frame is active.
        let pc = unsafe { (*self.frame).pc_index() };
        let function = self.function();
        for handler in function.handlers_of(pc).filter(|h| !h.is_catch) {
            for i in function.code.iter().skip(handler.target.0 as usize) {
                match Op::from_number(i.op_number()) {
                    Some(Op::Move) => {
                        let value = self.take(i.b());
                        self.put(i.a(), value);
                    }
                    // A place that fails now stays as it is: the script does not go on.
                    Some(Op::Restore) => contain(|| drop(self.restore(i.a(), i.bc()))),
                    _ => break,
                }
            }
        }
    }

    // ---- faults held back

    fn hold_back(&mut self, frame: *mut Frame, fault: Fault) -> i64 {
        // What was held back in frames that are gone will never go on, nor what a `return` or the like has overridden: no register of
        // the frame has its number any more.
        // SAFETY: the frame is active, and its registers hold values.
        let registers = unsafe { std::slice::from_raw_parts((*frame).base, (*(*frame).function).registers as usize) };
        let has = |id| registers.iter().any(|register| matches!(register, Value::Int(held) if *held == id));
        self.pending.retain(|p| p.frame < frame || p.frame == frame && has(p.id));
        self.next_pending += 1;
        let id = self.next_pending;
        self.pending.push(Pending { id, frame, fault });
        id
    }

    /// What cleanup handlers of the running generator hold back goes with it while it is suspended.
    pub(super) fn suspend_pending(&mut self, generator: &GeneratorObject) {
        if !self.pending.is_empty() {
            let frame = self.frame;
            let own = self.pending.extract_if(.., |p| p.frame == frame);
            generator.hold_back(own.map(|p| (p.id, p.fault)).collect());
        }
    }

    /// The generator of the running frame goes on with what its cleanup handlers hold back.
    pub(super) fn resume_pending(&mut self, generator: &GeneratorObject) {
        let frame = self.frame;
        let own = generator.take_held_back().into_iter();
        self.pending.extend(own.map(|(id, fault)| Pending { id, frame, fault }));
    }

    /// `Rethrow`.
    #[cold]
    pub(super) fn rethrow(&mut self, register: u16) -> Result<()> {
        let Value::Int(id) = self.take(register) else { return Err(Fault::bug("nothing to rethrow")) };
        match self.pending.iter().rposition(|p| p.id == id) {
            Some(index) => Err(self.pending.swap_remove(index).fault),
            None => Err(Fault::bug("a fault that is not held back")),
        }
    }

    // ---- raising

    /// `Throw`.
    #[cold]
    #[inline(never)]
    pub(super) fn throw(&mut self, register: u16) -> Result<()> {
        let value = self.value(register).clone();
        Err(self.thrown_fault(value))
    }

    /// The fault of `throw value`.
    pub fn thrown_fault(&mut self, value: Value) -> Fault {
        match &value {
            Value::Str(message) => {
                let message = message.as_str().to_owned();
                Fault::thrown(value, message)
            }
            Value::Struct(object) if object.shape() == StructDecl::ERROR_ID => {
                let code = object.fields().get(field::KIND).and_then(code_of).unwrap_or(Code::THROWN);
                let message = struct_message(object);
                let mut fault = Fault::thrown(value, message);
                fault.code = code;
                fault
            }
            Value::Struct(object) => {
                let message = struct_message(object);
                Fault::thrown(value, message)
            }
            other => match text::text(self, other) {
                Ok(message) => Fault::thrown(other.clone(), message.as_str().to_owned()),
                Err(fault) => fault,
            },
        }
    }

    /// `Raise`.
    #[cold]
    pub(super) fn raise(&self, index: u32) -> Result<()> {
        match self.function().raises.get(index as usize) {
            Some(entry) => {
                let mut fault = Fault::error(entry.code, entry.message.to_string());
                fault.help = entry.help.as_deref().map(|help| help.to_owned().into());
                Err(fault)
            }
            None => Err(Fault::bug("an error that the function does not have")),
        }
    }

    // ---- Error values

    /// The struct `Error` that `except` gets.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub(super) fn error_value(&mut self, mut fault: Fault) -> Result<Value> {
        let thrown = fault.thrown.take();
        let mut fields: [Value; field::COUNT] = [const { Value::Null }; field::COUNT];
        match &thrown {
            Some(Value::Struct(object)) if object.shape() == StructDecl::ERROR_ID => {
                fields.clone_from_slice(object.fields());
            }
            Some(Value::Struct(object)) => {
                fields[field::CAUSE] = object.field("cause").cloned().unwrap_or(Value::Null);
                fields[field::VALUE] = Value::Struct(object.clone());
            }
            Some(other) => fields[field::VALUE] = other.clone(),
            None => {}
        }
        if let Value::Null = fields[field::MESSAGE] {
            fields[field::MESSAGE] = match &thrown {
                Some(Value::Str(message)) => Value::Str(message.clone()),
                _ => Value::Str(StrObject::new(self.heap(), &fault.message)?),
            };
        }
        if let Value::Null = fields[field::KIND] {
            fields[field::KIND] = Value::Str(StrObject::new(self.heap(), code_text(fault.code).as_str())?);
        }
        if let (Value::Null, Some((source, span))) = (&fields[field::LINE], self.place_of(&fault)) {
            let position = source.position(span.start);
            fields[field::LINE] = Value::Int(position.line as i64);
            if let Value::Null = fields[field::COLUMN] {
                fields[field::COLUMN] = Value::Int(position.column as i64);
            }
        }
        if let Value::Null = fields[field::STACK] {
            fields[field::STACK] = Value::Array(self.stack_names(&fault)?);
        }
        let error = StructObject::alloc(self.heap().error_def(), fields.into_iter());
        Ok(Value::Struct(error))
    }

    fn place_of(&self, fault: &Fault) -> Option<(Source, Span)> {
        if fault.trace.is_empty() {
            return self.innermost_place();
        }
        let frame = fault.trace.iter().find(|frame| frame.kind == FrameKind::Script)?;
        frame.source.clone().map(|source| (source, frame.span))
    }

    /// The names of the active functions, outermost first, without top-level code.
    fn stack_names(&self, fault: &Fault) -> Result<Ref<ArrayObject>> {
        let mut names = Vec::new();
        if fault.trace.is_empty() {
            for frame in self.visible_frames().filter(|f| !is_top_level(f)) {
                let name = frame.linked().function().display_name();
                names.push(Value::Str(StrObject::new(self.heap(), name)?));
            }
        } else {
            let is_listed = |f: &&TraceFrame| f.kind == FrameKind::Script && f.function != *MAIN;
            for frame in fault.trace.iter().filter(is_listed) {
                names.push(Value::Str(StrObject::new(self.heap(), &frame.function)?));
            }
        }
        names.reverse();
        ArrayObject::from_values(self.heap(), names)
    }

    // ---- traces

    /// The active frames, innermost first.
    fn active_frames(&self) -> impl Iterator<Item = &Frame> {
        let is_active = |frame: &*mut Frame| *frame > self.frames.start();
        // SAFETY: the frames from the first one above the sentinel to the running one are active.
        let frames = std::iter::successors(Some(self.frame).filter(is_active), move |frame| unsafe {
            Some(frame::below(*frame)).filter(is_active)
        });
        frames.map(|frame| unsafe { &*frame })
    }

    /// The active frames but those of builtins, innermost first.
    fn visible_frames(&self) -> impl Iterator<Item = &Frame> {
        self.active_frames().filter(|f| !f.linked().function().is_builtin)
    }

    /// The expression that runs in the innermost frame that is not a builtin's.
    pub(super) fn innermost_place(&self) -> Option<(Source, Span)> {
        let frame = self.visible_frames().next()?;
        let function = frame.linked().function();
        let module = instance_of(frame.linked()).program.modules.get(function.module.0 as usize)?;
        Some((module.source.clone(), span_at(frame, function)))
    }

    /// The name at the start of the running instruction's expression.
    #[cold]
    pub(super) fn instruction_text(&self) -> String {
        let Some((source, span)) = self.innermost_place() else { return String::new() };
        let text = source.slice(span);
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').unwrap_or(text.len());
        text.get(..end).unwrap_or("").rsplit('.').next().unwrap_or("").to_owned()
    }

    /// Notes the active functions in a fault that has no trace yet.
    pub(super) fn fill_trace(&self, fault: &mut Fault) {
        if !fault.trace.is_empty() {
            return;
        }
        if let Some((dict, key)) = fault.missing.take() {
            fault.help = ops::index::misspelt_key(&dict, &key);
        }
        let mut trace: Vec<TraceFrame> = Vec::new();
        trace.extend(fault.raised_in.take().map(host_frame));
        let mut calls = self.host_calls.iter().rev().peekable();
        for frame in self.active_frames() {
            while let Some(call) = calls.next_if(|call| std::ptr::eq(call.frame, frame)) {
                trace.push(host_frame(self.library.native_name(call.native).into()));
            }
            if !frame.linked().function().is_builtin {
                trace.push(script_frame(frame));
            }
        }
        fault.trace = trace;
    }
}

fn host_frame(name: Arc<str>) -> TraceFrame {
    TraceFrame { function: name, kind: FrameKind::Native, source: None, span: Span::default() }
}

fn script_frame(frame: &Frame) -> TraceFrame {
    let function = frame.linked().function();
    place_in(&instance_of(frame.linked()).program, function, span_at(frame, function))
}

/// A place in a function, as traces show it.
pub(super) fn place_in(program: &ProgramData, function: &Function, span: Span) -> TraceFrame {
    TraceFrame {
        function: match &function.name {
            _ if is_body(program, function) => MAIN.clone(),
            Some(name) => name.clone(),
            None => function.display_name().into(),
        },
        kind: FrameKind::Script,
        source: program.modules.get(function.module.0 as usize).map(|m| m.source.clone()),
        span,
    }
}

/// The name of top-level code in traces.
static MAIN: LazyLock<Arc<str>> = LazyLock::new(|| "main".into());

fn span_at(frame: &Frame, function: &Function) -> Span {
    function.spans.get(frame.pc_index()).copied().unwrap_or_default()
}

/// Is the frame that of top-level code?
fn is_top_level(frame: &Frame) -> bool {
    is_body(&instance_of(frame.linked()).program, frame.linked().function())
}

/// Is the function the top-level code of a module?
fn is_body(program: &ProgramData, function: &Function) -> bool {
    let module = program.modules.get(function.module.0 as usize);
    module.is_some_and(|m| m.body.as_ref().is_ok_and(|body| *body == function.id))
}

/// The message of a thrown struct.
fn struct_message(object: &StructObject) -> String {
    match object.field("message") {
        Some(Value::Str(message)) => message.as_str().to_owned(),
        _ => format!("{} error", object.def().decl().name),
    }
}

/// The code that the `kind` of an `Error` names.
fn code_of(kind: &Value) -> Option<Code> {
    let Value::Str(kind) = kind else { return None };
    kind.as_str().strip_prefix("RUF")?.parse().ok().map(Code)
}

/// A code as it is printed, without allocation.
fn code_text(code: Code) -> CodeText {
    let mut digits = *b"RUF0000";
    let mut rest = code.0;
    for digit in digits[3..].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    CodeText(digits)
}

struct CodeText([u8; 7]);

impl CodeText {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("RUF0000")
    }
}
