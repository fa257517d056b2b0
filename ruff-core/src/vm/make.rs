//! Making values: constants, functions, containers, structs, definitions.

use super::Machine;
use super::call::Outcome;
use super::dispatch::LITERAL_IN_ORDER;
use super::instance::NativeTarget;
use crate::bytecode::function::{ClosureTemplate, feedback};
use crate::bytecode::{Capture, Const, Declaration, FieldDefault, Instr, Site};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::help;
use crate::value::array::{ArrayObject, Elements};
use crate::value::closure::{CellObject, ClosureObject, LinkedFunction};
use crate::value::convert::int_of_literal;
use crate::value::dict::DictObject;
use crate::value::range::RangeObject;
use crate::value::record::{EnumDefObject, StructDefObject, StructObject};
use crate::value::string::{StrBuilder, StrObject};
use crate::value::{Absence, Heap, Ref, Value, text};
use std::ptr::NonNull;

/// A closure by its template, with the cells in the registers of the frame and in the closure that is running.
pub(super) fn closure_of<'a>(
    heap: &Heap,
    linked: NonNull<LinkedFunction>,
    template: &ClosureTemplate,
    register: impl Fn(u16) -> &'a Value,
    captures: &[Ref<CellObject>],
) -> Ref<ClosureObject> {
    let cells = template.captures.iter().map(|capture| {
        let cell = match capture {
            Capture::Register(index) => match register(index.0) {
                Value::Cell(cell) => Some(cell),
                _ => None,
            },
            Capture::Capture(index) => captures.get(*index as usize),
        };
        // Verified code captures only what is in a cell.
        cell.cloned().unwrap_or_else(|| CellObject::alloc(heap, Value::Absent(Absence::Undefined)))
    });
    ClosureObject::alloc(heap, linked, cells)
}

impl Machine {
    /// A constant as a value.
    ///
    /// # Errors
    /// The traps of section 21: what makes a long int of digits is work, and its size is limited.
    pub(super) fn constant(&mut self, constant: &Const) -> Result<Value> {
        Ok(match constant {
            Const::Null => Value::Null,
            Const::Bool(b) => Value::Bool(*b),
            Const::Int(int) => Value::Int(*int),
            Const::BigInt(digits) => match int_of_literal(self, digits)? {
                Some(int) => int,
                None => return Err(Fault::bug("a constant that is not an int")),
            },
            Const::Float(float) => Value::Float(*float),
            Const::Str(text) => Value::Str(StrObject::new(self.heap(), text)?),
            Const::Native(name) => match self.native_target(name) {
                NativeTarget::Native(id) => Value::Native(id),
                NativeTarget::Prelude(function) => self.linked_value(function),
                NativeTarget::Missing => Value::Null,
            },
            Const::None => self.heap().none(),
            Const::ErrorDef => Value::StructDef(self.heap().error_def().clone()),
            Const::ResultDef => Value::EnumDef(self.heap().result_def().clone()),
            Const::OptionDef => Value::EnumDef(self.heap().option_def().clone()),
        })
    }

    // ---- functions

    /// `LoadFunction`.
    pub(super) fn load_function(&mut self, register: u16, id: u32) {
        let value = self.running().closure(self, id);
        self.put(register, value);
    }

    /// `NewClosure`.
    pub(super) fn new_closure(&mut self, register: u16, index: u32) {
        let Some(template) = self.function().closures.get(index as usize) else { return };
        let Ok(linked) = self.running().function(template.function) else { return };
        let closure = closure_of(self.heap(), linked, template, |register| self.value(register), self.captures());
        self.put(register, Value::Closure(closure));
    }

    // ---- containers

    /// `NewArray`.
    #[inline(never)]
    pub(super) fn new_array(&mut self, i: Instr) -> Result<()> {
        let values = self.window(i.b(), i.c() as usize);
        let array = ArrayObject::from_taken(self.heap(), values)?;
        self.record(match array.elements() {
            Elements::Ints(_) => feedback::READ_INT,
            Elements::Floats(_) => feedback::READ_FLOAT,
            Elements::Bools(_) => feedback::READ_BOOL,
            Elements::Values(_) => feedback::READ_OTHER,
        });
        self.put(i.a(), Value::Array(array));
        Ok(())
    }

