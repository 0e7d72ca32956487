/** Reads the body of a request up to a size limit: no request to the sandbox is large. */

const LARGEST = 256 * 1024;

/** The body exceeds the size limit, or is not of the expected type. */
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
 * @param {import('koa').Context} ctx
 * @returns {Promise<unknown>}
 * @throws {UnreadableBody}
 */
export async function jsonBody(ctx) {
  if (!ctx.is('json', '+json')) throw new UnreadableBody(415, 'The body must be JSON.');
  try {
    return JSON.parse(await textBody(ctx));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UnreadableBody(400, 'The body is not JSON.');
    throw error;
  }
}

/** @param {import('koa').Context} ctx */
async function textBody(ctx) {
  const chunks = [];
  let size = 0;
  for await (const chunk of ctx.req) {
    size += chunk.length;
    if (size > LARGEST) throw new UnreadableBody(413, 'The body is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
