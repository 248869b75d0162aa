use serde_json::json;

use super::*;
use crate::compose::testing::{json_map, map};
use crate::fs::MemFs;

#[test]
fn paths_are_text() {
    for (path, wanted) in [("", ""), ("/a/../b//c/", "/b/c"), ("a/..", "."), ("../a/../..", "../.."), ("/..", "/"), ("//a", "/a")] {
        assert_eq!(clean(path), wanted, "{path}");
    }
    assert_eq!(join("/p", "/a"), "/p/a");
    assert_eq!(join("", "./a"), "a");
    assert_eq!(absolute("/p", "/a/../b", None), "/a/../b");
    assert_eq!(absolute("/p", "~u/x", Some("/home/me")), "/home/me/u/x");
    assert_eq!(absolute("/p", "~/x", None), "~/x");
    assert_eq!(absolute("/p", "", None), "");
    assert_eq!(relative("/a/b", "/a/c/d"), "../c/d");
    assert_eq!(relative("/a", "/a"), ".");
    assert_eq!(parent("/a/b"), "/a");
    assert_eq!(parent("/a"), "/");
    assert_eq!(parent("a"), ".");
}

#[test]
fn remote_references_are_known() {
    for (reference, wanted) in [
        ("oci://x/y", Some(Remote::Oci)),
        ("github.com/x/y", Some(Remote::Git)),
        ("https://x/y.git", Some(Remote::Git)),
        ("https://x/y.git#main:sub", Some(Remote::Git)),
        ("https://x/y.git?ref=a&subdir=b", Some(Remote::Git)),
        ("https://x/y.git?other=a", None),
        ("https://x/y", None),
        ("ssh://x/y", Some(Remote::Git)),
        ("git@github.com:x/y", Some(Remote::Git)),
        ("./git@github.com:x/y", None),
        ("compose.yaml", None),
        ("ftp://x/y.git", None),
    ] {
        assert_eq!(is_remote(reference), wanted, "{reference}");
    }
}

#[test]
fn each_kind_of_path_is_resolved_in_its_way() {
    let mut root = map(json!({
        "services": {"a": {
            "build": {"context": "c:/x", "additional_contexts": {"a": "service:b", "b": "./c", "c": "https://x/y"}, "ssh": {"k": "~/key"}},
            "env_file": [{"path": "../e"}], "label_file": ["l"], "develop": {"watch": [{"path": "link/x"}]},
            "extends": {"file": "f.yaml", "service": "x"},
            "volumes": [{"type": "bind", "source": "./d/", "target": "/d"}, {"type": "bind", "source": "C:\\x"}, {"type": "volume", "source": "v"}],
            "devices": [{"source": "./x"}], "credential_spec": {"file": "./x"}
        }},
        "configs": {"c": {"file": "./c"}}, "secrets": {"s": {"file": "D:/s"}},
        "volumes": {
            "v": {"driver": "local", "driver_opts": {"o": "bind", "device": "./v"}},
            "w": {"driver_opts": {"o": "bind", "device": "./v"}}
        }
    }));
    let fs = MemFs::new().directory("/real").link("/p/link", "/real");
    let mut problems = Vec::new();
    resolve(&mut root, Path::new("/p"), Some(Path::new("/home/me")), &fs, &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(
        json_map(&root),
        json!({
            "services": {"a": {
                "build": {"context": "/p/c:/x", "additional_contexts": {"a": "service:b", "b": "/p/c", "c": "https://x/y"}, "ssh": {"k": "/home/me/key"}},
                "env_file": [{"path": "/e"}], "label_file": ["/p/l"], "develop": {"watch": [{"path": "/real/x"}]},
                "extends": {"file": "/p/f.yaml", "service": "x"},
                "volumes": [{"type": "bind", "source": "/p/d", "target": "/d"}, {"type": "bind", "source": "C:\\x"}, {"type": "volume", "source": "v"}],
                "devices": [{"source": "./x"}], "credential_spec": {"file": "./x"}
            }},
            "configs": {"c": {"file": "/p/c"}}, "secrets": {"s": {"file": "D:/s"}},
            "volumes": {
                "v": {"driver": "local", "driver_opts": {"o": "bind", "device": "/p/v"}},
                "w": {"driver_opts": {"o": "bind", "device": "./v"}}
            }
        })
    );
}

#[test]
fn a_relative_base_gives_relative_paths_and_a_bind_needs_a_source() {
    let mut root = map(json!({"services": {"a": {"build": {"context": "."}, "volumes": [{"type": "bind", "target": "/x"}]}}}));
    let mut problems = Vec::new();
    resolve(&mut root, Path::new("../sub"), None, &MemFs::new(), &mut problems);
    assert_eq!(json_map(&root)["services"]["a"]["build"]["context"], "../sub");
    assert_eq!(
        problems.iter().map(|p| (p.path.to_string(), p.phase)).collect::<Vec<_>>(),
        [("services.a.volumes[0]".to_owned(), Phase::Path)]
    );
}
