// The body of a response that is not used.

/** Ends the transfer of a body, if there is one. A replaced `fetch` may have returned any body. */
export function discardBody({ body }: Pick<Response, 'body'>): void {
  try {
    body?.cancel().catch(() => {});
  } catch {
    // The transfer continues.
  }
}
