//! A device through which a container reaches the host itself.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "dangerous-device",
        topic: Topic::Security,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[Peer::ComposeLint("CL-0016"), Peer::Cis("5.18")],
        options: &[],
        summary: "a container gets a disk or the memory of the host as a device",
        page: page!("dangerous-device"),
    },
    rule: &DangerousDevice,
};

struct DangerousDevice;

/// How the devices of disks are named, behind `/dev/`.
const DISKS: &[&str] = &["sd", "hd", "vd", "xvd", "nvme", "mmcblk", "md", "dm-", "loop", "rbd", "nbd", "zd", "bcache"];

/// What a device is, if it is one that leads to the host.
fn dangerous(device: &str) -> Option<(&'static str, &'static str)> {
    let path: Vec<&str> = device.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    let ["dev", rest @ ..] = path.as_slice() else { return None };
    let disk = ("a disk of the host", "whoever can write to the disk can change every file on it, whatever is mounted and whoever owns it");
    match rest {
        [] => Some(("all devices of the host", "disks and memory are among them")),
        ["mem" | "kmem" | "port"] => Some(("the memory of the host", "the memory of the kernel and of all other programs is in it")),
        ["kmsg"] => Some(("the messages of the kernel", "they tell what attacks on the kernel need to know, and can be forged")),
        ["zfs"] => Some(("the control of all ZFS pools", "it can destroy any of them")),
        ["disk" | "mapper", ..] => Some(disk),
        // `sd` followed by a letter, `nvme` by a digit: `sdcard-reader` is none.
        [name] => DISKS
            .iter()
            .find_map(|d| name.strip_prefix(d))
            .filter(|tail| {
                let letters = tail.trim_end_matches(|c: char| c.is_ascii_digit() || c == 'p' || c == 'n');
                let shape = letters.len() <= 2 && letters.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
                !tail.is_empty() && shape || *tail == "-control"
            })
            .map(|_| disk),
        _ => None,
    }
}

impl Rule for DangerousDevice {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        for device in &service.devices {
            let Some((what, why)) = dangerous(&device.source) else { continue };
            let report = cx.report(&device.origin, format!("`{}` gets {what} as a device", service.name));
            // Nothing written means everything.
            if device.permissions.is_empty() || device.permissions.contains('w') {
                report.why(why).help(
                    "leave it out: where files are needed, mount their directory; a tool that only reads the disk's own figures gets `:r`",
                );
            } else {
                report
                    .severity(Severity::Info)
                    .why("it cannot write, and still reads every file past all permissions")
                    .help("leave it out, and mount a directory, if it is about files");
            }
        }
        for rule in &service.device_cgroup_rules {
            let mut words = rule.split_whitespace();
            if let (Some(kind), Some("*:*")) = (words.next(), words.next())
                && matches!(kind, "a" | "b")
            {
                cx.report(&rule.origin, format!("`{}` may use every disk of the host as a device", service.name))
                    .why("the rule is for all devices of a kind: it only takes `mknod`, which every container may do")
                    .help("name the numbers of the device that it needs: `c 188:* rwm`");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::dangerous;

    #[test]
    fn disks_and_memory_and_nothing_else() {
        for device in [
            "/dev/sda",
            "/dev/sda1",
            "//dev/./sdb",
            "/dev/nvme0",
            "/dev/nvme0n1p2",
            "/dev/mmcblk0p1",
            "/dev/md0",
            "/dev/dm-3",
            "/dev/loop0",
            "/dev/loop-control",
            "/dev/mapper/vg-root",
            "/dev/disk/by-id/ata-x",
            "/dev/mem",
            "/dev/kmsg",
            "/dev/zfs",
            "/dev",
            "/dev/vda",
        ] {
            assert!(dangerous(device).is_some(), "{device}");
        }
        for device in [
            "/dev/dri",
            "/dev/dri/renderD128",
            "/dev/ttyUSB0",
            "/dev/net/tun",
            "/dev/fuse",
            "/dev/kvm",
            "/dev/snd",
            "/dev/sr0",
            "/dev/sg0",
            "/dev/video0",
            "/dev/hidraw0",
            "/dev/hailo0",
            "/dev/mmal",
            "/dev/vchiq",
            "/dev/sdcard-reader",
            "/dev/serial/by-id/usb-x",
            "nvidia.com/gpu=all",
            "",
            "/device",
        ] {
            assert!(dangerous(device).is_none(), "{device}");
        }
    }
}
