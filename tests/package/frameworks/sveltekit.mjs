// The function of `@sveltejs/kit` that apps pass to `requireSmart`.

/** @param {number} status @param {string} location */
export function redirect(status, location) {
  throw { status, location };
}
