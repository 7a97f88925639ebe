#!/usr/bin/env bash
# Packs a binary built with --profile dist: pack.sh TARGET
# Leaves in target/packed: the archive (binary, licences, README, man page, completions), and the line tables beside it.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$1
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
name=heaptui-$version-$target
built=target/$target/dist
out=target/packed
stage=$out/$name
rm -rf "$stage"
mkdir -p "$stage/completions"
case $target in
  *windows*) binary=heaptui.exe ;;
  *) binary=heaptui ;;
esac
cp "$built/$binary" "$stage/$binary"
case $target in
  *linux*)
    # Line tables make backtraces readable; whoever carries the binary to a host does not carry them.
    objcopy=$(command -v llvm-objcopy || command -v objcopy)
    "$objcopy" --only-keep-debug "$stage/$binary" "$out/$name.debug"
    "$objcopy" --strip-all "$stage/$binary"
    gzip -9 -f "$out/$name.debug"
    ;;
  *apple*) tar -czf "$out/$name.dSYM.tar.gz" -C "$built" heaptui.dSYM && strip "$stage/$binary" ;;
  *windows*) gzip -9 -c "$built/heaptui.pdb" > "$out/$name.pdb.gz" ;;
esac
cp README.md LICENSE-APACHE LICENSE-MIT "$stage"
# The binary of another machine's architecture cannot print its own help; one of this machine's can.
runs=$stage/$binary
"$runs" --version >/dev/null 2>&1 || runs=${HEAPTUI_HOST_BINARY:-}
if [ -z "$runs" ]; then
  cargo build --quiet --locked
  runs=target/debug/heaptui
fi
"$runs" man > "$stage/heaptui.1"
for shell in bash zsh fish powershell elvish; do
  "$runs" completions "$shell" > "$stage/completions/heaptui.$shell"
done
tar -czf "$out/$name.tar.gz" -C "$out" "$name"
rm -rf "$stage"
echo "$out/$name.tar.gz"
