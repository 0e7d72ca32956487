// What people ask for and this matrix cannot run.

export const unsupported = [
  { name: 'safari', title: 'Safari', cannot: 'it needs a Mac; WebKit stands for it' },
  { name: 'electron', title: 'Electron', cannot: 'its installation downloads a browser; Chromium stands for it' },
  { name: 'react-native', title: 'React Native', cannot: 'its engine, Hermes, has no WebAssembly' },
];
