#!/usr/bin/env bash
# Compiles the portable kernels to PTX, one file for each of their builds, and packs them beside a list of the hashes of
# their sources. Needs nvcc and ptxas of CUDA 12 or newer, and a JDK for its jar tool.
#
#   NVCC=/usr/local/cuda/bin/nvcc cuda/build-kernels.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

nvcc=${NVCC:-nvcc}
ptxas=${PTXAS:-$(dirname "$(command -v "$nvcc")")/ptxas}
sources=$PWD/../tensor/src/main/resources/dev/chrysalis/tensor/device
packed=$PWD/src/main/resources/dev/chrysalis/cuda/portable.zip
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The lowest machine and the lowest PTX that have all the kernels use: any driver since CUDA 11.0 takes it.
machine=75
version=7.0

compile() { # file, names to define
  local file=$1 name define
  shift
  name=${file}-$(IFS=-; echo "$*").ptx
  local defines=()
  for define in "$@"; do defines+=("-D$define"); done
  "$nvcc" -ptx -arch="compute_$machine" -std=c++17 -O3 --fmad=false -DHAS_DOUBLE "${defines[@]}" \
    -include "$sources/portable.h" -x cu "$sources/$file.cl" -o "$work/$name"
  sed -i -e "s/^\.version .*/.version $version/" -e '/^\/\//d' "$work/$name"
  for arch in "sm_$machine" sm_90a; do # the assembler refuses what the lower version does not have
    "$ptxas" -arch="$arch" "$work/$name" -o /dev/null
  done
  echo "$name"
}

for t in F64 F32 I64 I32 U8 I8 BOOL; do
  compile elements "T_$t"
  compile reduce "T_$t"
done
for t in B1 B2 B4 B8; do compile moves "T_$t"; done
for t in F64 F32 F16 BF16 I64 I32 U8 I8 BOOL; do compile cast "T_$t"; done
for t in F64 F32; do
  for file in products convolutions rows attention; do compile "$file" "T_$t"; done
done
compile products T_F32 W_F16
compile products T_F32 W_BF16
compile blocks T_F32

(cd "$sources" && sha256sum portable.h ./*.cl | sed 's| \./| |') >"$work/sources.sha256"
mkdir -p "$(dirname "$packed")"
"${JAVA_HOME:+$JAVA_HOME/bin/}jar" --create --no-manifest --date=2020-01-01T00:00:00Z --file "$packed" -C "$work" .
ls -l "$packed"
