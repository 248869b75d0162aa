//! Words of a shell, for the commands and scripts that composelint writes.

/// One word of a shell, whatever is in it; as `lib.escapeShellArg` of Nix writes it.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b",._+:@%/-".contains(&b));
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
