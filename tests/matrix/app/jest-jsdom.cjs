// jsdom, and what it does not have of fetching: as apps do that fetch in their tests.

const environment = require('jest-environment-jsdom');

// Before version 28 of Jest the module itself is the class.
module.exports = class extends (environment.TestEnvironment ?? environment) {
  async setup() {
    await super.setup();
    Object.assign(this.global, { fetch, Headers, Request, Response });
  }
};
