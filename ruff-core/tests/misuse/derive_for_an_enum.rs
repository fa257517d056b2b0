//! Fails: the fields of a struct become fields of objects.
//! says: HostType can only be derived for structs

use ruff_core::HostType;

#[derive(HostType)]
enum Shape {
    Circle,
}

fn main() {
    let _ = Shape::Circle;
}
