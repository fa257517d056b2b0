//! Cranelift, kept in one place: its API changes with every release, and no other part of the project names it.
//!
//! A [`Compiler`] takes one function as IR, built with a [`FunctionBuilder`], to a [`CompiledUnit`] in code memory. A unit stands
//! alone: it calls itself directly, and everything else by address, so that it is made, and freed, without regard to others.
//!
//! Linking is our own, over `cranelift-codegen`. `cranelift-jit` would do it too, but its module cannot free one function, so
//! each unit would need a module, with a symbol table for the one symbol that a unit has: 116 µs instead of 102 for a function
//! of 60 instructions, on its own memory. It also chooses where code begins, which this crate does, to keep the innermost loop
//! on few lines of the instruction cache. Of relocations there are three.
//!
//! This file is unsafe in one place: the entry of a unit is computed from its address.

#![allow(unsafe_code)]

mod link;
pub mod lower;
#[cfg(all(test, unix, target_arch = "x86_64"))]
mod tests;
mod trampoline;

pub use cranelift_codegen::ir;
pub use cranelift_codegen::isa::CallConv;
pub use cranelift_frontend::{FunctionBuilder, Switch, Variable};
pub use trampoline::ResultSlot;

use crate::code::{CodeError, CodeMemory, CodeUnit};
use crate::limits::INSTRUCTIONS_MAX;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable, Flags};
use cranelift_codegen::{CodegenError, Context};
use cranelift_frontend::FunctionBuilderContext;
use ir::{AbiParam, ExternalName, FuncRef, InstBuilder, Signature, Type, UserExternalName, UserFuncName};
use std::fmt;
use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};
use trampoline::Trampolines;

/// Why a function has no code.
#[derive(Debug)]
pub enum CompileError {
    /// Cranelift does not know this machine.
    Host(String),
    /// More IR instructions than [`INSTRUCTIONS_MAX`], or more code than a function may have.
    TooLarge { function: String, instructions: usize },
    /// Cranelift refuses the IR: a bug of whoever built it.
    Rejected { function: String, problem: String },
    /// There is no room for it, or no memory that code may run in.
    Memory(CodeError),
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CompileError::Host(problem) => write!(f, "no machine code for this machine: {problem}"),
            CompileError::TooLarge { function, instructions } => {
                write!(f, "{function} is too large to compile: {instructions} instructions")
            }
            CompileError::Rejected { function, problem } => write!(f, "{function} cannot be compiled: {problem}"),
            CompileError::Memory(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CompileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            CompileError::Memory(error) => Some(error),
            _ => None,
        }
    }
}

impl From<CodeError> for CompileError {
    fn from(error: CodeError) -> CompileError {
        CompileError::Memory(error)
    }
}

/// Makes machine code for the machine it runs on. Serves any number of threads.
pub struct Compiler {
    isa: OwnedTargetIsa,
    memory: CodeMemory,
    /// Working memory of compilations that have ended, for those to come.
    idle: Mutex<Vec<Box<Workspace>>>,
    trampolines: Trampolines,
    observer: Observer,
}

/// Which instructions code is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Features {
    /// Those that this machine has.
    OfMachine,
    /// Those that every machine of its kind has.
    Baseline,
}

/// Machine code that has been made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CodeRange<'a> {
    /// The function; for code that is entered at a loop with the line, `main:12`.
    pub name: &'a str,
    pub address: usize,
    pub bytes: usize,
}

/// Who is told of machine code.
type Observer = Box<dyn Fn(CodeRange<'_>) + Send + Sync>;

/// What Cranelift allocates for one function and can use again.
struct Workspace {
    context: Context,
    builder: FunctionBuilderContext,
    control: ControlPlane,
}

/// A compiled function. Its code is freed when it is dropped.
#[derive(Debug)]
pub struct CompiledUnit {
    name: String,
    code: CodeUnit,
    /// Where the function begins in the unit.
    start: usize,
    instructions: usize,
}

/// The texts of a compilation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listing {
    /// The IR as it was built.
    pub clif: String,
    /// The IR as Cranelift's passes left it.
    pub optimised: String,
    /// The instructions of the machine.
    pub asm: String,
}

impl Compiler {
    /// A compiler that publishes in `memory`.
    ///
    /// # Errors
    /// [`CompileError::Host`].
    pub fn new(memory: CodeMemory) -> Result<Compiler, CompileError> {
        Compiler::with_features(memory, Features::OfMachine)
    }

