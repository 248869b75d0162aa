#!/bin/sh
# Copies the databases. The volumes are called after the directory: app.
set -eu
to=${1:?where to}

for volume in app_mongodb_data app_mongodb_config; do
    docker run --rm -v "$volume:/from:ro" -v "$to:/to" alpine:3.20 tar -C /from -czf "/to/$volume.tar.gz" .
done
