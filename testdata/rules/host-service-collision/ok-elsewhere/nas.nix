{ config, ... }: {
  services.openssh = { enable = true; ports = [ 2222 ]; };
  services.nginx = { enable = config.web.enable; };
  virtualisation.oci-containers.containers.kuma.image = "louislam/uptime-kuma:1";
}
