/** Validation of command-line arguments. */

/** Thrown for invalid arguments. The message is one line for the user. */
export class BadArguments extends Error {}

/**
 * Runs a parser of arguments.
 *
 * @throws {BadArguments} if the parser throws, such as `parseArgs` for an unknown option
 */
export function parseOrRefuse<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new BadArguments(error instanceof Error ? error.message : String(error));
  }
}

/** @throws {BadArguments} if the value of an option is not an allowed value */
export function oneOf<T extends string>(allowed: readonly T[], option: string, text: string): T {
  const found = allowed.find((value) => value === text);
  if (found === undefined) throw new BadArguments(`--${option} must be one of ${allowed.join(', ')}, not "${text}".`);
  return found;
}

/** @throws {BadArguments} if the value of an option is not a number in a range */
export function numberBetween(min: number, max: number, option: string, text: string): number {
  const value = Number(text);
  if (!(value >= min && value <= max)) {
    throw new BadArguments(`--${option} must be a number from ${min} to ${max}, not "${text}".`);
  }
  return value;
}

/** @throws {BadArguments} if the value of an option is not a whole number in a range */
export function wholeNumberBetween(min: number, max: number, option: string, text: string): number {
  const value = numberBetween(min, max, option, text);
  if (!Number.isInteger(value)) throw new BadArguments(`--${option} must be a whole number, not "${text}".`);
  return value;
}
