/** Types for the part of autocannon that the bench uses, because the package does not include types. */
declare module 'autocannon' {
  interface Result {
    /** Number of responses with a 2xx status code. */
    readonly '2xx': number;
    /** Number of responses with a status code other than 2xx. */
    readonly non2xx: number;
    /** Number of requests without a response, including timeouts. */
    readonly errors: number;
    /** Duration of the load in seconds. */
    readonly duration: number;
  }
  export default function autocannon(options: object): Promise<Result>;
}
