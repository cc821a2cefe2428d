import { posix, relative } from 'node:path';

import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Forbids `{ ...{ a, b } }`, a form that keeps the formatter from writing each property on its own line. */
const NO_PACKED_LITERALS = {
  selector: 'ObjectExpression > SpreadElement > ObjectExpression',
  message: 'Write these properties one per line, without a spread.',
};

/**
 * The orders of directories: a directory imports only from directories of earlier groups. A group can also name a file.
 * `root` contains the directories. Files directly in `root` can import from the directories in `loose`. ARCHITECTURE.md
 * describes the directories.
 */
const ORDERS = [
  {
    root: '',
    order: [
      ['wire/'],
      ['src/'],
      ['objects/'],
      ['triggers/', 'searches/'],
      ['creates/'],
      ['index.ts'],
      ['console/', 'relay/'],
      ['scripts/'],
      ['local/'],
      ['account-check/', 'snapshots/'],
      ['test/'],
    ],
    loose: [],
  },
  {
    root: 'src/',
    order: [
      ['record/'],
      ['api/'],
      ['choices/'],
      ['object/', 'hooks/'],
      ['inputs/', 'lookups/'],
      ['search/', 'instant/', 'polled/'],
      ['action/', 'app/'],
    ],
    loose: [],
  },
  {
    root: 'relay/',
    order: [
      ['store/'],
      ['sealing/'],
      ['monitoring/'],
      ['intake/', 'delivery/', 'events/'],
      ['http/'],
      ['admin/'],
      ['relay.ts'],
      ['run.ts'],
      ['main.ts'],
      ['harness/'],
      ['bench/', 'chaos/'],
      ['test/'],
    ],
    loose: ['store/'],
  },
  {
    root: 'relay/store/',
    order: [
      ['database/'],
      ['rows/'],
      ['deliveries/', 'outcomes/'],
      ['problems/', 'console/'],
      ['channels/', 'upkeep/', 'ingest/'],
      ['store.ts'],
      ['migrations.ts', 'schema-check.ts'],
      ['postgres/', 'sqlite/'],
      ['move/', 'open.ts'],
    ],
    loose: [],
  },
];

/** Other prohibitions: the importing files, the imported files or packages, and the rule in one sentence. */
const PROHIBITIONS = [
  [/^src\/record\//, /^(?!src\/record\/|wire\/)/, 'src/record/ imports only wire/, and no package, for browsers.'],
  [/^wire\/(?!sealing\/)/, /^(?!wire\/|node:)/, 'wire/ imports no package.'],
  [/^wire\/sealing\//, /^(?!wire\/|node:|hpke$)/, 'wire/sealing/ imports only wire/ and the package hpke.'],
  [
    /^console\//,
    /^(?!console\/|wire\/|src\/record\/|preact(?:\/|$))/,
    'console/ imports only wire/, src/record/ and the package preact, because it runs in a browser.',
  ],
  [
    /^relay\//,
    /^(?:src|objects|triggers|searches|creates|console|account-check|local|scripts|snapshots|test)\/|^index\.ts$/,
    'relay/ imports only wire/.',
  ],
  [
    /^relay\/(?!store\/(?:postgres|sqlite|move|open\.ts)|(?:harness|bench|test)\/)/,
    /^relay\/store\/(?:postgres|sqlite)\/|^(?:pg|better-sqlite3)$/,
    'Only the drivers and the move between databases know which database is used.',
  ],
];

/** Code in which the paths of imports must be literals, so that they can be checked. */
const PRODUCT = /^(?:index\.ts$|(?:triggers|searches|creates|objects|src|wire|relay|console)\/)/;

/** Returns true if an order forbids a file to import another file. Paths are relative to the project's folder. */
function isAgainst({ root, order, loose }, file, imported) {
  if (!file.startsWith(root) || !imported.startsWith(root)) return false;
  const positions = order.flatMap((group, position) => group.map((entry) => ({ entry, position })));
  const placeOf = (path) => positions.find(({ entry }) => path.startsWith(root + entry));
  const [own, other] = [placeOf(file), placeOf(imported)];
  if (!other || own === other) return false;
  return own ? other.position >= own.position : !loose.includes(other.entry);
}

/** Checks imports in every form: `import`, `export`, `import()`, and types such as `import('./file.ts').Type`. */
const importsRule = {
  create: (context) => {
    const file = relative(import.meta.dirname, context.filename).replaceAll('\\', '/');
    const check = ({ source }) => {
      if (source?.type === 'TemplateLiteral' && PRODUCT.test(file)) {
        context.report({ node: source, message: 'Import a literal path.' });
      }
      if (typeof source?.value !== 'string') return;
      const isFile = source.value.startsWith('.');
      const imported = isFile ? posix.join(posix.dirname(file), source.value) : source.value;
      const root = isFile ? ORDERS.find((order) => isAgainst(order, file, imported))?.root : undefined;
      const messages = PROHIBITIONS.filter(([from, to]) => from.test(file) && to.test(imported)).map(
        ([, , text]) => text,
      );
      if (root !== undefined)
        messages.push(`This import is against the order in ${root || 'the project'}. See ORDERS in eslint.config.js.`);
      for (const message of messages) context.report({ node: source, message });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
};

export default defineConfig(
  { ignores: ['dist/', 'relay/dist*/', 'build/', 'coverage/', 'node_modules/'] },
  eslint.configs.recommended,
  {
    plugins: { project: { rules: { imports: importsRule } } },
    rules: { 'no-restricted-syntax': ['error', NO_PACKED_LITERALS], 'project/imports': 'error' },
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // TypeScript allows no enums here (`erasableSyntaxOnly`), and this rule takes a seventh of the time.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      // Strings can use `||`, because an empty string often counts as missing.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
    },
  },
  {
    files: ['{test,relay/test,snapshots,local/events,local/simulated-lists}/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Tests use fixed seeds. See test/jest/fixed-seeds.ts.' },
      ],
    },
  },
  {
    // Event handlers in JSX are short functions whose results are not used.
    files: ['console/views/*.tsx'],
    rules: { '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }] },
  },
);
