// A self-signed certificate for `localhost`, in DER (RFC 5280 §4.1), because Node cannot create certificates.

import { generateKeyPairSync, sign } from 'node:crypto';

/**
 * @param {Date} notBefore
 * @param {Date} notAfter
 * @returns {{ key: string, cert: string }} both in PEM
 */
export function createCertificate(notBefore, notAfter) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid('2a8648ce3d040302'));
  const name = sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from('localhost')))));
  // The extension `subjectAltName` with the DNS name.
  const names = sequence(oid('551d11'), der(0x04, sequence(der(0x82, Buffer.from('localhost')))));
  const signedPart = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1)),
    algorithm,
    name,
    sequence(time(notBefore), time(notAfter)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(names)),
  );
  const signature = der(0x03, Buffer.concat([Buffer.of(0), sign('sha256', signedPart, privateKey)]));
  const text = sequence(signedPart, algorithm, signature)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  return {
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    cert: `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`,
  };
}

/** @param {number} tag @param {Buffer} content */
function der(tag, content) {
  const { length } = content;
  const lengthBytes = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.of(tag, ...lengthBytes), content]);
}

/** @param {...Buffer} parts */
const sequence = (...parts) => der(0x30, Buffer.concat(parts));
/** @param {string} hex */
const oid = (hex) => der(0x06, Buffer.from(hex, 'hex'));
/** As UTCTime, for years before 2050. @param {Date} date */
const time = (date) => der(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
