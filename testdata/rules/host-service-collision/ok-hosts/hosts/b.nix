{ services.caddy.enable = true; }
