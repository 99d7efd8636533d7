// Bundles our own code into dist/cli.js; packages stay in node_modules, so a build takes a fraction of a second.
import { build } from 'esbuild'

await build({
  entryPoints: ['server/cli.ts'],
  outfile: 'dist/cli.js',
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: true,
  logLevel: 'warning',
})
