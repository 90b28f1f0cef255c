#!/bin/sh
# Makes the two fonts that services/paper embeds, and their licence, from Debian packages:
#   apt-get install fonts-noto-cjk python3-fonttools
# The result is the same for the same package versions; commit it.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$here/../../services/paper/font
noto=${NOTO_CJK:-/usr/share/fonts/opentype/noto}
licence=${NOTO_CJK_COPYRIGHT:-/usr/share/doc/fonts-noto-cjk/copyright}
python=${PYTHON:-/usr/bin/python3}

for need in "$noto/NotoSansCJK-Regular.ttc" "$noto/NotoSerifCJK-Regular.ttc" "$licence"; do
	[ -r "$need" ] || { echo "build.sh: $need is missing; install fonts-noto-cjk" >&2; exit 1; }
done
"$python" -c 'import fontTools' || { echo "build.sh: install python3-fonttools" >&2; exit 1; }

mkdir -p "$out"
"$python" "$here/build.py" "$noto/NotoSansCJK-Regular.ttc" "Noto Sans CJK SC" "Clusterzone Hei" "$out/hei.ttf"
"$python" "$here/build.py" "$noto/NotoSerifCJK-Regular.ttc" "Noto Serif CJK SC" "Clusterzone Song" "$out/song.ttf"

{
	cat <<'EOF'
hei.ttf ("Clusterzone Hei") is a subset of Noto Sans CJK SC 2.004,
song.ttf ("Clusterzone Song") is a subset of Noto Serif CJK SC 2.001.
Outlines were converted from CFF to TrueType, U+2252 and U+2610 to U+2612 were added, names were
changed. deploy/font/build.sh does it.

Copyright 2014-2021 Adobe (http://www.adobe.com/), with Reserved Font Name 'Source'
Copyright 2017-2022 Adobe (http://www.adobe.com/), with Reserved Font Name 'Source'
Noto is a trademark of Google Inc.

This Font Software is licensed under the SIL Open Font License, Version 1.1.

EOF
	# The standing text of the licence, without the indent of Debian's format.
	sed -n '/^ SIL OPEN FONT LICENSE Version 1.1/,/^License:/p' "$licence" | sed -e '/^License:/d' -e 's/^ //' -e 's/^\.$//'
} >"$out/OFL.txt"
