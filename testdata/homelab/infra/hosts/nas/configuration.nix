{ config, ... }: {
  virtualisation.oci-containers.backend = "docker";
  virtualisation.oci-containers.containers.uptime-kuma = {
    image = "louislam/uptime-kuma:1";
    ports = [ "3001:3001" ];
    volumes = [ "/var/lib/uptime-kuma:/app/data" ];
  };
  services.restic.backups.nas.paths = [ "/home/ada/docker/traefik" "/mnt/tank/photos" "/var/lib/docker/volumes/paperless-ngx_pgdata" ];
}
