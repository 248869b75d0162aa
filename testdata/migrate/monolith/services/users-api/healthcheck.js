const http = require("node:http");

http.get({ port: process.env.PORT }, (response) => process.exit(response.statusCode === 200 ? 0 : 1)).on("error", () => process.exit(1));
