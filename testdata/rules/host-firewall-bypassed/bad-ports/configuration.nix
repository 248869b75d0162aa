{
  networking.firewall = {
    enable = true;
    allowedTCPPorts = [ 22 443 ];
    allowedUDPPortRanges = [ { from = 60000; to = 61000; } ];
  };
}
