// Calls to the FHIR API: which URL, with which token, and what to do with a 401, is the engine's to say.

const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'];

/**
 * @param {object} session
 * @param {(url: string) => Promise<string>} session.resolve the URL under the FHIR base
 * @param {(refused?: string) => Promise<string>} session.token a good token, instead of one that was refused
 * @param {(event: object) => void} session.observe
 * @param {(failure: object) => Promise<Error>} session.smartError makes errors of their descriptions
 */
export function createFetch({ resolve, token, observe, smartError }) {
  return async function smartFetch(input, init = {}) {
    const { replay, ...rest } = await initOf(input, init);
    const url = await resolve(String(input?.url ?? input));
    const method = (rest.method ?? 'GET').toUpperCase();
    const accessToken = await token();
    const response = await send(url, method, rest, accessToken);
    const repeatable =
      (replay || IDEMPOTENT.includes(method)) &&
      !(globalThis.ReadableStream && rest.body instanceof ReadableStream);
    if (response.status !== 401) return checked(response, rest);
    let renewed;
    try {
      renewed = await token(accessToken);
    } catch (error) {
      // Nothing to renew with: the server's answer says it all.
      if (['session_expired', 'refresh_rejected', 'signed_out'].includes(error.code)) return response;
      throw error;
    }
    return repeatable ? checked(await send(url, method, rest, renewed), rest) : response;
  };

  async function send(url, method, init, accessToken) {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${accessToken}`);
    const started = Date.now();
    let status = null;
    try {
      const response = await fetch(url, { ...init, redirect: 'manual', method, headers });
      status = response.status || null;
      return response;
    } catch (cause) {
      throw await smartError({ ...unanswered(cause, init), ...from(url) });
    } finally {
      observe({ ...from(url), method, status, milliseconds: Date.now() - started });
    }
  }

  /** A followed redirect would carry the token along, so none is, unless the app looks after them itself. */
  async function checked(response, { redirect }) {
    const redirected =
      response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400 && response.status !== 304);
    if (!redirected || redirect === 'manual') return response;
    const location = response.headers.get('location');
    // Where the platform shows it, an address outside the FHIR base is named for what it is. A relative one is taken
    // from the base, as all are.
    if (location) await resolve(location);
    throw await smartError({ code: 'redirected', ...from(response.url) });
  }
}

/** A Request's parts. Its body is read, because a body that streams needs HTTP/2 in browsers and cannot be sent again. */
export async function initOf(input, init) {
  if (typeof input !== 'object' || !('url' in input)) return init;
  const body = input.body && !init.body ? await input.arrayBuffer() : undefined;
  return { method: input.method, headers: input.headers, signal: input.signal, body, ...init };
}

/** `fetch` that reads and writes FHIR JSON. */
export function createRequest(smartFetch, smartError, mask = (text) => text) {
  return async function request(url, init = {}) {
    const headers = new Headers(init.headers);
    let { body } = init;
    if (!headers.has('accept')) headers.set('accept', 'application/fhir+json');
    if (isPlain(body)) {
      body = JSON.stringify(body);
      if (!headers.has('content-type')) headers.set('content-type', 'application/fhir+json');
    }
    const response = await smartFetch(url, { ...init, headers, body });
    const text = await response.text().catch(async (cause) => {
      throw await smartError({ ...unanswered(cause, init), ...from(response.url) });
    });
    const { status } = response;
    if (!response.ok) {
      const retryable = status === 408 || status === 429 || status >= 500;
      const said = await mask(text);
      const body = parsed(said) ?? said;
      const operationOutcome = body?.resourceType === 'OperationOutcome' ? body : undefined;
      throw await smartError({ code: 'http_status', status, retryable, ...from(response.url), body, operationOutcome });
    }
    if (text === '') return null;
    const json = parsed(text);
    if (json === undefined) throw await smartError({ code: 'json_invalid', status, ...from(response.url) });
    return json;
  };
}

/** Which request it was. A double of fetch may not say the URL. */
const from = (url) => ({ purpose: 'fhir', url: url.split(/[?#]/)[0] });

/** Describes the error of an answer that did not come, or not whole. */
export function unanswered(cause, { signal }) {
  const code = cause?.name === 'TimeoutError' ? 'timeout' : signal?.aborted ? 'aborted' : 'network';
  return { code, retryable: code !== 'aborted', cause };
}

/** Whether a body is data rather than something that fetch sends as it is. */
const isPlain = (body) => /^.object (Object|Array)]/.test({}.toString.call(body));

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
