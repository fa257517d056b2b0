//! Test blocks.

use super::Lower;
use crate::syntax::ast::*;

impl Lower<'_, '_> {
    /// What a test run keeps of the top-level code: declarations, imports, assignments and destructurings.
    pub(super) fn top_level_for_tests(&mut self, body: &[Stmt]) {
        for stmt in body {
            if matches!(stmt.kind, StmtKind::Binding(_) | StmtKind::Assign(_) | StmtKind::Import(_)) {
                self.statement(stmt);
            }
        }
    }

    /// A function for each test.
    pub(super) fn test_functions(&mut self, _body: &[Stmt]) {}
}
