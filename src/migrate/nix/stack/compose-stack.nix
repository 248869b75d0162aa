# Compose projects whose spec is written in Nix.
#
# Each stack is rendered to /etc/compose/<stack>/compose.json, and the unit compose-<stack> has
# Compose bring the host in line with it: when the host starts, and whenever the spec changes.
# Names of containers, volumes and networks are what Compose makes of the name of the project.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  json = pkgs.formats.json { };
  absolute = types.strMatching "/.*";

  servicesOf = spec: spec.services or { };
  isHostNetwork = service: (service.network_mode or null) == "host";

  # The spec as it is rendered: with `hostDns`, the name servers of the host are those of the
  # containers in its network. Those in other networks ask Compose's own name server.
  render =
    stack:
    if stack.hostDns && stack.spec ? services then
      stack.spec
      // {
        services = lib.mapAttrs (
          _: service:
          if service != null && isHostNetwork service then
            { dns = config.networking.nameservers; } // service
          else
            service
        ) stack.spec.services;
      }
    else
      stack.spec;

  # Paths of the spec that start at the project directory.
  isRelative =
    path:
    lib.isString path
    && (path == "." || path == ".." || lib.hasPrefix "./" path || lib.hasPrefix "../" path);
  isRelativeFile =
    path:
    lib.isString path
    && path != ""
    && !(lib.hasPrefix "/" path)
    && !(lib.hasPrefix "~" path)
    && !(lib.hasPrefix "$" path)
    && !(lib.hasInfix "://" path);
  list =
    value:
    if value == null then
      [ ]
    else if lib.isList value then
      value
    else
      [ value ];
  relativePathsOf =
    spec:
    let
      ofVolume =
        volume:
        if lib.isString volume then
          lib.head (lib.splitString ":" volume)
        else if (volume.type or null) == "bind" then
          volume.source or null
        else
          null;
      ofFile = file: if lib.isAttrs file then file.path or null else file;
      ofBuild = build: if lib.isAttrs build then build.context or "." else build;
      ofService =
        service:
        lib.filter isRelative (map ofVolume (list (service.volumes or null)))
        ++ lib.filter isRelativeFile (
          map ofFile (list (service.env_file or null)) ++ list (service.label_file or null)
        )
        ++ lib.filter isRelativeFile (
          lib.optional ((service.build or null) != null) (ofBuild service.build)
        )
        ++ lib.filter isRelativeFile (
          lib.optional (lib.isAttrs (service.extends or null)) (service.extends.file or null)
        );
      ofObjects =
        objects:
        lib.concatMap (
          object: lib.optional (object != null && isRelativeFile (object.file or null)) object.file
        ) (lib.attrValues objects);
    in
    lib.concatMap (service: lib.optionals (service != null) (ofService service)) (
      lib.attrValues (servicesOf spec)
    )
    ++ ofObjects (spec.configs or { })
    ++ ofObjects (spec.secrets or { })
    ++ lib.filter isRelativeFile (lib.filter lib.isString (list (spec.include or null)));

  stackOptions =
    { name, config, ... }:
    {
      options = {
        enable = lib.mkEnableOption "this stack";

        project = mkOption {
          type = types.strMatching "[a-z0-9][a-z0-9_-]*";
          default = config.spec.name or name;
          defaultText = lib.literalExpression "spec.name";
          example = "docker";
          description = ''
            The name of the Compose project (`-p`), from which the names of its volumes and networks
            are made. It has to stay what it was: under another name Compose starts with empty volumes.
          '';
        };

        spec = mkOption {
          type = json.type;
          example = lib.literalExpression "import ./compose-spec.nix";
          description = ''
            The Compose spec. Variables (`''${TAG}`) are left to Compose. It ends in the store, where
            every user of the host can read it: secrets belong in {option}`environmentFiles`, in an
            `env_file` or in a file below `secrets`.
          '';
        };

        projectDirectory = mkOption {
          type = types.nullOr absolute;
          default = null;
          example = "/srv/docker/web";
          description = ''
            Where relative paths of the spec start (`--project-directory`). The `.env` in it is read
            by Compose, if no {option}`environmentFiles` are named; a `COMPOSE_PROFILES` in it counts.
          '';
        };

        profiles = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "The profiles that are active (`--profile`), in place of `COMPOSE_PROFILES`.";
        };

        environmentFiles = mkOption {
          type = types.listOf absolute;
          default = [ ];
          example = [ "/run/agenix/web.env" ];
          description = ''
            Files with the variables of the spec (`--env-file`), read in place of `.env` when the
            stack is started; the later ones win. They stay out of the store.
          '';
        };

        reconcile = mkOption {
          type = types.bool;
          default = true;
          description = ''
            Whether the stack is started with the host and whenever it changes. If not, the spec is
            only rendered: for looking at it, and for the time until what started the project before
            is gone. The unit can still be started by hand.
          '';
        };

        removeOrphans = mkOption {
          type = types.bool;
          default = false;
          description = ''
            Whether containers of the project that are in no service of the spec are removed. The
            containers of inactive profiles are such.
          '';
        };

        build = mkOption {
          type = types.bool;
          default = false;
          description = ''
            Whether images with a `build` are built every time. If not, they are built when they are
            not there.
          '';
        };

        postRecreate = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "proxy" ];
          description = ''
            Services whose containers are made anew every time: because what is behind their mounts
            changes with the host and they would not notice.
          '';
        };

        extraAfter = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "mnt-media.mount" ];
          description = "Units that are started before, as mounts are.";
        };

        extraRestartTriggers = mkOption {
          type = types.listOf types.unspecified;
          default = [ ];
          description = "What, besides the spec, makes the stack start again when it changes.";
        };

        autoUpdate = {
          enable = lib.mkEnableOption "pulling the images of this stack, and starting what has changed";

          schedule = mkOption {
            type = types.str;
            default = "04:00";
            description = "When, as {manpage}`systemd.time(7)` has it.";
          };

          excludeFromPull = mkOption {
            type = types.listOf types.str;
            default = [ ];
            description = "Services whose image is not pulled: because it is only on this host.";
          };
        };

        backend = mkOption {
          type = types.enum [
            "docker"
            "podman"
          ];
          default = "docker";
          description = ''
            What runs the containers: Docker, or Podman through its socket. Podman does not see the
            volumes of Docker.
          '';
        };

        package = mkOption {
          type = types.package;
          default = pkgs.docker-client;
          defaultText = lib.literalExpression "pkgs.docker-client";
          description = "The client of Docker, with Compose as its plugin.";
        };

        lockFile = mkOption {
          type = absolute;
          default = "/run/lock/compose-${name}.lock";
          description = ''
            Held while Compose is at work, which itself takes no lock: whatever else starts this
            project should take it, too.
          '';
        };

        hostDns = mkOption {
          type = types.bool;
          default = false;
          description = ''
            Whether services in the network of the host get {option}`networking.nameservers` as their
            `dns`. They keep the `/etc/resolv.conf` of the moment in which they were made otherwise.
          '';
        };

        timeout = mkOption {
          type = types.ints.positive;
          default = 600;
          description = "Seconds after which a start has failed; pulling and building count.";
        };

        renderedSpec = mkOption {
          type = json.type;
          readOnly = true;
          description = "The spec as it is rendered.";
        };

        renderedFile = mkOption {
          type = types.path;
          readOnly = true;
          description = "The file that the spec is rendered to.";
        };
      };

      config = {
        renderedSpec = render config;
        renderedFile = pkgs.writeText "compose-${name}.json" (builtins.toJSON config.renderedSpec);
      };
    };

  stacks = lib.filterAttrs (_: stack: stack.enable) config.services.composeStacks;
  isUsed = backend: lib.any (stack: stack.backend == backend) (lib.attrValues stacks);

  fileOf = name: "compose/${name}/compose.json";

  # `docker compose` for one stack, up to its command.
  composeOf =
    name: stack:
    lib.escapeShellArgs (
      [
        "docker"
        "compose"
        "-p"
        stack.project
      ]
      ++ lib.optionals (stack.projectDirectory != null) [
        "--project-directory"
        stack.projectDirectory
      ]
      ++ lib.concatMap (file: [
        "--env-file"
        file
      ]) stack.environmentFiles
      ++ lib.concatMap (profile: [
        "--profile"
        profile
      ]) stack.profiles
      ++ [
        "-f"
        "/etc/${fileOf name}"
      ]
    );

  upOf =
    name: stack:
    "${composeOf name stack} up -d" + lib.optionalString stack.removeOrphans " --remove-orphans";

  lockOf = stack: ''
    exec 9>${lib.escapeShellArg stack.lockFile}
    flock 9
  '';

  # What both units of a stack have.
  unitOf =
    stack:
    let
      engine = if stack.backend == "docker" then "docker.service" else "podman.socket";
    in
    {
      requires = [ engine ];
      wants = [ "network-online.target" ] ++ stack.extraAfter;
      after = [
        engine
        "network-online.target"
      ]
      ++ stack.extraAfter;
      path = [
        stack.package
        pkgs.gnugrep
        pkgs.util-linux
      ];
      environment = {
        HOME = "/root";
      }
      // lib.optionalAttrs (stack.backend == "podman") {
        DOCKER_HOST = "unix:///run/podman/podman.sock";
      };
      serviceConfig = {
        Type = "oneshot";
        TimeoutStartSec = stack.timeout;
      }
      // lib.optionalAttrs (stack.projectDirectory != null) {
        # It need not be there, if nothing of it is used.
        WorkingDirectory = "-${stack.projectDirectory}";
      };
    };

  reconcileUnit =
    name: stack:
    let
      unit = unitOf stack;
    in
    unit
    // {
      description = "The Compose project ${stack.project}";
      wantedBy = lib.optional stack.reconcile "multi-user.target";
      restartIfChanged = stack.reconcile;
      restartTriggers = [ stack.renderedFile ] ++ stack.extraRestartTriggers;
      startLimitIntervalSec = 5 * (stack.timeout + 60);
      startLimitBurst = 5;
      serviceConfig = unit.serviceConfig // {
        RemainAfterExit = true;
        Restart = "on-failure";
        RestartSec = 30;
      };
      script =
        lockOf stack
        + upOf name stack
        + lib.optionalString stack.build " --build"
        + "\n"
        + lib.optionalString (stack.postRecreate != [ ]) (
          "${composeOf name stack} up -d --force-recreate --no-deps "
          + lib.escapeShellArgs stack.postRecreate
          + "\n"
        );
    };

  updateUnit =
    name: stack:
    let
      excluded = stack.autoUpdate.excludeFromPull;
      without = lib.concatMapStrings (service: " -e ${lib.escapeShellArg service}") excluded;
    in
    unitOf stack
    // {
      description = "New images for the Compose project ${stack.project}";
      restartIfChanged = false;
      script =
        lockOf stack
        + (
          if excluded == [ ] then
            "${composeOf name stack} pull --ignore-buildable\n"
          else
            ''
              services=$(${composeOf name stack} config --services | grep -vxF${without} || true)
              if [ -n "$services" ]; then
                # shellcheck disable=SC2086
                ${composeOf name stack} pull --ignore-buildable $services
              fi
            ''
        )
        + upOf name stack
        + "\n";
    };

  assertionsOf =
    name: stack:
    let
      services = servicesOf stack.spec;
      unknown = lib.filter (service: !(services ? ${service})) (
        stack.postRecreate ++ stack.autoUpdate.excludeFromPull
      );
      relative = relativePathsOf stack.spec;
      byHand = lib.attrNames (
        lib.filterAttrs (_: service: service != null && isHostNetwork service && service ? dns) services
      );
      same = lib.attrNames (lib.filterAttrs (_: other: other.project == stack.project) stacks);
      at = "services.composeStacks.${name}";
    in
    [
      {
        assertion = (stack.spec.name or stack.project) == stack.project;
        message = "${at}: the spec is called `${stack.spec.name or ""}` and the project `${stack.project}`; another name means other, empty volumes";
      }
      {
        assertion = same == [ name ];
        message = "${at}: the project `${stack.project}` is in several stacks: ${lib.concatStringsSep ", " same}";
      }
      {
        # Included files have services, too.
        assertion = unknown == [ ] || stack.spec ? include;
        message = "${at}: there is no service ${lib.concatStringsSep ", " unknown}";
      }
      {
        assertion = stack.projectDirectory != null || relative == [ ];
        message = "${at}: relative paths (${lib.concatStringsSep ", " relative}) need a projectDirectory: they would start at /etc/compose";
      }
      {
        assertion = !stack.hostDns || byHand == [ ];
        message = "${at}: with hostDns, `dns` is not set by hand: ${lib.concatStringsSep ", " byHand}";
      }
    ];
