// The body of a response that is not used, or not read to its end.

/** Ends the transfer of a body, or of one that a reader has begun to read. A replaced `fetch` may have returned any body. */
export function discard(body: { cancel(): Promise<void> } | null): void {
  try {
    body?.cancel().catch(() => {});
  } catch {
    // The transfer continues.
  }
}
