//! The binary: hands the arguments to [`composelint::cli`].

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    composelint::cli::run(std::env::args_os())
}
