// SHA-256 of files apart from the page, so that it does not stand still meanwhile.
// In: {id, blob}. Out: {id, part} as it goes on, and {id, sum} or {id, error}.
"use strict";
self.window = self;
self.clusterzone = {};
importScripts("sha256.js");

self.addEventListener("message", async (event) => {
  const { id, blob } = event.data;
  try {
    const sum = await self.clusterzone.sha256(blob, (part) => self.postMessage({ id, part }));
    self.postMessage({ id, sum });
  } catch (error) {
    self.postMessage({ id, error: String(error) });
  }
});
