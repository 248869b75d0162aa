//! Flags before the command: `composelint -f a.yaml config` is `composelint config -f a.yaml`, as with `docker compose`.

use std::ffi::OsString;

/// Flags with a value.
const WITH_VALUE: [&str; 11] = [
    "--file",
    "--project-name",
    "--project-directory",
    "--workdir",
    "--profile",
    "--env-file",
    "--ansi",
    "--progress",
    "--parallel",
    "--compose-version",
    "--color",
];
/// Flags without.
const ALONE: [&str; 7] = ["--compatibility", "--all-resources", "--dry-run", "--no-ansi", "--verbose", "--quiet", "-q"];

/// Moves what stands before the word `config` behind it, if those are all flags that `config` knows; else changes nothing.
pub(in crate::cli) fn hoist(arguments: Vec<OsString>) -> Vec<OsString> {
    let Some(at) = command(&arguments).filter(|at| *at > 1) else { return arguments };
    let mut rest = arguments;
    let behind = rest.split_off(at + 1);
    let word = rest.pop();
    let mut before = rest.into_iter();
    before.next().into_iter().chain(word).chain(before).chain(behind).collect()
}

/// Where the word `config` stands.
fn command(arguments: &[OsString]) -> Option<usize> {
    let mut at = 1;
    loop {
        let word = arguments.get(at)?.to_str()?;
        if word == "config" {
            return Some(at);
        }
        let name = word.split_once('=').map_or(word, |(name, _)| name);
        at += match word {
            "-f" | "-p" => 2,
            _ if ALONE.contains(&name) => 1,
            _ if WITH_VALUE.contains(&name) => 1 + usize::from(name == word),
            _ if word.starts_with("-f") || word.starts_with("-p") => 1,
            _ => return None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hoisted(line: &str) -> String {
        let words: Vec<OsString> = line.split(' ').map(Into::into).collect();
        hoist(words).iter().map(|w| w.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn project_flags_move_behind_the_command() {
        assert_eq!(
            hoisted("c -f a -fb --file=c -p config --profile x config -q web"),
            "c config -f a -fb --file=c -p config --profile x -q web"
        );
        assert_eq!(hoisted("c --all-resources config"), "c config --all-resources");
        for same in ["c config -f a", "c check -f config", "c -f a check config", "c -x config", "c", "c -f"] {
            assert_eq!(hoisted(same), same);
        }
    }
}
