//! Benchmarks of the pipeline.
fn main() {
    divan::main();
}
