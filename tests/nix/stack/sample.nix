# What compose-stack.nix makes of some stacks.
{ module }:
let
  lib = import ./lib.nix;
  made = lib.evaluate module [
    "192.0.2.1"
    "192.0.2.2"
  ];
  good = made {
    web = {
      enable = true;
      project = "docker";
      projectDirectory = "/srv/my web";
      environmentFiles = [ "/run/agenix/web.env" ];
      profiles = [ "extra" ];
      hostDns = true;
      postRecreate = [ "proxy" ];
      extraAfter = [ "mnt-media.mount" ];
      autoUpdate = {
        enable = true;
        excludeFromPull = [ "app" ];
      };
      spec = {
        name = "docker";
        services.proxy = {
          image = "proxy:\${TAG}";
          network_mode = "host";
          volumes = [ "./data:/data" ];
        };
        services.app.build = ".";
      };
    };
    staged = {
      enable = true;
      backend = "podman";
      reconcile = false;
      removeOrphans = true;
      build = true;
      spec.services.app.image = "app";
    };
    off.spec = { };
  };
  bad = made {
    one = {
      enable = true;
      project = "docker";
      hostDns = true;
      postRecreate = [ "prxy" ];
      spec = {
        name = "other";
        services.proxy = {
          image = "proxy";
          network_mode = "host";
          dns = "192.0.2.3";
          build = "context";
          env_file = [ { path = "proxy.env"; } ];
          volumes = [
            "./data:/data"
            "named:/named"
            "/abs:/abs"
            {
              type = "bind";
              source = "..";
              target = "/up";
            }
          ];
        };
        secrets.key.file = "key";
      };
    };
    two = {
      enable = true;
      project = "docker";
      spec.services = { };
    };
  };
  failing = made': map (a: a.message) (lib.filter (a: !a.assertion) made'.config.assertions);
in
{
  rendered = lib.mapAttrs (_: file: file.source.text) good.config.environment.etc;
  services = good.config.systemd.services;
  timers = good.config.systemd.timers;
  virtualisation = good.config.virtualisation;
  good = failing good;
  bad = failing bad;
}