    /// `ArrayPush`.
    pub(super) fn array_push(&mut self, i: Instr) -> Result<()> {
        let value = self.take(i.b());
        match self.value_mut(i.a()) {
            Value::Array(array) => array.make_mut()?.push(value),
            _ => Err(Fault::bug("a literal that is not an array")),
        }
    }

    /// `ArrayExtend`.
    pub(super) fn array_extend(&mut self, i: Instr) -> Result<()> {
        let Value::Array(mut array) = self.take(i.a()) else {
            return Err(Fault::bug("a literal that is not an array"));
        };
        let source = self.value(i.b()).clone();
        self.spread(&mut array, source)?;
        self.put(i.a(), Value::Array(array));
        Ok(())
    }

    /// `NewDict`.
    pub(super) fn new_dict(&mut self, i: Instr) -> Result<()> {
        let count = i.c() as usize;
        let window = self.window(i.b(), 2 * count);
        if let Some(dict) = DictObject::from_pairs(self.heap(), window)? {
            self.clear_window(i.b(), 2 * count);
            self.put(i.a(), Value::Dict(dict));
            return Ok(());
        }
        let mut dict = DictObject::with_capacity(self.heap(), count)?;
        for pair in window.chunks_exact_mut(2) {
            if let [key, value] = pair {
                let value = value.take();
                self.put_entry(&mut dict, key, value)?;
                *key = Value::Null;
            }
        }
        self.put(i.a(), Value::Dict(dict));
        Ok(())
    }

    /// `DictPut`.
    pub(super) fn dict_put(&mut self, i: Instr) -> Result<()> {
        let (key, value) = (self.take(i.b()), self.take(i.c()));
        match self.value_mut(i.a()) {
            Value::Dict(dict) => self.put_entry(dict, &key, value),
            _ => Err(Fault::bug("a literal that is not a dict")),
        }
    }

    fn put_entry(&mut self, dict: &mut Ref<DictObject>, key: &Value, value: Value) -> Result<()> {
        if dict.make_mut()?.insert_value(key, value)? {
            Ok(())
        } else {
            Err(Fault::error(Code::INVALID_OPERATION, "Dict keys must be strings").with_help(Some(help::KEYS)))
        }
    }

    /// `DictExtend`.
    pub(super) fn dict_extend(&mut self, i: Instr) -> Result<()> {
        match (self.value_mut(i.a()), self.value(i.b())) {
            (Value::Dict(dict), Value::Dict(other)) => {
                let other = other.clone();
                self.charge(other.len() as u64 / 64)?;
                dict.make_mut()?.extend(self, &other)
            }
            _ => Err(Fault::error(Code::INVALID_OPERATION, "Can only spread dicts")),
        }
    }

    /// `NewRange` and `NewRangeInclusive`.
    pub(super) fn new_range(&mut self, i: Instr, inclusive: bool) -> Result<()> {
        match (self.value(i.b()), self.value(i.c())) {
            (Value::Int(start), Value::Int(end)) => {
                let range = RangeObject::alloc(self.heap(), *start, *end, inclusive);
                self.put(i.a(), Value::Range(range));
                Ok(())
            }
            _ => Err(Self::wrong_bounds()),
        }
    }

    /// The error of a range whose bounds are no ints.
    #[cold]
    pub(super) fn wrong_bounds() -> Fault {
        Fault::error(Code::INVALID_OPERATION, "Range bounds must be integers")
    }

    /// `Concat`.
    #[inline(never)]
    pub(super) fn concat(&mut self, i: Instr) -> Result<()> {
        let values = self.window(i.b(), i.c() as usize);
        let joined = match StrObject::join(self.heap(), values)? {
            Some(joined) => {
                self.clear_window(i.b(), i.c() as usize);
                joined
            }
            None => {
                let mut out = StrBuilder::new(self.heap());
                for value in values {
                    let value = value.take();
                    text::write_text(self, &mut out, &value)?;
                }
                out.finish()?
            }
        };
        self.put(i.a(), Value::Str(joined));
        Ok(())
    }

    // ---- structs and enums

