// Environments that users ask for and this matrix cannot run.

/** @type {import('../run-environment.mjs').Environment[]} */
export const unsupported = [
  { name: 'safari', title: 'Safari', notRunBecause: 'it needs a Mac; WebKit was run instead' },
  { name: 'electron', title: 'Electron', notRunBecause: 'its installation downloads a browser; Chromium was run instead' },
  { name: 'react-native', title: 'React Native', notRunBecause: 'its engine, Hermes, has no WebAssembly' },
];
