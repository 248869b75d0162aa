#!/bin/sh
docker network create shop_web
docker volume create shop_copy
docker run -d --name shop-temp -p 80:80 -v shop_copy:/x --network shop_web nginx:1.27
docker stop shop-temp
curl http://localhost:80
mkdir -p ~/project/new
cd ~/project/new
docker compose -p shop-old up -d
docker compose -p shop-old down
