//! Tables of the program under construction, shared by its modules and functions.

use crate::bytecode::function::{ClosureTemplate, Place, RaiseEntry, RangePattern, Site, VariantPattern};
use crate::bytecode::program::{NativeData, Verification};
use crate::bytecode::{
    Const, Declaration, EnumDecl, FuncId, Function, Global, GlobalId, KeyList, Module, ModuleId, Parameter, Pc,
    ProgramData, StructDecl,
};
use crate::syntax::ast::Name;
use std::collections::HashMap;
use std::sync::Arc;

/// The tables of one function.
#[derive(Default)]
pub struct FunctionTables {
    pub consts: Vec<u32>,
    pub closures: Vec<ClosureTemplate>,
    pub places: Vec<Place>,
    pub sites: Vec<Site>,
    pub raises: Vec<RaiseEntry>,
    pub range_patterns: Vec<RangePattern>,
    pub variant_patterns: Vec<VariantPattern>,
    pub key_lists: Vec<KeyList>,
    pub variable_names: Vec<(Pc, Arc<str>)>,
}

/// The program so far.
#[derive(Default)]
pub struct ProgramBuilder {
    pub modules: Vec<Module>,
    functions: Vec<Option<Function>>,
    consts: Vec<Const>,
    const_index: HashMap<ConstKey, u32>,
    pub globals: Vec<Global>,
    /// The parameters of the functions that globals always are, unless the last one takes the rest of the arguments.
    pub params: HashMap<FuncId, Arc<[Parameter]>>,
    /// The globals that always are definitions of structs and enums, and those that code reads instead: nothing outside the
    /// program sees them.
    pub definitions: HashMap<GlobalId, GlobalId>,
    global_index: HashMap<(ModuleId, Name), GlobalId>,
    pub structs: Vec<Arc<StructDecl>>,
    pub enums: Vec<Arc<EnumDecl>>,
    natives: Vec<Name>,
    native_index: HashMap<Name, u32>,
    pub tests: Vec<crate::bytecode::program::TestCase>,
    /// The module with the functions of the prelude.
    pub prelude: Option<ModuleId>,
}

/// Constants that are the same: floats by their bits.
#[derive(PartialEq, Eq, Hash)]
enum ConstKey {
    Simple(u8),
    Int(i64),
    Float(u64),
    Text(u8, Name),
}

fn const_key(constant: &Const) -> ConstKey {
    match constant {
        Const::Null => ConstKey::Simple(0),
        Const::Bool(b) => ConstKey::Simple(1 + *b as u8),
        Const::None => ConstKey::Simple(3),
        Const::ErrorDef => ConstKey::Simple(4),
        Const::ResultDef => ConstKey::Simple(5),
        Const::OptionDef => ConstKey::Simple(6),
        Const::Int(i) => ConstKey::Int(*i),
        Const::Float(f) => ConstKey::Float(f.to_bits()),
        Const::Str(s) => ConstKey::Text(0, s.clone()),
        Const::BigInt(s) => ConstKey::Text(1, s.clone()),
        Const::Native(s) => ConstKey::Text(2, s.clone()),
    }
}

impl ProgramBuilder {
    /// The index of a constant.
    pub fn constant(&mut self, constant: Const) -> u32 {
        let consts = &mut self.consts;
        *self.const_index.entry(const_key(&constant)).or_insert_with(|| {
            consts.push(constant);
            consts.len() as u32 - 1
        })
    }

    /// The index of a builtin function's name.
    pub fn native(&mut self, name: &Name) -> u32 {
        let natives = &mut self.natives;
        *self.native_index.entry(name.clone()).or_insert_with(|| {
            natives.push(name.clone());
            natives.len() as u32 - 1
        })
    }

    /// The builtin functions that the code calls.
    pub fn natives(&self) -> impl Iterator<Item = &str> {
        self.natives.iter().map(|name| &**name)
    }

    /// The names of the members that the code looks up.
    pub fn site_names(&self) -> impl Iterator<Item = &str> {
        let sites = self.functions.iter().flatten().flat_map(|function| &function.sites);
        sites.filter_map(|site| site.name.as_deref())
    }

    /// The global of that name of a module, made if it does not exist.
    pub fn global(&mut self, module: ModuleId, name: &Name) -> GlobalId {
        let globals = &mut self.globals;
        *self.global_index.entry((module, name.clone())).or_insert_with(|| {
            globals.push(Global { name: name.clone(), module, is_public: module.0 == 0, constant: None });
            GlobalId(globals.len() as u32 - 1)
        })
    }

    /// A global is always the definition that its declaration makes.
    pub fn add_definition(&mut self, id: GlobalId) {
        let Some(global) = self.globals.get(id.0 as usize) else { return };
        let own = match global.is_public {
            true => {
                self.globals.push(Global { is_public: false, ..global.clone() });
                GlobalId(self.globals.len() as u32 - 1)
            }
            false => id,
        };
        self.definitions.insert(id, own);
    }

    /// A global is only assigned by its declaration, of this.
    pub fn set_constant(&mut self, id: GlobalId, declared: Declaration) {
        if let Some(global) = self.globals.get_mut(id.0 as usize) {
            global.constant = Some(declared);
        }
    }

    /// The id of a function that is compiled later.
    pub fn reserve_function(&mut self) -> FuncId {
        self.functions.push(None);
        FuncId(self.functions.len() as u32 - 1)
    }

    /// Fills a reserved place.
    pub fn set_function(&mut self, function: Function) {
        let index = function.id.0 as usize;
        if let Some(slot) = self.functions.get_mut(index) {
            *slot = Some(function);
        }
    }

    /// The finished program; `None` if a reserved function was never compiled.
    pub fn finish(self) -> Option<ProgramData> {
        let of_prelude = self.globals.iter().filter(|global| Some(global.module) == self.prelude);
        let prelude = of_prelude.filter_map(|global| Some((global.name.clone(), global.function()?))).collect();
        Some(ProgramData {
            prelude,
            modules: self.modules,
            functions: self.functions.into_iter().collect::<Option<Vec<_>>>()?,
            consts: self.consts,
            globals: self.globals,
            structs: self.structs,
            enums: self.enums,
            natives: self.natives,
            tests: self.tests,
            verification: Verification::default(),
            native: NativeData::default(),
        })
    }
}
