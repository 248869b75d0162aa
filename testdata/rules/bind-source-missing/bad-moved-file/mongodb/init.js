// the roles
