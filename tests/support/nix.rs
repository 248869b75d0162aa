//! What generated modules come to by Nix itself, with our emulation of the module system and of `virtualisation.oci-containers`
//! (`src/migrate/nix/emulation`): no nixpkgs is needed.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::print_stderr)] // each test file uses a part

use std::path::Path;

use composelint::migrate::nix::tools::evaluation;
use serde_json::Value;

/// What went wrong.
#[derive(Debug)]
pub enum NixFailure {
    /// There is no `nix-instantiate`: the test has nothing to say.
    Missing,
    /// What it said.
    Refused(String),
}

/// Evaluates the module at this path, a file or a directory with a `default.nix`, and all that it imports. The backend is that of the
/// module, unless one is given. The answer has `argv`, `containers`, `services`, `targets`, `timers`, `tmpfiles`, `warnings` and `other`.
pub fn evaluate(module: &Path, backend: Option<&str>) -> Result<Value, NixFailure> {
    let emulation = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/migrate/nix/emulation/oci-containers.nix");
    match evaluation(&emulation, module, backend).output() {
        Err(_) => Err(NixFailure::Missing),
        Ok(output) if output.status.success() => Ok(serde_json::from_slice(&output.stdout).unwrap()),
        Ok(output) => Err(NixFailure::Refused(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}

/// What it comes to; `None`, and a word about it, where there is no Nix. A refusal is a failure of the test.
pub fn evaluated(module: &Path, backend: Option<&str>) -> Option<Value> {
    match evaluate(module, backend) {
        Ok(value) => Some(value),
        Err(NixFailure::Missing) => {
            eprintln!("nix-instantiate is not here: the modules are not evaluated");
            None
        }
        Err(NixFailure::Refused(said)) => panic!("{said}"),
    }
}

/// The words that each container is run with.
pub fn argv(evaluated: &Value, container: &str) -> Vec<String> {
    let words = evaluated.pointer(&format!("/argv/{container}")).and_then(Value::as_array);
    words.unwrap_or_else(|| panic!("no container `{container}`")).iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}
