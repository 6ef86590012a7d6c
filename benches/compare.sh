#!/usr/bin/env bash
# Compares azscope with DuckDB on generated exports and prints a Markdown table; see README.md.

set -euo pipefail

usage() {
    cat <<'END'
Usage: benches/compare.sh [options]

  --size SIZE       size of the sets: 250M, 1G, 4G (default 1G)
  --set NAME        only this set: blob, single, array, gz or estate (can be repeated)
  --large           also the single file at 250M and 4G, to see whether cost grows with size alone
  --runs N          runs of each, of which the median is printed (default 3)
  --threads N       threads of both programs (default 2)
  --baseline-only   leave azscope out

  AZSCOPE            the program (default target/release/azscope)
  AZSCOPE_GENERATE   the generator (default: built as the example `generate`)
  AZSCOPE_BENCH_DIR  where sets and the Python environment are kept (default target/bench-data)
  PYTHON             the Python that makes the environment (default python3)
END
}

fail() {
    printf 'compare: %s\n' "$1" >&2
    exit 2
}

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
data=${AZSCOPE_BENCH_DIR:-$project/target/bench-data}
azscope=${AZSCOPE:-$project/target/release/azscope}
generator=${AZSCOPE_GENERATE:-}
size=1G
sets=()
large=no
runs=3
threads=2
baseline_only=no

while (($#)); do
    case $1 in
        --size) size=${2:?--size needs a value} && shift ;;
        --set) sets+=("${2:?--set needs a value}") && shift ;;
        --large) large=yes ;;
        --runs) runs=${2:?--runs needs a value} && shift ;;
        --threads) threads=${2:?--threads needs a value} && shift ;;
        --baseline-only) baseline_only=yes ;;
        -h | --help) usage && exit 0 ;;
        *) usage >&2 && fail "unknown option: $1" ;;
    esac
    shift
done
if ((${#sets[@]} == 0)); then sets=(blob single array gz); fi
if [[ $baseline_only == no && ! -x $azscope ]]; then
    fail "no program at $azscope: run cargo build --release, or give --baseline-only"
fi

mkdir -p "$data"
data=$(cd "$data" && pwd)
python=$data/venv/bin/python
scratch=$(mktemp -d "$data/run.XXXXXX")
trap 'rm -rf -- "$scratch"' EXIT

# Where a set of that name and size is kept.
set_path() {
    case $1 in
        blob) printf '%s/%s/blob' "$data" "$2" ;;
        single) printf '%s/%s/single.jsonl' "$data" "$2" ;;
        array) printf '%s/%s/array.json' "$data" "$2" ;;
        gz) printf '%s/%s/single.jsonl.gz' "$data" "$2" ;;
        estate) printf '%s/%s/estate.jsonl' "$data" "$2" ;;
        *) fail "unknown set: $1" ;;
    esac
}

set_layout() {
    case $1 in
        blob) printf '%s\n' --layout blob ;;
        single) printf '%s\n' --layout single ;;
        array) printf '%s\n' --layout array ;;
        gz) printf '%s\n' --layout single --gz ;;
        estate) printf '%s\n' --layout single --background estate ;;
    esac
}

build_generator() {
    if [[ -n $generator ]]; then return; fi
    (cd "$project" && cargo build --quiet --release --example generate) >&2
    generator=${CARGO_TARGET_DIR:-$project/target}/release/examples/generate
}

# Makes a set unless it is there; a set that was interrupted is made anew.
make_set() {
    local path layout
    path=$(set_path "$1" "$2")
    if [[ -e $path.truth.json ]]; then return; fi
    build_generator
    rm -rf -- "$path" "$path.part" "$path.part.truth.json"
    mkdir -p "$(dirname "$path")"
    mapfile -t layout < <(set_layout "$1")
    "$generator" --out "$path.part" --size "$2" "${layout[@]}" >&2
    mv -- "$path.part" "$path"
    mv -- "$path.part.truth.json" "$path.truth.json"
}

make_environment() {
    if "$python" -c 'import duckdb' 2>/dev/null; then return; fi
    "${PYTHON:-python3}" -m venv "$data/venv"
    "$python" -m pip install --quiet --disable-pip-version-check 'duckdb==2.0.0' >&2
}

# Prints a value of a JSON file: FILE KEY...
json_value() {
    "$python" -c 'import json, sys
value = json.load(open(sys.argv[1], encoding="utf-8"))
for key in sys.argv[2:]:
    value = value[key]
print(value)' "$@"
}

# Prints "wall, CPU, peak MB, private MB" of a command, after its input has been read once.
measure() {
    local path=$1
    shift
    find "$path" -type f -exec cat {} + >/dev/null
    "$python" "$project/benches/measure.py" --runs "$runs" "$@"
}

# Stops when a program has not read what was written: its time would mean nothing.
expect_records() {
    [[ $2 == "$3" ]] || fail "$1 read $2 records of $3"
}

# Prints a row of the table: SET RECORDS PROGRAM FIGURES; the first row of a set is the base.
report() {
    local wall cpu peak private
    IFS=$'\t' read -r wall cpu peak private <<<"$4"
    if [[ $3 == DuckDB ]]; then base=$wall; fi
    printf '| %s | %s | %s | %s | %s | %s | %s | %s |\n' "$1" "$2" "$3" "$wall" "$cpu" "$peak" \
        "$private" "$(awk -v a="$wall" -v b="$base" 'BEGIN { printf "%.2f", a / b }')"
}

compare() {
    local name=$1 size=$2 path truth shape program arguments figures base
    path=$(set_path "$name" "$size")
    truth=$(json_value "$path.truth.json" records)
    shape="export"
    if [[ $name == array ]]; then shape="api"; fi

    for program in DuckDB "DuckDB, index" "DuckDB, everything"; do
        arguments=("$path" --shape "$shape" --threads "$threads")
        if [[ $program != DuckDB ]]; then arguments+=(--index "$scratch/index.parquet"); fi
        if [[ $program == *everything ]]; then arguments+=(--everything); fi
        figures=$(measure "$path" --output "$scratch/duckdb.json" -- \
            "$python" "$project/benches/duckdb_baseline.py" "${arguments[@]}") ||
            fail "DuckDB failed on $path"
        expect_records "$program" "$(json_value "$scratch/duckdb.json" records)" "$truth"
        report "$name $size" "$truth" "$program" "$figures"
    done
    if [[ $baseline_only == yes ]]; then return; fi

    figures=$(measure "$path" --fresh "$scratch/case" -- \
        "$azscope" analyze "$path" --case "$scratch/case" --threads "$threads" --quiet) ||
        fail "azscope failed on $path"
    expect_records azscope \
        "$(json_value "$scratch/case/report.json" evidence totals records)" "$truth"
    report "$name $size" "$truth" azscope "$figures"
}

cases=()
for name in "${sets[@]}"; do cases+=("$name $size"); done
if [[ $large == yes ]]; then cases+=("single 250M" "single 4G"); fi

make_environment
for case in "${cases[@]}"; do
    read -r name of <<<"$case"
    make_set "$name" "$of"
done

echo "| set | records | program | wall s | CPU s | peak MB | private MB | wall / DuckDB |"
echo "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |"
for case in "${cases[@]}"; do
    read -r name of <<<"$case"
    compare "$name" "$of"
done
