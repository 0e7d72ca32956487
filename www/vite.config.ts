import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    // The Content-Security-Policy of sandbox/demo-server.mjs does not allow data: fonts or scripts.
    assetsInlineLimit: 0,
    // The sandbox's package contains the built demo, and so has to contain the licences of its dependencies.
    license: { fileName: 'licenses.md' },
  },
});
