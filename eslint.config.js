import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * Forbids imports by path, in every form: `import` and `export` declarations, `import()` and types such as
 * `import('./file.ts').Type`. Paths in `import()` must be literals, so that they can be checked.
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
      { selector: `:matches(ImportExpression, TSImportType) Literal[value=/${path.replaceAll('/', '\\/')}/]`, message },
      { selector: 'ImportExpression > TemplateLiteral', message: 'Import a literal path.' },
    ],
  },
});

/** Matches relative paths into one of these top-level directories, and to the app's entry point. */
const into = (...directories) => `^(\\./)?(\\.\\./)*((\\./)?(${directories.join('|')})/|\\.\\./index\\.ts$)`;

const NOT_SHIPPED = ['relay', 'console', 'local', 'scripts', 'test'];

const RELAY_FORBIDDEN = into(
  'src',
  'objects',
  'triggers',
  'searches',
  'creates',
  'console',
  'local',
  'scripts',
  'test',
  'bench',
  'chaos',
  'harness',
);

const CONSOLE_RULE = 'console/ imports only wire/, src/record/ and the package preact, because it runs in a browser.';

// A file is subject to the last rule that matches it, so more specific rules come later.
const dependencyDirections = [
  forbidImports(['index.ts'], into(...NOT_SHIPPED), 'Code that ships to Zapier imports only code that ships.'),
  forbidImports(
    ['{triggers,searches,creates}/**/*.ts'],
    into(...NOT_SHIPPED),
    'triggers/, searches/ and creates/ import only code that ships.',
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
    '^(?!\\./[^.]|\\.\\./\\.\\./wire/)',
    'src/record/ imports only wire/ and no package, because the console runs it in a browser.',
  ),
  forbidImports(['wire/**/*.ts'], '^(?!\\./[^.]|node:)', 'wire/ imports no other directory and no package.'),
  forbidImports(
    ['wire/sealing/**/*.ts'],
    '^(?!\\./[^.]|\\.\\./[^./]+\\.ts$|node:|hpke$)',
    'wire/sealing/ imports only wire/ and the package hpke.',
  ),
  forbidImports(
    ['relay/**/*.ts'],
    into('src', 'objects', 'triggers', 'searches', 'creates', 'console', 'local', 'scripts'),
    'relay/ imports only wire/.',
  ),
  forbidImports(
    ['relay/*.ts', 'relay/{admin,http,delivery,events,sealing,store}/**/*.ts'],
    RELAY_FORBIDDEN,
    'The relay imports only wire/, and none of its tests and measurements.',
  ),
  // Differences between the databases belong to the drivers.
  forbidImports(
    ['relay/*.ts', 'relay/{admin,http,delivery,events,sealing}/**/*.ts', 'relay/store/!(open).ts'],
    `${RELAY_FORBIDDEN}|/(postgres|sqlite)/|^(pg|better-sqlite3)$`,
    'Only the drivers and the move between databases know which database is used.',
  ),
  forbidImports(['console/*.{ts,tsx}'], '^(?!\\./[^.]|\\.\\./(?:wire|src/record)/|preact(?:/|$))', CONSOLE_RULE),
  forbidImports(
    ['console/views/*.{ts,tsx}'],
    '^(?!\\./[^.]|\\.\\./[^./]+\\.tsx?$|\\.\\./\\.\\./(?:wire|src/record)/|preact(?:/|$))',
    CONSOLE_RULE,
  ),
];

export default defineConfig(
  { ignores: ['dist/', 'relay/dist*/', 'build/', 'coverage/', 'node_modules/'] },
  eslint.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // TypeScript allows no enums here (`erasableSyntaxOnly`), and this rule takes a seventh of the time.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      // An empty string often counts as missing.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
    },
  },
  {
    files: ['test/**/*.ts', 'relay/test/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Tests use fixed seeds. See test/fixed-seeds.ts.' },
      ],
    },
  },
  {
    // Event handlers in JSX are short functions whose results are not used.
    files: ['console/views/*.tsx'],
    rules: { '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }] },
  },
  ...dependencyDirections,
);
