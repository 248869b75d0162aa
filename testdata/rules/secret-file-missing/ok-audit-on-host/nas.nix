{ age.secrets.z = { file = ./z.age; path = "/srv/z"; }; }
