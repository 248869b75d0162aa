# What generated modules come to, without nixpkgs: our own emulation of `virtualisation.oci-containers`, and of the options of systemd that
# they set. The result is data:
#   argv        the words that each container is run with
#   containers  each container as its options are, defaults included
#   services, targets, timers, tmpfiles   what systemd is given
#   other       what is defined of everything else
{
  # Paths of modules.
  modules,
  backend ? null,
}:
let
  lib = import ./lib.nix;
  pkgs = import ./pkgs.nix;
  inherit (lib)
    mkIf
    mkMerge
    mkOption
    optional
    optionals
    types
    ;

  text =
    default:
    mkOption {
      type = types.nullOr types.str;
      inherit default;
    };
  texts = mkOption {
    type = types.listOf types.str;
    default = [ ];
  };
  pairs = mkOption {
    type = types.attrsOf types.str;
    default = { };
  };
  switch =
    default:
    mkOption {
      type = types.bool;
      inherit default;
    };
  script = mkOption {
    type = types.lines;
    default = "";
  };

  container =
    { name, config, ... }:
    {
      options = {
        image = mkOption { type = types.str; };
        imageFile = mkOption {
          type = types.nullOr types.package;
          default = null;
        };
        imageStream = mkOption {
          type = types.nullOr types.package;
          default = null;
        };
        serviceName = mkOption {
          type = types.str;
          default = "${system.virtualisation.oci-containers.backend}-${name}";
        };
        login = {
          username = text null;
          passwordFile = text null;
          registry = text null;
        };
        cmd = texts;
        labels = pairs;
        entrypoint = text null;
        environment = pairs;
        environmentFiles = mkOption {
          type = types.listOf types.path;
          default = [ ];
        };
        log-driver = mkOption {
          type = types.str;
          default = "journald";
        };
        ports = texts;
        user = text null;
        volumes = texts;
        workdir = text null;
        dependsOn = texts;
        hostname = text null;
        preRunExtraOptions = texts;
        extraOptions = texts;
        autoStart = switch true;
        podman = mkOption {
          type = types.nullOr (
            types.submodule {
              options = {
                sdnotify = mkOption {
                  type = types.enum [
                    "conmon"
                    "healthy"
                    "container"
                  ];
                  default = "conmon";
                };
                user = mkOption {
                  type = types.str;
                  default = "root";
                };
              };
            }
          );
          default = null;
        };
        pull = mkOption {
          type = types.enum [
            "always"
            "missing"
            "never"
            "newer"
          ];
          default = "missing";
        };
        capabilities = mkOption {
          type = types.attrsOf (types.nullOr types.bool);
          default = { };
        };
        devices = texts;
        privileged = switch false;
        autoRemoveOnStop = switch true;
        networks = texts;
      };
      config.podman = mkIf (system.virtualisation.oci-containers.backend == "podman") { };
    };

  # The words of a container's run command.
  argv =
    name: c:
    let
      flag = long: value: "--${long}=${value}";
      maybe = long: value: optional (value != null) (flag long value);
      two = letter: value: [
        letter
        value
      ];
      every = f: list: lib.concatLists (map f list);
      defined = f: set: every (key: f "${key}=${set.${key}}") (lib.attrNames set);
      capability = wanted: lib.attrNames (lib.filterAttrs (_: value: value == wanted) c.capabilities);
      podman = cfg.backend == "podman";
    in
    [ cfg.backend ]
    ++ c.preRunExtraOptions
    ++ [
      "run"
      (flag "name" name)
      (flag "log-driver" c.log-driver)
    ]
    ++ maybe "entrypoint" c.entrypoint
    ++ maybe "hostname" c.hostname
    ++ optionals podman [
      (flag "cidfile" "/run/${name}/ctr-id")
      (flag "cgroups" "enabled")
      (flag "sdnotify" c.podman.sdnotify)
      "-d"
      "--replace"
    ]
    ++ defined (two "-e") c.environment
    ++ every (file: two "--env-file" (toString file)) c.environmentFiles
    ++ every (two "-p") c.ports
    ++ optionals (c.user != null) (two "-u" c.user)
    ++ every (two "-v") c.volumes
    ++ defined (two "-l") c.labels
    ++ optionals (c.workdir != null) (two "-w" c.workdir)
    ++ optional c.privileged "--privileged"
    ++ optional c.autoRemoveOnStop "--rm"
    ++ map (flag "cap-add") (capability true)
    ++ map (flag "cap-drop") (capability false)
    ++ map (flag "device") c.devices
    ++ map (flag "network") (lib.unique c.networks)
    ++ two "--pull" c.pull
    ++ c.extraOptions
    ++ [ c.image ]
    ++ c.cmd;

  # The unit of a container.
  unit =
    name: c:
    let
      podman = cfg.backend == "podman";
      units = map (
        other:
        if cfg.containers ? ${other} then
          "${cfg.containers.${other}.serviceName}.service"
        else
          throw "`${name}' depends on `${other}', which is no container"
      ) c.dependsOn;
      pulled = optional (c.imageFile == null && c.imageStream == null) "network-online.target";
      id = "--cidfile=/run/${name}/ctr-id";
    in
    {
      wantedBy = optional c.autoStart "multi-user.target";
      wants = pulled;
      after =
        optionals (!podman) [
          "docker.service"
          "docker.socket"
        ]
        ++ pulled
        ++ units;
      requires = units;
      path = [ pkgs.${cfg.backend} ];
      script = "exec ${lib.escapeShellArgs (argv name c)}";
      preStop = if podman then "podman stop --ignore ${id}" else "docker stop ${name} || true";
      postStop = if podman then "podman rm -f --ignore ${id}" else "docker rm -f ${name} || true";
      serviceConfig = {
        ExecStartPre = [ "/pkgs/text/pre-start/bin/pre-start" ];
        TimeoutStartSec = 0;
        TimeoutStopSec = 120;
        Restart = "always";
      }
      // lib.optionalAttrs podman {
        Environment = "PODMAN_SYSTEMD_UNIT=%n";
        Type = "notify";
        NotifyAccess = "all";
        Delegate = mkIf (c.podman.sdnotify == "healthy") true;
        User = c.podman.user;
        RuntimeDirectory = name;
      };
    };

  # What every unit has.
  common = {
    enable = switch true;
    description = mkOption {
      type = types.singleLineStr;
      default = "";
    };
    documentation = texts;
    after = texts;
    before = texts;
    bindsTo = texts;
    conflicts = texts;
    onFailure = texts;
    onSuccess = texts;
    partOf = texts;
    requiredBy = texts;
    requires = texts;
    requisite = texts;
    upheldBy = texts;
    wantedBy = texts;
    wants = texts;
    unitConfig = mkOption {
      type = types.attrs;
      default = { };
    };
    startLimitBurst = mkOption {
      type = types.nullOr types.int;
      default = null;
    };
    startLimitIntervalSec = mkOption {
      type = types.nullOr types.int;
      default = null;
    };
    restartTriggers = mkOption {
      type = types.listOf types.anything;
      default = [ ];
    };
    overrideStrategy = text "asDropinIfExists";
  };
  units =
    options:
    mkOption {
      type = types.attrsOf (types.submodule { options = common // options; });
      default = { };
    };
  attrs = mkOption {
    type = types.attrs;
    default = { };
  };
  path =
    prefix:
    mkOption {
      type = types.attrsOf (
        types.submodule (
          { name, ... }:
          {
            options = {
              path = mkOption {
                type = types.str;
                default = "${prefix}/${name}";
              };
            }
            // lib.genAttrs [
              "content"
              "file"
              "format"
              "group"
              "key"
              "mode"
              "name"
              "owner"
              "reloadUnits"
              "restartUnits"
              "sopsFile"
              "symlink"
            ] (_: mkOption { default = null; });
          }
        )
      );
      default = { };
    };

  # The options of NixOS, of sops-nix and of agenix that modules are written for.
  base =
    { config, ... }:
    {
      options = {
        virtualisation.docker.package = mkOption {
          type = types.package;
          default = pkgs.docker;
        };
        virtualisation.podman.package = mkOption {
          type = types.package;
          default = pkgs.podman;
        };
        virtualisation.oci-containers = {
          backend = mkOption {
            type = types.enum [
              "docker"
              "podman"
            ];
            default = "podman";
          };
          containers = mkOption {
            type = types.attrsOf (types.submodule container);
            default = { };
          };
        };
        systemd = {
          services = units {
            environment = mkOption {
              type = types.attrsOf (
                types.nullOr (
                  types.oneOf [
                    types.str
                    types.path
                    types.package
                  ]
                )
              );
              default = { };
            };
            path = mkOption {
              type = types.listOf (types.either types.package types.str);
              default = [ ];
            };
            inherit script;
            preStart = script;
            postStart = script;
            reload = script;
            preStop = script;
            postStop = script;
            scriptArgs = mkOption {
              type = types.str;
              default = "";
            };
            startAt = mkOption {
              type = types.either types.str (types.listOf types.str);
              default = [ ];
            };
            serviceConfig = attrs;
            restartIfChanged = switch true;
            reloadIfChanged = switch false;
            stopIfChanged = switch true;
          };
          targets = units { };
          timers = units { timerConfig = attrs; };
          tmpfiles.rules = texts;
        };
        networking = {
          nftables.enable = switch false;
          hostName = mkOption {
            type = types.str;
            default = "host";
          };
          nameservers = mkOption {
            type = types.listOf types.str;
            default = [
              "192.0.2.1"
              "192.0.2.2"
            ];
          };
        };
        age.secrets = path "/run/agenix";
        sops = {
          secrets = path "/run/secrets";
          templates = path "/run/secrets/rendered";
          placeholder = mkOption {
            type = types.attrsOf types.str;
            default = lib.mapAttrs (name: _: "<${name}>") config.sops.secrets;
          };
        };
        assertions = mkOption {
          type = types.listOf types.anything;
          default = [ ];
        };
        warnings = texts;
      };
      config = mkMerge [
        (mkIf (backend != null) { virtualisation.oci-containers.backend = lib.mkForce backend; })
        {
          systemd.services = lib.mapAttrs' (name: c: lib.nameValuePair c.serviceName (unit name c)) cfg.containers;
          assertions = lib.concatLists (
            lib.mapAttrsToList (name: c: [
              {
                assertion = c.imageFile == null || c.imageStream == null;
                message = "`${name}' has both `imageFile' and `imageStream'";
              }
              {
                assertion = cfg.backend == "docker" -> c.podman == null;
                message = "`${name}' has `podman' although docker runs it";
              }
            ]) cfg.containers
          );
        }
      ];
    };

  system =
    (lib.evalModules {
      modules = [ base ] ++ modules;
      specialArgs = { inherit pkgs; };
    }).config;
  cfg = system.virtualisation.oci-containers;
  failed = lib.filter (one: !one.assertion) system.assertions;
  result = {
    argv = lib.mapAttrs argv cfg.containers;
    inherit (cfg) containers;
    inherit (system.systemd) services targets timers;
    tmpfiles = system.systemd.tmpfiles.rules;
    inherit (system) warnings;
    other =
      removeAttrs system [
        "age"
        "assertions"
        "sops"
        "systemd"
        "warnings"
      ]
      // {
        virtualisation = removeAttrs system.virtualisation [ "oci-containers" ];
      };
  };
in
if failed == [ ] then result else throw (lib.concatMapStringsSep "\n" (one: one.message) failed)
