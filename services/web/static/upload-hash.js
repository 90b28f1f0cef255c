// hash computes the SHA-256 of a file in a worker; where no worker starts, slice by
// slice in the page.
"use strict";
(() => {
  const { sha256 } = window.clusterzone;
  const address = new URL("upload-worker.js", document.currentScript.src);
  const asked = new Map();
  let worker;
  let number = 0;

  function start() {
    worker = new Worker(address);
    worker.addEventListener("message", ({ data }) => {
      const { progress, resolve, reject } = asked.get(data.id);
      if (data.part !== undefined) return progress(data.part);
      asked.delete(data.id);
      if (data.error) return reject(new Error(data.error));
      resolve(data.sum);
    });
    worker.addEventListener("error", () => {
      worker = null;
      for (const { blob, progress, resolve, reject } of asked.values()) sha256(blob, progress).then(resolve, reject);
      asked.clear();
    });
  }

  function hash(blob, progress = () => {}) {
    if (worker === undefined) {
      try {
        start();
      } catch {
        worker = null;
      }
    }
    if (!worker) return sha256(blob, progress);
    return new Promise((resolve, reject) => {
      const id = ++number;
      asked.set(id, { blob, progress, resolve, reject });
      worker.postMessage({ id, blob });
    });
  }

  window.clusterzone.hash = hash;
})();
