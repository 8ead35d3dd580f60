// Builds the pages (authenticator and login page, an entry each) and the service worker.
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'

export default defineConfig({
  root: 'client',
  publicDir: '../public',
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: 'es2023',
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { app: 'client/app/index.html', login: 'client/login/index.html' } },
  },
  plugins: [
    vue(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: '../sw',
      filename: 'main.ts',
      manifest: false,
      injectRegister: false,
      injectManifest: {
        // The worker serves the authenticator only; the login page always comes from the network.
        globPatterns: ['app/**/*.html', 'assets/**/*.{js,css}', 'icons/*.{png,svg}'],
        globIgnores: ['**/login*'],
      },
    }),
  ],
})
