//! Texts of Compose files put together at random: mostly nearly right.
#![allow(unreachable_pub)] // a module of tests

use proptest::prelude::*;

/// What a small tree is made of.
const PIECES: &[&str] = &[
    "services:\n",
    "  app:\n",
    "    image: app:1\n",
    "    image: ${IMAGE:-x}\n",
    "    ports: [\"80:80\", \"127.0.0.1::x\"]\n",
    "    ports:\n      - 80\n",
    "    volumes:\n      - data:/data\n      - ./x:/x:ro\n",
    "    environment:\n      - A=$B\n      - PASSWORD=\"hunter22\"\n",
    "    environment: {A: &a 1, B: *a}\n",
    "    depends_on: [db, app]\n",
    "  db: &db\n",
    "  db2:\n    <<: *db\n",
    "    extends: {file: other.yaml, service: app}\n",
    "    extends: app\n",
    "    env_file: [.env, {path: x.env, required: false}]\n",
    "    profiles: [a]\n",
    "    deploy: {replicas: 2}\n",
    "    healthcheck: {test: [CMD, true], interval: 3}\n",
    "volumes: {data: , unused: {external: true}}\n",
    "networks:\n  default: {name: n}\n",
    "include: [other.yaml, {path: [a.yaml, b.yaml]}]\n",
    "name: x\n",
    "version: '3'\n",
    "secrets: {s: {file: ./s}}\n",
    "    secrets: [s, {source: s, mode: 0444}]\n",
    "    command: echo ${A:?no} $$x\n",
    "    container_name: c\n",
    "    network_mode: service:db\n",
    "# composelint: ignore[all] why\n",
    "x-a: &x {a: [1, 2]}\n",
    "    <<: [*x, *x]\n",
    "    labels: {a: !!str 1, b: !reset null}\n",
    "---\n",
    "\t",
    "äöü: \u{feff}\n",
    "\"",
    "}",
    ": ",
    "&a *a\n",
];

/// A text of some pieces, often with a part of it replaced.
pub fn text() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..14);
    let cut = prop::option::weighted(0.5, (any::<prop::sample::Index>(), 0..12usize, "[ -~\n\u{e9}\u{1b}]{0,6}"));
    (pieces, cut).prop_map(|(pieces, cut)| {
        let mut chars: Vec<char> = pieces.concat().chars().collect();
        if let Some((at, length, insert)) = cut {
            let at = at.index(chars.len() + 1);
            let end = (at + length).min(chars.len());
            chars.splice(at..end, insert.chars());
        }
        chars.into_iter().collect()
    })
}