    /// The same with other instructions.
    ///
    /// # Errors
    /// [`CompileError::Host`].
    pub fn with_features(memory: CodeMemory, features: Features) -> Result<Compiler, CompileError> {
        let flags = flags().map_err(|e| CompileError::Host(e.to_string()))?;
        let infers = features == Features::OfMachine;
        let builder = cranelift_native::builder_with_options(infers).map_err(|e| CompileError::Host(e.to_string()))?;
        let isa = builder.finish(flags).map_err(|e| CompileError::Host(e.to_string()))?;
        Ok(Compiler {
            isa,
            memory,
            idle: Mutex::default(),
            trampolines: Trampolines::default(),
            observer: Box::new(|_| {}),
        })
    }

    /// The same, and `observer` is told of all code that is made.
    #[must_use]
    pub fn observed(self, observer: impl Fn(CodeRange<'_>) + Send + Sync + 'static) -> Compiler {
        Compiler { observer: Box::new(observer), ..self }
    }

    /// Where the code goes.
    pub fn memory(&self) -> &CodeMemory {
        &self.memory
    }

    /// The type of an `extern "C"` function: of stubs, and of code that Rust calls.
    pub fn stub_signature(&self, params: &[Type], returns: &[Type]) -> Signature {
        signature(self.isa.default_call_conv(), params, returns)
    }

    /// The type of a function that only native code calls; it may end in a tail call.
    pub fn native_signature(&self, params: &[Type], returns: &[Type]) -> Signature {
        signature(CallConv::Tail, params, returns)
    }

    /// Compiles the function that `build` makes. Its blocks need not be sealed. `name` shows in errors.
    ///
    /// # Errors
    /// See [`CompileError`]; nothing is kept then.
    ///
    /// # Panics
    /// Cranelift panics on IR that is not well formed: a block without an end, values of a wrong type.
    pub fn compile(
        &self,
        name: &str,
        signature: Signature,
        build: impl FnOnce(&mut FunctionBuilder),
    ) -> Result<CompiledUnit, CompileError> {
        self.with_workspace(|workspace| {
            workspace.build(&self.isa, signature, build);
            self.finish(name, workspace)
        })
    }

    /// The same, with the texts of what was compiled.
    ///
    /// # Errors
    /// As for [`Compiler::compile`].
    ///
    /// # Panics
    /// As for [`Compiler::compile`].
    pub fn compile_with_listing(
        &self,
        name: &str,
        signature: Signature,
        build: impl FnOnce(&mut FunctionBuilder),
    ) -> Result<(CompiledUnit, Listing), CompileError> {
        self.with_workspace(|workspace| {
            workspace.build(&self.isa, signature, build);
            workspace.context.set_disasm(true);
            let clif = workspace.context.func.display().to_string();
            let unit = self.finish(name, workspace)?;
            let optimised = workspace.context.func.display().to_string();
            let asm = workspace.context.compiled_code().and_then(|code| code.vcode.clone()).unwrap_or_default();
            Ok((unit, Listing { clif, optimised, asm }))
        })
    }

    /// Lends a workspace. One that a panic leaves half used is dropped.
    fn with_workspace<T>(&self, work: impl FnOnce(&mut Workspace) -> T) -> T {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut workspace = idle.unwrap_or_else(|| Box::new(Workspace::new()));
        let result = work(&mut workspace);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(workspace);
        result
    }

    /// Compiles, links and publishes the function in the workspace.
    fn finish(&self, name: &str, workspace: &mut Workspace) -> Result<CompiledUnit, CompileError> {
        let instructions = workspace.context.func.dfg.num_insts();
        let too_large = || CompileError::TooLarge { function: name.to_string(), instructions };
        let rejected = |problem: String| CompileError::Rejected { function: name.to_string(), problem };
        if instructions > INSTRUCTIONS_MAX {
            return Err(too_large());
        }
        let Workspace { context, control, .. } = workspace;
        if let Err(error) = context.compile(&*self.isa, control) {
            return Err(match error.inner {
                CodegenError::ImplLimitExceeded | CodegenError::CodeTooLarge => too_large(),
                problem => rejected(problem.to_string()),
            });
        }
        let Some(compiled) = context.compiled_code() else { return Err(rejected("there is no code".to_string())) };
        let start = link::start_in_line(compiled);
        let reserved = self.memory.reserve(start + compiled.code_buffer().len())?;
        let address = reserved.address().addr().get() + start;
        let bytes = link::link(compiled, &context.func, start, address).map_err(|e| rejected(e.to_string()))?;
        let code = reserved.publish(&bytes)?;
        let unit = CompiledUnit { name: name.to_string(), code, start, instructions };
        (self.observer)(CodeRange { name, address, bytes: unit.code_bytes() });
        Ok(unit)
    }
}

impl fmt::Debug for Compiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Compiler({}, {:?})", self.isa.triple(), self.memory)
    }
}

