import fc from 'fast-check';

const FIRST_SURROGATE = 0xd800;
const SURROGATES = 0x800;
const LAST_CODE_POINT = 0x10_ffff;

const characterAt = (index: number): string =>
  String.fromCodePoint(index < FIRST_SURROGATE ? index : index + SURROGATES);

/** Returns the index of a character. @throws {TypeError} if the value is not one character */
function indexOf(value: unknown): number {
  const codePoint = typeof value === 'string' ? (value.codePointAt(0) ?? 0) : 0;
  const index = codePoint < FIRST_SURROGATE ? codePoint : codePoint - SURROGATES;
  if (characterAt(index) !== value) throw new TypeError('The value is not a character.');
  return index;
}

/**
 * Generated Unicode characters, as the unit of generated strings. The characters are the same as in fast-check's unit
 * `binary`, which is slow to load because it writes all million characters into a map before the first test.
 */
export const anyCharacter = fc.nat({ max: LAST_CODE_POINT - SURROGATES }).map(characterAt, indexOf);
