//! Whether the arguments of `migrate --to nix` fit each other.

use super::super::{MigrateArgs, Verify};
use super::{BackendArg, BuildArg, FirewallArg, NamesArg, SecretsArg, UpdateArg};
use crate::cli::Failure;
use crate::migrate::nix::Style;
use crate::migrate::nix::layout::Layout;
use crate::report::plain;

/// Refuses what would be of no effect: who asks for something should not have to find out that it was not done.
pub(super) fn check(args: &MigrateArgs, style: Style, layout: Layout) -> Result<(), Failure> {
    let (nix, steps) = (&args.nix, &args.steps);
    let of_layout = [
        ("--env", !args.env.is_empty()),
        ("--infrastructure", !args.infrastructure.is_empty()),
        ("--replace", args.replace),
        ("--no-docs", args.no_docs),
        ("--consolidate-volumes", steps.consolidate_volumes),
        ("--consolidate-networks", steps.consolidate_networks),
        ("--add-healthchecks", steps.add_healthchecks),
        ("--add-limits", steps.add_limits),
        ("--add-env", steps.add_env.is_some()),
    ];
    if let Some((flag, _)) = of_layout.iter().find(|(_, given)| *given) {
        return Err(Failure::new(format!("`{flag}` does nothing with --to nix")).help("do it first, with `--to layout` or without --to"));
    }
    if steps.secrets == Some(SecretsArg::Compose) {
        return Err(Failure::new("it is not said where secrets come from on NixOS")
            .help("write `--secrets sops`, `--secrets agenix`, `--secrets env-files` or `--secrets keep`"));
    }
    if args.verify == Some(Verify::Docker) {
        return Err(Failure::new("`--verify docker` is one of --to layout").help("write `--verify tools` or `--verify strict`"));
    }
    if style == Style::ComposeStack {
        let of_oci = [
            ("--options", nix.options),
            ("--names", nix.names != NamesArg::Compose),
            ("--build", nix.build != BuildArg::Unit),
            ("--firewall", nix.firewall != FirewallArg::Comment),
            ("--tmpfiles", nix.tmpfiles),
            ("--auto-update podman-label", nix.auto_update == UpdateArg::PodmanLabel),
            ("--persist", nix.persist.is_some()),
            ("--backup", nix.backup),
            ("--accept-volume-move", nix.accept_volume_move),
            ("--layout per-service", layout == Layout::PerService),
            ("--secrets", steps.secrets.is_some_and(|s| s != SecretsArg::Keep)),
        ];
        if let Some((flag, _)) = of_oci.iter().find(|(_, given)| *given) {
            return Err(Failure::new(format!("`{flag}` does nothing with --style compose-stack: Compose stays in charge"))
                .help("leave it out, or write `--style oci`"));
        }
    } else if nix.host_dns {
        return Err(Failure::new("`--host-dns` does nothing with --style oci").help("leave it out, or write `--style compose-stack`"));
    }
    if nix.options && layout != Layout::PerService {
        return Err(
            Failure::new("options are by service, and so are their files").help("write `--layout per-service`, or leave out --options")
        );
    }
    if nix.options && nix.options_prefix.split('.').any(str::is_empty) {
        return Err(Failure::new(format!("`{}` is not the path of options", plain(&nix.options_prefix))).help("write it as `services`"));
    }
    if nix.auto_update == UpdateArg::PodmanLabel && nix.backend == BackendArg::Docker {
        return Err(Failure::new("only podman looks for the label of `--auto-update podman-label`")
            .help("write `--auto-update timer`, or add `--backend podman`"));
    }
    if let Some(directory) = nix.persist.as_ref().filter(|d| !d.starts_with('/')) {
        return Err(Failure::new(format!("`{}` is not an absolute path", plain(directory))).help("write `--persist=/persist`"));
    }
    Ok(())
}
