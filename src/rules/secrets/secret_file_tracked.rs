//! The file of a secret, in git.

use std::path::Path;

use crate::host::GitState;
use crate::rules::prelude::*;
use crate::secret;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "secret-file-tracked",
        topic: Topic::Secrets,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "the file of a secret is in git",
        page: page!("secret-file-tracked"),
    },
    rule: &SecretFileTracked,
};

struct SecretFileTracked;

/// A secret larger than this is not looked into: it counts as one.
const LIMIT: u64 = 1 << 20;
/// What an encrypted file begins with.
const ENCRYPTED: &[&[u8]] = &[
    b"age-encryption.org/",
    b"-----BEGIN AGE ENCRYPTED FILE-----",
    b"-----BEGIN PGP MESSAGE-----",
    b"$ANSIBLE_VAULT;",
    b"\0GITCRYPT\0",
    b"Salted__",
];
/// How the names of encrypted files end.
const ENCRYPTED_NAMES: &[&str] = &["age", "gpg", "asc", "sops", "enc", "vault"];

impl Rule for SecretFileTracked {
    fn project(&self, project: &Project, cx: &mut Cx) {
        for (name, secret) in &project.secrets {
            let Some(file) = &secret.file else { continue };
            let path = Path::new(&file.value);
            if cx.facts.git(path) != GitState::Tracked || !cx.facts.fs().is_file(path) || !holds_secret(path, cx) {
                continue;
            }
            cx.report(&file.origin, format!("git tracks the file of the secret `{name}`"))
                .why("everybody with a copy of the repository has the secret, and it stays in every old commit")
                .help("change the secret first: it is known. Then `git rm --cached` the file and list it in `.gitignore`; or commit it encrypted (sops, age)");
        }
    }
}

/// False for what is encrypted, empty, a certificate, or a note that stands for the secret.
fn holds_secret(path: &Path, cx: &Cx) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    if name.split('.').skip(1).any(|part| ENCRYPTED_NAMES.contains(&part))
        || ["example", "sample", "template", "dist"].iter().any(|e| name.contains(e))
    {
        return false;
    }
    let Ok(bytes) = cx.facts.fs().read(path, LIMIT) else { return true };
    if ENCRYPTED.iter().any(|e| bytes.starts_with(e)) {
        return false;
    }
    let Ok(text) = std::str::from_utf8(&bytes) else { return true };
    let sops = text.contains("ENC[AES256_GCM,");
    let public = (text.contains("-----BEGIN CERTIFICATE-----") || text.contains("PUBLIC KEY-----")) && !text.contains("PRIVATE KEY-----");
    !sops && !public && !secret::placeholder(text)
}
