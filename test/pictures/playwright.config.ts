// `npm run pictures`: draws the pictures of docs anew. They are looked at by whoever changed a screen, not compared.
import { defineConfig } from '@playwright/test'

export default defineConfig({
  testMatch: '*.pictures.ts',
  outputDir: '../out/pictures',
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: 'line',
})
