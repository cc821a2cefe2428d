/** The documents: the paths and links that they contain. */

import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

const DOCUMENTS = globSync('{*,docs/*}.md');

/**
 * Words that look like paths but are not in a checkout, such as files that commands create and paths of TutorCruncher's
 * API.
 */
const ELSEWHERE = [
  ...['build/', 'build/app/', 'build/app/build/', 'dist/index.js', 'relay/dist/', 'relay/relay.sqlite'],
  ...['app-kinds.json', 'definition.json', 'zapierwrapper.js', 'clients/123/', 'Europe/London', 'America/New_York'],
  ...['tutorcruncher-contract.json', 'tutorcruncher-contract-1.json', '1.json', 'decimal-text/2', 'send_reminder/'],
];

const FENCE = /^ *```(\w*)\n([\s\S]*?)^ *```$/gm;
const withoutFences = (text: string): string => text.replace(FENCE, '');

/** Returns the contents of a document's code blocks in a language. */
const fencesOf = (text: string, language: string): string[] =>
  [...text.matchAll(FENCE)].flatMap(([, name, content = '']) => (name === language ? [content] : []));

/**
 * Matches relative paths with a slash, except for subnets such as 10.0.0.0/8, and names of files of this project's
 * kinds.
 */
const PATH = /^(?![/@-]|[\d.]+\/\d+$)(?:[\w.@-]+\/)+[\w.@<>-]*$|^[\w.-]+\.(?:ts|js|json|md|sql|patch)$/;

/** Returns the words in inline code and shell commands that look like paths, without placeholders such as `<name>`. */
function pathsIn(text: string): string[] {
  const code = [...withoutFences(text).matchAll(/`([^`]+)`/g)].map(([, content = '']) => content);
  return [...code, ...fencesOf(text, 'sh')]
    .flatMap((content) => content.split(/\s+/))
    .filter((word) => PATH.test(word) && !ELSEWHERE.includes(word))
    .map((path) => path.replace(/[^/]*<.*$/, ''));
}

/** Returns the targets of a document's links to files and headings. */
const linksIn = (text: string): string[] =>
  [...withoutFences(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));

/** Returns the anchors that GitHub gives a document's headings. */
const anchorsIn = (text: string): string[] =>
  [...withoutFences(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe.each(DOCUMENTS)('%s', (document) => {
  const text = readFileSync(document, 'utf8');

  it('names only paths that exist', () => {
    const missing = pathsIn(text).filter((path) => !existsSync(path) && !existsSync(join(dirname(document), path)));
    expect(missing).toEqual([]);
  });

  it('links only to files and headings that exist', () => {
    const broken = linksIn(text).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? document : join(dirname(document), path);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsIn(readFileSync(target, 'utf8')).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});

const hasCode = (directory: string): boolean => globSync('**/*.ts', { cwd: directory }).length > 0;

const directoriesIn = (parent: string): string[] =>
  readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^(?:node_modules|build|dist(?:-.*)?)$/.test(entry.name))
    .map(({ name }) => join(parent, name))
    // Git does not track empty directories, which moved files leave behind.
    .filter((directory) => readdirSync(directory).length > 0);

describe('ARCHITECTURE.md', () => {
  it('lists every directory of code, and no others', () => {
    const [, section = ''] = /^## Directories\n([\s\S]*?)^## /m.exec(readFileSync('ARCHITECTURE.md', 'utf8')) ?? [];
    const cells = [...section.matchAll(/^\| (`[^|]+)\|/gm)].map(([, cell = '']) => cell);
    const listed = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)\/`/g)].map(([, directory = '']) => directory));
    const directories = [...directoriesIn('.').filter(hasCode), ...['src', 'relay', 'wire'].flatMap(directoriesIn)];
    expect(listed.sort()).toEqual(directories.sort());
  });

  it('names functions that exist in the files beside them', () => {
    const rows = readFileSync('ARCHITECTURE.md', 'utf8')
      .split('\n')
      .map((line) => line.split('|').map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)))
      .filter((cells) => cells.length === 6 || cells.length === 5)
      .map((cells) => ({ files: cells.at(-3) ?? [], functions: cells.at(-2) ?? [] }))
      .filter(({ files, functions }) => functions.length > 0 && files.some((file) => file.endsWith('.ts')));
    expect(rows.length).toBeGreaterThan(20);
    for (const { files, functions } of rows) {
      const code = files.map((file) => readFileSync(file, 'utf8')).join('\n');
      for (const name of functions) expect(code).toMatch(new RegExp(`${name}\\b`));
    }
  });
});
