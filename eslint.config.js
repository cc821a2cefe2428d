import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Forbids `{ ...{ a, b } }`, which keeps the formatter from writing the properties one per line. */
const NO_PACKED_LITERALS = {
  selector: 'ObjectExpression > SpreadElement > ObjectExpression',
  message: 'Write these properties one per line, without a spread.',
};

/**
 * Forbids imports by path, in every form: `import` and `export` declarations, `import()` and types such as
 * `import('./file.ts').Type`. Paths in `import()` must be literals, so that they can be checked.
 */
const forbidImports = ([files, path, message]) => ({
  files: [files],
  rules: {
    'no-restricted-imports': ['error', { patterns: [{ regex: path, message }] }],
    // This list replaces the list for all files.
    'no-restricted-syntax': [
      'error',
      NO_PACKED_LITERALS,
      { selector: `:matches(ImportExpression, TSImportType) Literal[value=/${path.replaceAll('/', '\\/')}/]`, message },
      { selector: 'ImportExpression > TemplateLiteral', message: 'Import a literal path.' },
    ],
  },
});

/** Matches relative paths into one of these top-level directories, and to the app's entry point. */
const into = (...directories) => `^(\\./)?(\\.\\./)*((\\./)?(${directories.join('|')})/|\\.\\./index\\.ts$)`;

const NOT_SHIPPED = ['relay', 'console', 'account-check', 'local', 'scripts', 'test'];
const STEPS = ['triggers', 'searches', 'creates'];
const NOT_OF_RELAY = ['src', 'objects', ...STEPS, 'console', 'account-check', 'local', 'scripts'];
const MEASUREMENTS = ['test', 'bench', 'chaos', 'harness'];
const RELAY_RULE = 'The relay imports only wire/, and none of its tests and measurements.';
const CONSOLE_RULE = 'console/ imports only wire/, src/record/ and the package preact, because it runs in a browser.';

/** The directories of the relay, in groups. A directory imports only directories of earlier groups. */
const RELAY_ORDER = [['store'], ['sealing'], ['monitoring'], ['intake', 'delivery', 'events'], ['http'], ['admin']];
/** The files that start a relay, and may import everything in it. */
const START_UP = '^\\.\\.?/(\\.\\./)*(relay|run|main)\\.ts$';
/** The drivers, to which differences between the databases belong. */
const DRIVERS = '/(postgres|sqlite)/|^(pg|better-sqlite3)$';
const DRIVER_RULE = 'Only the drivers and the move between databases know which database is used.';
const ORDER_RULE = 'ARCHITECTURE.md shows which directories of relay/ a file may import.';

/** Returns the paths that are forbidden to files of the relay, given the directories of the relay that are allowed. */
const allBut = (...allowed) => {
  const others = RELAY_ORDER.flat().filter((directory) => !allowed.includes(directory));
  return `${into(...NOT_OF_RELAY, ...MEASUREMENTS, ...others)}|${START_UP}`;
};

const RELAY_DIRECTIONS = [
  ['relay/**/*.ts', into(...NOT_OF_RELAY), 'relay/ imports only wire/.'],
  ['relay/{relay,run,main}.ts', `${into(...NOT_OF_RELAY, ...MEASUREMENTS)}|${DRIVERS}`, `${RELAY_RULE} ${DRIVER_RULE}`],
  ['relay/!(relay|run|main).ts', `${allBut('store')}|${DRIVERS}`, `${RELAY_RULE} ${ORDER_RULE} ${DRIVER_RULE}`],
  ...RELAY_ORDER.flatMap((group, position) =>
    group.map((directory) => [
      `relay/${directory}/**/*.ts`,
      `${allBut(directory, ...RELAY_ORDER.slice(0, position).flat())}|${DRIVERS}`,
      `${RELAY_RULE} ${ORDER_RULE} ${DRIVER_RULE}`,
    ]),
  ),
  ['relay/store/{open,*/**/*}.ts', allBut('store'), `${RELAY_RULE} ${ORDER_RULE}`],
];

/**
 * The rules: the importing files, the forbidden paths, and the rule in one sentence. A file is subject to the last rule
 * that matches it, so more specific rules come later.
 */
const DIRECTIONS = [
  [`{index.ts,{${STEPS}}/**/*.ts}`, into(...NOT_SHIPPED), 'Code that ships to Zapier imports only code that ships.'],
  ['objects/**/*.ts', into(...STEPS, ...NOT_SHIPPED), 'objects/ imports only src/ and wire/.'],
  ['src/**/*.ts', into('objects', ...STEPS, ...NOT_SHIPPED), 'src/ imports only wire/.'],
  [
    'src/record/**/*.ts',
    '^(?!\\./[^.]|\\.\\./\\.\\./wire/)',
    'src/record/ imports only wire/, and no package, for browsers.',
  ],
  ['wire/**/*.ts', '^(?!\\./[^.]|node:)', 'wire/ imports no other directory and no package.'],
  [
    'wire/sealing/**/*.ts',
    '^(?!\\./[^.]|\\.\\./[^./]+\\.ts$|node:|hpke$)',
    'wire/sealing/ imports only wire/ and the package hpke.',
  ],
  ...RELAY_DIRECTIONS,
  ['console/*.{ts,tsx}', '^(?!\\./[^.]|\\.\\./(?:wire|src/record)/|preact(?:/|$))', CONSOLE_RULE],
  [
    'console/views/*.{ts,tsx}',
    '^(?!\\./[^.]|\\.\\./[^./]+\\.tsx?$|\\.\\./\\.\\./(?:wire|src/record)/|preact(?:/|$))',
    CONSOLE_RULE,
  ],
];

export default defineConfig(
  { ignores: ['dist/', 'relay/dist*/', 'build/', 'coverage/', 'node_modules/'] },
  eslint.configs.recommended,
  { rules: { 'no-restricted-syntax': ['error', NO_PACKED_LITERALS] } },
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
  ...DIRECTIONS.map(forbidImports),
);
