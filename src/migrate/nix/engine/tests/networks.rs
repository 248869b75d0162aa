//! Networks.

use super::*;

#[test]
fn the_alias_of_the_service_is_in_every_network() {
    let container = with_networks(vec![
        Attachment {
            options: [("ip".into(), "172.16.5.5".into()), ("mac-address".into(), "02:42:ac:11:65:43".into())].into(),
            ..attachment("t_n1", &["app", "x"])
        },
        attachment("t_n2", &["app"]),
        attachment("plain", &[]),
    ]);
    assert_eq!(
        kept(&container, Backend::Docker),
        [
            "--network=name=t_n1,alias=app,alias=x,ip=172.16.5.5,mac-address=02:42:ac:11:65:43",
            "--network=name=t_n2,alias=app",
            "--network=plain",
            "nginx:1.27"
        ]
    );
    assert_eq!(
        kept(&container, Backend::Podman),
        [
            "--network=t_n1:alias=app,alias=x,ip=172.16.5.5,mac=02:42:ac:11:65:43",
            "--network=t_n2:alias=app",
            "--network=plain",
            "nginx:1.27"
        ]
    );
}

#[test]
fn docker_turns_networks_into_lower_case() {
    let first = with_networks(vec![
        Attachment {
            link_local: vec!["169.254.8.1".into()],
            options: [("ip".into(), "10.0.0.2".into())].into(),
            ..attachment("Front", &["Web"])
        },
        attachment("back", &["app"]),
    ]);
    assert_eq!(
        kept(&first, Backend::Docker),
        [
            "--network=Front",
            "--network=name=back,alias=app",
            "--network-alias=Web",
            "--ip=10.0.0.2",
            "--link-local-ip=169.254.8.1",
            "nginx:1.27"
        ]
    );
    let second = with_networks(vec![attachment("back", &["app"]), attachment("front", &["Web"])]);
    assert!(refused(&second, Backend::Docker).contains("lower case"));
    assert_eq!(kept(&second, Backend::Podman)[1], "--network=front:alias=Web");
    // What the client would do is what is read.
    let words: Vec<String> = ["docker", "run", "--name=web", "--network=name=Front,alias=Web", "i"].map(String::from).into();
    let (_, read) = parse(&words, Backend::Docker).unwrap();
    assert_eq!(read.network, Network::Networks(vec![attachment("front", &["web"])]));
}

#[test]
fn driver_options_of_a_network() {
    let name = "com.docker.network.endpoint.ifname";
    let interface =
        with_networks(vec![Attachment { driver_opts: [(name.into(), "eth7".into())].into_iter().collect(), ..attachment("n", &["app"]) }]);
    assert_eq!(kept(&interface, Backend::Docker)[0], "--network=name=n,alias=app,driver-opt=com.docker.network.endpoint.ifname=eth7");
    assert_eq!(kept(&interface, Backend::Podman)[0], "--network=n:alias=app,interface_name=eth7");
    let other = with_networks(vec![Attachment { driver_opts: [("a".into(), "x,y".into())].into_iter().collect(), ..attachment("n", &[]) }]);
    assert_eq!(kept(&other, Backend::Docker)[0], "--network=name=n,\"driver-opt=a=x,y\"");
    assert!(refused(&other, Backend::Podman).contains("driver option `a`"));
}
