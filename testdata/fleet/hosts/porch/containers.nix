{ config, ... }:
{
  virtualisation.oci-containers = {
    backend = "docker";
    containers.uptime = {
      image = "louislam/uptime-kuma:1.23.16";
      ports = [ "3001:3001" ];
      volumes = [ "/var/lib/uptime-kuma:/app/data" ];
    };
  };
  networking.firewall.allowedTCPPorts = [ 22 ];
}
