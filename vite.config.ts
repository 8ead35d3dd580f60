// Builds the pages (authenticator and login page, an entry each) and the service worker.
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'

export default defineConfig({
  root: 'client',
  publicDir: '../public',
  // Every component is written with the composition API; the other half of Vue need not be sent.
  define: { __VUE_OPTIONS_API__: 'false' },
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
      // A worker's scope is its own folder and below, and its name is what browsers remember it by: `/sw.js`.
      integration: {
        beforeBuildServiceWorker: (options) => {
          options.swDest = options.swDest.replace(/main\.js$/, 'sw.js')
          options.injectManifest.swDest = options.swDest
        },
      },
      manifest: false,
      injectRegister: false,
      injectManifest: {
        rollupFormat: 'iife',
        // The worker serves the authenticator only; the login page always comes from the network.
        globPatterns: ['app/**/*.html', 'assets/**/*.{js,css}', 'icons/{icon-192,badge-96}.png', 'icons/icon.svg'],
        globIgnores: ['**/login*'],
      },
    }),
  ],
})
