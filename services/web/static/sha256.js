// SHA-256 of a file. The browser's own digest needs the whole file in memory and
// a secure page; large files and plain HTTP inside an office network go through
// the loop below (FIPS 180-4), a slice at a time.
"use strict";
(() => {
  const slice = 4 << 20;
  const K = new Uint32Array(64);
  const H = new Uint32Array(8);

  // The constants are the first 32 bits of the fractions of cube and square
  // roots of the first primes.
  let found = 0;
  for (let n = 2; found < 64; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (!prime) continue;
    K[found] = fraction(Math.cbrt(n));
    if (found < 8) H[found] = fraction(Math.sqrt(n));
    found++;
  }

  function fraction(x) {
    return ((x - Math.floor(x)) * 4294967296) >>> 0;
  }

  class Hash {
    constructor() {
      this.state = Uint32Array.from(H);
      this.words = new Uint32Array(64);
      this.rest = new Uint8Array(0);
      this.length = 0;
    }

    update(bytes) {
      this.length += bytes.length;
      const all = new Uint8Array(this.rest.length + bytes.length);
      all.set(this.rest);
      all.set(bytes, this.rest.length);
      const view = new DataView(all.buffer);
      let at = 0;
      for (; at + 64 <= all.length; at += 64) this.block(view, at);
      this.rest = all.slice(at);
    }

    block(view, at) {
      const w = this.words;
      for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + i * 4);
      for (let i = 16; i < 64; i++) {
        const x = w[i - 15], y = w[i - 2];
        const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
        const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
      }
      let [a, b, c, d, e, f, g, h] = this.state;
      for (let i = 0; i < 64; i++) {
        const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
        const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
        const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
        const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g; g = f; f = e; e = (d + t1) | 0;
        d = c; c = b; b = a; a = (t1 + t2) | 0;
      }
      const s = this.state;
      s[0] += a; s[1] += b; s[2] += c; s[3] += d; s[4] += e; s[5] += f; s[6] += g; s[7] += h;
    }

    digest() {
      const bits = this.length * 8;
      const tail = new Uint8Array(this.rest.length < 56 ? 64 : 128);
      tail.set(this.rest);
      tail[this.rest.length] = 0x80;
      const view = new DataView(tail.buffer);
      view.setUint32(tail.length - 8, Math.floor(bits / 4294967296));
      view.setUint32(tail.length - 4, bits >>> 0);
      for (let at = 0; at < tail.length; at += 64) this.block(view, at);
      return hex(this.state);
    }
  }

  function hex(words) {
    return [...words].map((word) => word.toString(16).padStart(8, "0")).join("");
  }

  // sha256 resolves to the digest in hexadecimal and reports progress from 0 to 1.
  async function sha256(blob, progress = () => {}) {
    if (window.crypto?.subtle && blob.size <= slice * 8) {
      const digest = new DataView(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
      progress(1);
      return hex(Array.from({ length: 8 }, (_, i) => digest.getUint32(i * 4)));
    }
    return slowly(blob, progress);
  }

  async function slowly(blob, progress = () => {}) {
    const hash = new Hash();
    for (let at = 0; at < blob.size; at += slice) {
      hash.update(new Uint8Array(await blob.slice(at, at + slice).arrayBuffer()));
      progress(Math.min(1, (at + slice) / blob.size));
    }
    return hash.digest();
  }

  window.clusterzone.sha256 = sha256;
  window.clusterzone.sha256Slowly = slowly;
})();
