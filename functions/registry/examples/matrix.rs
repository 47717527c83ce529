//! Prints the capability matrix of the README.
#![allow(clippy::print_stdout)]

fn main() {
    print!("{}", registry::matrix());
}
