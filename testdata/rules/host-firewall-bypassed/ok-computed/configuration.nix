{ config, ... }: { networking.firewall.allowedTCPPorts = [ config.web.port ]; }
