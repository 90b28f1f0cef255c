// Boundaries on a map without tiles (views.Boundary): the unit's outline is the
// ground, other zones are grey, the boundary is drawn, edited or imported and
// written to the hidden input as GeoJSON.
"use strict";
(() => {
  const { text, each, make, confirm, geometry } = window.clusterzone;
  const largest = 5 << 20;
  const styles = {
    outline: { color: "#5a6675", weight: 1.5, fillColor: "#f4f6f9", fillOpacity: 1, dashArray: "6 4", interactive: false },
    zone: { color: "#7d8a99", weight: 1, fillColor: "#aab4c0", fillOpacity: 0.55 },
    own: { color: "#1f4e9c", weight: 2, fillColor: "#1f4e9c", fillOpacity: 0.16 },
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
      this.ground = L.featureGroup().addTo(this.map);
      this.zones = L.featureGroup().addTo(this.map);
      this.own = L.featureGroup().addTo(this.map);
      this.start();
    }

    async start() {
      if (!this.readOnly) this.tools();
      this.read();
      await Promise.all([this.load(this.data.outline, this.ground, "outline"), this.load(this.data.zones, this.zones, "zone")]);
      this.ground.bringToBack();
      this.fit();
      this.box.dataset.mapReady = "yes";
    }

    tools() {
      this.map.pm.setLang(this.data.lang === "en" ? "en" : "zh");
      this.map.pm.addControls({
        position: "topright",
        drawMarker: false,
        drawCircle: false,
        drawCircleMarker: false,
        drawPolyline: false,
        drawText: false,
        rotateMode: false,
        dragMode: false,
        oneBlock: true,
      });
      for (const button of this.box.querySelectorAll(".button-container[title] > a.leaflet-buttons-control-button")) {
        button.setAttribute("aria-label", button.parentElement.title);
      }
      this.map.pm.setGlobalOptions({ allowSelfIntersection: false, layerGroup: this.own, snapDistance: 12, pathOptions: styles.own });
      this.map.on("pm:create", (event) => this.adopt(event.layer));
      this.map.on("pm:remove pm:cut", () => this.changed());
      this.box.querySelector("[data-map-import]").addEventListener("change", (event) => this.import(event.target));
      this.box.querySelector("[data-map-clear]").addEventListener("click", () => this.clear());
    }

    adopt(layer) {
      this.own.addLayer(layer);
      layer.on("pm:edit pm:cut pm:update", () => this.changed());
      this.changed();
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
        layer.on("pm:edit pm:cut pm:update", () => this.changed());
        this.own.addLayer(layer);
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
          snapIgnore: style === "outline",
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
      const layers = [this.own, this.ground, this.zones].find((group) => group.getLayers().length > 0);
      if (layers) this.map.fitBounds(layers.getBounds().pad(0.08), { animate: false });
    }

    polygons() {
      return this.own.getLayers().flatMap((layer) => geometry.polygonsOf(layer.toGeoJSON(7)));
    }

    changed() {
      const found = geometry.geometryOf(this.polygons());
      this.input.value = found ? JSON.stringify(found) : "";
      this.input.dispatchEvent(new Event("change", { bubbles: true }));
      this.measure();
      clearTimeout(this.timer);
      if (this.data.check) this.timer = setTimeout(() => this.check(found), 800);
    }

    measure() {
      const polygons = this.polygons();
      const crossing = polygons.some((rings) => rings.some((ring) => ring.length < 2000 && geometry.crosses(ring)));
      this.notes.replaceChildren();
      if (polygons.length === 0) this.label.textContent = this.readOnly ? "" : text("map.empty");
      else this.label.textContent = text("map.area", { Area: square(geometry.area(polygons)), Parts: polygons.length });
      if (crossing) this.note(text("map.crossing"), true);
    }

    note(words, bad) {
      this.notes.append(make("p", { className: bad ? "map-note is-bad" : "map-note" }, words));
    }

    // check asks the server, whose area and overlaps are the ones that count.
    async check(found) {
      if (!found) return;
      try {
        const answer = await fetch(this.data.check, {
          method: "POST",
          headers: { "Content-Type": "application/json", Accept: "application/json" },
          body: JSON.stringify({ geometry: found }),
        });
        if (!answer.ok) throw new Error(String(answer.status));
        this.found(await answer.json());
      } catch {
        this.note(text("map.failed"), true);
      }
    }

    found(data) {
      this.measure();
      this.label.textContent = text("map.area", { Area: square(data.area_m2), Parts: this.polygons().length });
      for (const problem of data.problems || []) this.note(problem, true);
      for (const overlap of data.overlaps || []) this.note(text("map.overlap", { Name: overlap.name, Area: square(overlap.area_m2) }), true);
      if (!data.overlaps?.length && !data.problems?.length) this.note(text("map.overlap.none"), false);
    }

    async import(input) {
      const [file] = input.files;
      input.value = "";
      if (!file) return;
      try {
        if (file.size > largest) return this.note(text("map.import.large"), true);
        const polygons = geometry.parse(await file.text());
        if (polygons.length === 0) throw new Error("no polygon");
        this.own.clearLayers();
        this.put(polygons);
        this.fit();
        this.changed();
        this.note(text("map.import.done", { Name: file.name, Count: polygons.length }), false);
      } catch {
        this.note(text("map.import.bad"), true);
      }
    }

    async clear() {
      if (this.own.getLayers().length === 0 || !(await confirm(text("map.clear.confirm"), text("map.clear")))) return;
      this.own.clearLayers();
      this.changed();
    }
  }

  // square writes square metres as square kilometres.
  function square(m2) {
    const digits = Math.abs(m2) < 10000 ? 4 : 2;
    return (m2 / 1e6).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  each("[data-map]", (box) => new BoundaryMap(box));
})();
