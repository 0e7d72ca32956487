/** Reads the body of a request, up to a size limit. */

const MAX_BYTES = 256 * 1024;
/** The limit for resources, which may contain files. */
export const MAX_RESOURCE_BYTES = 8 * 1024 * 1024;
/** Deeper JSON would exceed the stack of the programs that read it. */
const MAX_DEPTH = 100;

/** The body is too large, nested too deeply, or not of the expected type. */
export class UnreadableBody extends Error {
  /** @param {number} status of HTTP @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
    this.expose = true;
  }
}

/**
 * @param {import('koa').Context} ctx
 * @returns {Promise<URLSearchParams>}
 * @throws {UnreadableBody}
 */
export async function formBody(ctx) {
  if (!ctx.is('application/x-www-form-urlencoded')) throw new UnreadableBody(415, 'The body must be a form.');
  return new URLSearchParams(await textBody(ctx));
}

/**
 * The body of a request to the FHIR API, parsed if it is JSON.
 *
 * @param {import('koa').Context} ctx
 * @returns {Promise<import('./fhir/request.mjs').Body>}
 * @throws {UnreadableBody}
 */
export async function resourceBody(ctx) {
  const type = ctx.get('Content-Type').split(';')[0]?.trim().toLowerCase() ?? '';
  const bytes = await bytesOf(ctx, MAX_RESOURCE_BYTES);
  if (!/[/+]json$/.test(type)) return { type, bytes };
  try {
    const json = JSON.parse(bytes.toString('utf8'));
    if (!isShallow(json)) throw new UnreadableBody(400, 'The JSON of the body is nested too deeply.');
    return { type, bytes, json };
  } catch (error) {
    if (error instanceof SyntaxError) throw new UnreadableBody(400, 'The body is not JSON.');
    throw error;
  }
}

/** @param {unknown} json @returns {boolean} whether the JSON is not nested too deeply */
export function isShallow(json, levels = MAX_DEPTH) {
  if (typeof json !== 'object' || json === null) return true;
  return levels > 0 && Object.values(json).every((value) => isShallow(value, levels - 1));
}

/** @param {import('koa').Context} ctx */
const textBody = async (ctx) => (await bytesOf(ctx, MAX_BYTES)).toString('utf8');

/** @param {import('koa').Context} ctx @param {number} maxBytes */
async function bytesOf(ctx, maxBytes) {
  const chunks = [];
  let size = 0;
  for await (const chunk of ctx.req) {
    size += chunk.length;
    // The rest is read too: if the connection were closed earlier, the client would not get the response.
    if (size <= maxBytes) chunks.push(chunk);
  }
  if (size > maxBytes) throw new UnreadableBody(413, 'The body is too large.');
  return Buffer.concat(chunks);
}
