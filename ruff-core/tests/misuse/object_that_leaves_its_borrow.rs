//! Fails: a reference to an object of the host lasts as long as its lock is held.
//! says: lifetime may not live long enough

use ruff_core::HostRef;

fn main() {
    let names = HostRef::new(vec![String::new()]);
    let first: &String = names.with(|names| &names[0]).unwrap();
    println!("{first}");
}
