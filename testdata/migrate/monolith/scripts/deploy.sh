#!/bin/sh
# Brings this checkout into production. Run on the host, in the directory of the shop.
set -eu
cd "$(dirname "$0")/.."

files="-f docker-compose.yml -f docker-compose.prod.yml"
docker compose $files build --pull
docker compose $files up -d --wait
docker compose -f docker-compose.monitoring.yml up -d
