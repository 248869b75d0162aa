{ sops.secrets."web.env".path = "/etc/web.env"; }
