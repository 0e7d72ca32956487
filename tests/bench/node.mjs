// The jobs in Node: `node.mjs ORIGIN`. Prints JSON.

import { speeds } from './speed.js';

/** Web storage, which Node lacks before version 25; the records are properties, as in browsers. */
class SessionStorage {
  /** @param {string} key */
  getItem(key) {
    return Object.hasOwn(this, key) ? Reflect.get(this, key) : null;
  }
  /** @param {string} key @param {string} value */
  setItem(key, value) {
    Reflect.set(this, key, String(value));
  }
  /** @param {string} key */
  removeItem(key) {
    Reflect.deleteProperty(this, key);
  }
  clear() {
    for (const key of Object.keys(this)) this.removeItem(key);
  }
  /** @param {number} at */
  key(at) {
    return Object.keys(this)[at] ?? null;
  }
  get length() {
    return Object.keys(this).length;
  }
}

Object.assign(globalThis, { sessionStorage: new SessionStorage() });
console.log(JSON.stringify(await speeds(String(process.argv[2]))));
