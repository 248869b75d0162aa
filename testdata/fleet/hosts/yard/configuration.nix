{ ... }:
{
  virtualisation.oci-containers.backend = "docker";
  virtualisation.oci-containers.containers.uptime = {
    image = "louislam/uptime-kuma:1.23.14";
    ports = [ "3001:3001" ];
    volumes = [ "/var/lib/uptime-kuma:/app/data" ];
  };
}
