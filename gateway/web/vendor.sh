#!/bin/sh
# Re-creates static/vendor from the packages of npm, byte for byte: what people do to change a
# version, and to check that nothing else is in there.
#
#   ./vendor.sh          writes static/vendor and its lock file
#   ./vendor.sh --check  compares with what is there, and changes nothing
#
# Needs npm and the network. GraphiQL's own "min" files are not minified: esbuild does it, with
# every licence comment kept at the end of the file.
set -eu
cd "$(dirname "$0")"
GRAPHIQL=3.8.3 REACT=18.3.1 ESBUILD=0.25.12
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
made="$work/vendor"

unpack() { # name, version: the package, in a folder of that name
  (cd "$work" && npm pack --silent "$1@$2" >/dev/null && mkdir "$1" && tar -xzf "$1-$2.tgz" -C "$1" --strip-components=1)
  mkdir -p "$made/$1-$2"
  cp "$work/$1/LICENSE" "$made/$1-$2/LICENSE"
}
unpack graphiql "$GRAPHIQL"
unpack react "$REACT"
unpack react-dom "$REACT"
cp "$work/react/umd/react.production.min.js" "$made/react-$REACT/"
cp "$work/react-dom/umd/react-dom.production.min.js" "$made/react-dom-$REACT/"
# Its program is a package for each platform, which npm chooses; no install script is run.
npm install --silent --ignore-scripts --no-save --prefix "$work/tools" "esbuild@$ESBUILD" >/dev/null
for file in graphiql.min.js graphiql.min.css; do
  "$work"/tools/node_modules/@esbuild/*/bin/esbuild "$work/graphiql/$file" --minify \
    --legal-comments=eof --target=es2022 --log-level=error --outfile="$made/graphiql-$GRAPHIQL/$file"
done
(cd "$made" && find . -type f ! -name vendor.lock | LC_ALL=C sort | sed 's|^\./||' | xargs sha256sum >vendor.lock)

if [ "${1:-}" = --check ]; then
  diff -r "$made" static/vendor && echo "static/vendor is what npm gives"
else
  rm -rf static/vendor && cp -r "$made" static/vendor
  cat static/vendor/vendor.lock
fi
