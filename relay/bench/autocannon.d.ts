/** Types for the part of autocannon that the bench uses. The package does not include types. */
declare module 'autocannon' {
  /** `errors` includes time-outs; `duration` is in seconds. */
  type Result = Readonly<Record<'2xx' | 'non2xx' | 'errors' | 'duration', number>>;
  export default function autocannon(options: object): Promise<Result>;
}
