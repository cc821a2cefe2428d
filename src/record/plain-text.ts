/** Converts long texts with HTML entities or tags, such as reports, to plain text. */

/** Characters, keyed by entity name. */
const NAMED = new Map(
  'amp& lt< gt> quot" apos\' nbsp\u00a0 pound£ euro€ ndash– mdash— hellip… bull• lsquo‘ rsquo’ ldquo“ rdquo”'
    .split(' ')
    .map((pair) => [pair.slice(0, -1), pair.slice(-1).replace('\u00a0', ' ')]),
);

const ENTITY = /&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-z]{2,6}));/g;
const MAX_CODE_POINT = 0x10ffff;

const characterAt = (codePoint: number, entity: string): string =>
  codePoint > 0 && codePoint <= MAX_CODE_POINT ? String.fromCodePoint(codePoint) : entity;

/** Replaces the HTML entities in a text with their characters. */
export const decoded = (text: string): string =>
  text.replace(ENTITY, (entity, decimal?: string, hexadecimal?: string, name?: string) => {
    if (name !== undefined) return NAMED.get(name) ?? entity;
    return characterAt(decimal === undefined ? parseInt(hexadecimal ?? '', 16) : Number(decimal), entity);
  });

/** Matches the tags of elements that start or end a line. */
const LINE_TAG = /<(?:br|hr|\/(?:p|div|li|ul|ol|h[1-6]|tr|table|blockquote|pre))(?:\s[^<>]*)?\/?>/gi;
const LIST_ITEM = /<li(?:\s[^<>]*)?>/gi;
const TAG = /<\/?[a-z][a-z\d]*(?:\s[^<>]*)?\/?>/gi;

const withoutTags = (html: string): string =>
  html
    .replace(LIST_ITEM, '- ')
    .replace(LINE_TAG, '\n')
    .replace(TAG, '')
    .replace(/\n{3,}/g, '\n\n');

/**
 * Returns a text without tags and entities. The tags of paragraphs, list items and similar elements are replaced with
 * line breaks. White space at both ends of the text is removed.
 */
export const plainText = (html: string): string => decoded(html.includes('<') ? withoutTags(html) : html).trim();
