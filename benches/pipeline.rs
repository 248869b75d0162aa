//! Benchmarks of the pipeline, over generated projects.

mod generate;

use composelint::source::FileId;
use divan::Bencher;
use divan::counter::BytesCount;

fn main() {
    divan::main();
}

#[divan::bench(args = [1, 50, 1000])]
fn parse(bencher: Bencher<'_, '_>, services: usize) {
    let text = generate::compose(services);
    bencher.counter(BytesCount::of_str(&text)).bench(|| composelint::yaml::parse(FileId::NONE, divan::black_box(&text)));
}
