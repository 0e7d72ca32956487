// jsdom with the Fetch API, which jsdom lacks; apps that use `fetch` in their tests add it in the same way.

const environment = require('jest-environment-jsdom');

// Before Jest 28 the module itself is the class.
module.exports = class extends (environment.TestEnvironment ?? environment) {
  async setup() {
    await super.setup();
    Object.assign(this.global, { fetch, Headers, Request, Response });
  }
};
