#!/bin/sh
# Copies the browser libraries that the pages use from npm into static/lib, with
# their licences, and builds the icon sprite from vendor/icons.txt. The exact
# versions stand in vendor/package-lock.json; the copies are committed, so this
# runs only when a version or the list of icons changes:
#
#   services/web/vendor.sh
#
# Tabler stays at 1.4: from 1.5 on its colours need light-dark() and oklch(),
# which browsers still common on office desktops do not have.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
lib="$here/static/lib"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp "$here/vendor/package.json" "$here/vendor/package-lock.json" "$here/vendor/.npmrc" "$work/"
(cd "$work" && npm ci --silent)
modules="$work/node_modules"

rm -rf "$lib"

# take <folder> <licence> <file>...: licence and files, paths relative to
# node_modules, into static/lib/<folder>. Links to source maps are cut, because
# the maps are not served.
take() {
	folder="$lib/$1"
	licence="$2"
	shift 2
	mkdir -p "$folder"
	if [ -n "$licence" ]; then
		cp "$modules/$licence" "$folder/LICENSE.txt"
	fi
	for file in "$@"; do
		sed -e 's#//[#@] sourceMappingURL=[^ ]*##' -e 's#/\*[#@] sourceMappingURL=[^ ]* \*/##' \
			"$modules/$file" >"$folder/$(basename "$file")"
	done
}

take htmx htmx.org/LICENSE htmx.org/dist/htmx.min.js
take tabler '' @tabler/core/dist/css/tabler.min.css @tabler/core/dist/js/tabler.min.js
cp "$here/vendor/tabler-license.txt" "$lib/tabler/LICENSE.txt"
cp "$modules/@popperjs/core/LICENSE.md" "$lib/tabler/LICENSE-popper.txt"
take leaflet leaflet/LICENSE leaflet/dist/leaflet.js leaflet/dist/leaflet.css
mkdir -p "$lib/leaflet/images"
cp "$modules"/leaflet/dist/images/*.png "$lib/leaflet/images/"
take geoman @geoman-io/leaflet-geoman-free/LICENSE \
	@geoman-io/leaflet-geoman-free/dist/leaflet-geoman.min.js \
	@geoman-io/leaflet-geoman-free/dist/leaflet-geoman.css
for bundled in lodash @turf/kinks polyclip-ts bignumber.js splaytree-ts rbush quickselect robust-predicates tinyqueue; do
	printf '%s\n\n' "$bundled"
	cat "$modules/$bundled/LICEN"* 2>/dev/null || printf 'see its package for the licence\n'
	printf '\n\n'
done >"$lib/geoman/LICENSE-bundled.txt"
take echarts echarts/LICENSE echarts/dist/echarts.common.min.js
cp "$modules/echarts/NOTICE" "$lib/echarts/NOTICE.txt"
take icons @tabler/icons/LICENSE

sprite="$lib/icons/icons.svg"
printf '<svg xmlns="http://www.w3.org/2000/svg">\n' >"$sprite"
while read -r name; do
	printf '<symbol id="%s" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">' "$name"
	tr '\n' ' ' <"$modules/@tabler/icons/icons/outline/$name.svg" | sed -e 's#<!--.*-->##' -e 's#<svg[^>]*>##' -e 's#<path stroke="none" d="M0 0h24v24H0z" fill="none" />##' -e 's#</svg>##' -e 's#  *# #g'
	printf '</symbol>\n'
done <"$here/vendor/icons.txt" >>"$sprite"
printf '</svg>\n' >>"$sprite"

chmod -R u=rwX,go=rX "$lib"
find "$lib" -type f | sort | sed "s#^$here/##"
