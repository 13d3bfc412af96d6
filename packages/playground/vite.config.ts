import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

export default defineConfig({
  // Relative addresses, so that the page works wherever the server mounts it.
  base: './',
  plugins: [react()],
  resolve: { conditions: ['@colloquy/source', ...defaultClientConditions] },
  build: {
    target: 'es2022',
    // Files instead of data: addresses, so that a policy of 'self' is enough for images.
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/v1': { target: 'http://127.0.0.1:8010', ws: true } } },
});
