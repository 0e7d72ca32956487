// The minimum that an app without a library has to do.

export default ({ call, origin, app }) => {
  const session = { accessToken: 'token', scope: app.scope };
  return call({
    async request(path) {
      const headers = { accept: 'application/fhir+json', authorization: `Bearer ${session.accessToken}` };
      const response = await fetch(`${origin}/fhir/${path}`, { headers });
      if (!response.ok) throw new Error(String(response.status));
      return response.json();
    },
    accessToken: async () => session.accessToken,
    can: covers(session.scope),
  });
};

/**
 * Returns a function that tells whether the granted scopes cover a scope; only wildcards and permissions of SMART v2 are supported.
 *
 * @param {string} granted
 */
function covers(granted) {
  const scopes = granted.split(' ').map((scope) => /^(\w+)\/(\*|\w+)\.(\w+)$/.exec(scope)).filter(Boolean);
  return (/** @type {string} */ needed) => {
    const [, level, type, permissions] = /^(\w+)\/(\w+)\.(\w+)$/.exec(needed);
    return scopes.some(
      ([, grantedLevel, grantedType, allowed]) =>
        grantedLevel === level &&
        (grantedType === '*' || grantedType === type) &&
        [...permissions].every((permission) => allowed.includes(permission)),
    );
  };
}
