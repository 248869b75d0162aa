#!/usr/bin/env bash
# What the GitHub Action does: gets composelint, runs it, writes annotations, a SARIF log, the summary and the outputs of the step.
# Its inputs are the variables INPUT_*; see action.yml. It runs anywhere: without GITHUB_OUTPUT and GITHUB_STEP_SUMMARY it writes neither.
#
# In a step of the Action it succeeds unless composelint could not do its job; whether the job fails is said by the output `exit-code`.
# Elsewhere it exits as composelint does.
set -euo pipefail

die() {
    printf 'composelint: %s\n' "$1" >&2
    exit 2
}

# True for `true`, false for `false` and nothing; anything else is a mistake that should not pass for one of them.
flag() {
    case "${!1:-}" in
    true) return 0 ;;
    false | '') return 1 ;;
    *) die "the input $1 must be true or false" ;;
    esac
}

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/composelint.XXXXXX")
trap 'rm -rf -- "$work"' EXIT

# Builds from the checkout of the Action. In that directory, so that no configuration of cargo in the user's repository takes part.
build() {
    command -v cargo >/dev/null || die 'there is no cargo to build composelint with; set up Rust, or name a version'
    local target="${RUNNER_TEMP:-$here}/composelint-target"
    [ -n "${RUNNER_TEMP:-}" ] || target="$here/target"
    (cd -- "$here" && cargo build --locked --release --quiet --bin composelint --target-dir "$target") >&2 || die 'composelint could not be built'
    binary="$target/release/composelint"
    [ -e "$binary" ] || binary="$binary.exe"
}

# Downloads a release and refuses it unless it has the checksum that is published beside it.
download() {
    local version="${1#v}" system machine name url
    [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || die "the input version must be like 0.1.0"
    local repository="${ACTION_REPOSITORY:-${GITHUB_ACTION_REPOSITORY:-}}"
    [[ $repository =~ ^[0-9A-Za-z._-]+/[0-9A-Za-z._-]+$ ]] || die 'the repository to download from is not known; leave out the version to build'
    case "$(uname -s)" in
    Linux) system=unknown-linux-musl ;;
    Darwin) system=apple-darwin ;;
    MINGW* | MSYS* | CYGWIN*) system=pc-windows-msvc ;;
    *) die "there is no release for $(uname -s)" ;;
    esac
    case "$(uname -m)" in
    x86_64 | amd64) machine=x86_64 ;;
    aarch64 | arm64) machine=aarch64 ;;
    *) die "there is no release for $(uname -m)" ;;
    esac
    name="composelint-$version-$machine-$system.tar.gz"
    url="${GITHUB_SERVER_URL:-https://github.com}/$repository/releases/download/v$version/$name"
    curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --retry 3 -o "$work/$name" "$url" || die "$url cannot be downloaded"
    curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --retry 3 -o "$work/$name.sha256" "$url.sha256" ||
        die "$url.sha256 cannot be downloaded"
    verify "$work/$name" "$work/$name.sha256"
    tar -xzf "$work/$name" -C "$work" || die "$name cannot be unpacked"
    binary="$work/composelint"
    [ -e "$binary" ] || binary="$binary.exe"
    [ -e "$binary" ] || die "there is no composelint in $name"
}

# Compares a file with the first word of a checksum file.
verify() {
    local wanted got
    wanted=$(cut -d ' ' -f 1 <"$2")
    if command -v sha256sum >/dev/null; then got=$(sha256sum <"$1"); else got=$(shasum -a 256 <"$1"); fi
    got=${got%% *}
    [[ ${#got} -eq 64 && $got == "$wanted" ]] || die "the checksum of $(basename -- "$1") is not the published one"
}

# The lines of an input as elements of the array `lines`; empty ones are left out.
lines_of() {
    lines=()
    local line
    while IFS= read -r line || [ -n "$line" ]; do
        line=${line%$'\r'}
        [ -z "$line" ] || lines+=("$line")
    done <<<"$1"
}

if [ -n "${INPUT_BINARY:-}" ]; then
    binary=$INPUT_BINARY
    command -v -- "$binary" >/dev/null || die "there is no program $binary"
    [[ $binary != */* ]] || binary=$(cd -- "$(dirname -- "$binary")" && pwd)/$(basename -- "$binary")
elif [ -n "${INPUT_VERSION:-}" ] && ! flag INPUT_BUILD; then
    download "$INPUT_VERSION"
else
    build
fi

directory=${INPUT_WORKING_DIRECTORY:-.}
cd -- "$directory" || die "there is no directory $directory"

arguments=(check --fail-on "${INPUT_FAIL_ON:-warning}" "--format=json=$work/report.json")
[ -z "${INPUT_BASELINE:-}" ] || arguments+=("--baseline=$INPUT_BASELINE")
if flag INPUT_ANNOTATIONS; then arguments+=(--format=github); else arguments+=(--format=human); fi
summary=
if flag INPUT_SUMMARY && [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    summary=$work/summary.md
    arguments+=("--format=markdown=$summary")
fi
sarif=${INPUT_SARIF_FILE:-}
if [ -z "$sarif" ] && flag INPUT_UPLOAD_SARIF; then sarif=composelint.sarif; fi
case "$sarif" in *$'\n'*) die 'the input sarif-file must be one line' ;; esac
[ -z "$sarif" ] || arguments+=("--format=sarif=$sarif")
lines_of "${INPUT_ARGS:-}"
arguments+=(${lines[@]+"${lines[@]}"})
lines_of "${INPUT_PATHS:-.}"
arguments+=(-- ${lines[@]+"${lines[@]}"})

code=0
"$binary" "${arguments[@]}" || code=$?

# The counts stand at the head of the report, one a line.
count() {
    sed -n "/^  \"findings\"/q; s/^    \"$1\": \([0-9][0-9]*\),*\$/\1/p" "$work/report.json"
}

if [ -e "$work/report.json" ]; then
    errors=$(count errors) warnings=$(count warnings) infos=$(count infos)
    [ -z "$summary" ] || cat -- "$summary" >>"$GITHUB_STEP_SUMMARY"
else
    errors=0 warnings=0 infos=0 sarif=
fi
case "$sarif" in '' | /*) ;; *) sarif="${directory%/}/$sarif" ;; esac
if [ -n "${GITHUB_OUTPUT:-}" ]; then
    {
        printf 'findings=%s\nerrors=%s\nwarnings=%s\n' "$((errors + warnings + infos))" "$errors" "$warnings"
        printf 'sarif=%s\nexit-code=%s\n' "${sarif#./}" "$code"
    } >>"$GITHUB_OUTPUT"
    # A finding fails the job in the last step.
    [ "$code" -ne 1 ] || code=0
fi
exit "$code"
