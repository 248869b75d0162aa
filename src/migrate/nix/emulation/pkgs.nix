# Packages by their names alone: `${pkgs.docker}` is `/pkgs/docker`.
let
  package = name: {
    type = "derivation";
    inherit name;
    pname = name;
    outPath = "/pkgs/${name}";
    meta.mainProgram = name;
  };
  text = name: contents: package "text/${name}" // { inherit contents; };
in
builtins.listToAttrs (
  map
    (name: {
      inherit name;
      value = package name;
    })
    [
      "bash"
      "coreutils"
      "curl"
      "diffutils"
      "docker"
      "docker-buildx"
      "docker-client"
      "docker-compose"
      "findutils"
      "gawk"
      "git"
      "gnugrep"
      "gnused"
      "gnutar"
      "gzip"
      "jq"
      "podman"
      "podman-compose"
      "rsync"
      "systemd"
      "util-linux"
    ]
)
// {
  writeText = text;
  writeShellScript = text;
  writeShellScriptBin = text;
  writeShellApplication = { name, ... }@arguments: text name arguments.text;
  writeTextFile = { name, ... }@arguments: text name arguments.text;
  runCommand = name: _: _: package name;
  dockerTools = {
    buildImage = { name, ... }: package "image/${name}";
    buildLayeredImage = { name, ... }: package "image/${name}";
    pullImage = { imageName, ... }: package "image/${imageName}";
    streamLayeredImage = { name, ... }: package "stream/${name}";
  };
  formats.json = _: {
    generate = name: value: text name (builtins.toJSON value);
    type = { name = "JSON value"; check = _: true; merge = _: builtins.head; };
  };
}
