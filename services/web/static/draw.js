// Drawing on the map of a boundary: Geoman's tools, live measures, undo, and the
// list of coordinates for those who use no map. Starts every map of the page.
"use strict";
(() => {
  const { text, each, confirm, geometry, BoundaryMap, mapStyles, square, hectares } = window.clusterzone;

  class BoundaryDrawing extends BoundaryMap {
    constructor(box) {
      super(box);
      this.list = box.querySelector("[data-map-list]");
      this.undoButton = box.querySelector("[data-map-undo]");
      this.history = [];
    }

    async start() {
      this.tools();
      await super.start();
      this.now = this.input.value;
      this.showList();
      this.undoable();
    }

    tools() {
      const { pm } = this.map;
      pm.setLang(this.data.lang === "en" ? "en" : "zh");
      pm.addControls({
        position: "topright",
        drawMarker: false,
        drawCircle: false,
        drawCircleMarker: false,
        drawPolyline: false,
        drawText: false,
        rotateMode: false,
        dragMode: true,
        oneBlock: true,
      });
      pm.setGlobalOptions({
        allowSelfIntersection: true,
        layerGroup: this.own,
        snappable: true,
        snapSegment: true,
        snapVertex: true,
        snapDistance: 14,
        pathOptions: mapStyles.own,
        templineStyle: { color: mapStyles.own.color },
        hintlineStyle: { color: mapStyles.own.color, dashArray: "5 5" },
      });
      this.map.on("pm:create", ({ layer }) => this.adopt(layer));
      this.map.on("pm:cut", (event) => this.cut(event));
      this.map.on("pm:remove", ({ layer }) => this.removed(layer));
      this.map.on("pm:drawstart", (event) => this.drawing(event.workingLayer));
      this.map.on("pm:drawend", () => this.drawn());
      this.keys();
      this.box.querySelector("[data-map-clear]").addEventListener("click", () => this.clear());
      this.box.querySelector("[data-map-apply]").addEventListener("click", () => this.applyList());
      this.undoButton.addEventListener("click", () => this.undo());
    }

    // keys makes Geoman's buttons, which are links without an address, answer to the keyboard.
    keys() {
      for (const button of this.box.querySelectorAll("a.leaflet-buttons-control-button, a.leaflet-pm-action")) {
        button.setAttribute("role", "button");
        button.tabIndex = 0;
        const title = button.parentElement.title;
        if (title) button.setAttribute("aria-label", title);
        button.addEventListener("keydown", (event) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          button.click();
        });
      }
      this.map.getContainer().addEventListener("keydown", (event) => {
        if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
        event.preventDefault();
        this.undo();
      });
    }

    adopt(layer) {
      this.own.addLayer(layer);
      this.watch(layer);
      this.changed();
    }

    watch(layer) {
      layer.on("pm:edit pm:update pm:dragend", () => this.changed());
      layer.on("pm:change pm:drag", () => this.measure());
    }

    cut({ originalLayer, layer }) {
      this.own.removeLayer(originalLayer);
      if (layer && !this.own.hasLayer(layer) && !layer.isEmpty?.()) this.own.addLayer(layer);
      if (layer) this.watch(layer);
      this.changed();
    }

    removed(layer) {
      this.own.removeLayer(layer);
      this.changed();
    }

    // drawing measures while vertices are set, with the pointer as the next one.
    drawing(line) {
      this.working = line;
      const show = (next) => {
        if (this.working !== line || !line?.getLatLngs) return;
        const points = line.getLatLngs().flat().map(({ lng, lat }) => [lng, lat]);
        const count = points.length;
        if (next) points.push([next.lng, next.lat]);
        if (count === 0 || points.length < 3) return;
        this.sketch([...points, points[0]], count);
      };
      line?.on?.("pm:vertexadded", () => show());
      this.pointer = (event) => show(event.latlng);
      this.map.on("mousemove", this.pointer);
    }

    sketch(ring, count) {
      const m2 = geometry.area([[ring]]);
      this.label.dataset.m2 = String(m2);
      this.label.textContent = text("map.drawing", { Area: square(m2), Hectares: hectares(m2), Count: count });
      this.notes.replaceChildren();
      this.marks.clearLayers();
      const at = geometry.crossing(ring);
      if (at) this.crossing(at);
    }

    drawn() {
      this.working = null;
      if (this.pointer) this.map.off("mousemove", this.pointer);
      this.measure();
    }

    changed() {
      const found = geometry.geometryOf(this.polygons());
      const value = found ? JSON.stringify(found) : "";
      if (value !== this.now) {
        this.history.push(this.now);
        if (this.history.length > 100) this.history.shift();
      }
      this.store(value, found);
    }

    store(value, found) {
      this.now = value;
      this.input.value = value;
      this.input.dispatchEvent(new Event("change", { bubbles: true }));
      this.measure();
      this.showList();
      this.undoable();
      clearTimeout(this.timer);
      if (this.data.check && found) this.timer = setTimeout(() => this.check(found), 600);
    }

    undoable() {
      this.undoButton.disabled = this.history.length === 0;
    }

    // undo takes back the last vertex while drawing, else the last change.
    undo() {
      const active = this.map.pm.Draw.getActiveShape();
      if (active && this.working?.getLatLngs?.().flat().length > 0) return this.map.pm.Draw[active]._removeLastVertex?.();
      if (this.history.length === 0) return this.note(text("map.undo.none"), false);
      const value = this.history.pop();
      const editing = this.map.pm.globalEditModeEnabled();
      if (editing) this.map.pm.disableGlobalEditMode();
      const found = value ? JSON.parse(value) : null;
      this.own.clearLayers();
      this.put(found ? geometry.polygonsOf(found) : []);
      this.store(value, found);
      if (editing) this.map.pm.enableGlobalEditMode();
    }

    showList() {
      if (document.activeElement !== this.list) this.list.value = geometry.toText(this.polygons(), "hole");
    }

    // applyList takes the coordinates as they are typed.
    applyList() {
      try {
        const polygons = geometry.fromText(this.list.value);
        this.own.clearLayers();
        this.put(polygons);
        this.changed();
        this.fit();
        this.note(text("map.list.done"), false);
      } catch (error) {
        if (!(error instanceof geometry.ListError)) throw error;
        this.notes.replaceChildren();
        const line = { Line: error.line };
        this.note(error.kind === "ring" ? text("map.list.ring", line) : text("map.list.line", line), true);
        this.list.focus();
      }
    }

    // check asks the server, whose area and overlaps are the ones that count.
    async check(found) {
      try {
        const answer = await fetch(this.data.check, {
          method: "POST",
          headers: { "Content-Type": "application/json", Accept: "application/json" },
          body: JSON.stringify({ geometry: found }),
        });
        if (!answer.ok) throw new Error(String(answer.status));
        const data = await answer.json();
        if (JSON.stringify(found) === this.now) this.found(data);
      } catch {
        this.note(text("map.failed"), true);
      }
    }

    found(data) {
      const crossed = this.measure();
      this.areaIs(data.area_m2, this.polygons().length);
      this.label.dataset.checked = "yes";
      if (data.at) this.mark(data.at);
      if (!crossed) for (const problem of data.problems) this.note(problem, true);
      for (const overlap of data.overlaps) this.note(overlap.text, true);
      for (const note of data.notes) this.note(note, false);
      if (data.overlaps.length === 0 && data.problems.length === 0) this.note(text("map.overlap.none"), false);
    }

    async clear() {
      if (this.own.getLayers().length === 0 || !(await confirm(text("map.clear.confirm"), text("map.clear")))) return;
      this.own.clearLayers();
      this.changed();
    }
  }

  each("[data-map]", (box) => {
    const map = "readonly" in box.dataset ? new BoundaryMap(box) : new BoundaryDrawing(box);
    map.start();
  });
})();
