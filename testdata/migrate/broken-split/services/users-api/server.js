const http = require("node:http");

http.createServer((_, response) => response.end("ok\n")).listen(process.env.PORT);
