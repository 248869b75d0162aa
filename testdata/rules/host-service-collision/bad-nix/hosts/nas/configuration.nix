{ config, lib, ... }: {
  virtualisation.oci-containers.backend = "docker";
  virtualisation.oci-containers.containers.uptime-kuma = {
    image = "louislam/uptime-kuma:1";
    ports = [ "127.0.0.1:53:53/udp" ];
  };
  services.nginx.enable = lib.mkDefault true;
  services.postgresql.enable = true;
  services.mine = { enable = true; port = 7071; };
  services.mosquitto.enable = false;
}
