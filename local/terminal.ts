/** Output that fits the terminal. */

const DEFAULT_WIDTH = 80;
/** Minimum width, in characters, of the text that continues in a column. */
const MIN_COLUMN_WIDTH = 20;

/** Returns the width of the terminal in characters; without a terminal, the value of `COLUMNS`, or else 80. */
export const terminalWidth = (): number => process.stdout.columns || Number(process.env.COLUMNS) || DEFAULT_WIDTH;

/**
 * Returns the position at which the continuation of a line starts: the start of its last column or, if the column is
 * too narrow or missing, the line's indentation.
 */
function hangingIndent(line: string, width: number): number {
  const [column = ''] = /^.*\S {2,}(?=\S)/.exec(line.slice(0, width)) ?? [];
  const [indent = ''] = /^ */.exec(line) ?? [];
  return column !== '' && column.length <= width - MIN_COLUMN_WIDTH ? column.length : indent.length;
}

function wrappedLine(line: string, width: number): string {
  const indent = hangingIndent(line, width);
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const before = rest.lastIndexOf(' ', width);
    // A word that is longer than the line, such as a link or a path, is not broken, so that users can click and copy
    // the word.
    const end = before > indent ? before : rest.indexOf(' ', Math.max(width, indent));
    if (end < 0) break;
    lines.push(rest.slice(0, end).trimEnd());
    rest = ' '.repeat(indent) + rest.slice(end).trimStart();
  }
  return [...lines, rest].join('\n');
}

/** Breaks the lines of a text between words. */
export const wrapped = (text: string, width: number): string =>
  text
    .split('\n')
    .map((line) => wrappedLine(line, width))
    .join('\n');

/** Prints a text on stdout, with its lines broken to fit the terminal. */
export function print(text: string): void {
  console.log(wrapped(text, terminalWidth()));
}
