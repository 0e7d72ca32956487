/**
 * The storage of oidc-provider for sessions, codes, tokens and the like: in memory, until they expire.
 *
 * Implements oidc-provider's adapter interface. An entry is not found from the moment at which it expires, without the
 * clock tolerance that oidc-provider has elsewhere, so that expiry can be demonstrated. Everything is deleted when the
 * sandbox stops.
 */

const SWEEP_AFTER = 500;

/**
 * @returns {import('oidc-provider').AdapterFactory} the adapter of one model, for the option `adapter` of oidc-provider
 *
 * @typedef {import('oidc-provider').AdapterPayload} AdapterPayload
 */
export function createStore() {
  /** @type {Map<string, { payload: AdapterPayload, expires: number }>} */
  const entries = new Map();
  let writes = 0;

  /** @param {string} key */
  const unexpired = (key) => {
    const entry = entries.get(key);
    return entry && entry.expires > Date.now() ? entry.payload : undefined;
  };

  function sweep() {
    for (const [key, { expires }] of entries) {
      if (expires <= Date.now()) entries.delete(key);
    }
  }

  return (model) => {
    /** @param {string} id */
    const keyOf = (id) => `${model}:${id}`;
    /** @param {(payload: AdapterPayload) => boolean} matches */
    const findWhere = (matches) => {
      for (const key of entries.keys()) {
        const payload = key.startsWith(`${model}:`) ? unexpired(key) : undefined;
        if (payload && matches(payload)) return payload;
      }
      return undefined;
    };

    return {
      async upsert(id, payload, expiresIn) {
        writes += 1;
        if (writes % SWEEP_AFTER === 0) sweep();
        entries.set(keyOf(id), { payload, expires: expiresIn === undefined ? Infinity : Date.now() + expiresIn * 1000 });
      },
      find: async (id) => unexpired(keyOf(id)),
      findByUid: async (uid) => findWhere((payload) => payload.uid === uid),
      findByUserCode: async (userCode) => findWhere((payload) => payload.userCode === userCode),
      async consume(id) {
        const payload = unexpired(keyOf(id));
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      async destroy(id) {
        entries.delete(keyOf(id));
      },
      async revokeByGrantId(grantId) {
        for (const [key, { payload }] of entries) {
          if (key.startsWith(`${model}:`) && payload.grantId === grantId) entries.delete(key);
        }
      },
    };
  };
}
