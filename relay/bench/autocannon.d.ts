/** Types for the part of autocannon that the bench uses. The package does not include types. */
declare module 'autocannon' {
  interface Options {
    readonly url: string;
    readonly connections: number;
    /** Seconds. */
    readonly duration?: number;
    /** Number of requests. */
    readonly amount?: number;
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly requests: readonly { readonly setupRequest: (defaults: object) => object }[];
  }
  /** `errors` includes time-outs; `duration` is in seconds. */
  type Result = Readonly<Record<'2xx' | 'non2xx' | 'errors' | 'duration', number>>;
  export default function autocannon(options: Options): Promise<Result>;
}
