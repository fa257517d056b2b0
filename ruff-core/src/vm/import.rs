//! Modules: running their bodies once, namespaces, imported names (section 16 of the reference).

use super::Machine;
use super::instance::{Instance, ModuleState};
use crate::bytecode::{Instr, ModuleId};
use crate::code::Code;
use crate::fault::{Fault, FaultKind, Result};
use crate::value::record::StructObject;
use crate::value::{Value, ops};
use std::sync::Arc;

/// A module whose body runs. One that does not reach its end, also by a panic, is new again.
struct Loading<'m> {
    machine: &'m mut Machine,
    instance: &'m Instance,
    module: ModuleId,
    is_loaded: bool,
}

impl<'m> Loading<'m> {
    fn start(machine: &'m mut Machine, instance: &'m Instance, module: ModuleId, name: Arc<str>) -> Loading<'m> {
        instance.set_module_state(module, ModuleState::Loading);
        machine.importing.push(name);
        Loading { machine, instance, module, is_loaded: false }
    }
}

impl Drop for Loading<'_> {
    fn drop(&mut self) {
        self.machine.importing.pop();
        let state = if self.is_loaded { ModuleState::Loaded } else { ModuleState::New };
        self.instance.set_module_state(self.module, state);
    }
}

impl Machine {
    /// `Import`.
    pub(super) fn import(&mut self, i: Instr) -> Result<()> {
        let module = ModuleId(i.bc());
        let instance = self.running();
        match instance.module_state(module) {
            ModuleState::Loaded => {}
            ModuleState::Loading => return Err(self.cycle_error(module)),
            ModuleState::New => self.run_module(module)?,
        }
        let namespace = instance.namespace(self, module);
        self.put(i.a(), namespace);
        Ok(())
    }

    /// Runs the body of a module. One that fails runs again at the next import.
    fn run_module(&mut self, module: ModuleId) -> Result<()> {
        let instance = self.running();
        let Some(data) = instance.program.modules.get(module.0 as usize) else {
            return Err(Fault::bug("a module that the program does not have"));
        };
        let body = match &data.body {
            Ok(body) => instance.function(*body)?,
            Err(problem) => {
                return Err(Fault::error(problem.code, problem.message.to_string()).with_help(problem.help));
            }
        };
        let mut loading = Loading::start(self, instance, module, data.name.clone());
        let result = loading.machine.run_linked(body);
        loading.is_loaded = result.is_ok();
        drop(loading);
        result.map(drop).map_err(|fault| self.evaluation_error(&data.name, fault))
    }

    #[cold]
    fn evaluation_error(&mut self, name: &str, fault: Fault) -> Fault {
        if fault.kind != FaultKind::Error || fault.code == Code::MODULE_CYCLE {
            return fault;
        }
        let message = format!("Failed to evaluate module '{name}': {}", fault.message);
        let cause = match self.error_value(fault) {
            Ok(cause) => cause,
            Err(trap) => return trap,
        };
        // An `Error` with only its cause: what is empty is filled in where it is caught.
        let mut fields = [const { Value::Null }; 7];
        fields[6] = cause;
        let mut error = Fault::error(Code::MODULE_FAILED, message);
        error.thrown = Some(Value::Struct(StructObject::alloc(self.heap().error_def(), fields.into_iter())));
        error
    }

    #[cold]
    fn cycle_error(&self, module: ModuleId) -> Fault {
        let data = self.running().program.modules.get(module.0 as usize);
        let name = data.map_or("", |m| &m.name);
        let start = self.importing.iter().position(|n| &**n == name).unwrap_or(0);
        let mut path: Vec<&str> = self.importing.iter().skip(start).map(|n| &**n).collect();
        path.push(name);
        Fault::error(Code::MODULE_CYCLE, format!("Circular import detected: {}", path.join(" -> ")))
    }

    /// `ImportName`.
    pub(super) fn import_name(&mut self, i: Instr) -> Result<()> {
        let site = self.site(self.extension().x());
        let value = ops::get_field(self.value(i.b()), site.name.as_deref().unwrap_or(""))?;
        self.put(i.a(), value);
        Ok(())
    }
}
