// Environments that users ask for and this matrix cannot run.

/** @type {import('../attempt.mjs').Environment[]} */
export const unsupported = [
  { name: 'safari', title: 'Safari', cannot: 'it needs a Mac; WebKit was run instead' },
  { name: 'electron', title: 'Electron', cannot: 'its installation downloads a browser; Chromium was run instead' },
  { name: 'react-native', title: 'React Native', cannot: 'its engine, Hermes, has no WebAssembly' },
];
