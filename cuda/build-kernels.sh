#!/usr/bin/env bash
# Compiles the portable kernels and those for CUDA alone to PTX, one file for each of their builds, and packs them beside a
# list of the hashes of their sources. Needs nvcc and ptxas of CUDA 12 or newer, xz, and a JDK for its jar tool.
#
#   NVCC=/usr/local/cuda/bin/nvcc cuda/build-kernels.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

nvcc=${NVCC:-nvcc}
ptxas=${PTXAS:-$(dirname "$(command -v "$nvcc")")/ptxas}
sources=$PWD/../tensor/src/main/resources/dev/chrysalis/tensor/device
own=$PWD/src/main/cuda
packed=$PWD/src/main/resources/dev/chrysalis/cuda/kernels.zip.xz
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
  sed -i -e "s/^\.version .*/.version $version/" -e '/^[[:space:]]*\/\//d' -e 's/^[[:space:]]*//' -e '/^$/d' "$work/$name"
  for arch in "sm_$machine" sm_90a; do # the assembler refuses what the lower version does not have
    "$ptxas" -arch="$arch" "$work/$name" -o /dev/null
  done
  echo "$name"
}

# Kernels for CUDA alone: file, architecture, PTX version, architectures that assemble it, names to define.
compile_own() {
  local file=$1 machine=$2 version=$3 checks=$4 name define arch log
  shift 4
  name=$(IFS=-; echo "$file${*:+-$*}").ptx
  local defines=()
  for define in "$@"; do defines+=("-D$define"); done
  "$nvcc" -ptx -arch="compute_$machine" -std=c++17 -O3 -diag-suppress 177 "${defines[@]}" "$own/$file.cu" -o "$work/$name"
  sed -i -e "s/^\.version .*/.version $version/" -e '/^[[:space:]]*\/\//d' -e 's/^[[:space:]]*//' -e '/^$/d' "$work/$name"
  for arch in $checks; do
    # Registers that overflow into memory, or hints that the assembler ignores, are errors.
    log=$("$ptxas" -arch="$arch" -v -warn-spills -Werror "$work/$name" -o /dev/null 2>&1) || { echo "$log"; exit 1; }
    if grep -E 'C75[0-9]{2}' <<<"$log"; then exit 1; fi
  done
  echo "$name"
}

for h in BF16 F16; do
  for a in A_K A_M; do
    for b in B_K B_N; do
      compile_own products_sm90 90a 8.0 sm_90a "H_$h" "$a" "$b"
      compile_own products_sm80 80 7.0 "sm_80 sm_90a" "H_$h" "$a" "$b"
    done
  done
done
for h in BF16 F16; do
  for d in 32 64 80 96 128 160; do compile_own attention 80 7.0 "sm_80 sm_90a" "H_$h" "D_$d"; done
done
compile_own products_f32 80 7.0 "sm_80 sm_90a"
compile_own attention_f32 80 7.0 "sm_80 sm_90a"
for e in F32 BF16 F16; do
  for k in NINE ONE ANY WEIGHTS REST; do compile_own convolutions 80 7.0 "sm_80 sm_90a" "E_$e" "K_$k"; done
done
for part in ROWS BLOCKS ATTENTION; do compile_own decode 80 7.4 "sm_80 sm_90a" "$part"; done

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

for folder in "$sources" "$own"; do
  (cd "$folder" && sha256sum ./* | sed 's| \./| |')
done >"$work/sources.sha256"
mkdir -p "$(dirname "$packed")"
"${JAVA_HOME:+$JAVA_HOME/bin/}jar" --create --no-compress --no-manifest --date=2020-01-01T00:00:00Z --file "$work/kernels.zip" -C "$work" .
xz --lzma2=preset=9e,lc=4,pb=0,nice=273 --stdout "$work/kernels.zip" >"$packed" # together: the builds of a file differ in little
ls -l "$packed"
