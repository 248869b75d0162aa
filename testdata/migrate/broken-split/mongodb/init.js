// Runs once, while /data/db is empty.
for (const name of ["users", "orders"]) {
  db.getSiblingDB(name).createUser({ user: "shop", pwd: process.env.SHOP_PASSWORD, roles: ["readWrite"] });
}
