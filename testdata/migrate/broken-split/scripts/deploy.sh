#!/bin/sh
# Brings this checkout into production. Run on the host, in the directory of the shop.
set -eu
cd "$(dirname "$0")/.."

docker compose -f docker-compose/infrastructure/docker-compose.yml up -d --wait
docker compose -f docker-compose.prod.yml build --pull
docker compose -f docker-compose.prod.yml up -d --wait
