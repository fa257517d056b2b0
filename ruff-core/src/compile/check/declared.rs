//! The functions, structs and enums of a module, as far as their names always mean the same declaration.

use super::kind::Kind;
use super::{Key, key_of, key_of_variable};
use crate::compile::resolve::{Resolution, VarId, pattern_names};
use crate::compile::walk::StmtVisitor;
use crate::syntax::ast::*;
use std::collections::{HashMap, HashSet};

/// An index into the declarations.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct DeclId(u32);

/// The declarations met so far. A block's are met before its statements are looked at, as at run time.
pub(super) struct Declared<'a> {
    structs: Vec<&'a StructDecl>,
    enums: Vec<&'a EnumDecl>,
    functions: HashMap<Key, &'a Function>,
    types: HashMap<Key, Kind>,
    /// Types of the top level whose names nothing else in the file has.
    type_names: HashMap<Name, Kind>,
    /// The variables of each name.
    keys: HashMap<Name, HashSet<Key>>,
    /// Variables that more than one statement declares or assigns.
    changing: HashSet<Key>,
    /// The names of the methods of all structs of the file.
    methods: HashSet<Name>,
}

impl<'a> Declared<'a> {
    /// Looks through the names of a module. Its top-level declarations are met at once.
    pub fn of(tree: &'a Module, names: &Resolution) -> Declared<'a> {
        let mut keys: HashMap<Name, HashSet<Key>> = HashMap::new();
        for (index, variable) in names.variables.iter().enumerate() {
            let key = key_of_variable(names, VarId(index as u32));
            keys.entry(variable.name.clone()).or_default().insert(key);
        }
        let uses = variable_uses(tree, names);
        let mut declared = Declared {
            structs: Vec::new(),
            enums: Vec::new(),
            functions: HashMap::new(),
            types: HashMap::new(),
            type_names: HashMap::new(),
            keys,
            changing: uses.changing,
            methods: uses.methods,
        };
        declared.meet_block(&tree.body, names);
        for stmt in &tree.body {
            if let StmtKind::Struct(StructDecl { name, .. }) | StmtKind::Enum(EnumDecl { name, .. }) = &stmt.kind {
                declared.meet_type_name(name, names);
            }
        }
        declared
    }

    fn meet_type_name(&mut self, ident: &Ident, names: &Resolution) {
        let is_only = self.keys.get(&ident.name).is_some_and(|keys| keys.len() == 1);
        let Some(kind) = key_of(names, ident.span).filter(|_| is_only).and_then(|key| self.types.get(&key)) else {
            return;
        };
        let instance = match *kind {
            Kind::StructDef(id) => Kind::Struct(id),
            Kind::EnumDef(id) => Kind::Enum(id),
            other => other,
        };
        self.type_names.insert(ident.name.clone(), instance);
    }

    /// Meets the declarations of a block.
    pub fn meet_block(&mut self, body: &'a [Stmt], names: &Resolution) {
        for stmt in body {
            match &stmt.kind {
                StmtKind::Func(decl) => self.meet_function(&decl.name, &decl.function, names),
                StmtKind::Struct(decl) => {
                    if let Some(key) = self.stable_key(&decl.name, names) {
                        self.types.insert(key, Kind::StructDef(DeclId(self.structs.len() as u32)));
                        self.structs.push(decl);
                    }
                }
                StmtKind::Enum(decl) => {
                    if let Some(key) = self.stable_key(&decl.name, names).filter(|_| !may_be_built_in(decl)) {
                        self.types.insert(key, Kind::EnumDef(DeclId(self.enums.len() as u32)));
                        self.enums.push(decl);
                    }
                }
                _ => {}
            }
        }
    }

    /// Meets a function that a name stands for.
    pub fn meet_function(&mut self, name: &Ident, function: &'a Function, names: &Resolution) {
        if let Some(key) = self.stable_key(name, names) {
            self.functions.insert(key, function);
        }
    }

    fn stable_key(&self, ident: &Ident, names: &Resolution) -> Option<Key> {
        key_of(names, ident.span).filter(|key| self.is_stable(*key))
    }

    /// Does the variable get a value only once?
    pub fn is_stable(&self, key: Key) -> bool {
        !self.changing.contains(&key)
    }

    /// The function that a variable always holds.
    pub fn function(&self, key: Key) -> Option<&'a Function> {
        self.functions.get(&key).copied()
    }

    /// The kind of the name of a struct or enum.
    pub fn type_at(&self, key: Key) -> Option<Kind> {
        self.types.get(&key).copied()
    }

    /// Does the file declare the name?
    pub fn is_name(&self, name: &str) -> bool {
        self.keys.contains_key(name)
    }

    /// The kind of the values of a type.
    pub fn type_named(&self, name: &str) -> Option<Kind> {
        self.type_names.get(name).copied()
    }

    /// Does a struct of the file define `<` or `>`?
    pub fn has_order(&self) -> bool {
        self.has_method("op_lt") || self.has_method("op_gt")
    }

    /// Does a struct of the file define a method of that name?
    pub fn has_method(&self, name: &str) -> bool {
        self.methods.contains(name)
    }

    pub fn struct_at(&self, id: DeclId) -> Option<&'a StructDecl> {
        self.structs.get(id.0 as usize).copied()
    }

    pub fn enum_at(&self, id: DeclId) -> Option<&'a EnumDecl> {
        self.enums.get(id.0 as usize).copied()
    }
}

/// A declaration of `Result` or `Option` may mean the built-in one.
fn may_be_built_in(decl: &EnumDecl) -> bool {
    matches!(&*decl.name.name, "Result" | "Option")
}

/// What the statements of a module say of its variables.
struct VariableUses {
    changing: HashSet<Key>,
    methods: HashSet<Name>,
}

fn variable_uses(tree: &Module, names: &Resolution) -> VariableUses {
    let (mut seen, mut changing, mut methods) = (HashSet::new(), HashSet::new(), HashSet::new());
    let mut note = |ident: &Ident| {
        if let Some(key) = key_of(names, ident.span)
            && !seen.insert(key)
        {
            changing.insert(key);
        }
    };
    let each = &mut |stmt: &Stmt| match &stmt.kind {
        StmtKind::Func(decl) => note(&decl.name),
        StmtKind::Struct(decl) => {
            note(&decl.name);
            methods.extend(decl.methods.iter().map(|method| method.name.name.clone()));
        }
        StmtKind::Enum(decl) => note(&decl.name),
        StmtKind::Binding(binding) => pattern_names(&binding.pattern, &mut note),
        StmtKind::Assign(assign) if assign.place.path.is_empty() => note(&assign.place.root),
        StmtKind::Import(import) => match &import.names {
            ImportNames::All => import.path.last().into_iter().for_each(&mut note),
            ImportNames::Namespace(name) => note(name),
            ImportNames::List(list) => list.iter().for_each(|(_, local)| note(local)),
        },
        _ => {}
    };
    StmtVisitor { each }.statements(&tree.body);
    VariableUses { changing, methods }
}
