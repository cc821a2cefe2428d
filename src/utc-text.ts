/** Returns a time in UTC without a fraction of a second, such as 2026-06-10T16:00:00Z. */
export const utcText = (moment: number): string => new Date(moment).toISOString().replace(/\.\d+Z$/, 'Z');
