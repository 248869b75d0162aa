// the users
