/** The class of samples in definitions. */
class DefinitionSample {
  /** Without this tag, lodash copies the instances of the class. */
  get [Symbol.toStringTag](): string {
    return DefinitionSample.name;
  }
}

/**
 * Returns a sample for a definition. On each call, zapier-platform-core copies, walks and freezes the plain objects of
 * the whole definition twice. Samples are most of it, and plain samples would double the time of a call. Instances of a
 * class with a tag of its own are passed by reference.
 */
export const definitionSample = <T extends object>(sample: T): T => Object.assign(new DefinitionSample(), sample);