    /// `NewStruct`.
    #[inline(never)]
    pub(super) fn new_struct(&mut self, i: Instr) -> Result<()> {
        let ext = self.extension();
        let site = self.site(ext.x());
        let count = i.c() as usize;
        let Value::StructDef(def) = self.value(ext.y() as u16) else {
            return Err(Fault::error(Code::UNDEFINED, format!("Undefined struct: {}", self.instruction_text())));
        };
        let in_order = match site.cache.get(def.decl().id) {
            Some(order) => order == LITERAL_IN_ORDER,
            None => classify(site, def),
        };
        let object = if in_order {
            StructObject::alloc(def, self.take_window(i.b(), count))
        } else {
            self.struct_by_names(i, site, &def.clone())?
        };
        self.finish(i.a(), Outcome::Value(Value::Struct(object)));
        Ok(())
    }

    fn struct_by_names(&mut self, i: Instr, site: &Site, def: &Ref<StructDefObject>) -> Result<Ref<StructObject>> {
        let decl = def.decl();
        if let Some(unknown) = site.names.iter().find(|name| decl.field_index(name).is_none()) {
            let message = format!("Unknown field '{unknown}' for struct {}", decl.name);
            return Err(
                Fault::error(Code::NO_SUCH_MEMBER, message).with_help(help::member(unknown, decl.field_names()))
            );
        }
        let mut fields: Vec<Option<Value>> = vec![None; decl.fields.len()];
        let values = self.take_window(i.b(), i.c() as usize);
        for (name, value) in site.names.iter().zip(values) {
            if let Some(slot) = decl.field_index(name).and_then(|index| fields.get_mut(index)) {
                *slot = Some(value);
            }
        }
        for (index, field) in decl.fields.iter().enumerate() {
            let Some(slot @ None) = fields.get_mut(index) else { continue };
            *slot = Some(match &field.default {
                FieldDefault::Const(constant) => self.constant(constant)?,
                FieldDefault::Computed => match def.defaults().get(index) {
                    Some(Some(default)) => self.call_nested(&Value::Closure(default.clone()), &[])?,
                    _ => Value::Null,
                },
            });
        }
        Ok(StructObject::alloc(def, fields.into_iter().map(|f| f.unwrap_or(Value::Null))))
    }

    /// `NewStructDef`.
    pub(super) fn new_struct_def(&mut self, i: Instr) -> Result<()> {
        let index = self.extension().x() as usize;
        let Some(decl) = self.running().program.structs.get(index).cloned() else {
            return Err(Fault::bug("a struct that the program does not have"));
        };
        let mut closures = self.take_window(i.b(), i.c() as usize).map(|value| match value {
            Value::Closure(closure) => Ok(closure),
            _ => Err(Fault::bug("a method that is not a function")),
        });
        let methods = closures.by_ref().take(decl.methods.len()).collect::<Result<_>>()?;
        let defaults = decl.fields.iter().map(|field| match field.default {
            FieldDefault::Computed => closures.next().transpose(),
            FieldDefault::Const(_) => Ok(None),
        });
        let defaults = defaults.collect::<Result<_>>()?;
        let def = match self.running().definition(Declaration::Struct(index as u32)) {
            Some(def) => def,
            None => Value::StructDef(StructDefObject::alloc(self.heap(), decl, methods, defaults)),
        };
        self.put(i.a(), def);
        Ok(())
    }

    /// `NewEnumDef`.
    pub(super) fn new_enum_def(&mut self, register: u16, index: u32) {
        if let Some(decl) = self.running().program.enums.get(index as usize).cloned() {
            let def = match self.running().definition(Declaration::Enum(index)) {
                Some(def) => def,
                None => Value::EnumDef(EnumDefObject::alloc(self.heap(), decl)),
            };
            self.put(register, def);
        }
    }
}

/// Does a literal give all fields in the order of the declaration? The site remembers the answer.
fn classify(site: &Site, def: &StructDefObject) -> bool {
    let decl = def.decl();
    let in_order =
        decl.fields.len() == site.names.len() && decl.fields.iter().zip(&site.names).all(|(f, n)| f.name == *n);
    site.cache.put(decl.id, if in_order { LITERAL_IN_ORDER } else { 0 });
    in_order
}
