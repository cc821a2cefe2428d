/** Responses of the stand-in for Zapier's developer API. */

/** Response of the API: its status and the JSON of its body. */
export type DeveloperResponse = readonly [status: number, body: object];

/** Returns an error response in the form that the CLI prints. */
export const refusal = (status: number, ...errors: readonly string[]): DeveloperResponse => [status, { errors }];
