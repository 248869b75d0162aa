#!/bin/sh
# Makes the seed corpora from the test data: `fuzz/seeds.sh [directory]`. Every directory of it with Compose files becomes one tree.
set -eu
cd "$(dirname "$0")"
from=${1:-../testdata}
mkdir -p corpus/yaml corpus/dotenv corpus/interpolation corpus/resolve
name() { printf '%s' "$1" | cksum | cut -d' ' -f1; }
find "$from" -type f -size -20k \( -name '*.yaml' -o -name '*.yml' \) | while read -r file; do
    cp "$file" "corpus/yaml/$(name "$file")"
    grep -h '[$]' "$file" | head -5 >"corpus/interpolation/$(name "$file")" || rm -f "corpus/interpolation/$(name "$file")"
done
find "$from" -type f -size -20k -name '*.env' | while read -r file; do
    cp "$file" "corpus/dotenv/$(name "$file")"
done
find "$from" -type f \( -name '*compose*.y*ml' \) -size -20k -exec dirname {} + | sort -u | while read -r directory; do
    (cd "$directory" && find . -maxdepth 3 -type f -size -8k \( -name '*.y*ml' -o -name '*.env' -o -name '*.txt' \) | sort | head -8) |
        while read -r file; do
            printf '%%%% %s\n' "${file#./}"
            cat "$directory/$file"
            echo
        done >"corpus/resolve/$(name "$directory")"
done
