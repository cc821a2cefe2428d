import { isJsonObject, type JsonObject } from '../../wire/json.ts';

/** Returns the description of a field that a POST to the list accepts; null if there is none. */
export function describedField(metadata: JsonObject | null, name: string): JsonObject | null {
  const actions = metadata?.actions;
  const post = isJsonObject(actions) ? actions.POST : null;
  const field = isJsonObject(post) ? post[name] : null;
  return isJsonObject(field) ? field : null;
}

/** Returns the texts of a field's options by value; none for a field without options. */
export function optionsOf(choices: unknown): Record<string, string> {
  const options = Array.isArray(choices) ? (choices as unknown[]).filter(isJsonObject) : [];
  return Object.fromEntries(
    options
      .filter(({ value }) => typeof value === 'number' || (typeof value === 'string' && value !== ''))
      .map(({ value, display_name: name }) => [String(value), typeof name === 'string' && name ? name : String(value)]),
  );
}
