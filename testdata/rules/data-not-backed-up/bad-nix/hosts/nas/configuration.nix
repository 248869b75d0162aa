{ config, ... }: {
  services.restic.backups.nas = {
    paths = [ "/var/lib/docker/volumes/web_first" ];
    exclude = [ "/var/lib/docker/volumes/web_first/_data/tmp" ];
  };
}
