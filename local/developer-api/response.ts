/** Responses of the stand-in for Zapier's developer API. */

/** Response of the API: its status and its JSON body. */
export type DeveloperResponse = readonly [status: number, body: object];

/** Returns an error response in the format that the CLI expects. */
export const refusal = (status: number, ...errors: readonly string[]): DeveloperResponse => [status, { errors }];
