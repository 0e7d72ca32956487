/** Flags for Chromium on a machine without a screen, where nobody wants its own requests; nothing that a page could notice. */
export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
