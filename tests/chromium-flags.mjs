/** Flags for Chromium on a machine without a screen, without Chromium's own requests; no flag changes what a page can observe. */
export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
