use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || binary_trees(bb(14))
}

struct Node {
    left: Option<Box<Node>>,
    right: Option<Box<Node>>,
}

fn make_tree(d: i64) -> Box<Node> {
    if d == 0 {
        return Box::new(Node { left: None, right: None });
    }
    Box::new(Node { left: Some(make_tree(d - 1)), right: Some(make_tree(d - 1)) })
}

fn check_tree(t: &Node) -> i64 {
    match (&t.left, &t.right) {
        (Some(l), Some(r)) => 1 + check_tree(l) + check_tree(r),
        _ => 1,
    }
}

fn binary_trees(depth: i64) -> i64 {
    let mut total = check_tree(&make_tree(depth + 1));
    let long_lived = make_tree(depth);
    let mut d = 4;
    while d <= depth {
        let iters = 1i64 << (depth - d + 4);
        let mut c = 0;
        for _ in 0..iters {
            c += check_tree(&make_tree(d));
        }
        total += c;
        d += 2;
    }
    total + check_tree(&long_lived)
}
