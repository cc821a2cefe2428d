/**
 * Returns a function that calls the given function once, when the result is first needed, and then reuses the result.
 * Computing the output fields of all triggers takes 45 ms, and most calls need no output fields.
 */
export function once<T extends object>(compute: () => T): () => T {
  let result: T | null = null;
  return () => (result ??= compute());
}

/**
 * The result of {@link withLazy}: an object with added properties. The value of each added property is the result of a
 * function.
 */
type WithLazy<T, C extends Readonly<Record<string, () => object>>> = Omit<T, keyof C> & {
  readonly [Name in keyof C]: ReturnType<C[Name]>;
};

/** Adds properties to an object. Each property is computed when it is first read. */
export function withLazy<T extends object, C extends Readonly<Record<string, () => object>>>(
  target: T,
  computations: C,
): WithLazy<T, C> {
  for (const [name, compute] of Object.entries(computations)) {
    const get = (): object => {
      const value = compute();
      Object.defineProperty(target, name, { value });
      return value;
    };
    Object.defineProperty(target, name, { get, enumerable: true, configurable: true });
  }
  return target as WithLazy<T, C>;
}
