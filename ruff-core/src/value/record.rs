//! Struct and enum values and the definitions that they belong to.
//!
//! This file is unsafe: fields and payloads lie inline behind their objects.

#![allow(unsafe_code)]

use super::closure::ClosureObject;
use super::heap::{Header, Heap, HeapObject};
use super::repr::{CopyOnWrite, Ref, Value};
use crate::bytecode::{EnumDecl, OperatorMethod, StructDecl};
use crate::fault::Result;
use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::Arc;

/// What the name of a struct stands for: its declaration and its methods, closed over where the declaration ran.
#[repr(C)]
pub struct StructDefObject {
    header: Header,
    decl: Arc<StructDecl>,
    /// In the order of `decl.methods`.
    methods: Box<[Ref<ClosureObject>]>,
    /// In the order of `decl.fields`: functions without parameters that compute the defaults.
    defaults: Box<[Option<Ref<ClosureObject>>]>,
}

impl StructDefObject {
    /// A definition; `methods` and `defaults` are in the order of the declaration.
    pub fn alloc(
        heap: &Heap,
        decl: Arc<StructDecl>,
        methods: Box<[Ref<ClosureObject>]>,
        defaults: Box<[Option<Ref<ClosureObject>>]>,
    ) -> Ref<StructDefObject> {
        Ref::alloc(heap, StructDefObject { header: Header::new(decl.id), decl, methods, defaults })
    }

    /// The declaration.
    #[inline(always)]
    pub fn decl(&self) -> &Arc<StructDecl> {
        &self.decl
    }

    /// The methods in the order of the declaration.
    #[inline(always)]
    pub fn methods(&self) -> &[Ref<ClosureObject>] {
        &self.methods
    }

    /// The method of that name.
    pub fn method(&self, name: &str) -> Option<&Ref<ClosureObject>> {
        self.decl.method_index(name).and_then(|i| self.methods.get(i))
    }

    /// The method with which the struct defines an operator.
    #[inline(always)]
    pub fn operator(&self, operator: OperatorMethod) -> Option<&Ref<ClosureObject>> {
        self.decl.operators.get(operator).and_then(|i| self.methods.get(i))
    }

