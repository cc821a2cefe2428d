/** The headers of a request to a hook, in the spelling in which Zapier passes them to a trigger. */

/** A request that arrives at the URL of a Zap. */
export interface IncomingRequest {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Renames headers as Zapier does: `Http-Webhook-Signature`, but `Content-Type` and `Content-Length` without a prefix. */
export function zapierHeaders(headers: IncomingRequest['headers']): Record<string, string> {
  const renamed: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const camel = name.replace(/[^-]+/g, (part) => part.charAt(0).toUpperCase() + part.slice(1).toLowerCase());
    const prefixed = /^content-(?:type|length)$/i.test(name) ? camel : `Http-${camel}`;
    renamed[prefixed] = typeof value === 'string' ? value : value.join(', ');
  }
  return renamed;
}
