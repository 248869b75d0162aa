//! Mounts.

use super::*;

#[test]
fn every_mount_is_kept_in_order() {
    let container = with_mounts(vec![
        mount("bind", Some("/srv/x"), "/x", &[]),
        mount("bind", Some("/srv/x"), "/y", &[("bind-propagation", "rshared"), ("selinux", "Z")]),
        mount("volume", None, "/data", &[]),
        Mount { read_only: true, ..mount("volume", Some("demo_data"), "/d", &[]) },
        mount("tmpfs", None, "/tmp", &[("tmpfs-mode", "1777"), ("tmpfs-size", "1048576")]),
        mount("bind", Some("/srv/z"), "/z", &[]),
        mount("tmpfs", None, "/run", &[("options", "mode=1777,size=64m")]),
        mount("bind", Some("/srv/new"), "/new", &[("create", "false")]),
    ]);
    for backend in BOTH {
        assert_eq!(
            kept(&container, backend),
            [
                "-v",
                "/srv/x:/x",
                "-v",
                "/srv/x:/y:rshared,Z",
                "-v",
                "/data",
                "-v",
                "demo_data:/d:ro",
                "--mount=type=tmpfs,target=/tmp,tmpfs-mode=1777,tmpfs-size=1048576",
                "--volume=/srv/z:/z",
                "--tmpfs=/run:mode=1777,size=64m",
                "--mount=type=bind,source=/srv/new,target=/new",
                "nginx:1.27"
            ]
        );
    }
}

#[test]
fn settled_mounts_are_all_in_volumes() {
    let mut container =
        with_mounts(vec![mount("tmpfs", None, "/tmp", &[]), mount("bind", Some("/b"), "/b", &[]), mount("volume", None, "/a", &[])]);
    settle(&mut container, Backend::Docker);
    assert_eq!(kept(&container, Backend::Docker), ["-v", "/b:/b", "-v", "/a", "--tmpfs=/tmp", "nginx:1.27"]);
}

#[test]
fn each_backend_has_its_words_for_mounts() {
    let nocopy = with_mounts(vec![mount("volume", Some("data"), "/d", &[("volume-nocopy", "true")])]);
    assert_eq!(kept(&nocopy, Backend::Docker)[0], "--mount=type=volume,source=data,target=/d,volume-nocopy");
    assert_eq!(kept(&nocopy, Backend::Podman)[1], "data:/d:nocopy");
    let subpath = with_mounts(vec![mount("volume", Some("data"), "/d", &[("volume-subpath", "a/b")])]);
    assert_eq!(kept(&subpath, Backend::Docker)[0], "--mount=type=volume,source=data,target=/d,volume-subpath=a/b");
    assert_eq!(kept(&subpath, Backend::Podman)[0], "--mount=type=volume,source=data,target=/d,subpath=a/b");
    let image = with_mounts(vec![mount("image", Some("busybox"), "/b", &[("image-subpath", "bin")])]);
    assert_eq!(kept(&image, Backend::Docker)[0], "--mount=type=image,source=busybox,target=/b,image-subpath=bin");
    assert_eq!(kept(&image, Backend::Podman)[0], "--mount=type=image,source=busybox,target=/b,subpath=/bin");
    let recursive = with_mounts(vec![mount("bind", Some("/x"), "/x", &[("bind-recursive", "disabled"), ("create", "false")])]);
    assert_eq!(kept(&recursive, Backend::Docker)[0], "--mount=type=bind,source=/x,target=/x,bind-recursive=disabled");
    assert!(refused(&recursive, Backend::Podman).contains("bind-recursive"));
    let labelled = with_mounts(vec![mount("bind", Some("/x"), "/x", &[("create", "false"), ("selinux", "Z")])]);
    assert_eq!(kept(&labelled, Backend::Podman)[0], "--mount=type=bind,source=/x,target=/x,relabel=private");
    assert!(refused(&labelled, Backend::Docker).contains("selinux"));
}

#[test]
fn a_volume_of_one_letter_is_no_drive_of_windows() {
    let container = with_mounts(vec![mount("volume", Some("v"), "/v", &[])]);
    assert_eq!(kept(&container, Backend::Docker)[0], "--mount=type=volume,source=v,target=/v");
    assert_eq!(kept(&container, Backend::Podman)[1], "v:/v");
}

#[test]
fn odd_paths_are_quoted_or_refused() {
    let comma = with_mounts(vec![mount("bind", Some("/a,b \"c\""), "/x:y", &[("create", "false")])]);
    for backend in BOTH {
        assert_eq!(kept(&comma, backend)[0], "--mount=type=bind,\"source=/a,b \"\"c\"\"\",target=/x:y");
        assert!(refused(&with_mounts(vec![mount("bind", Some("/a:b"), "/x", &[])]), backend).contains("cannot be made"));
        assert!(refused(&with_mounts(vec![mount("bind", Some("./a"), "/x", &[])]), backend).contains("no absolute path"));
        assert!(refused(&with_mounts(vec![mount("npipe", Some("x"), "/x", &[])]), backend).contains("npipe"));
    }
}
