//! The modules of a program: finding and parsing all that can be reached, and compiling each.

use super::check::{CheckInput, check_module};
use super::lower::{LowerInput, lower_module};
use super::program::ProgramBuilder;
use super::resolve::{ResolveInput, resolve_module, top_level_names};
use super::{CompileInput, CompileOptions, Loaded, ModuleLoader, Prelude};
use crate::bytecode::program::Export;
use crate::bytecode::{ExportKind, GlobalId, Module, ModuleId, ModuleProblem, ProgramData};
use crate::code::Code;
use crate::help;
use crate::syntax::ast::{Import, ImportNames, Module as Tree, Name, Stmt, StmtKind};
use crate::syntax::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::syntax::source::{Source, Span};
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::AtomicU32;

/// The names that `import m` statements make visible in a module.
#[derive(Default)]
pub struct ModuleNames {
    imported: HashMap<Name, GlobalId>,
}

impl ModuleNames {
    /// All of them.
    pub fn all_imported(&self) -> impl Iterator<Item = &str> {
        self.imported.keys().map(|name| &**name)
    }

    /// The exported variable of that name.
    pub fn imported(&self, name: &Name) -> Option<GlobalId> {
        self.imported.get(name).copied()
    }
}

/// The modules that the import statements of a module name, by the offsets of their paths.
pub type ImportTable = HashMap<u32, ModuleId>;

/// A module that has been found and parsed.
struct Unit {
    name: Name,
    source: Source,
    tree: Result<Tree, ModuleProblem>,
    imports: ImportTable,
    /// Modules whose exports are visible by `import m`.
    visible: Vec<ModuleId>,
}

/// Loads and compiles everything.
pub fn compile_modules(input: CompileInput<'_>, tree: Tree, diagnostics: &mut Diagnostics) -> Option<ProgramData> {
    let CompileInput { source, builtins, loader, prelude, declaration_ids, options } = input;
    let mut units = load_all(source, tree, loader, options, diagnostics);
    let mut program = ProgramBuilder::default();
    for (index, unit) in units.iter().enumerate() {
        let module = ModuleId(index as u32);
        let exports = match &unit.tree {
            Ok(tree) => exports(tree, module, &mut program),
            Err(_) => Vec::new(),
        };
        let (name, source) = (unit.name.clone(), unit.source.clone());
        program.modules.push(Module { name, source, body: Err(uncompiled()), exports });
    }
    for (index, unit) in units.iter_mut().enumerate() {
        let module = ModuleId(index as u32);
        let mut own = Diagnostics::default();
        let target = if index == 0 { &mut *diagnostics } else { &mut own };
        let body = match &unit.tree {
            Err(problem) => Err(problem.clone()),
            Ok(tree) => {
                let names = visible_names(&unit.visible, &program);
                let is_main = index == 0;
                let options = CompileOptions {
                    session: options.session && is_main,
                    tests: options.tests && is_main,
                    check: options.check && is_main,
                    builtin: options.builtin,
                };
                let resolution = resolve_module(
                    &tree.body,
                    ResolveInput {
                        builtins,
                        names: &names,
                        global: &mut |name| program.global(module, name),
                        text: unit.source.text(),
                        check: options.check,
                        session: options.session,
                    },
                    target,
                );
                if options.check {
                    check_module(CheckInput { tree, names: &resolution, builtins, source: &unit.source }, target);
                }
                let body = lower_module(
                    tree,
                    LowerInput {
                        program: &mut program,
                        names: &resolution,
                        builtins,
                        imports: &unit.imports,
                        ids: declaration_ids,
                        options,
                        module,
                    },
                    target,
                );
                match first_error(&own, &unit.source) {
                    Some(error) => Err(parse_problem(&unit.name, &error)),
                    None => Ok(body),
                }
            }
        };
        if let Some(slot) = program.modules.get_mut(index) {
            slot.body = body;
        }
    }
    if let Some(prelude) = prelude {
        compile_prelude(prelude, &mut program, declaration_ids);
    }
    program.finish()
}

