#!/bin/sh
set -eu
docker compose -f compose.prod.yaml pull
docker compose up -d shop_web
cd "$WHEREVER"
docker compose up -d anything
