"""Makes the fonts that documents are printed with.

Reads the simplified-Chinese face of a Noto CJK collection (CFF outlines) and
writes a TrueType font that holds every GBK character. The PDF writer reads
TrueType outlines only, and copies nothing but glyf, loca, hmtx and a few small
tables, so everything else (kerning, vertical forms, variants) is left out.
"""

import argparse
import sys
from array import array

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, newTable
from fontTools.ttLib.tables.ttProgram import Program

# Ideographs outside GBK that stand in the national table of general-use
# characters (2013) and so in people's and places' names; BMP only, because the
# PDF writer cannot give text above U+FFFF back as text.
NAMES = (
    "㑇㑊㕮㘎㙍㙘㙦㛃㛚㛹㟃㠇㠓㤘㥄㧐㧑㧟㫰㬊㬎㬚㭎㭕㮾㰀㳇㳘㳚㴔㵐㶲㸆㸌㺄㻬㽏㿠"
    "䁖䂮䃅䃎䅟䌹䎃䎖䏝䏡䏲䐃䓖䓛䓨䓫䓬䗖䗛䗪䗴䜣䝙䢺䢼䣘䥽䦃䲟䲠䲢䴓䴔䴕䴖䴗䴘䴙䶮鿍鿎鿏"
)
# Signs that reports use and GBK lacks: copied only where the face has them.
RANGES = (
    (0x00A1, 0x017F),  # Latin-1 and Latin Extended-A: foreign firms' names
    (0x2010, 0x2027), (0x2030, 0x203E), (0x2070, 0x2079), (0x2080, 0x2089),
    (0x20A9, 0x20AC), (0x2103, 0x2122), (0x2150, 0x217F), (0x2190, 0x2199),
    (0x2200, 0x22A5), (0x2460, 0x24FF), (0x25A0, 0x25EF), (0x2605, 0x2606),
    (0x2610, 0x2612), (0x2713, 0x2717), (0x2776, 0x277F), (0x3001, 0x303F),
    (0x3200, 0x33FF), (0xFF01, 0xFF5E), (0xFFE0, 0xFFE6),
)
SPACE, WIDE_SPACE = 0x20, 0x3000
# Characters the faces lack, put together from two they have: GBK's U+2252, and
# the boxes of printed forms.
NEARLY_EQUAL, WIDE_EQUAL, FULL_STOP = 0x2252, 0xFF1D, 0x2E
BOXES = {0x2610: None, 0x2611: 0x221A, 0x2612: 0xD7}
EMPTY_BOX = 0x25A1
COMPOSED = {NEARLY_EQUAL} | set(BOXES)


def gbk():
    """Every character GBK can spell, without the private-use area."""
    chars = {chr(c) for c in range(0x20, 0x7F)}
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            for codec in ("gbk", "gb18030"):
                try:
                    chars.add(bytes((lead, trail)).decode(codec))
                except UnicodeDecodeError:
                    pass
    return {ord(c) for c in chars if len(c) == 1 and not 0xE000 <= ord(c) <= 0xF8FF}


def pick(cmap):
    """The code points to copy; GBK and NAMES must all be there."""
    must = gbk() | {ord(c) for c in NAMES}
    lost = sorted(must - set(cmap) - COMPOSED)
    if lost:
        sys.exit("no glyph for " + " ".join("U+%04X" % c for c in lost))
    may = {c for low, high in RANGES for c in range(low, high + 1)}
    return sorted((must | (may & set(cmap)) | COMPOSED) - {SPACE, WIDE_SPACE, 0xAD})


def order(points):
    """Glyph names in an order that keeps the PDF's character maps exact.

    One glyph per code point, so that copied text gives back the character that
    was written and not a look-alike. The space stands at 0x..00 and the wide
    space at 0x..FF: the PDF writer spans its code space from the lowest to the
    highest glyph used, and only such corners make that span a valid rectangle.
    """
    names = [".notdef"] + ["low%d" % i for i in range(1, 0x100)] + [name(SPACE)]
    names += [name(c) for c in points]
    names += ["high%d" % i for i in range((0xFF - len(names)) % 0x100)]
    return names + [name(WIDE_SPACE)]


def name(point):
    return "u%04X" % point


def outlines(face, points, tolerance):
    """TrueType glyphs and advance widths by glyph name."""
    source, cmap = face.getGlyphSet(), face.getBestCmap()
    glyphs, widths = {}, {}
    wanted = [(name(c), cmap[c]) for c in points + [SPACE, WIDE_SPACE] if c in cmap]
    for point in sorted(COMPOSED - set(cmap)):
        pen = TTGlyphPen(None)
        width = compose(point, source, cmap, Cu2QuPen(pen, tolerance, reverse_direction=True))
        glyphs[name(point)], widths[name(point)] = pen.glyph(), width
    for new, old in [(".notdef", ".notdef")] + wanted:
        pen = TTGlyphPen(None)
        source[old].draw(Cu2QuPen(pen, tolerance, reverse_direction=True))
        glyphs[new], widths[new] = pen.glyph(), source[old].width
    return glyphs, widths


