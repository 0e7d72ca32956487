// The jobs in Node: `node.mjs ORIGIN`. Prints JSON.

import { speeds } from './speed.js';

/** What Node lacks before version 25; the records are properties, as in browsers. */
class SessionStorage {
  getItem(key) {
    return this[key] ?? null;
  }
  setItem(key, value) {
    this[key] = String(value);
  }
  removeItem(key) {
    delete this[key];
  }
  clear() {
    for (const key of Object.keys(this)) delete this[key];
  }
  key(at) {
    return Object.keys(this)[at] ?? null;
  }
  get length() {
    return Object.keys(this).length;
  }
}

globalThis.sessionStorage = new SessionStorage();
console.log(JSON.stringify(await speeds(process.argv[2])));