/// Compiles the functions of the prelude that the program may call.
fn compile_prelude(prelude: &dyn Prelude, program: &mut ProgramBuilder, ids: &AtomicU32) {
    let functions = program.natives().filter_map(|name| prelude.function(name));
    let methods = program.site_names().filter_map(|name| prelude.method(name));
    let mut named = functions.chain(methods).peekable();
    if named.peek().is_none() {
        return;
    }
    let tree = prelude.tree().reachable(named);
    let module = ModuleId(program.modules.len() as u32);
    let source = prelude.tree().source().clone();
    program.modules.push(Module { name: "".into(), source, body: Err(uncompiled()), exports: Vec::new() });
    let (names, builtins) = (ModuleNames::default(), prelude.builtins());
    // It has no errors: the tests compile the whole of it.
    let mut diagnostics = Diagnostics::default();
    let input = ResolveInput {
        builtins,
        names: &names,
        global: &mut |name| program.global(module, name),
        text: prelude.tree().source().text(),
        check: false,
        session: false,
    };
    let resolution = resolve_module(&tree.body, input, &mut diagnostics);
    let options = CompileOptions { builtin: true, ..CompileOptions::default() };
    let imports = ImportTable::new();
    let input =
        LowerInput { program: &mut *program, names: &resolution, builtins, imports: &imports, ids, options, module };
    let body = lower_module(&tree, input, &mut diagnostics);
    if let Some(slot) = program.modules.last_mut() {
        slot.body = Ok(body);
    }
    program.prelude = Some(module);
}

/// Stands for the body of a module until it is compiled.
fn uncompiled() -> ModuleProblem {
    ModuleProblem::new(Code::MODULE_PARSE, "")
}

fn parse_problem(name: &str, error: &str) -> ModuleProblem {
    ModuleProblem::new(Code::MODULE_PARSE, format!("Failed to parse module '{name}': {error}"))
}

/// `line:column: message` of the first error in the text.
fn first_error(diagnostics: &Diagnostics, source: &Source) -> Option<String> {
    let errors = diagnostics.as_slice().iter().filter(|d| d.severity == Severity::Error);
    let first = errors.min_by_key(|d| d.span.start)?;
    let at = source.position(first.span.start);
    Some(format!("{}:{}: {}", at.line, at.column, first.message))
}

fn visible_names(visible: &[ModuleId], program: &ProgramBuilder) -> ModuleNames {
    let modules = visible.iter().filter_map(|id| program.modules.get(id.0 as usize));
    let exports = modules.flat_map(|m| m.exports.iter());
    ModuleNames { imported: exports.map(|e| (e.name.clone(), e.global)).collect() }
}

fn exports(tree: &Tree, module: ModuleId, program: &mut ProgramBuilder) -> Vec<Export> {
    let mut exports: Vec<Export> = Vec::new();
    for stmt in &tree.body {
        let (exported, kind) = match &stmt.kind {
            StmtKind::Func(d) => (d.export, ExportKind::Function),
            StmtKind::Struct(d) => (d.export, ExportKind::Struct),
            StmtKind::Enum(d) => (d.export, ExportKind::Enum),
            StmtKind::Binding(b) => (b.export, ExportKind::Variable),
            StmtKind::Assign(a) => (a.export, ExportKind::Variable),
            _ => (false, ExportKind::Variable),
        };
        if !exported {
            continue;
        }
        for (ident, ..) in top_level_names(stmt) {
            let global = program.global(module, &ident.name);
            exports.retain(|e| e.name != ident.name);
            exports.push(Export { name: ident.name.clone(), global, kind });
        }
    }
    exports
}

