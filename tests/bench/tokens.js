// ID tokens and their signing key.

export const PARAMETERS = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
  ES256: { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' },
};

/**
 * @param {keyof typeof PARAMETERS} algorithm
 * @returns {Promise<{ jwks: { keys: object[] }, sign(claims: object): Promise<string> }>} a new key
 */
export async function createSigner(algorithm) {
  /** @type {RsaHashedKeyGenParams | EcKeyGenParams & { hash: string }} */
  const parameters = PARAMETERS[algorithm];
  const { publicKey, privateKey } = await crypto.subtle.generateKey(parameters, true, ['sign', 'verify']);
  const jwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'key', use: 'sig', alg: algorithm };
  /** @param {object} claims */
  const sign = async (claims) => {
    const now = Math.floor(Date.now() / 1000);
    const text = `${part({ alg: algorithm, kid: 'key' })}.${part({ ...claims, exp: now + 3_600, iat: now })}`;
    const signature = await crypto.subtle.sign(parameters, privateKey, new TextEncoder().encode(text));
    return `${text}.${encode(new Uint8Array(signature))}`;
  };
  return { jwks: { keys: [jwk] }, sign };
}

/** @param {object} value */
const part = (value) => encode(new TextEncoder().encode(JSON.stringify(value)));

/** @param {Uint8Array} bytes */
const encode = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');

/**
 * The bytes of a string in base64url.
 *
 * @param {string} text
 */
export const decode = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (byte) => byte.charCodeAt(0));
