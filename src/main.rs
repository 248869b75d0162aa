//! The binary: hands the arguments to [`composelint::cli`].

fn main() -> std::process::ExitCode {
    composelint::cli::run(std::env::args_os())
}
