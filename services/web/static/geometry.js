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

  // crossing is the first place where the edges of one ring cross each other; null where none do.
  function crossing(ring) {
    for (let i = 0; i + 1 < ring.length; i++) {
      for (let j = i + 2; j + 1 < ring.length; j++) {
        const neighbours = i === 0 && j + 2 === ring.length;
        if (!neighbours && meet(ring[i], ring[i + 1], ring[j], ring[j + 1])) return place(ring[i], ring[i + 1], ring[j], ring[j + 1]);
      }
    }
    return null;
  }

  // place is where the lines through two edges meet.
  function place([x1, y1], [x2, y2], [x3, y3], [x4, y4]) {
    const t = ((x3 - x1) * (y4 - y3) - (y3 - y1) * (x4 - x3)) / ((x2 - x1) * (y4 - y3) - (y2 - y1) * (x4 - x3));
    return [x1 + t * (x2 - x1), y1 + t * (y2 - y1)];
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

  function position(x, y) {
    if (!(Math.abs(x) <= 180 && Math.abs(y) <= 90)) throw new Error("not a longitude and a latitude");
    return [Number(x.toFixed(9)), Number(y.toFixed(9))];
  }

  // toText lists polygons as lines of coordinates: an empty line between parts, [hole] before a hole.
  function toText(polygons, hole) {
    const lines = (ring) => ring.slice(0, -1).map(([x, y]) => `${x},${y}`).join("\n");
    return polygons.map((rings) => rings.map(lines).join(`\n[${hole}]\n`)).join("\n\n");
  }

  // fromText reads such a list. It throws a ListError that names the line.
  function fromText(content) {
    const polygons = [];
    let rings = [];
    let ring = [];
    const endRing = (line) => {
      if (ring.length > 0 && ring.length < 3) throw new ListError(line, "ring");
      if (ring.length > 0) rings.push([...ring, ring[0]]);
      ring = [];
    };
    const endPart = (line) => {
      endRing(line);
      if (rings.length > 0) polygons.push(rings);
      rings = [];
    };
    const lines = content.split(/\r?\n/);
    for (const [i, raw] of lines.entries()) {
      const line = raw.trim();
      if (line === "") endPart(i + 1);
      else if (line.startsWith("[")) endRing(i + 1);
      else ring.push(pair(line, i + 1));
    }
    endPart(lines.length + 1);
    return polygons;
  }

  function pair(line, number) {
    const words = line.split(/[\s,;\uff0c\u3001\uff1b]+/).map(Number);
    try {
      if (words.length !== 2 || words.some((word) => !Number.isFinite(word))) throw new Error("not two numbers");
      return position(words[0], words[1]);
    } catch {
      throw new ListError(number, "line");
    }
  }

  class ListError extends Error {
    constructor(line, kind) {
      super(`line ${line}`);
      this.line = line;
      this.kind = kind;
    }
  }

  window.clusterzone.geometry = { area, crossing, geometryOf, polygonsOf, toText, fromText, ListError };
})();
