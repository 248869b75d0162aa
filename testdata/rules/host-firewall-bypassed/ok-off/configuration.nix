{ networking.firewall = { enable = false; allowedTCPPorts = [ 22 ]; }; }
