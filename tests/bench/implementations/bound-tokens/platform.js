// The minimum for a proof: two JSON texts, a hash and a signature.

export default async ({ call }) => {
  const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const { privateKey, publicKey } = await crypto.subtle.generateKey(ECDSA, false, ['sign', 'verify']);
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey);
  const encoder = new TextEncoder();
  /** @param {ArrayBuffer | Uint8Array} bytes */
  const base64url = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  /** @param {object} json */
  const part = (json) => base64url(encoder.encode(JSON.stringify(json)));
  return call({
    async proof(url) {
      const ath = base64url(await crypto.subtle.digest('SHA-256', encoder.encode('token')));
      const claims = { jti: crypto.randomUUID(), htm: 'GET', htu: url, iat: Math.floor(Date.now() / 1_000), ath };
      const text = `${part({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } })}.${part(claims)}`;
      return `${text}.${base64url(await crypto.subtle.sign(ECDSA, privateKey, encoder.encode(text)))}`;
    },
  });
};