def compose(point, source, cmap, pen):
    """Draws one of COMPOSED and returns its width."""
    if point == NEARLY_EQUAL:
        return nearly_equal(source, cmap, pen)
    return box(source, cmap, BOXES[point], pen)


def box(source, cmap, mark, pen):
    """An empty box, with a mark in its middle if one is given."""
    empty = source[cmap[EMPTY_BOX]]
    empty.draw(pen)
    if mark is not None:
        left, low, right, high = bounds(source, empty)
        shape = source[cmap[mark]]
        mark_left, mark_low, mark_right, mark_high = bounds(source, shape)
        scale = 0.66 * (right - left) / max(mark_right - mark_left, mark_high - mark_low)
        x = (left + right) / 2 - scale * (mark_left + mark_right) / 2
        y = (low + high) / 2 - scale * (mark_low + mark_high) / 2
        shape.draw(TransformPen(pen, (scale, 0, 0, scale, x, y)))
    return empty.width


def nearly_equal(source, cmap, pen):
    """The wide equals sign, a dot above its left and one below its right."""
    bars, dot = source[cmap[WIDE_EQUAL]], source[cmap[FULL_STOP]]
    left, low, right, high = bounds(source, bars)
    dot_left, dot_low, dot_right, dot_high = bounds(source, dot)
    gap = (high - low) * 0.45
    bars.draw(pen)
    dot.draw(TransformPen(pen, (1, 0, 0, 1, left - dot_left, high + gap - dot_low)))
    dot.draw(TransformPen(pen, (1, 0, 0, 1, right - dot_right, low - gap - dot_high)))
    return bars.width


def bounds(source, glyph):
    pen = BoundsPen(source)
    glyph.draw(pen)
    return pen.bounds


def hinting(font):
    """The three hinting tables, minimal: the PDF writer copies them unasked."""
    for tag, code in (("prep", [0xB8, 0x01, 0xFF, 0x85, 0xB0, 0x04, 0x8D]), ("fpgm", [0xB0, 0x00, 0x21])):
        font[tag] = newTable(tag)
        font[tag].program = Program()
        font[tag].program.fromBytecode(code)
    font["cvt "] = newTable("cvt ")
    font["cvt "].values = array("h", [0])


def describe(builder, face, family):
    """Names, with the authors' copyright and licence kept and a name of our own."""
    kept = {i: face["name"].getDebugName(i) for i in (0, 8, 9, 10, 13, 14)}
    origin = face["name"].getDebugName(4)
    builder.setupNameTable({
        "copyright": kept[0], "manufacturer": kept[8], "designer": kept[9],
        "description": "Subset of %s, converted to TrueType outlines. %s" % (origin, kept[10]),
        "licenseDescription": kept[13], "licenseInfoURL": kept[14],
        "familyName": family, "styleName": "Regular", "fullName": family,
        "uniqueFontIdentifier": family.replace(" ", "") + ";" + face["name"].getDebugName(5),
        "psName": family.replace(" ", "") + "-Regular", "version": face["name"].getDebugName(5).split(";")[0],
    }, mac=False)


def build(face, family, tolerance):
    points = pick(face.getBestCmap())
    names = order(points)
    glyphs, widths = outlines(face, points, tolerance)
    for filler in set(names) - set(glyphs):
        glyphs[filler], widths[filler] = TTGlyphPen(None).glyph(), 0
    builder = FontBuilder(face["head"].unitsPerEm, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({c: name(c) for c in points + [SPACE, WIDE_SPACE]})
    builder.setupGlyf(glyphs)
    table = builder.font["glyf"]
    builder.setupHorizontalMetrics({n: (widths[n], getattr(table[n], "xMin", 0)) for n in names})
    builder.setupHorizontalHeader(ascent=face["hhea"].ascent, descent=face["hhea"].descent)
    old = face["OS/2"]
    builder.setupOS2(
        version=4, fsType=0, usWeightClass=old.usWeightClass, achVendID="NONE",
        sTypoAscender=old.sTypoAscender, sTypoDescender=old.sTypoDescender, sTypoLineGap=0,
        usWinAscent=old.usWinAscent, usWinDescent=old.usWinDescent,
        sxHeight=old.sxHeight, sCapHeight=old.sCapHeight)
    builder.setupPost(keepGlyphNames=False, underlinePosition=face["post"].underlinePosition,
                      underlineThickness=face["post"].underlineThickness)
    describe(builder, face, family)
    hinting(builder.font)
    builder.font["head"].created = face["head"].created
    builder.font["head"].modified = face["head"].modified
    builder.font.recalcTimestamp = False
    return builder.font, len(points) + 2


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("collection")
    parser.add_argument("face", help="full name of the face in the collection")
    parser.add_argument("family", help="name of the font that is written")
    parser.add_argument("output")
    parser.add_argument("--tolerance", type=float, default=1.0, help="units of 1000 an outline may move")
    args = parser.parse_args()
    for face in TTCollection(args.collection, lazy=True).fonts:
        if face["name"].getDebugName(4) == args.face:
            font, count = build(face, args.family, args.tolerance)
            font.save(args.output)
            print("%s: %d characters" % (args.output, count))
            return
    sys.exit("no face called %s in %s" % (args.face, args.collection))


if __name__ == "__main__":
    main()
