/** Returns the JSON schema of an object that has these properties and no others. */
export const strictObject = <Properties extends object>(
  properties: Properties,
  required: readonly (keyof Properties)[] = [],
) => ({ type: 'object', properties, required, additionalProperties: false }) as const;
