// The body of a response that is not used, or not read to its end.

/** Ends the transfer, given a body or, once reading has begun, its reader. A replaced `fetch` may return anything as the body. */
export function discard(body: { cancel(): Promise<void> } | null): void {
  try {
    body?.cancel().catch(() => {});
  } catch {
    // The transfer continues.
  }
}
