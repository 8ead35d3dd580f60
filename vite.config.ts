// Builds the pages (authenticator, login page and console, an entry each), the service worker, and the library for
// applications' servers.
import { appendFileSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import vue from '@vitejs/plugin-vue'
import { isolatedDeclarationSync } from 'rolldown/experimental'
import { build, defineConfig, type InlineConfig, type Manifest, type Plugin } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import { licencesBehind } from './licences.ts'

const folder = (path: string) => new URL(path, import.meta.url).pathname

/** Every component is written with the composition API; the other half of Vue need not be sent. */
const define = { __VUE_OPTIONS_API__: 'false' }
const ofPages = { outDir: '../dist', target: 'es2023', modulePreload: { polyfill: false } } as const
const pages = (...names: string[]) => Object.fromEntries(names.map((name) => [name, `client/${name}/index.html`]))

/**
 * The authenticator, built by itself: on an origin of its own it shares no part with the other pages. All that it starts
 * with is one script and one style, for on a slow phone each part that a worker hands out takes longer than what is in it.
 */
function authenticator(): Plugin {
  return afterPages('authenticator', ['client', 'sw', 'protocol', 'words'], () => ({
    root: 'client',
    publicDir: false,
    define,
    build: {
      ...ofPages,
      emptyOutDir: false,
      manifest: 'app.json',
      rolldownOptions: {
        input: pages('app'),
        output: { codeSplitting: { groups: [{ name: 'start', tags: ['$initial'] }] } },
      },
    },
    plugins: [vue(), stylesAfterOpening(), worker()],
  }))
}

/** What stands in the page itself is painted before its styles are there. */
function stylesAfterOpening(): Plugin {
  return {
    name: 'styles-after-opening',
    transformIndexHtml: {
      order: 'post',
      handler(html) {
        const links = html.match(/ *<link rel="stylesheet"[^>]*>\n/g) ?? []
        return links
          .reduce((page, link) => page.replace(link, ''), html)
          .replace('  </body>', `${links.join('')}  </body>`)
      },
    },
  }
}

function worker(): Plugin[] {
  return VitePWA({
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
  })
}

/** What the authenticator loads, now or later. */
function onlyTheApp<Entry extends { url: string }>(entries: Entry[]): { manifest: Entry[] } {
  const parts = Object.values(JSON.parse(readFileSync(folder('dist/app.json'), 'utf8')) as Manifest)
  const files = new Set(parts.flatMap(({ file, css = [], assets = [] }) => [file, ...css, ...assets]))
  return { manifest: entries.filter(({ url }) => !url.startsWith('assets/') || files.has(url)) }
}

/** `countersign/client`: one file for whatever runs JavaScript on a server, and its types. */
function applicationClient(): Plugin {
  const source = folder('client/application/')
  const outDir = folder('dist/client/')
  const lib = { entry: `${source}index.ts`, formats: ['es' as const], fileName: 'index' }
  return afterPages('application-client', ['client/application'], () => ({
    publicDir: false,
    // By this line Deno finds the types of a file that is imported by its path.
    build: {
      lib,
      outDir,
      target: 'es2022',
      rolldownOptions: { output: { banner: '/* @ts-self-types="./index.d.ts" */' } },
    },
    plugins: [{ name: 'types', closeBundle: () => writeTypes(source, outDir) }],
  }))
}

/** In one file: Deno does not take `types.d.ts` for the types of what is named `types.js`. */
function writeTypes(source: string, outDir: string): void {
  const declared = ['types', 'errors', 'index'].map((name) => {
    const { code } = isolatedDeclarationSync(`${name}.ts`, readFileSync(`${source}${name}.ts`, 'utf8'))
    return code.replaceAll(/^(import|export) .*(from "\.\/\w+\.ts"|\});\n/gm, '')
  })
  writeFileSync(`${outDir}index.d.ts`, declared.join(''))
}

/** @param folders of sources: a change in them builds it again, where changes are watched */
function afterPages(name: string, folders: string[], config: () => InlineConfig): Plugin {
  return {
    name,
    apply: 'build',
    buildStart() {
      if (!this.meta.watchMode) return
      for (const file of folders.flatMap((path) => globSync(`${folder(path)}/**/*.{ts,vue,css,html}`)))
        this.addWatchFile(file)
    },
    closeBundle: {
      sequential: true,
      async handler() {
        await build({ configFile: false, logLevel: 'warn', ...config() })
      },
    },
  }
}

/** Vite lists those behind a build of its own; there are others, and worker and server bring packages of theirs. */
function otherLicences(): Plugin {
  const file = folder('dist/licences.md')
  return {
    name: 'other-licences',
    apply: 'build',
    closeBundle() {
      appendFileSync(file, licencesBehind(['client', 'sw', 'server', 'protocol', 'words'], readFileSync(file, 'utf8')))
    },
  }
}

export default defineConfig({
  root: 'client',
  publicDir: '../public',
  define,
  build: {
    ...ofPages,
    emptyOutDir: true,
    manifest: 'manifest.json',
    license: { fileName: 'licences.md' },
    rolldownOptions: { input: pages('login', 'account', 'console') },
  },
  plugins: [vue(), applicationClient(), authenticator(), otherLicences()],
})
