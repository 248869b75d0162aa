# Made by composelint 0.1.0 from
#   compose.yaml sha256-464f4e73f1520ece37cbcf1e3beaeb2a50fbdec957477fa880a5f290785fee51
# with: composelint migrate --to nix --backend docker
# A change by hand is found by --check, and lost when it is made again.
# text sha256-1e97fa037691cfa77bc5967f470a733694858acf60fbf7a983c26a8455124dd6
{ config, lib, ... }:

let
  # The same, and it does not matter how it ends.
  try = words: ''
    ${lib.escapeShellArgs words} || true
  '';

  # A command that is run if another one fails.
  unless = check: words: ''
    ${lib.escapeShellArgs check} >/dev/null 2>&1 || ${lib.escapeShellArgs words}
  '';

  # Waits until a container is healthy, as `condition: service_healthy` does.
  waitHealthy = container: ''
    # until it is healthy
    while :; do
      case "$(docker inspect --format '{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}' ${lib.escapeShellArg container} 2>/dev/null || echo absent)" in
        healthy) break ;;
        unhealthy | none) echo ${lib.escapeShellArg container} 'is not healthy' >&2; exit 1 ;;
      esac
      sleep 1
    done
  '';
in
{
  virtualisation.docker.enable = true;
  virtualisation.oci-containers.backend = "docker";

  virtualisation.oci-containers.containers.shop-web-1 = {
    image = "nginx:1.27.3";
    volumes = [
      "/srv/shop/site:/usr/share/nginx/html:ro"
      "shop_cache:/var/cache/nginx"
    ];
    ports = [ "8080:80" ];
    networks = [
      "name=shop_back,alias=web"
      "name=shop_front,alias=web,alias=www"
    ];
    dependsOn = [ "shop-db-1" ];
    extraOptions = [
      "--dns=9.9.9.9"
      "--dns=1.1.1.1"
      "--frobnicate"
    ];
  };
  systemd.services.docker-shop-web-1 = {
    after = [
      "docker-network-shop_back.service"
      "docker-network-shop_front.service"
      "docker-volume-shop_cache.service"
    ];
    requires = [
      "docker-network-shop_back.service"
      "docker-network-shop_front.service"
      "docker-volume-shop_cache.service"
    ];
    partOf = [ "compose-shop.target" ];
    wantedBy = [ "compose-shop.target" ];
    unitConfig = {
      StartLimitIntervalSec = 0;
    };
    serviceConfig = {
      Restart = lib.mkForce "always";
      RestartMaxDelaySec = "1min";
      RestartSec = "100ms";
      RestartSteps = 9;
    };
    preStart = waitHealthy "shop-db-1";
  };

  virtualisation.oci-containers.containers.shop-db-1 = {
    image = "postgres:17.2";
    environment = {
      POSTGRES_USER = "shop";
      POSTGRES_PASSWORD_FILE = "/run/secrets/db";
    };
    volumes = [ "shop_pgdata:/var/lib/postgresql/data" ];
    networks = [ "name=shop_back,alias=db" ];
    extraOptions = [
      "--mount=type=bind,source=/srv/shop/db.txt,target=/run/secrets/db,readonly"
      "--health-cmd=pg_isready -U shop"
      "--health-interval=10s"
      "--health-retries=5"
      "--memory=536870912"
    ];
  };
  systemd.services.docker-shop-db-1 = {
    after = [
      "docker-network-shop_back.service"
      "docker-volume-shop_pgdata.service"
    ];
    requires = [
      "docker-network-shop_back.service"
      "docker-volume-shop_pgdata.service"
    ];
    partOf = [ "compose-shop.target" ];
    wantedBy = [ "compose-shop.target" ];
    unitConfig = {
      StartLimitIntervalSec = 0;
    };
    serviceConfig = {
      Restart = lib.mkForce "always";
      RestartMaxDelaySec = "1min";
      RestartSec = "100ms";
      RestartSteps = 9;
    };
  };

  virtualisation.oci-containers.containers.shop-job-1 = {
    image = "shop/job:1.0";
    networks = [ "name=shop_back,alias=job" ];
  };
  systemd.services.docker-shop-job-1 = {
    after = [ "docker-network-shop_back.service" ];
    requires = [ "docker-network-shop_back.service" ];
    partOf = [ "compose-shop.target" ];
    wantedBy = [ "compose-shop.target" ];
    serviceConfig = {
      Restart = lib.mkForce "on-failure";
    };
  };

  systemd.services.docker-network-shop_front = {
    description = "Network shop_front of shop";
    after = [
      "docker.service"
      "docker.socket"
    ];
    partOf = [ "compose-shop.target" ];
    wantedBy = [ "compose-shop.target" ];
    path = [ config.virtualisation.docker.package ];
    serviceConfig = {
      RemainAfterExit = true;
      Type = "oneshot";
    };
    script =
      unless
        [ "docker" "network" "inspect" "shop_front" ]
        [
          "docker"
          "network"
          "create"
          "--label=com.docker.compose.project=shop"
          "--label=com.docker.compose.network=front"
          "shop_front"
        ];
    preStop = try [
      "docker"
      "network"
      "rm"
      "-f"
      "shop_front"
    ];
  };

  systemd.services.docker-network-shop_back = {
    description = "Network shop_back of shop";
    after = [
      "docker.service"
      "docker.socket"
    ];
    partOf = [ "compose-shop.target" ];
    wantedBy = [ "compose-shop.target" ];
    path = [ config.virtualisation.docker.package ];
    serviceConfig = {
      RemainAfterExit = true;
      Type = "oneshot";
    };
    script =
      unless
        [ "docker" "network" "inspect" "shop_back" ]
        [
          "docker"
          "network"
          "create"
          "--internal"
          "--label=com.docker.compose.project=shop"
          "--label=com.docker.compose.network=back"
          "shop_back"
        ];
    preStop = try [
      "docker"
      "network"
      "rm"
      "-f"
      "shop_back"
    ];
  };

  systemd.services.docker-volume-shop_pgdata = {
    description = "Volume shop_pgdata of shop";
    after = [
      "docker.service"
      "docker.socket"
    ];
    partOf = [ "compose-shop.target" ];
    wantedBy = [ "compose-shop.target" ];
    path = [ config.virtualisation.docker.package ];
    serviceConfig = {
      RemainAfterExit = true;
      Type = "oneshot";
    };
    script =
      unless
        [ "docker" "volume" "inspect" "shop_pgdata" ]
        [
          "docker"
          "volume"
          "create"
          "--label=com.docker.compose.project=shop"
          "--label=com.docker.compose.volume=data"
          "shop_pgdata"
        ];
  };

  systemd.services.docker-volume-shop_cache = {
    description = "Volume shop_cache of shop";
    after = [
      "docker.service"
      "docker.socket"
    ];
    partOf = [ "compose-shop.target" ];
    wantedBy = [ "compose-shop.target" ];
    path = [ config.virtualisation.docker.package ];
    serviceConfig = {
      RemainAfterExit = true;
      Type = "oneshot";
    };
    script =
      unless
        [ "docker" "volume" "inspect" "shop_cache" ]
        [
          "docker"
          "volume"
          "create"
          "--label=com.docker.compose.project=shop"
          "--label=com.docker.compose.volume=cache"
          "shop_cache"
        ];
  };

  systemd.targets.compose-shop = {
    wantedBy = [ "multi-user.target" ];
  };
}
