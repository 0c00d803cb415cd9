// Bundles the extension, its worker, the command line and the usage panel into dist/.
// node esbuild.js [--production] [--watch]
const { chmod, mkdir, readFile, readdir, rm, writeFile } = require('node:fs/promises');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const esbuild = require('esbuild');

const isProduction = process.argv.includes('--production');
const isWatch = process.argv.includes('--watch');
const dist = path.join(__dirname, 'dist');

const common = {
  absWorkingDir: __dirname,
  bundle: true,
  outdir: dist,
  minify: isProduction,
  sourcemap: isProduction ? false : 'linked',
  sourcesContent: false,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};

/**
 * The package of public prices takes 20 ms and more to load. What we need of it is bundled as a text instead, which is
 * read when the first model is looked up that only the public lists have.
 */
const lazyListPrices = {
  name: 'lazy-list-prices',
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/]core[\\/]listPrices\.ts$/ }, async args => {
      const { packagePrices } = await import(pathToFileURL(args.path).href);
      const { source, entries } = packagePrices();
      const text = JSON.stringify(JSON.stringify(entries()));
      const contents = `const text = ${text};
        export const packagePrices = () => ({ source: ${JSON.stringify(source)}, entries: () => JSON.parse(text) });`;
      return { contents, loader: 'js' };
    });
  },
};

/** Most of the extension's code would be node-fetch, which is needed only when an internal model is called. */
const lazyNodeFetch = {
  name: 'lazy-node-fetch',
  setup(build) {
    build.onResolve({ filter: /^node-fetch$/ }, () => ({ path: './nodeFetch.js', external: true }));
  },
};

/** What is needed only when the user asks for something: each is a bundle of its own, loaded then. */
const lazyParts = ['actions', 'chatProviderAnswer', 'sideView', 'spendAnswers', 'usagePanel', 'share'];

/** The same of the command line. */
const lazyCliParts = { commitCost: 'src/cli/commitCost.ts', cliMonth: 'src/cliMonth.ts' };

/** The command line itself: begun by a small file, which may start a thread before it is loaded. */
const cliParts = ['cliMain', ...Object.keys(lazyCliParts)];

const lazyBundles = names => ({
  name: 'lazy-bundles',
  setup(build) {
    build.onResolve({ filter: new RegExp(`/(${names.join('|')})\\.ts$`) }, ({ kind, path: file }) =>
      kind === 'dynamic-import' ? { path: `./${path.basename(file, '.ts')}.js`, external: true } : undefined,
    );
  },
});

/** For runtimes without streams of their own, which ours all have. */
const noStreamsPolyfill = {
  name: 'no-streams-polyfill',
  setup(build) {
    const filter = /^web-streams-polyfill\//;
    build.onResolve({ filter }, ({ path }) => ({ path, namespace: 'none' }));
    build.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: '' }));
  },
};

/** Packages whose data is bundled without one of their files. */
const packagesAsData = ['node_modules/@pydantic/genai-prices'];

/** What runs in Node: the extension host, the worker thread, a terminal. */
const node = {
  ...common,
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  external: ['vscode'],
  // By `import`, Node would parse each bundle once more, to see whether it is an ES module: ten milliseconds and more.
  supported: { 'dynamic-import': false },
  // jsonc-parser's `main` is UMD, whose inner requires a bundler cannot follow: its ES module must win.
  mainFields: ['module', 'main'],
  plugins: [lazyListPrices],
};

const builds = [
  {
    ...node,
    entryPoints: ['src/extension.ts', 'src/meterWorker.ts', 'src/readingWorker.ts'],
    plugins: [...node.plugins, lazyBundles(lazyParts)],
  },
  {
    ...node,
    entryPoints: lazyParts.map(name => `src/ui/${name}.ts`),
    outbase: 'src/ui',
    plugins: [...node.plugins, lazyNodeFetch],
  },
  {
    ...node,
    entryPoints: { nodeFetch: 'node-fetch' },
    plugins: [noStreamsPolyfill],
    // What imports it takes all that is exported for the default export, as Node does.
    footer: { js: 'module.exports = Object.assign(module.exports.default, module.exports);' },
  },
  {
    ...node,
    entryPoints: ['src/cli.ts'],
    banner: { js: '#!/usr/bin/env node' },
    plugins: [...node.plugins, lazyBundles(cliParts)],
  },
  { ...node, entryPoints: ['src/cliMain.ts'], plugins: [...node.plugins, lazyBundles(cliParts)] },
  { ...node, entryPoints: lazyCliParts },
  {
    ...common,
    entryPoints: { panel: 'media/panel/main.tsx' },
    platform: 'browser',
    format: 'iife',
    target: ['chrome134', 'safari17'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    define: { 'process.env.NODE_ENV': JSON.stringify(isProduction ? 'production' : 'development') },
    loader: { '.ttf': 'file' },
    assetNames: '[name]',
  },
];

/** Licences that let us ship a bundled copy, if the notice goes with it. */
const allowedLicences = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC-BY-4.0', 'ISC', 'MIT'];

/** The folders of the packages that went into a bundle. */
function bundledPackages(metafiles) {
  const inputs = metafiles.flatMap(metafile => Object.keys(metafile.inputs));
  const folders = inputs.map(input => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0]);
  return [...new Set([...folders.filter(folder => folder !== undefined), ...packagesAsData])].sort();
}

async function noticeOf(folder) {
  const manifest = JSON.parse(await readFile(path.join(__dirname, folder, 'package.json'), 'utf8'));
  const licence = String(manifest.license ?? 'none');
  const alternatives = licence.replace(/[()]/g, '').split(' OR ');
  if (!alternatives.some(id => allowedLicences.includes(id))) {
    throw new Error(`${manifest.name} is under the licence "${licence}", which is not in the list of esbuild.js`);
  }
  const names = (await readdir(path.join(__dirname, folder))).filter(name => /^(licen[cs]e|notice)/i.test(name)).sort();
  const texts = await Promise.all(names.map(name => readFile(path.join(__dirname, folder, name), 'utf8')));
  return [`${manifest.name} ${manifest.version} (${licence})`, ...texts.map(text => text.trim())].join('\n\n');
}

async function writeNotices(metafiles) {
  const notices = await Promise.all(bundledPackages(metafiles).map(noticeOf));
  const head = 'This extension contains the following packages.';
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  await writeFile(path.join(dist, 'THIRD_PARTY_NOTICES.txt'), `${[head, ...notices].join(rule)}\n`);
}

async function main() {
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  if (isWatch) {
    const report = {
      name: 'report',
      setup(build) {
        build.onStart(() => console.log('build started'));
        build.onEnd(({ errors }) => console.log(`build finished, ${errors.length} errors`));
      },
    };
    const contexts = await Promise.all(
      builds.map(build => esbuild.context({ ...build, plugins: [...(build.plugins ?? []), report] })),
    );
    await Promise.all(contexts.map(context => context.watch()));
    return;
  }
  const results = await Promise.all(builds.map(build => esbuild.build(build)));
  await writeNotices(results.map(result => result.metafile));
  await chmod(path.join(dist, 'cli.js'), 0o755);
}

main().catch(error => {
  // esbuild has already printed what is wrong in the sources.
  if (error.errors === undefined) console.error(error.message);
  process.exitCode = 1;
});
