/** Types for the part of autocannon that the bench uses, because the package does not include types. */
declare module 'autocannon' {
  /** `errors` includes time-outs; `duration` is in seconds. */
  interface Result {
    /** Number of responses with a status code of success. */
    readonly '2xx': number;
    /** Number of other responses. */
    readonly non2xx: number;
    /** Number of requests without a response, including timeouts. */
    readonly errors: number;
    /** Duration of the load in seconds. */
    readonly duration: number;
  }
  export default function autocannon(options: object): Promise<Result>;
}
