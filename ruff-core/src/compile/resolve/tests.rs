//! Test blocks. Those of a file are resolved as one function, in which each group is a scope; lowering makes a function of the way
//! to each test.
//!
//! Variables of groups live in cells that are made on entry, because a teardown may run before the setup has defined them.

use super::Resolver;
use crate::code::Code;
use crate::syntax::ast::*;
use crate::syntax::source::Span;

/// The key of the scope that file-level setups and tests share.
pub(in crate::compile) const FILE_GROUP: Span = Span { start: u32::MAX - 1, end: u32::MAX - 1 };

impl Resolver<'_, '_> {
    /// The test blocks of a file.
    pub(super) fn test_blocks(&mut self, body: &[Stmt]) {
        if body.iter().any(|stmt| matches!(stmt.kind, StmtKind::Test(_))) {
            self.enter_function(false, None);
            self.test_group(body, FILE_GROUP, true);
            self.leave_function();
        }
    }

    fn test_group(&mut self, body: &[Stmt], key: Span, is_file: bool) {
        self.check_hooks(body, "test_setup", |kind| matches!(kind, TestKind::Setup));
        self.check_hooks(body, "test_teardown", |kind| matches!(kind, TestKind::Teardown));
        self.enter();
        if let Some(scope) = self.scopes.last_mut() {
            scope.has_hoisted = true;
        }
        if !is_file {
            self.statements(body);
        }
        let tests =
            || body.iter().filter_map(|stmt| if let StmtKind::Test(t) = &stmt.kind { Some((t, stmt)) } else { None });
        for (test, _) in tests().filter(|(t, _)| matches!(t.kind, TestKind::Setup)) {
            self.statements(&test.body.body);
        }
        for (test, _) in tests() {
            match &test.kind {
                TestKind::Test(_) => self.block(&test.body),
                TestKind::Group(_) => self.test_group(&test.body.body, test.body.span, false),
                TestKind::Setup | TestKind::Teardown => {}
            }
        }
        for (test, _) in tests().filter(|(t, _)| matches!(t.kind, TestKind::Teardown)) {
            self.block(&test.body);
        }
        let declared: Vec<_> =
            self.scopes.last().map(|s| s.declared.iter().map(|(_, id)| *id).collect()).unwrap_or_default();
        for id in declared {
            if let Some(variable) = self.out.variables.get_mut(id.0 as usize) {
                variable.captured = true;
            }
        }
        self.leave(key.start);
    }

    fn check_hooks(&mut self, body: &[Stmt], name: &str, is_hook: fn(&TestKind) -> bool) {
        let is_hook = |s: &&Stmt| matches!(&s.kind, StmtKind::Test(t) if is_hook(&t.kind));
        for stmt in body.iter().filter(is_hook).skip(1) {
            self.error(Code::DUPLICATE_TEST_HOOK, stmt.span, format!("Duplicate {name} in this group"));
        }
    }
}
