// jsdom with what browsers have, Node too, and jsdom not: as apps do that fetch in their tests.

const { TestEnvironment } = require('jest-environment-jsdom');

module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    Object.assign(this.global, { fetch, Headers, Request, Response, TextDecoder, TextEncoder });
    Object.defineProperty(this.global, 'crypto', { value: crypto });
  }
};
