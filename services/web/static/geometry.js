// Reading and measuring boundaries: polygons in longitude and latitude on the
// CGCS2000 ellipsoid. No map library in here.
"use strict";
(() => {
  const a = 6378137;
  const f = 1 / 298.257222101;
  const e2 = f * (2 - f);
  const e = Math.sqrt(e2);

  // zone is the area, per radian of longitude, between the equator and the
  // latitude whose sine is given.
  function zone(sine) {
    return ((a * a * (1 - e2)) / 2) * (sine / (1 - e2 * sine * sine) + Math.log((1 + e * sine) / (1 - e * sine)) / (2 * e));
  }

  const radians = (degrees) => (degrees * Math.PI) / 180;

  // ringArea is the area of a closed ring in square metres, exact for edges that
  // are straight in longitude and equal-area latitude.
  function ringArea(ring) {
    let sum = 0;
    for (let i = 0; i + 1 < ring.length; i++) {
      const [x1, y1] = ring[i];
      const [x2, y2] = ring[i + 1];
      sum += radians(x2 - x1) * (zone(Math.sin(radians(y1))) + zone(Math.sin(radians(y2)))) * 0.5;
    }
    return Math.abs(sum);
  }

  function polygonArea(rings) {
    return rings.reduce((sum, ring, i) => sum + (i === 0 ? 1 : -1) * ringArea(ring), 0);
  }

  // area is the area of a list of polygons in square metres.
  function area(polygons) {
    return polygons.reduce((sum, rings) => sum + polygonArea(rings), 0);
  }

  // crosses reports whether the edges of one ring cross each other.
  function crosses(ring) {
    for (let i = 0; i + 1 < ring.length; i++) {
      for (let j = i + 2; j + 1 < ring.length; j++) {
        const neighbours = i === 0 && j + 2 === ring.length;
        if (!neighbours && meet(ring[i], ring[i + 1], ring[j], ring[j + 1])) return true;
      }
    }
    return false;
  }

  function meet(p, q, r, s) {
    const side = (u, v, w) => Math.sign((v[0] - u[0]) * (w[1] - u[1]) - (v[1] - u[1]) * (w[0] - u[0]));
    return side(p, q, r) * side(p, q, s) < 0 && side(r, s, p) * side(r, s, q) < 0;
  }

  // geometryOf writes polygons as one GeoJSON geometry, null for none.
  function geometryOf(polygons) {
    if (polygons.length === 0) return null;
    if (polygons.length === 1) return { type: "Polygon", coordinates: polygons[0] };
    return { type: "MultiPolygon", coordinates: polygons };
  }

  // polygonsOf collects the polygons of any GeoJSON object. It throws where a
  // position is not a longitude and a latitude.
  function polygonsOf(object) {
    switch (object?.type) {
      case "FeatureCollection":
        return object.features.flatMap((feature) => polygonsOf(feature));
      case "Feature":
        return polygonsOf(object.geometry);
      case "GeometryCollection":
        return object.geometries.flatMap((geometry) => polygonsOf(geometry));
      case "Polygon":
        return [object.coordinates.map(closed)];
      case "MultiPolygon":
        return object.coordinates.map((rings) => rings.map(closed));
      case "LineString":
        return [[closed(object.coordinates)]];
      default:
        return [];
    }
  }

  // closed checks a ring, cuts heights and closes it.
  function closed(ring) {
    const points = ring.map(([x, y]) => position(Number(x), Number(y)));
    const [first, last] = [points[0], points[points.length - 1]];
    if (first[0] !== last[0] || first[1] !== last[1]) points.push([...first]);
    if (points.length < 4) throw new Error("a ring needs three points");
    return points;
  }

  // position accepts latitude first where that is the only possible reading.
  function position(x, y) {
    if (Math.abs(y) > 90 && Math.abs(x) <= 90) [x, y] = [y, x];
    if (!(Math.abs(x) <= 180 && Math.abs(y) <= 90)) throw new Error("not a longitude and a latitude");
    return [Number(x.toFixed(7)), Number(y.toFixed(7))];
  }

  // parse reads a file: GeoJSON, or lines of two numbers with an empty line
  // between rings. Words before the numbers, such as point names, are skipped.
  function parse(content) {
    const trimmed = content.replace(/^\uFEFF/, "").trim();
    if (trimmed.startsWith("{")) return polygonsOf(JSON.parse(trimmed));
    return trimmed
      .split(/\r?\n\s*\r?\n/)
      .map((block) => block.split(/\r?\n/).map(pair).filter(Boolean))
      .filter((ring) => ring.length > 0)
      .map((ring) => [closed(ring)]);
  }

  function pair(line) {
    const numbers = line.match(/-?\d+\.\d+|-?\d+/g);
    return numbers && numbers.length >= 2 ? numbers.slice(-2).map(Number) : null;
  }

  window.clusterzone.geometry = { area, crosses, geometryOf, polygonsOf, parse };
})();
