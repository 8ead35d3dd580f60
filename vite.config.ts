// Builds the pages (authenticator, login page and console, an entry each), the service worker, and the library for
// applications' servers.
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import vue from '@vitejs/plugin-vue'
import { isolatedDeclarationSync } from 'rolldown/experimental'
import { build, defineConfig, type Manifest, type Plugin } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import { licencesBehind } from './licences.ts'

const MANIFEST = new URL('dist/manifest.json', import.meta.url)

/** What the authenticator loads, now or later; the worker keeps this, and nothing of login page and console. */
function filesOfTheApp(): Set<string> {
  const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8')) as Manifest
  const files = new Set<string>()
  const add = (name: string) => {
    const chunk = manifest[name]
    if (!chunk || files.has(chunk.file)) return
    for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file)
    for (const next of [...(chunk.imports ?? []), ...(chunk.dynamicImports ?? [])]) add(next)
  }
  add('app/index.html')
  return files
}

function onlyTheApp<Entry extends { url: string }>(entries: Entry[]): { manifest: Entry[] } {
  const files = filesOfTheApp()
  return { manifest: entries.filter(({ url }) => !url.startsWith('assets/') || files.has(url)) }
}

/** `countersign/client`: one file for whatever runs JavaScript on a server, and its types. */
function applicationClient(): Plugin {
  const source = new URL('client/application/', import.meta.url).pathname
  const outDir = new URL('dist/client/', import.meta.url).pathname
  const types = readdirSync(source).filter((name) => /^(index|types|errors)\.ts$/.test(name))
  return {
    name: 'application-client',
    apply: 'build',
    closeBundle: {
      sequential: true,
      async handler() {
        const lib = { entry: `${source}index.ts`, formats: ['es' as const], fileName: 'index' }
        await build({ configFile: false, publicDir: false, logLevel: 'warn', build: { lib, outDir, target: 'es2022' } })
        for (const name of types) {
          const { code } = isolatedDeclarationSync(name, readFileSync(source + name, 'utf8'))
          writeFileSync(outDir + name.replace(/ts$/, 'd.ts'), code.replace(/(from "\.\/\w+)\.ts"/g, '$1.js"'))
        }
      },
    },
  }
}

/** Vite knows what is in the pages; worker and server bring packages of their own. */
function otherLicences(): Plugin {
  const file = new URL('dist/licences.md', import.meta.url)
  return {
    name: 'other-licences',
    apply: 'build',
    closeBundle() {
      appendFileSync(file, licencesBehind(['sw', 'server', 'protocol', 'words'], readFileSync(file, 'utf8')))
    },
  }
}

export default defineConfig({
  root: 'client',
  publicDir: '../public',
  // Every component is written with the composition API; the other half of Vue need not be sent.
  define: { __VUE_OPTIONS_API__: 'false' },
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    manifest: 'manifest.json',
    license: { fileName: 'licences.md' },
    target: 'es2023',
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        app: 'client/app/index.html',
        login: 'client/login/index.html',
        account: 'client/account/index.html',
        console: 'client/console/index.html',
      },
    },
  },
  plugins: [
    vue(),
    applicationClient(),
    otherLicences(),
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
        // Login page and console always come from the network.
        globPatterns: ['app/**/*.html', 'assets/**/*.{js,css}', 'icons/{icon-192,badge-96}.png', 'icons/icon.svg'],
        manifestTransforms: [onlyTheApp],
      },
    }),
  ],
})
