// @ts-nocheck
// What an app gives, as plain data.

/** Options: URL objects as text, `undefined` left out. */
export function plain(options) {
  return Object.fromEntries(
    Object.entries({ ...options }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value instanceof URL ? value.href : value]],
    ),
  );
}

/** Characters of a callback beyond which it is none, as in the engine. */
const MOST = 1_310_720;

/**
 * Where an answer is: the URL it came to, the part of it that the app has, or the form that was posted, and to where if that
 * is known.
 */
export function answerOf(callback) {
  const { Request, FormData } = globalThis;
  if (Request && callback instanceof Request) {
    if (callback.method === 'GET') return answerOf(callback.url);
    throw { code: 'config_invalid', about: 'a posted request has to be read first: give `await request.formData()`' };
  }
  if (callback?.body !== undefined) return plain({ url: callback.url && String(callback.url), body: postedOf(callback.body) });
  const isForm = FormData && callback instanceof FormData;
  const text = isForm ? postedOf(callback) : String(callback).trim();
  if (text.length > MOST) return { part: '' };
  if (isForm) return { body: text };
  // A fragment or a query may have a colon, but not behind letters alone.
  return /^[a-z][\w+.-]*:/i.test(text) ? { url: text } : { part: text };
}

/** The body of a post as text. */
const postedOf = (body) =>
  String(globalThis.FormData && body instanceof FormData ? new URLSearchParams(body) : body).slice(0, MOST + 1);
