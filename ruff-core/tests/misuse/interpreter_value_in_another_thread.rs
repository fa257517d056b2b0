//! Fails: values of the engine stay with their VM; `Root` and `Data` go anywhere.
//! says: cannot be sent between threads safely

use ruff_core::native::Value;

fn main() {
    let value = Value::Null;
    std::thread::spawn(move || drop(value));
}
