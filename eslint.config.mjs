import { builtinModules } from 'node:module';

import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const withoutPrefix = {
  regex: `^(${builtinModules.filter(name => !/^(node:|_)/u.test(name)).join('|')})(/.*)?$`,
  message: "Name Node's modules with `node:`.",
};
const sqlite = { regex: '^node:sqlite$', message: 'Only src/sqlite.ts names node:sqlite.' };
const vscode = { regex: '^vscode$', message: 'Only src/ui/ and src/extension.ts may know VS Code.' };
const anyNode = { regex: '^node:', message: 'This runs in the browser too: no Node here.' };

/**
 * The rules for what one folder may import: the direction table of docs/architecture.md, section 3.
 *
 * @param {string} folder its path from here
 * @param {object} options
 * @param {string[]} options.may what it may import of ours beyond itself, from the folder above it on: `core/`, `readers/all.ts`
 * @param {object[]} [options.not] further patterns it may not import
 */
function direction(folder, { may, not = [] }) {
  // A relative import is text, so each depth below the folder has its own pattern for "leaves this folder".
  return [0, 1, 2].map(depth => ({
    files: [`${folder}/${'*/'.repeat(depth)}*.{ts,tsx}`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(\\./)*${'\\.\\./'.repeat(depth + 1)}(?!(${may.map(escape).join('|') || '$.'}))`,
              message: `${folder}/ may import of ours only ${[`${folder}/`, ...may].join(', ')}: see docs/architecture.md.`,
            },
            withoutPrefix,
            sqlite,
            ...not,
          ],
        },
      ],
    },
  }));
}

/** @param {string} path a folder with its slash, or a file, as a piece of a regular expression */
function escape(path) {
  return path.replaceAll('.', '\\.') + (path.endsWith('/') ? '' : '$');
}

const beside = { may: ['core/', 'sqlite.ts'], not: [vscode] };

const directions = [
  ...direction('src/core', {
    may: [],
    not: [
      vscode,
      anyNode,
      {
        regex: '^(?!\\.|@pydantic/genai-prices$)',
        message: 'The core imports nothing but itself, and a list of prices.',
      },
    ],
  }),
  ...[
    'src/ledger',
    'src/readers',
    'src/switching',
    'src/gateway',
    'src/export',
    'src/internalModel',
    'src/git',
  ].flatMap(folder => direction(folder, beside)),
  ...direction('src/meter', {
    may: ['core/', 'ledger/', 'git/', 'readers/reader.ts', 'readers/all.ts'],
    not: [vscode],
  }),
  ...direction('src/ui', {
    may: ['core/', 'ledger/', 'git/', 'switching/', 'gateway/', 'export/', 'internalModel/', 'meter/'],
  }),
  ...direction('media', { may: ['src/core/'], not: [vscode, anyNode] }),
  {
    files: ['src/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [withoutPrefix, sqlite, vscode] }] },
  },
  {
    files: ['src/extension.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [withoutPrefix, sqlite] }] },
  },
  {
    files: ['src/sqlite.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [withoutPrefix, vscode] }] },
  },
];

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name, so that a thing has one name everywhere.',
};

export default defineConfig(
  globalIgnores(['dist/', '.vscode-test/', 'test/fixtures/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    rules: {
      eqeqeq: 'error',
      'no-constant-condition': ['error', { checkLoops: 'allExceptWhileTrue' }],
      'no-control-regex': 'error',
      'no-empty': 'error',
      'no-loss-of-precision': 'error',
      'no-self-compare': 'error',
      'no-unreachable': 'error',
      'no-unsafe-finally': 'error',
      'no-useless-assignment': 'error',
      'no-useless-escape': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'require-yield': 'error',
    },
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-restricted-syntax': ['error', noDefaultExport],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  ...directions,
  {
    files: ['test/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [withoutPrefix] }],
      // A test that is wrong about this fails at once, on the line that says so.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    rules: { 'no-undef': 'error', 'no-unused-vars': 'error' },
    languageOptions: {
      globals: {
        AbortSignal: 'readonly',
        Buffer: 'readonly',
        clearTimeout: 'readonly',
        console: 'readonly',
        fetch: 'readonly',
        process: 'readonly',
        setTimeout: 'readonly',
        structuredClone: 'readonly',
        URL: 'readonly',
      },
    },
  },
  {
    files: ['*.js'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { __dirname: 'readonly', module: 'readonly', require: 'readonly' },
    },
  },
);
