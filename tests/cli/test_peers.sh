#!/usr/bin/env bash
# What is written before other programs' eyes: a viewer made of h5py, the validator of pynxtools, and two
# readers of APT. The Python that has them is named by IONATLAS_PEERS (python3 otherwise); without them the
# test is skipped.
set -u
program=$(realpath "$1")
peers=$(cd "$(dirname "$0")/../peers" && pwd)
python=${IONATLAS_PEERS:-python3}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
export LC_ALL=C TZ=UTC

cat >told.yaml <<'YAML'
start_time: 2021-03-01T12:30:00+01:00
operation_mode: apt
sample: {alias: alloy, is_simulation: true}
specimen: {alias: tip, is_simulation: true, shank_angle_deg: 5}
instrument: {type: LEAP 5000 XR, vendor: Cameca, model: LEAP, reflectron: true, local_electrode: one}
pulse: {mode: voltage, frequency_khz: 200, fraction: 0.2}
stage: {temperature: 50}
chamber: {pressure_pa: 1e-9}
control: {evaporation: constant detection rate, target_detection_rate: 0.005}
YAML
cat >ranges.rrng <<'RRNG'
[Ions]
Number=3
Ion1=Fe
Ion2=C
Ion3=O
[Ranges]
Number=3
Range1=27.8 28.2 Vol:0.01178 Fe:1 Color:FF00FF
Range2=26.9 27.1 Vol:0.01178 Fe:1 Color:FF00FF
Range3=5.9 6.1 Vol:0.009 C:1 Color:00FF00
RRNG
"$program" simulate -o ions.epos -q >simulated.tsv || { cat simulated.tsv; exit 1; }

failed=0 ran=0
run() { # SCRIPT ARGUMENT...
    "$python" "$peers/$1" "${@:2}"
    case $? in
    0) ran=$((ran + 1)) ;;
    77) echo "SKIPPED: $1 needs a package that $python lacks" ;;
    *) echo "FAILED: $*"; failed=$((failed + 1)) ;;
    esac
}
run view_nexus.py "$program" ions.epos ranges.rrng
"$program" analyze ions.epos --ranges ranges.rrng -o untold.nxs -q >/dev/null || exit 1
run validate_nexus.py "$program" untold.nxs
"$program" analyze ions.epos --ranges ranges.rrng --meta told.yaml -o told.nxs -q >/dev/null || exit 1
run validate_nexus.py "$program" told.nxs
"$program" convert ions.epos -o ions.apt -q || exit 1
run read_apt.py ions.epos ions.apt
run read_community.py "$program" ions.epos ions.apt ions.rrng
[ "$failed" -eq 0 ] || exit 1
[ "$ran" -gt 0 ] || exit 77
