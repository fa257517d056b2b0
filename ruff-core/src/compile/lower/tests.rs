//! Test blocks: for each test a function that runs the setups around it, the test, and the teardowns.

use super::{Frame, FrameKind, Lower};
use crate::bytecode::program::TestCase;
use crate::compile::emit::FunctionShell;
use crate::compile::resolve::FILE_GROUP;
use crate::syntax::ast::*;
use crate::syntax::source::Span;

/// A group around a test.
#[derive(Clone)]
struct Group<'a> {
    name: Option<Name>,
    body: &'a [Stmt],
    /// The key of its scope.
    key: Span,
}

impl Group<'_> {
    fn hook(&self, is_hook: fn(&TestKind) -> bool) -> Option<&Block> {
        self.body.iter().find_map(|stmt| match &stmt.kind {
            StmtKind::Test(test) if is_hook(&test.kind) => Some(&test.body),
            _ => None,
        })
    }
}

impl Lower<'_, '_> {
    /// What a test run keeps of the code of a file or group: declarations, imports, assignments and destructurings.
    pub(super) fn top_level_for_tests(&mut self, body: &[Stmt]) {
        for stmt in body {
            if matches!(stmt.kind, StmtKind::Binding(_) | StmtKind::Assign(_) | StmtKind::Import(_)) {
                self.statement(stmt);
            }
        }
    }

    /// A function for each test of the file.
    pub(super) fn test_functions(&mut self, body: &[Stmt]) {
        self.tests_in(&[Group { name: None, body, key: FILE_GROUP }]);
    }

    fn tests_in(&mut self, groups: &[Group<'_>]) {
        let Some(group) = groups.last() else { return };
        for stmt in group.body {
            let StmtKind::Test(test) = &stmt.kind else { continue };
            match &test.kind {
                TestKind::Test(name) => self.test_function(groups, name, test),
                TestKind::Group(name) => {
                    let inner = Group { name: Some(name.clone()), body: &test.body.body, key: test.body.span };
                    self.tests_in(&[groups, &[inner]].concat());
                }
                TestKind::Setup | TestKind::Teardown => {}
            }
        }
    }

    fn test_function(&mut self, groups: &[Group<'_>], name: &Name, test: &Test) {
        let names: Vec<&str> = groups.iter().filter_map(|g| g.name.as_deref()).chain([&**name]).collect();
        let name: Name = names.join(" > ").into();
        let id = self.input.program.reserve_function();
        let outer = std::mem::replace(&mut self.frame, Frame::new(FrameKind::Main, 1));
        self.run_groups(groups, test);
        self.end_function(test.body.span);
        self.flush_stubs();
        let frame = std::mem::replace(&mut self.frame, outer);
        let shell = FunctionShell {
            id,
            module: self.input.module,
            name: Some(name.clone()),
            span: test.body.span,
            is_generator: false,
            is_builtin: false,
            is_method: false,
            has_mut_self: false,
            params: Vec::new(),
            has_rest: false,
            captures: 0,
        };
        self.finish_function(frame, shell);
        self.input.program.tests.push(TestCase { name, function: id });
    }

    /// The declarations and setups from the outermost group inwards, the test, and the teardowns, which always run.
    fn run_groups(&mut self, groups: &[Group<'_>], test: &Test) {
        let Some((group, inner)) = groups.split_first() else { return self.block(&test.body) };
        self.scoped(|this| {
            let is_file = group.name.is_none();
            this.enter_block(if is_file { &[] } else { group.body }, group.key);
            let run = |this: &mut Self| {
                if !is_file {
                    this.top_level_for_tests(group.body);
                }
                if let Some(setup) = group.hook(|kind| matches!(kind, TestKind::Setup)) {
                    this.hoist(&setup.body);
                    setup.body.iter().for_each(|stmt| this.statement(stmt));
                }
                this.run_groups(inner, test);
            };
            match group.hook(|kind| matches!(kind, TestKind::Teardown)) {
                Some(teardown) => this.try_finally(teardown, run),
                None => run(this),
            }
        });
    }
}
