// The order of a sign-in's requests, as tests compare it.

/**
 * Moves the request for the keys after the token request: a sign-in sends both at the same time, so either may arrive first.
 *
 * @template {string | undefined} T
 * @param {T[]} purposes
 */
export const keysAfterToken = (purposes) =>
  purposes.map((purpose, at) => {
    const isSwapped = (/** @type {number} */ first) => purposes.slice(first - 1, first + 2).join() === 'authorize,jwks,token';
    if (isSwapped(at)) return /** @type {T} */ (purposes[at + 1]);
    return isSwapped(at - 1) ? /** @type {T} */ (purposes[at - 1]) : purpose;
  });
