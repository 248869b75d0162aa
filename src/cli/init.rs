//! `init`: a configuration to begin with. `schema`: what editors need to complete it.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, Global, Outcome, no_directory, output, print};
use crate::compose::Loader;
use crate::discover;
use crate::fs::{self, Fs, OsFs};
use crate::lint::CONFIG_FILE;
use crate::lint::config::dclint::{self, Translated};
use crate::lint::config::{init, schema};
use crate::source::Sources;

/// Larger is no configuration.
const MAX_BYTES: u64 = 1 << 20;

/// Write a `.composelint.yaml` with comments that show what can be set
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  composelint init
  composelint init ~/docker
  composelint init --from .dclintrc")]
pub(super) struct InitArgs {
    /// The directory to write it to
    #[arg(value_name = "DIR", default_value = ".")]
    directory: PathBuf,
    /// Take over a configuration of dclint: `.dclintrc`, also with `.json`, `.yaml` or `.yml`, or a `package.json` with the key `dclint`
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Replace the file that is there
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &InitArgs, global: &Global) -> Result<Outcome, Failure> {
    let here = std::env::current_dir().map_err(|e| Failure::new(format!("the current directory cannot be told: {e}")))?;
    let directory = fs::join(&here, &args.directory);
    if !OsFs.is_dir(&directory) {
        return Err(no_directory(&OsFs, &args.directory));
    }
    let path = directory.join(CONFIG_FILE);
    let shown = crate::report::display_path(&path, &here);
    if !args.force && OsFs.symlink_metadata(&path).is_ok() {
        let failure = Failure::new(format!("`{shown}` is there already"));
        return Err(failure.help("edit it, or give `--force` to replace it"));
    }
    let sources = Sources::new();
    let loader = Loader::new(&OsFs, &sources);
    let translated = args.from.as_ref().map(|from| dclint(&loader, &fs::join(&here, from), &here)).transpose()?;
    let found = discover::discover(&loader, std::slice::from_ref(&directory));
    let text = init::text(&found, &directory, translated.as_ref());
    OsFs.write_atomic(&path, text.as_bytes()).map_err(|e| Failure::new(format!("`{shown}` cannot be written: {}", fs::why(&e))))?;
    if !global.quiet {
        output::stderr(&format!("wrote {}\n", crate::report::plain(&shown)));
    }
    Ok(Outcome::Clean)
}

/// A configuration of dclint.
fn dclint(loader: &Loader, path: &Path, here: &Path) -> Result<Translated, Failure> {
    let shown = crate::report::display_path(path, here);
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    if ["js", "cjs", "mjs", "ts"].contains(&extension) {
        let failure = Failure::new(format!("`{shown}` is a program, and composelint runs none"));
        return Err(failure.help("write what it exports to a `.dclintrc.json`, and name that"));
    }
    let bytes = loader
        .fs
        .read(path, MAX_BYTES)
        .map_err(|e| Failure::new(format!("`{shown}` cannot be read: {}", fs::why(&e))).help("correct the path"))?;
    let data = match serde_json::from_slice(&bytes) {
        Ok(data) => data,
        // A `.dclintrc` is YAML as well as JSON.
        Err(error) if extension == "json" => {
            let (line, column) = (error.line(), error.column().max(1));
            return Err(
                Failure::new(format!("{shown}:{line}:{column}: from here on it is not JSON")).help("correct it, and run `init` again")
            );
        }
        Err(_) => {
            let parsed = loader.open(path).map_err(|e| Failure::new(e.message))?;
            if let Some(error) = parsed.tree.errors.first() {
                let at = loader.sources.get(parsed.id).position(error.span.start);
                let failure = Failure::new(format!("{shown}:{}:{}: {}", at.line, at.column, error.message));
                return Err(failure.help("correct it, and run `init` again"));
            }
            dclint::data(&parsed.tree).ok_or_else(|| Failure::new(format!("`{shown}` is no configuration of dclint")))?
        }
    };
    let data = if path.file_name().is_some_and(|n| n == "package.json") {
        data.get("dclint").cloned().ok_or_else(|| {
            Failure::new(format!("`{shown}` has no key `dclint`")).help("name the file that holds the configuration of dclint")
        })?
    } else {
        data
    };
    dclint::translate(&data).map_err(|message| {
        Failure::new(format!("`{shown}` is no configuration of dclint: {message}")).help("name a `.dclintrc`, or leave out `--from`")
    })
}

/// Print the JSON Schema of `.composelint.yaml`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  composelint schema > .composelint.schema.json")]
pub(super) struct SchemaArgs {}

pub(super) fn schema_of_config() -> Result<Outcome, Failure> {
    print(&format!("{:#}\n", schema::schema()))?;
    Ok(Outcome::Clean)
}
