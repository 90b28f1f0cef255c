// Boundaries on a map without tiles (views.Boundary): the units' outlines are the
// ground, other zones are grey, the boundary is shown and, by draw.js, drawn.
"use strict";
(() => {
  const { text, make, geometry } = window.clusterzone;
  const styles = {
    unit: { color: "#b9c2cd", weight: 0.8, fill: false, interactive: false },
    outline: { color: "#5a6675", weight: 1.5, fillColor: "#f4f6f9", fillOpacity: 1, dashArray: "6 4", interactive: false },
    zone: { color: "#7d8a99", weight: 1, fillColor: "#aab4c0", fillOpacity: 0.55 },
    own: { color: "#1f4e9c", weight: 2, fillColor: "#1f4e9c", fillOpacity: 0.16 },
    mark: { color: "#c0282d", weight: 3, radius: 9, fill: false, interactive: false, pmIgnore: true, snapIgnore: true },
  };

  class BoundaryMap {
    constructor(box) {
      this.box = box;
      this.data = box.dataset;
      this.input = box.querySelector("input[type=hidden]");
      this.label = box.querySelector("[data-map-area]");
      this.notes = box.querySelector("[data-map-notes]");
      this.readOnly = "readonly" in this.data;
      this.map = L.map(box.querySelector("[data-map-ground]"), {
        attributionControl: false,
        zoomControl: false,
        zoomSnap: 0.25,
        minZoom: 5,
      }).setView([29.56, 106.55], 10);
      L.control.zoom({ zoomInTitle: text("map.in"), zoomOutTitle: text("map.out") }).addTo(this.map);
      L.control.scale({ imperial: false }).addTo(this.map);
      this.schematic();
      for (const name of ["units", "ground", "zones", "own", "marks"]) this[name] = L.featureGroup().addTo(this.map);
    }

    async start() {
      this.read();
      await Promise.all([
        this.load(this.data.units, this.units, "unit"),
        this.load(this.data.outline, this.ground, "outline"),
        this.load(this.data.zones, this.zones, "zone"),
      ]);
      this.units.bringToBack();
      this.ground.bringToBack();
      this.fit();
      this.box.dataset.mapReady = "yes";
    }

    // schematic says on the map itself that outlines are no borders.
    schematic() {
      const control = L.control({ position: "bottomright" });
      control.onAdd = () => make("span", { className: "map-schematic" }, text("map.schematic"));
      control.addTo(this.map);
    }

    // read shows what the input holds.
    read() {
      try {
        if (this.input.value) this.put(geometry.polygonsOf(JSON.parse(this.input.value)));
      } catch {
        this.note(text("map.import.bad"), true);
      }
      this.measure();
    }

    put(polygons) {
      for (const rings of polygons) {
        const layer = L.polygon(rings.map((ring) => ring.slice(0, -1).map(([x, y]) => [y, x])), { ...styles.own, pmIgnore: this.readOnly });
        this.own.addLayer(layer);
        this.watch?.(layer);
      }
    }

    async load(address, group, style) {
      if (!address) return;
      try {
        const answer = await fetch(address, { headers: { Accept: "application/geo+json, application/json" } });
        if (!answer.ok) throw new Error(String(answer.status));
        L.geoJSON(await answer.json(), {
          style: styles[style],
          pmIgnore: true,
          snapIgnore: false,
          onEachFeature: (feature, layer) => this.name(feature, layer),
        }).eachLayer((layer) => group.addLayer(layer));
      } catch {
        this.note(text("map.failed"), true);
      }
    }

    name(feature, layer) {
      const { name, href, note } = feature.properties || {};
      if (!name) return;
      layer.bindTooltip(make("span", {}, name), { sticky: true });
      if (!href) return;
      const words = make("div", {}, make("a", { href }, name));
      if (note) words.append(make("p", { className: "quiet" }, note));
      layer.bindPopup(words);
    }

    fit() {
      const layers = [this.own, this.ground, this.zones, this.units].find((group) => group.getLayers().length > 0);
      if (layers) this.map.fitBounds(layers.getBounds().pad(0.08), { animate: false });
    }

    polygons() {
      return this.own.getLayers().flatMap((layer) => geometry.polygonsOf(layer.toGeoJSON(9)));
    }

    // measure says area and self-crossing of what is on the map now, before the server is asked.
    measure() {
      const polygons = this.polygons();
      this.notes.replaceChildren();
      this.marks.clearLayers();
      if (polygons.length === 0) this.label.textContent = this.readOnly ? "" : text("map.empty");
      else this.areaIs(geometry.area(polygons), polygons.length);
      for (const ring of polygons.flat()) {
        const at = ring.length < 2000 ? geometry.crossing(ring) : null;
        if (at) return this.crossing(at);
      }
      return false;
    }

    areaIs(m2, parts) {
      this.label.dataset.m2 = String(m2);
      this.label.textContent = text("map.area.both", { Area: square(m2), Hectares: hectares(m2), Parts: parts });
    }

    crossing([x, y]) {
      this.mark([x, y]);
      this.note(text("map.crossing.at", { Lon: x.toFixed(6), Lat: y.toFixed(6) }), true);
      return true;
    }

    mark([x, y]) {
      this.marks.clearLayers();
      this.marks.addLayer(L.circleMarker([y, x], styles.mark));
    }

    note(words, bad) {
      this.notes.append(make("p", { className: bad ? "map-note is-bad" : "map-note" }, words));
    }
  }

  // square writes square metres as square kilometres.
  function square(m2) {
    return digits(m2 / 1e6, Math.abs(m2) < 10000 ? 4 : 2);
  }

  function hectares(m2) {
    return digits(m2 / 1e4, Math.abs(m2) < 10000 ? 4 : 2);
  }

  function digits(value, count) {
    return value.toLocaleString("en-US", { minimumFractionDigits: count, maximumFractionDigits: count });
  }

  Object.assign(window.clusterzone, { BoundaryMap, mapStyles: styles, square, hectares });
})();