in
{
  options.services.composeStacks = mkOption {
    type = types.attrsOf (types.submodule stackOptions);
    default = { };
    description = "Compose projects whose spec is written in Nix, by the name of their unit.";
  };

  config = lib.mkIf (stacks != { }) {
    assertions = lib.concatLists (lib.mapAttrsToList assertionsOf stacks);

    virtualisation.docker.enable = lib.mkIf (isUsed "docker") (lib.mkDefault true);
    virtualisation.podman.enable = lib.mkIf (isUsed "podman") (lib.mkDefault true);

    environment.etc = lib.mapAttrs' (
      name: stack: lib.nameValuePair (fileOf name) { source = stack.renderedFile; }
    ) stacks;

    systemd.services =
      lib.mapAttrs' (name: stack: lib.nameValuePair "compose-${name}" (reconcileUnit name stack)) stacks
      // lib.mapAttrs' (name: stack: lib.nameValuePair "compose-${name}-update" (updateUnit name stack)) (
        lib.filterAttrs (_: stack: stack.autoUpdate.enable) stacks
      );

    systemd.timers = lib.mapAttrs' (
      name: stack:
      lib.nameValuePair "compose-${name}-update" {
        wantedBy = [ "timers.target" ];
        timerConfig = {
          OnCalendar = stack.autoUpdate.schedule;
          Persistent = true;
          RandomizedDelaySec = "10min";
        };
      }
    ) (lib.filterAttrs (_: stack: stack.autoUpdate.enable) stacks);
  };
}