impl Workspace {
    fn new() -> Workspace {
        Workspace { context: Context::new(), builder: FunctionBuilderContext::new(), control: ControlPlane::default() }
    }

    fn build(&mut self, isa: &OwnedTargetIsa, signature: Signature, build: impl FnOnce(&mut FunctionBuilder)) {
        self.context.clear();
        self.context.func.signature = signature;
        self.context.func.name = UserFuncName::User(SELF);
        let mut builder = FunctionBuilder::new(&mut self.context.func, &mut self.builder);
        build(&mut builder);
        builder.seal_all_blocks();
        builder.finalize(isa.frontend_config());
    }
}

impl CompiledUnit {
    /// The address of the function, to be called as what its signature says, while the unit lives.
    pub fn entry(&self) -> NonNull<u8> {
        // SAFETY: the function begins in the unit.
        unsafe { self.code.address().add(self.start) }
    }

    /// The name that it was compiled under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes of machine code.
    pub fn code_bytes(&self) -> usize {
        self.code.len() - self.start
    }

    /// The number of IR instructions that it was made from.
    pub fn clif_instructions(&self) -> usize {
        self.instructions
    }
}

/// The function that is being compiled, as a callee.
pub fn import_self(builder: &mut FunctionBuilder) -> FuncRef {
    let signature = builder.func.signature.clone();
    let signature = builder.import_signature(signature);
    let name = ExternalName::user(builder.func.declare_imported_user_function(SELF));
    builder.import_function(ir::ExtFuncData { name, signature, colocated: true, patchable: false })
}

/// Calls the function at an address: a stub, or other native code that outlives this unit.
pub fn call_address(
    builder: &mut FunctionBuilder,
    signature: Signature,
    address: NonNull<u8>,
    arguments: &[ir::Value],
) -> ir::Inst {
    let signature = builder.import_signature(signature);
    let address = address.as_ptr().expose_provenance();
    let callee = builder.ins().iconst(ir::types::I64, address as i64);
    builder.ins().call_indirect(signature, callee, arguments)
}

/// A block that is seldom entered; its code lies behind the rest.
pub fn create_cold_block(builder: &mut FunctionBuilder) -> ir::Block {
    let block = builder.create_block();
    builder.set_cold_block(block);
    block
}

/// The name of the function that is being compiled. A unit has no other.
const SELF: UserExternalName = UserExternalName { namespace: 0, index: 0 };

fn signature(convention: CallConv, params: &[Type], returns: &[Type]) -> Signature {
    let mut signature = Signature::new(convention);
    signature.params.extend(params.iter().map(|t| AbiParam::new(*t)));
    signature.returns.extend(returns.iter().map(|t| AbiParam::new(*t)));
    signature
}

fn flags() -> settings::SetResult<Flags> {
    let mut flags = settings::builder();
    // The passes over HIR have decided where everything is computed. Cranelift's own optimisation would decide anew: it computes
    // what has no effect where it is used, back in the loop that it was moved out of, and takes a third of the time.
    flags.set("opt_level", "none")?;
    flags.set("regalloc_algorithm", "backtracking")?;
    flags.set("is_pic", "false")?;
    flags.set("use_colocated_libcalls", "false")?;
    flags.set("unwind_info", "false")?;
    // Where the blocks and edges of the code lie: `link::start_in_line` looks for loops.
    flags.set("machine_code_cfg_info", "true")?;
    // A frame larger than a page touches each of its pages, so that it cannot step over the guard of the stack.
    flags.set("enable_probestack", "true")?;
    flags.set("probestack_strategy", "inline")?;
    flags.set("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" })?;
    Ok(Flags::new(flags))
}
