// What an app gives, as plain data.

/** Options: URL objects as text, `undefined` left out. */
export function plain(options) {
  return Object.fromEntries(
    Object.entries({ ...options }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value instanceof URL ? value.href : value]],
    ),
  );
}

/** Where an answer is: the URL it came to, or the body that was posted, and to where if that is known. */
export function answerOf(callback) {
  if (callback?.body !== undefined) return { url: String(callback.url), body: answerOf(callback.body).body };
  if (callback instanceof FormData) return { body: String(new URLSearchParams(callback)) };
  const text = String(callback);
  return /^https?:/i.test(text) ? { url: text } : { body: text };
}