/// Finds and parses all modules that can be reached from the main one.
fn load_all(
    source: Source,
    tree: Tree,
    loader: &mut ModuleLoader<'_>,
    options: CompileOptions,
    diagnostics: &mut Diagnostics,
) -> Vec<Unit> {
    let mut by_source: HashMap<String, ModuleId> = HashMap::from([(source.name().to_string(), ModuleId(0))]);
    let mut by_problem: HashMap<Name, ModuleId> = HashMap::new();
    let main = Unit { name: "".into(), source, tree: Ok(tree), imports: HashMap::new(), visible: Vec::new() };
    let mut units = vec![main];
    let mut queue = VecDeque::from([0usize]);
    while let Some(index) = queue.pop_front() {
        let Some(unit) = units.get(index) else { continue };
        let Ok(tree) = &unit.tree else { continue };
        let mut found: Vec<(u32, Span, Name, bool)> = Vec::new();
        walk_imports(&tree.body, &mut |import| {
            let path: Vec<&str> = import.path.iter().map(|i| &*i.name).collect();
            if let (Some(first), Some(last)) = (import.path.first(), import.path.last()) {
                let span = first.span.to(last.span);
                found.push((first.span.start, span, path.join(".").into(), matches!(import.names, ImportNames::All)));
            }
        });
        let importer = unit.source.clone();
        let mut known: HashMap<Name, ModuleId> = HashMap::new();
        for (offset, span, path, is_visible) in found {
            let id = *known.entry(path.clone()).or_insert_with(|| {
                let next = ModuleId(units.len() as u32);
                let unit = match loader(&path, &importer) {
                    Loaded::Source(source) => match by_source.get(source.name()) {
                        Some(id) => return *id,
                        None => {
                            by_source.insert(source.name().to_string(), next);
                            parse_unit(&path, source)
                        }
                    },
                    Loaded::Tree(source, tree) => match by_source.get(source.name()) {
                        Some(id) => return *id,
                        None => {
                            by_source.insert(source.name().to_string(), next);
                            let (name, imports, visible) = (path.clone(), HashMap::new(), Vec::new());
                            Unit { name, source, tree: Ok(tree), imports, visible }
                        }
                    },
                    other => match by_problem.get(&path) {
                        Some(id) => return *id,
                        None => {
                            by_problem.insert(path.clone(), next);
                            problem_unit(&path, other)
                        }
                    },
                };
                units.push(unit);
                queue.push_back(next.0 as usize);
                next
            });
            if options.check
                && index == 0
                && let Some(Err(problem)) = units.get(id.0 as usize).map(|u| u.tree.as_ref())
            {
                let help = problem.help.map(str::to_owned);
                diagnostics.push(Diagnostic { help, ..Diagnostic::error(problem.code, span, &*problem.message) });
            }
            if let Some(unit) = units.get_mut(index) {
                unit.imports.insert(offset, id);
                unit.visible.extend(is_visible.then_some(id));
            }
        }
    }
    units
}

fn parse_unit(path: &Name, source: Source) -> Unit {
    let mut diagnostics = Diagnostics::default();
    let tree = crate::syntax::parse(&source, &mut diagnostics);
    let tree = match first_error(&diagnostics, &source) {
        Some(error) => Err(parse_problem(path, &error)),
        None => Ok(tree),
    };
    Unit { name: path.clone(), source, tree, imports: HashMap::new(), visible: Vec::new() }
}

fn problem_unit(path: &Name, loaded: Loaded) -> Unit {
    let problem = match loaded {
        Loaded::Problem(problem) => problem,
        Loaded::NoLoader => ModuleProblem::new(Code::NO_MODULE_LOADER, "No module loader"),
        Loaded::NotFound | Loaded::Source(_) | Loaded::Tree(..) => {
            ModuleProblem::new(Code::MODULE_NOT_FOUND, format!("Module not found: {path}"))
        }
    };
    let problem = ModuleProblem { help: problem.help.or_else(|| help::module(path)), ..problem };
    let source = Source::new(&**path, "");
    Unit { name: path.clone(), source, tree: Err(problem), imports: HashMap::new(), visible: Vec::new() }
}

/// Calls `each` for all import statements, also those inside blocks and functions.
fn walk_imports(body: &[Stmt], each: &mut dyn FnMut(&Import)) {
    let mut visitor = super::walk::StmtVisitor {
        each: &mut |stmt: &Stmt| {
            if let StmtKind::Import(import) = &stmt.kind {
                each(import);
            }
        },
    };
    visitor.statements(body);
}
