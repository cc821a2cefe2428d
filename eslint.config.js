import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * Forbids imports by path, in `import` and `export` declarations and in `import()`.
 *
 * @param {string[]} files - glob patterns of the importing files
 * @param {string} path - regular expression for the forbidden paths
 * @param {string} message - the rule, in one sentence
 */
const forbidImports = (files, path, message) => ({
  files,
  rules: {
    'no-restricted-imports': ['error', { patterns: [{ regex: path, message }] }],
    'no-restricted-syntax': [
      'error',
      { selector: `ImportExpression[source.value=/${path.replaceAll('/', '\\/')}/]`, message },
    ],
  },
});

/** Matches relative paths into one of these top-level directories. */
const into = (...directories) => `^(\\.{1,2}/)+(${directories.join('|')})/`;

const NOT_SHIPPED = ['relay', 'console', 'local', 'scripts', 'test'];

// A file is subject to the last rule that matches it, so more specific rules come later.
const dependencyDirections = [
  forbidImports(['index.ts'], into(...NOT_SHIPPED), 'Code that ships to Zapier imports only code that ships.'),
  forbidImports(
    ['{triggers,searches,creates}/**/*.ts'],
    into(...NOT_SHIPPED),
    'triggers/, searches/ and creates/ import only objects/, src/ and wire/.',
  ),
  forbidImports(
    ['objects/**/*.ts'],
    into('triggers', 'searches', 'creates', ...NOT_SHIPPED),
    'objects/ imports only src/ and wire/.',
  ),
  forbidImports(
    ['src/**/*.ts'],
    into('objects', 'triggers', 'searches', 'creates', ...NOT_SHIPPED),
    'src/ imports only wire/.',
  ),
  forbidImports(
    ['src/record/**/*.ts'],
    '^(\\.\\./(?!\\.\\./wire/)|zapier|node:)',
    'src/record/ imports only wire/, because the console runs it in a browser.',
  ),
  forbidImports(['wire/**/*.ts'], '^\\.\\./', 'wire/ imports no other directory.'),
  forbidImports(
    ['relay/**/*.ts'],
    into('src', 'objects', 'triggers', 'searches', 'creates', 'console', 'local', 'scripts'),
    'relay/ imports only wire/.',
  ),
];

export default defineConfig(
  { ignores: ['dist/', 'build/', 'coverage/', 'node_modules/'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // An empty string often counts as missing.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
    },
  },
  ...dependencyDirections,
);
