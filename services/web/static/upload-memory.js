// Which upload in parts a file belongs to, kept in this browser for each person, so
// that choosing the same file again goes on where it was, after a restart too. A
// file is known by name, size, time and the hash of its first and last megabyte.
"use strict";
(() => {
  const { hash } = window.clusterzone;
  const prefix = "clusterzone.upload.";
  const edge = 1 << 20;

  async function fingerprint(file) {
    const ends = new Blob([file.slice(0, edge), file.slice(Math.max(0, file.size - edge))]);
    return [file.name, file.size, file.lastModified, await hash(ends)].join("|");
  }

  function place(data) {
    return [prefix + data.person, data.ticket, data.fields].join("|");
  }

  // Storage may be forbidden or full: then only the server remembers.
  function recall(data, print) {
    try {
      const kept = JSON.parse(localStorage.getItem(place(data) + "|" + print));
      return kept && kept.id ? kept : null;
    } catch {
      return null;
    }
  }

  function remember(data, print, id, sum) {
    forgetOld();
    try {
      localStorage.setItem(place(data) + "|" + print, JSON.stringify({ id, sum, at: Date.now() }));
    } catch {
      // The server still finds the upload by the checksum.
    }
  }

  function forget(data, print) {
    try {
      localStorage.removeItem(place(data) + "|" + print);
    } catch {
      // As above.
    }
  }

  // forgetOld drops what no server keeps any more.
  function forgetOld() {
    try {
      for (const key of Object.keys(localStorage)) {
        if (!key.startsWith(prefix)) continue;
        const { at } = JSON.parse(localStorage.getItem(key)) || {};
        if (!(Date.now() - at < 7 * 24 * 3600 * 1000)) localStorage.removeItem(key);
      }
    } catch {
      // As above.
    }
  }

  window.clusterzone.memory = { fingerprint, recall, remember, forget };
})();