    /// The defaults in the order of the fields.
    pub fn defaults(&self) -> &[Option<Ref<ClosureObject>>] {
        &self.defaults
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for StructDefObject {
    fn object_bytes(&self) -> usize {
        size_of::<StructDefObject>()
    }

    unsafe fn finalize(this: NonNull<StructDefObject>) {
        // SAFETY: the object is not used afterwards.
        unsafe { std::ptr::drop_in_place(this.as_ptr()) };
    }
}

/// A struct value; `aux` is the id of its declaration (its shape), which inline caches compare.
#[repr(C)]
pub struct StructObject {
    header: Header,
    def: Ref<StructDefObject>,
    // Followed by the fields in declaration order.
}

impl StructObject {
    /// Where the fields start.
    pub const FIELDS_OFFSET: usize = size_of::<StructObject>();

    /// A struct with the given fields, in declaration order; missing ones are null.
    pub fn alloc(def: &Ref<StructDefObject>, fields: impl Iterator<Item = Value>) -> Ref<StructObject> {
        let len = def.decl.fields.len();
        let start =
            def.heap().alloc_object(size_of::<StructObject>() + len * size_of::<Value>()).cast::<StructObject>();
        let mut fields = fields;
        // SAFETY: the memory is fresh and has room for the object and its fields.
        unsafe {
            start.write(StructObject { header: Header::new(def.decl.id), def: def.clone() });
            let slots = start.add(1).cast::<Value>();
            for i in 0..len {
                slots.add(i).write(match fields.next() {
                    Some(field) => field.in_parts(),
                    None => Value::Null,
                });
            }
            Ref::from_raw(start)
        }
    }

    /// A struct whose fields are not written yet.
    ///
    /// # Safety
    /// The caller writes all fields before anything else looks at the struct.
    #[inline]
    pub unsafe fn alloc_empty(def: &Ref<StructDefObject>) -> NonNull<StructObject> {
        let bytes = size_of::<StructObject>() + def.decl.fields.len() * size_of::<Value>();
        let start = def.heap().alloc_object(bytes).cast::<StructObject>();
        // SAFETY: the memory is fresh and has room for the object.
        unsafe { start.write(StructObject { header: Header::new(def.decl.id), def: def.clone() }) };
        start
    }

    /// The definition.
    #[inline(always)]
    pub fn def(&self) -> &Ref<StructDefObject> {
        &self.def
    }

    /// The id of the declaration.
    #[inline(always)]
    pub fn shape(&self) -> u32 {
        self.header.aux.get()
    }

    /// The fields in declaration order.
    #[inline(always)]
    pub fn fields(&self) -> &[Value] {
        // SAFETY: `alloc` wrote a value for each declared field behind the object.
        unsafe {
            let slots = (self as *const StructObject).add(1).cast::<Value>();
            std::slice::from_raw_parts(slots, self.def.decl.fields.len())
        }
    }

    /// The fields for changing.
    #[inline(always)]
    pub fn fields_mut(&mut self) -> &mut [Value] {
        let len = self.def.decl.fields.len();
        // SAFETY: as for `fields`.
        unsafe { std::slice::from_raw_parts_mut((self as *mut StructObject).add(1).cast::<Value>(), len) }
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.def.decl.field_index(name).and_then(|i| self.fields().get(i))
    }
}

impl CopyOnWrite for StructObject {
    fn copy(&self, heap: &Heap) -> Result<Ref<StructObject>> {
        heap.check_room(self.object_bytes())?;
        Ok(StructObject::alloc(&self.def, self.fields().iter().cloned()))
    }

    fn copied_elements(&self) -> usize {
        self.fields().len()
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for StructObject {
    fn object_bytes(&self) -> usize {
        size_of::<StructObject>() + self.def.decl.fields.len() * size_of::<Value>()
    }

    unsafe fn finalize(this: NonNull<StructObject>) {
        let mut this = this;
        // SAFETY: the object is alive; what it owns is dropped once.
        unsafe {
            let object = this.as_mut();
            let fields: *mut [Value] = object.fields_mut();
            std::ptr::drop_in_place(fields);
            std::ptr::drop_in_place(&mut object.def);
        }
    }
}

/// What the name of an enum stands for.
#[repr(C)]
pub struct EnumDefObject {
    header: Header,
    decl: Arc<EnumDecl>,
    /// The values of the variants that have none of their own, by the indices of the variants; null until one is needed.
    units: Cell<*mut Value>,
}

impl EnumDefObject {
    /// The offset of the address of the values of variants that have none of their own, or 0.
    pub const UNITS_OFFSET: usize = std::mem::offset_of!(EnumDefObject, units);

    /// A definition.
    pub fn alloc(heap: &Heap, decl: Arc<EnumDecl>) -> Ref<EnumDefObject> {
        let units = Cell::new(std::ptr::null_mut());
        Ref::alloc(heap, EnumDefObject { header: Header::new(decl.id), decl, units })
    }

    /// The value of a variant that has none of its own.
    pub fn unit(&self, variant: u32) -> Option<Value> {
        if self.units.get().is_null() {
            self.units.set(Box::into_raw(self.make_units()).cast());
        }
        // SAFETY: there are as many as variants, and they live as long as the definition.
        let units = unsafe { std::slice::from_raw_parts(self.units.get(), self.decl.variants.len()) };
        units.get(variant as usize).cloned()
    }

    /// They refer to a definition of their own, so that there is no cycle.
    #[cold]
    fn make_units(&self) -> Box<[Value]> {
        let def = EnumDefObject::alloc(Heap::of(self), self.decl.clone());
        let unit = |index: usize| Value::Variant(VariantObject::alloc(&def, index as u32, [].into_iter()));
        let variants = self.decl.variants.iter().enumerate();
        variants.map(|(index, variant)| if variant.arity.is_none() { unit(index) } else { Value::Null }).collect()
    }

    /// The id of the declaration.
    #[inline(always)]
    pub fn id(&self) -> u32 {
        self.header.aux.get()
    }

    /// The declaration.
    #[inline(always)]
    pub fn decl(&self) -> &Arc<EnumDecl> {
        &self.decl
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for EnumDefObject {
    fn object_bytes(&self) -> usize {
        size_of::<EnumDefObject>()
    }

    unsafe fn finalize(this: NonNull<EnumDefObject>) {
        // SAFETY: the object is not used afterwards; the values are dropped once.
        unsafe {
            let def = this.as_ref();
            if !def.units.get().is_null() {
                let units = std::ptr::slice_from_raw_parts_mut(def.units.get(), def.decl.variants.len());
                drop(Box::from_raw(units));
            }
            std::ptr::drop_in_place(this.as_ptr());
        }
    }
}

/// A value of an enum, of `Result` or of `Option`; `aux` is the index of the variant.
#[repr(C)]
pub struct VariantObject {
    header: Header,
    def: Ref<EnumDefObject>,
    payload_len: usize,
    // Followed by the payload.
}

impl VariantObject {
    /// The offset of the reference to the enum.
    pub const DEF_OFFSET: usize = std::mem::offset_of!(VariantObject, def);
    /// The offset of the number of payload values.
    pub const PAYLOAD_LEN_OFFSET: usize = std::mem::offset_of!(VariantObject, payload_len);
    /// Where the payload starts.
    pub const PAYLOAD_OFFSET: usize = size_of::<VariantObject>();

    /// A value of the variant at index `variant` with a payload.
    pub fn alloc(
        def: &Ref<EnumDefObject>,
        variant: u32,
        payload: impl ExactSizeIterator<Item = Value>,
    ) -> Ref<VariantObject> {
        let payload_len = payload.len();
        let bytes = size_of::<VariantObject>() + payload_len * size_of::<Value>();
        let start = def.heap().alloc_object(bytes).cast::<VariantObject>();
        let mut payload = payload;
        // SAFETY: the memory is fresh and has room for the object and its payload.
        unsafe {
            start.write(VariantObject { header: Header::new(variant), def: def.clone(), payload_len });
            let slots = start.add(1).cast::<Value>();
            for i in 0..payload_len {
                slots.add(i).write(match payload.next() {
                    Some(value) => value.in_parts(),
                    None => Value::Null,
                });
            }
            Ref::from_raw(start)
        }
    }

    /// A value of a variant whose payload is not written yet.
    ///
    /// # Safety
    /// The caller writes `payload_len` values before anything else looks at the object.
    #[inline]
    pub unsafe fn alloc_empty(def: &Ref<EnumDefObject>, variant: u32, payload_len: usize) -> NonNull<VariantObject> {
        let bytes = size_of::<VariantObject>() + payload_len * size_of::<Value>();
        let start = def.heap().alloc_object(bytes).cast::<VariantObject>();
        // SAFETY: the memory is fresh and has room for the object.
        unsafe { start.write(VariantObject { header: Header::new(variant), def: def.clone(), payload_len }) };
        start
    }

    /// The enum.
    #[inline(always)]
    pub fn def(&self) -> &Ref<EnumDefObject> {
        &self.def
    }

    /// The index of the variant.
    #[inline(always)]
    pub fn variant(&self) -> u32 {
        self.header.aux.get()
    }

    /// The name of the variant.
    pub fn variant_name(&self) -> &str {
        self.def.decl.variants.get(self.variant() as usize).map_or("", |v| &v.name)
    }

    /// The payload.
    #[inline(always)]
    pub fn payload(&self) -> &[Value] {
        // SAFETY: `alloc` wrote that many values behind the object.
        unsafe {
            let slots = (self as *const VariantObject).add(1).cast::<Value>();
            std::slice::from_raw_parts(slots, self.payload_len)
        }
    }

    /// `enum`, `result` or `option`.
    pub fn kind_name(&self) -> &'static str {
        self.def.decl.kind.name()
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for VariantObject {
    fn object_bytes(&self) -> usize {
        size_of::<VariantObject>() + self.payload_len * size_of::<Value>()
    }

    unsafe fn finalize(this: NonNull<VariantObject>) {
        let mut this = this;
        // SAFETY: the object is alive; what it owns is dropped once.
        unsafe {
            let object = this.as_mut();
            let payload: *mut [Value] = (object.payload() as *const [Value]).cast_mut();
            std::ptr::drop_in_place(payload);
            std::ptr::drop_in_place(&mut object.def);
        }
    }
}
